/** `wxop menu dump`: what is written for each account, what a failure or a kill leaves, what the next run does. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { openMenuAccounts, type MenuAccounts } from '../support/menu-accounts.ts';
import { eventually, startWxop, wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

type Json = Record<string, unknown>;

const linesOf = ({ stdout }: { stdout: string }): Json[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
const filesOf = (folder: string): string[] => readdirSync(folder).sort();
const readJson = (...path: string[]): Json => JSON.parse(readFileSync(join(...path), 'utf8')) as Json;
const SELF = 'get_current_selfmenu_info';

/** Without the merchant who did not grant the menus, nothing is left open. */
const openGranted = (): Promise<MenuAccounts> => openMenuAccounts({ accounts: 11 });

describe('menu dump --all', () => {
  test('writes raw documents, draft and report of every account, and a line for each', async () => {
    const { run, ask, appId, appIds } = await openGranted();
    const folder = join(temporaryFolder(), 'deep', 'menus');
    const dumped = await run('menu', 'dump', '--all', '-o', folder, '--json');
    expect([dumped.code, dumped.stderr]).toEqual([0, '']);
    const lines = linesOf(dumped);
    expect(lines.at(-1)).toEqual({
      type: 'summary',
      dumped: 10,
      drafts: 8,
      blocked: 4,
      unread: 0,
      skipped: 1,
      failed: 0,
      doneBefore: 0,
    });
    const lineOf = (wanted: string): Json | undefined => lines.find((line) => line.appId === wanted);
    expect(lineOf(appId('tea'))).toEqual({
      type: 'dumped',
      appId: appId('tea'),
      nickName: '春风茶馆',
      draft: 'whole',
      blocked: 0,
    });
    expect(lineOf(appId('website'))).toMatchObject({ type: 'dumped', draft: 'partial', blocked: 5 });
    expect(lineOf(appId('none'))).toMatchObject({ type: 'dumped', draft: 'none' });
    expect(lineOf(appId('mini'))).toEqual({
      type: 'skipped',
      appId: appId('mini'),
      nickName: '拾光花店',
      reason: 'mini',
    });
    expect(filesOf(folder)).toEqual(appIds.filter((one) => one !== appId('mini')).sort());

    const conditional = join(folder, appId('conditional'));
    expect(filesOf(conditional)).toEqual(['api.json', 'draft.json', 'report.json', 'self.json']);
    expect(readFileSync(join(conditional, 'api.json'), 'utf8')).toBe(
      JSON.stringify(await ask(appId('conditional'), 'menu/get')),
    );
    expect(readFileSync(join(conditional, 'self.json'), 'utf8')).toBe(
      JSON.stringify(await ask(appId('conditional'), SELF)),
    );
    expect(readJson(conditional, 'draft.json').conditionalmenu).toMatchObject([
      { matchrule: { tag_id: 2 } },
      { matchrule: { tag_id: 2, client_platform_type: 2 } },
    ]);
    expect(readJson(folder, appId('tea'), 'report.json')).toEqual({
      appId: appId('tea'),
      nickName: '春风茶馆',
      menuOpen: true,
      draft: 'whole',
      entries: [],
    });
    expect(filesOf(join(folder, appId('website')))).toEqual(['draft.json', 'report.json', 'self.json']);
    expect(readJson(folder, appId('website'), 'report.json')).toMatchObject({
      noApi: { errcode: 46003, means: { en: 'no menu was made by API' } },
      draft: 'partial',
      entries: [{ type: 'text', severity: 'lost' }, { type: 'news', severity: 'lossy' }, {}, {}, {}],
    });
    expect(readJson(folder, appId('unverified'), 'report.json')).toMatchObject({ noApi: { errcode: 48001 } });
    expect(filesOf(join(folder, appId('none')))).toEqual(['report.json', 'self.json']);
  });

  test('writes the same bytes the next time, and takes away what is no longer there', async () => {
    const { run, ask, appId } = await openGranted();
    const folder = temporaryFolder();
    const texts = () =>
      Object.fromEntries(
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .map((path) => [path, readFileSync(path, 'utf8')]),
      );
    await run('menu', 'dump', '--all', '-o', folder);
    const before = texts();
    const again = await run('menu', 'dump', '--all', '-o', folder, '--lang', 'zh');
    expect(again).toEqual({
      code: 0,
      stdout: '已导出 10 个\n跳过 1 个（小程序 1 个）\n4 个含有无法原样推送的内容：见 report.json\n',
      stderr: '',
    });
    expect(texts()).toEqual(before);
    await ask(appId('tea'), 'menu/delete');
    await run('menu', 'dump', appId('tea'), '-o', folder);
    expect(filesOf(join(folder, appId('tea')))).toEqual(['report.json', 'self.json']);
  });

  test('lists failures with the next step, ends with 3, and tries only those the next time', async () => {
    const { run, calls, sandbox } = await openMenuAccounts();
    const folder = temporaryFolder();
    sandbox.addFault(`${SELF}=48004*3`);
    const first = await run('menu', 'dump', '--all', '-o', folder, '--concurrency', '1');
    expect([first.code, first.stdout.split('\n')[0]]).toEqual([3, '8 dumped']);
    expect(first.stderr).toContain('3 × ');
    const [failed = ''] = filesOf(folder).filter((name) => name.startsWith('wx'));
    expect(readJson(folder, failed, 'report.json')).toMatchObject({
      appId: failed,
      error: { code: 'PLATFORM_REFUSED', errcode: 48004 },
    });
    expect(filesOf(join(folder, failed))).toEqual(['report.json']);
    const before = calls(SELF);
    const second = await run('menu', 'dump', '--all', '-o', folder);
    expect([second.code, second.stdout.split('\n')[0]]).toEqual([0, '3 dumped, 9 before']);
    expect(second.stderr).toContain('--restart starts over');
    expect(calls(SELF) - before).toBe(3);
    const all = await run('menu', 'dump', '--all', '-o', folder, '--restart');
    expect(all.stdout).toContain('11 dumped\n');
  });

  test('killed in the middle, goes on without asking again for what is done, in that folder only', async () => {
    const { run, env, calls, options, ask, appId } = await openMenuAccounts({ accounts: 60 });
    const [folder, other] = [temporaryFolder(), temporaryFolder()];
    const done = (): string[] => {
      const marker = join(folder, '.wxop-dump');
      return existsSync(marker) ? readFileSync(marker, 'utf8').split('\n').slice(1, -1) : [];
    };
    options.latency = 40;
    const started = startWxop(['menu', 'dump', '--all', '-o', folder, '--concurrency', '4'], env);
    await eventually(() => (done().length >= 12 ? true : undefined));
    await started.stop('SIGKILL');
    // The sandbox answers in turn: now it has counted what was under way when the run was killed, too.
    await ask(appId('tea'), 'menu/get');
    options.latency = 0;
    const finished = done();
    expect(finished.length).toBeLessThan(58);
    // Cut off in the middle of a name: it does not count.
    writeFileSync(join(folder, '.wxop-dump'), 'wx12', { flag: 'a' });
    const before = calls(SELF);
    const second = await run('menu', 'dump', '--all', '-o', folder, '--json');
    const summary = linesOf(second).at(-1);
    expect(summary).toMatchObject({ doneBefore: finished.length, failed: 0 });
    // One of the sixty is a mini program; it may have been passed over by either run.
    expect(calls(SELF) - before).toBeGreaterThanOrEqual(59 - finished.length);
    expect(calls(SELF) - before).toBeLessThanOrEqual(60 - finished.length);
    expect(filesOf(folder).filter((name) => name.startsWith('wx'))).toHaveLength(59);
    for (const name of filesOf(folder).filter((name) => name.startsWith('wx'))) readJson(folder, name, 'report.json');
    // Another folder has nothing of it.
    const elsewhere = await run('menu', 'dump', '--all', '-o', other, '--json');
    expect(linesOf(elsewhere).at(-1)).toMatchObject({ doneBefore: 0, dumped: 59 });
  });

  test('passes over a merchant that cancelled, also when only WeChat knows it', async () => {
    const { run, sandbox, appId } = await openGranted();
    const folder = temporaryFolder();
    sandbox.addFault(`${SELF}=61003*1`);
    const dumped = await run('menu', 'dump', '--all', '-o', folder, '--json', '--concurrency', '1');
    const revoked = linesOf(dumped).filter(({ reason }) => reason === 'revoked');
    expect([dumped.code, revoked.length]).toEqual([0, 1]);
    expect(appId('tea')).toMatch(/^wx/);
  });

  test('ends with 4 for a merchant that is named and cancelled, as `menu get` does', async () => {
    const { run, sandbox, appId } = await openGranted();
    sandbox.addFault(`${SELF}=61003`);
    for (const argv of [
      ['menu', 'dump', appId('tea'), '-o', temporaryFolder()],
      ['menu', 'get', appId('tea')],
    ]) {
      const refused = await run(...argv, '--json');
      expect([refused.code, errorOf(refused).code]).toEqual([4, 'REVOKED']);
    }
  });

  test('stops where the folder cannot be written', async () => {
    const { run, appId } = await openGranted();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const refused = await run('menu', 'dump', '--all', '-o', join(folder, 'file'), '--json');
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'USAGE']);
    mkdirSync(join(folder, appId('tea'), 'self.json'), { recursive: true });
    const stopped = await run('menu', 'dump', '--all', '-o', folder, '--json');
    expect([stopped.code, errorOf(stopped).code]).toEqual([1, 'STORE_NOT_WRITABLE']);
    rmSync(join(folder, appId('tea')), { recursive: true });
    expect((await run('menu', 'dump', '--all', '-o', folder)).code).toBe(0);
  });
});

describe('menu dump <appid>', () => {
  test('dumps the named ones; one that never authorized is a failure without a folder', async () => {
    const { run, appId } = await openGranted();
    const folder = join(temporaryFolder(), 'menus');
    const stranger = 'wx00000000000000ff';
    const dumped = await run('menu', 'dump', appId('tea'), stranger, appId('tea'), '-o', folder, '--json');
    expect([dumped.code, errorOf(dumped).code]).toEqual([3, 'PARTLY_FAILED']);
    expect(new Set(linesOf(dumped).map(({ type, appId: of }) => `${String(type)} ${String(of)}`))).toEqual(
      new Set([`dumped ${appId('tea')}`, `failed ${stranger}`, 'summary undefined']),
    );
    expect(filesOf(folder)).toEqual([appId('tea')]);
  });

  test('a name that fits nobody is told before anything is asked or written', async () => {
    const { run, appId } = await openGranted();
    const folder = join(temporaryFolder(), 'menus');
    const dumped = await run('menu', 'dump', appId('tea'), '../escaped', '-o', folder, '--json');
    expect([dumped.code, dumped.stdout, errorOf(dumped).code]).toEqual([4, '', 'NO_ACCOUNT']);
    expect(filesOf(join(folder, '..'))).toEqual([]);
  });

  test.each([
    [[], 'Name accounts, or use --all.'],
    [['--all', 'wx0123456789abcdef'], 'Both accounts and --all were given.'],
  ])('takes names or --all: %j', async (more, sentence) => {
    const env = { WXOP_HOME: temporaryFolder(), WXOP_COMPONENT_APPID: 'wx5a4db0c0ffee0001' };
    const refused = await wxop(['menu', 'dump', ...more, '-o', join(env.WXOP_HOME, 'm'), '--json'], env);
    expect([refused.code, errorOf(refused)]).toMatchObject([2, { code: 'USAGE', message: sentence }]);
  });
});
