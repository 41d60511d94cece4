/** `npm run test:windows`. What it shows and what it cannot show is in docs/windows.md. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, COMPONENT, sealed, ticketEvent } from '../support/listener.ts';
import { accountOf, appIdOf, openHome, TICKET, tokenOf, verdictsOf } from '../support/prepared-homes.ts';
import { eventually, freePort, type Finished } from '../support/processes.ts';
import { openWindows, openWine, type StartedOnWindows, type Windows } from './wine.ts';

const HERE = import.meta.dirname;
const built = mkdtempSync(join(tmpdir(), 'wxop-windows-'));
const CONTRACT = join(built, 'contract.cjs');
const ACTOR = join(built, 'actor.cjs');
/** Reads a file until another one is there. */
const HOLD = join(built, 'hold.cjs');
const HOLD_SOURCE = `const fs = require('node:fs');
const [path, end] = process.argv.slice(2);
const file = fs.openSync(path, 'r');
process.stdout.write(JSON.stringify({ held: path }) + '\\n');
const timer = setInterval(() => fs.existsSync(end) && (fs.closeSync(file), clearInterval(timer)), 10);
`;

async function bundle(input: string, file: string): Promise<void> {
  const made = await rolldown({
    input,
    platform: 'node',
    // Never loaded there, and no bundler can read it as it is.
    external: ['qrcode-terminal'],
    resolve: { alias: { vitest: join(HERE, 'vitest-inside.ts'), 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' } },
    onLog: () => undefined,
  });
  await made.write({ file, format: 'cjs', codeSplitting: false });
  await made.close();
}

beforeAll(async () => {
  writeFileSync(HOLD, HOLD_SOURCE);
  await bundle(join(HERE, 'contract-inside.ts'), CONTRACT);
  await bundle(resolve(HERE, '../support/child-process-main.ts'), ACTOR);
});
afterAll(() => rmSync(built, { recursive: true, force: true }));

const wine = openWine();
// On Node 20 a deleted file keeps its name while somebody reads it; on Node 22 it does not.
const [windows, newer] = [openWindows(wine, 20), openWindows(wine, 22)];
const onWindows = (): Windows => windows!;
afterAll(() => wine?.remove());

const SETTINGS = {
  WXOP_COMPONENT_APPID: COMPONENT.appId,
  WXOP_COMPONENT_APPSECRET: COMPONENT.secret,
  WXOP_MESSAGE_TOKEN: COMPONENT.messageToken,
  WXOP_ENCODING_AES_KEY: COMPONENT.encodingAesKey,
};
const NAME = '服务商 目录\\我的 wxop';
/** A home of Chinese characters and blanks, and a command in it. */
function openHomeOnWindows() {
  const { here, there } = onWindows().folder('家');
  const environment: Record<string, string> = { ...SETTINGS, WXOP_HOME: `${there}\\${NAME}` };
  const start = (argv: string[], { stdin, ...also }: Record<string, string> & { stdin?: string } = {}) =>
    onWindows().wxop(argv, { environment: { ...environment, ...also }, stdin });
  const run = async (...given: Parameters<typeof start>): Promise<Finished> => start(...given).finished;
  return { here: join(here, NAME.replaceAll('\\', '/')), folder: { here, there }, environment, start, run };
}

describe.skipIf(!windows)('the file store on Windows', () => {
  it('keeps its contract, on Node 20 and 22', async () => {
    const contracts = [windows, newer].flatMap((node) => node?.node([CONTRACT]).finished ?? []);
    for (const { code, stdout, stderr } of await Promise.all(contracts)) {
      expect([code, stderr]).toEqual([0, '']);
      const results = JSON.parse(stdout) as { title: string; failure?: string }[];
      expect(results.filter(({ failure }) => failure !== undefined)).toEqual([]);
      expect(results.length).toBeGreaterThan(25);
    }
  });
});

describe.skipIf(!windows)('processes on Windows', () => {
  it('count every write exactly once, three at a time', async () => {
    const { here, there } = onWindows().folder('store');
    const orders = JSON.stringify({ folder: there, count: 8 });
    const ends = await Promise.all([1, 2, 3].map(() => onWindows().node([ACTOR, 'increment', orders]).finished));
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([1, 2, 3].map(() => [0, '']));
    expect(readdirSync(join(here, 'ticket')).sort()).toEqual(['22.json', '23.json', '24.json']);
    expect(JSON.parse(readFileSync(join(here, 'ticket/24.json'), 'utf8'))).toMatchObject({ value: { createTime: 24 } });
  });

  it('get the lock of one that was killed', async () => {
    const { there } = onWindows().folder('store');
    const holder = onWindows().node([ACTOR, 'hold', JSON.stringify({ folder: there })]);
    await holder.line('held');
    const next = onWindows().node([ACTOR, 'takeInTurn', JSON.stringify({ folder: there, inside: `${there}\\inside` })]);
    await next.line('waiting');
    holder.process.kill('SIGKILL');
    expect(await next.finished).toMatchObject({ code: 0, stderr: '' });
  });

  it('are stopped in the middle of writing, and leave whole records', async () => {
    const { here, there } = onWindows().folder('store');
    const writer = onWindows().node([ACTOR, 'writeRecords', JSON.stringify({ folder: there, writer: 1, count: 1000 })]);
    const written = (): string[] => (existsSync(join(here, 'account')) ? readdirSync(join(here, 'account')) : []);
    await eventually(() => written().length > 5 || undefined);
    writer.process.kill('SIGKILL');
    await writer.finished;
    const accounts = written().map((name) => ({ name, versions: readdirSync(join(here, 'account', name)) }));
    for (const { name, versions } of accounts) {
      for (const version of versions.filter((each) => /^\d+\.json$/.test(each))) {
        const { value } = JSON.parse(readFileSync(join(here, 'account', name, version), 'utf8')) as { value: object };
        expect(value).toMatchObject({ appId: name });
      }
    }
  });
});

describe.skipIf(!windows)('commands on Windows', () => {
  it('keep a ticket in a home with Chinese characters and blanks in its name', async () => {
    const { run, here } = openHomeOnWindows();
    expect(await run(['ticket', 'set', '--yes'], { stdin: `${TICKET.ticket}\r\n` })).toMatchObject({ code: 0 });
    const shown = await run(['ticket', 'show', '--reveal', '--json']);
    expect([shown.stderr, JSON.parse(shown.stdout)]).toEqual(['', expect.objectContaining({ ticket: TICKET.ticket })]);
    expect(readdirSync(join(here, 'state', COMPONENT.appId, 'ticket'))).toEqual(['1.json']);
  });

  it('save and list profiles, without a word about modes', async () => {
    const { run, here } = openHomeOnWindows();
    const saved = await run(['init', '--from-env', '--no-check', '--profile', '生产']);
    expect(saved).toMatchObject({ code: 0 });
    expect(saved.stderr).not.toMatch(/mode|open to others/);
    const { environment } = openHomeOnWindows();
    expect(environment.WXOP_HOME).not.toBe('');
    expect(JSON.parse(readFileSync(join(here, 'config.json'), 'utf8'))).toMatchObject({
      current: '生产',
      profiles: { 生产: { componentAppId: COMPONENT.appId } },
    });
    const listed = await run(['profile', 'list', '--json']);
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toContain('生产');
  });

  it('import accounts, and list them in UTF-8', async () => {
    const home = await openHome([accountOf(1), accountOf(2)]);
    const { run, folder } = openHomeOnWindows();
    await home.run(['accounts', 'export', '-o', join(folder.here, '帐号.wxop')]);
    const environment = {
      WXOP_PASSPHRASE: home.environment.WXOP_PASSPHRASE ?? '',
      WXOP_COMPONENT_APPID: 'wx5a4db0c0ffee0001',
    };
    const imported = await run(['accounts', 'import', `${folder.there}\\帐号.wxop`, '--json'], environment);
    expect(verdictsOf(imported)).toEqual({ [appIdOf(1)]: 'added', [appIdOf(2)]: 'added' });
    const listed = await run(['accounts', 'list', '--json'], environment);
    expect((JSON.parse(listed.stdout) as { nickName: string }[]).map(({ nickName }) => nickName)).toEqual([
      '茶店 1',
      '茶店 2',
    ]);
    const help = await run(['accounts', 'list', '--lang', 'zh', '--quiet'], environment);
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('茶店 1')]);
    const tokens = await run(['token', 'list', '--json'], environment);
    expect(tokens).toMatchObject({ code: 0 });
    expect(tokens.stdout).not.toContain(tokenOf(1));
    const again = await run(['accounts', 'export', '--plain', '--yes', '-o', `${folder.there}\\再.wxop`], environment);
    expect([again.code, JSON.parse(readFileSync(join(folder.here, '再.wxop'), 'utf8'))]).toMatchObject([
      0,
      { accounts: 2 },
    ]);
  });

  it('keep settings below %APPDATA% where no home is named', async () => {
    const { environment } = openHomeOnWindows();
    const { WXOP_HOME: _, ...withoutHome } = environment;
    const saved = await onWindows().wxop(['init', '--from-env', '--no-check'], { environment: withoutHome }).finished;
    expect(saved.code).toBe(0);
    const users = join(onWindows().drive, 'users');
    const homes = readdirSync(users).map((user) => join(users, user, 'AppData/Roaming/wxop/config.json'));
    expect(homes.filter(existsSync)).toHaveLength(1);
  });

  it('refuse to write a file that Windows takes for something else', async () => {
    const { run, folder } = openHomeOnWindows();
    const names = ['CON', 'nul.json', 'com1', 'ends.', 'ends ', 'accounts.wxop:stream'];
    const write = (name: string) => run(['accounts', 'export', '--plain', '--yes', '-o', `${folder.there}\\${name}`]);
    for (const { code, stderr } of await Promise.all(names.map(write))) {
      expect([code, stderr]).toEqual([2, expect.stringContaining('no name of a file on Windows')]);
    }
    expect(readdirSync(folder.here)).toEqual([]);
  });

  it('replace a file as soon as another program lets go of it', async () => {
    const { run, folder } = openHomeOnWindows();
    writeFileSync(join(folder.here, 'accounts.wxop'), 'old');
    const path = `${folder.there}\\accounts.wxop`;
    const reader = onWindows().node([HOLD, path, `${folder.there}\\let-go`]);
    await reader.line('held');
    const exported = run(['accounts', 'export', '--plain', '--yes', '--force', '-o', path]);
    // Its new file is whole long before the tenth look: what it waits for is the reader.
    let looks = 0;
    const isWaiting = () =>
      (looks += Number(readdirSync(folder.here).some((name) => name.endsWith('.tmp')))) > 9 || undefined;
    await Promise.race([exported, eventually(isWaiting)]);
    writeFileSync(join(folder.here, 'let-go'), '');
    expect(await exported).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(folder.here, 'accounts.wxop'), 'utf8'))).toMatchObject({ accounts: 0 });
  });

  it('examine what is there without a failure', async () => {
    const { run } = openHomeOnWindows();
    await run(['ticket', 'set', '--yes'], { stdin: TICKET.ticket });
    const { stdout } = await run(['doctor', '--offline', '--json', '--only', 'program,settings,files,store,ticket']);
    expect(stdout).toContain('"files.modes"');
    expect(stdout).not.toContain('"failed"');
  });

  it('take pushes, and lose none when they are killed', async () => {
    const { start, run, here } = openHomeOnWindows();
    const port = await freePort();
    const listener: StartedOnWindows = start(['listen', '--json', '--no-start-push', '--port', String(port)]);
    await listener.line('eventUrl');
    const push = sealed(ticketEvent('ticket@@@pushed-to-windows'));
    expect(await ask(`http://127.0.0.1:${port}${push.path}`, { method: 'POST', body: push.body })).toMatchObject({
      status: 200,
      body: 'success',
    });
    listener.process.kill('SIGKILL');
    await listener.finished;
    const shown = await run(['ticket', 'show', '--reveal', '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ ticket: 'ticket@@@pushed-to-windows' });
    const events = await run(['events', 'list', '--json']);
    expect([events.code, events.stdout]).toEqual([0, expect.stringContaining('component_verify_ticket')]);
    expect(existsSync(join(here, 'state', COMPONENT.appId, 'journal'))).toBe(true);
  });

  it('end in order at Ctrl-C', async () => {
    const { start } = openHomeOnWindows();
    const listener: StartedOnWindows = start(['listen', '--json', '--no-start-push', '--port', '0']);
    await listener.line('eventUrl');
    // Wine makes a CTRL_C_EVENT of it.
    listener.process.kill('SIGINT');
    expect(await listener.finished).toMatchObject({ code: 130 });
  });
});
