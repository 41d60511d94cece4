/** A profile that is marked as production is not changed by accident. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { ENTER, hasPty, onTerminal } from '../support/pty.ts';
import { accountOf, appIdOf, openHome, COMPONENT_APPID, type Home } from '../support/prepared-homes.ts';
import { openMenuAccounts } from '../support/menu-accounts.ts';
import { openReleaseAccounts, type ReleaseAccounts } from '../support/release-accounts.ts';
import { startTarget } from '../support/target.ts';
import { runWxop, temporaryFolder, type RunResult } from '../support/world.ts';

const KEYS = { messageToken: 'token', encodingAesKey: 'a'.repeat(43), componentAppSecret: 'secret' };

async function openProduction(marked: object = { production: 'yes' }): Promise<Home> {
  const home = await openHome([accountOf(1)]);
  const profiles = { tea: { componentAppId: COMPONENT_APPID, ...KEYS, ...marked } };
  writeFileSync(join(home.environment.WXOP_HOME ?? '', 'config.json'), JSON.stringify({ current: 'tea', profiles }));
  return home;
}

const STORE_KEY = { WXOP_STORE_KEY: 'k'.repeat(43) };

/** A command line that must ask, and what is on its stdin. */
const ASKING: [argv: string[], stdin?: string][] = [
  [['token', 'refresh', '--all']],
  [['token', 'refresh', appIdOf(1)]],
  [['token', 'component', '--fresh']],
  [['register', 'company', '示例茶饮有限公司', '91500000MA00000000', '张三', 'zhangsan_88']],
  [['register', 'personal', '张三', 'zhangsan_88']],
  [['register', 'trial', '小麦烤鸡', 'oK8Yg5YaUM-axuE_vVZmV_oIZxxx']],
  [['ticket', 'set'], 'ticket@@@abcdefgh'],
  [['ticket', 'start']],
  [['accounts', 'sync']],
  [['accounts', 'remove', appIdOf(1)]],
  [['store', 'encrypt']],
  [['store', 'decrypt']],
  [['import', 'wego:.']],
  [['profile', 'remove', 'tea']],
  [['profile', 'rename', 'tea', 'coffee']],
  [['profile', 'set', 'tea', '--no-production']],
  [['init', '--public-url', 'https://other.example.com']],
  [['api', '/cgi-bin/menu/create', '--as', appIdOf(1), '--data', '{}']],
  [['api', 'GET', '/cgi-bin/menu/delete', '--as', appIdOf(1)]],
  [['api', '/cgi-bin/component/api_start_push_ticket', '--data', '{}']],
  [['api', '/cgi-bin/component/api_query_auth', '--force', '--data', '{}']],
  [['api', 'GET', '/cgi-bin/token', '--as', 'none', '--force']],
  [['trigger', 'component_verify_ticket', '--to', 'http://127.0.0.1:7788/wechat/event']],
  [['accounts', 'export', '--plain', '--output', 'plain.wxop']],
  [['events', 'replay', '--limit', '1', '--to', 'http://127.0.0.1:1/']],
  [['quota', 'clear', '--component']],
  [['config', 'set', 'publicUrl', 'https://other.example.com']],
  [['config', 'unset', 'messageToken']],
];

/** The same, of commands that look first: what they need is made by `open`. */
const LOOKING: [name: string, open: () => Promise<Asking>][] = [
  [
    'accounts import',
    async () => {
      const home = await openProduction();
      const exported = await home.run(['accounts', 'export', '--plain', '--yes']);
      return { run: () => home.run(['accounts', 'import', '-', '--plain', '--json'], { stdin: exported.stdout }) };
    },
  ],
  [
    'accounts option set',
    async () => {
      const { env, appId, calls } = await openMenuAccounts();
      const environment = { ...env, WXOP_PRODUCTION: 'yes' };
      const argv = ['accounts', 'option', 'set', appId('tea'), 'voice_recognize', 'on', '--json'];
      return { run: () => runWxop(argv, { environment }), changes: () => calls('component/api_set_authorizer_option') };
    },
  ],
  ['menu push', () => openMenu((appId, file) => ['push', appId, file])],
  ['menu delete', () => openMenu((appId) => ['delete', appId])],
  ['menu restore', () => openMenu((appId) => ['restore', appId])],
  ['template delete', () => openRelease(() => ['template', 'delete', '1'])],
  ['release withdraw', () => openRelease((appId) => ['release', 'withdraw', appId], inAudit)],
  ['release hurry', () => openRelease((appId) => ['release', 'hurry', appId], inAudit)],
  ['release publish', () => openRelease((appId) => ['release', 'publish', appId], approved)],
  [
    'mini domains set',
    () => openRelease((appId) => ['mini', 'domains', 'set', appId, '--request', 'https://api.example.com']),
  ],
  ['mini domains remove', () => openRelease((appId) => ['mini', 'domains', 'remove', appId, ...DOMAIN], withDomain)],
  ['mini visit off', () => openRelease((appId) => ['mini', 'visit', 'off', appId], published)],
  [
    'mini visit on',
    () =>
      openRelease(
        (appId) => ['mini', 'visit', 'on', appId],
        async (accounts) => {
          await published(accounts);
          expect((await accounts.here(['mini', 'visit', 'off', accounts.appId])).code).toBe(0);
        },
      ),
  ],
  ['release run', () => openRun(['release', 'run'])],
  ['release resume', () => openRun(['release', 'resume'])],
  ['release revert', () => openRelease((appId) => ['release', 'revert', appId], publishedTwice)],
];

interface Asking {
  run: () => Promise<RunResult>;
  /** Calls that change something at WeChat. */
  changes?: () => number;
}

/** An account whose menu was pushed once, by which it has a backup; from then on the profile has the mark. */
async function openMenu(argv: (appId: string, file: string) => string[]): Promise<Asking> {
  const { env, appId, calls } = await openMenuAccounts();
  const run = (given: string[], more = {}) =>
    runWxop(['menu', ...given, '--json'], { environment: { ...env, ...more } });
  const file = join(temporaryFolder(), 'menu.json');
  const write = (name: string): void =>
    writeFileSync(file, JSON.stringify({ button: [{ type: 'click', name, key: 'K' }] }));
  write('新品');
  expect((await run(['push', appId('tea'), file, '--yes'])).code).toBe(0);
  write('又一新品');
  const changes = (): number => calls('menu/create') + calls('menu/delete');
  const before = changes();
  return {
    run: () => run(argv(appId('tea'), file), { WXOP_PRODUCTION: 'yes' }),
    changes: () => changes() - before,
  };
}

/** A mini program that `prepare` brings to the right stage; from then on the profile has the mark. */
async function openRelease(
  argv: (appId: string) => string[],
  prepare: (accounts: ReleaseAccounts) => Promise<void> = () => Promise.resolve(),
): Promise<Asking> {
  const accounts = await openReleaseAccounts({ accounts: { '*': { audit: { outcome: 'person' } } } });
  await prepare(accounts);
  const { sandbox, env, appId } = accounts;
  const changes = (): number =>
    Object.values(sandbox.state().releases)
      .flatMap(({ effects }) => Object.values(effects))
      .reduce((sum, count) => sum + count, 0);
  const before = changes();
  const environment = { ...env, WXOP_PRODUCTION: 'yes' };
  return { run: () => runWxop([...argv(appId), '--json'], { environment }), changes: () => changes() - before };
}

/** A plan, and for `resume` a run of it that waits for its audit. */
async function openRun(argv: [string, 'run' | 'resume']): Promise<Asking> {
  const path = join(temporaryFolder(), 'autumn.json');
  const plan = path.replace('.json', '.plan.json');
  let run = '';
  const asking = await openRelease(
    () => [...argv, argv[1] === 'run' ? plan : run],
    async ({ here, appId, sandbox }) => {
      writeFileSync(path, JSON.stringify({ template: 1, accounts: [appId] }));
      expect((await here(['release', 'plan', path])).code).toBe(0);
      if (argv[1] === 'run') return;
      const begun = await here(['release', 'run', plan, '--no-wait', '--json']);
      run = (JSON.parse(begun.stdout) as { run: string }).run;
      sandbox.decideAudit({ appId, outcome: 'pass' });
    },
  );
  return asking;
}

const inAudit = ({ submit }: ReleaseAccounts): Promise<void> => submit('1.0.0');

async function approved({ submit, sandbox, appId }: ReleaseAccounts, version = '1.0.0'): Promise<void> {
  await submit(version);
  sandbox.decideAudit({ appId, outcome: 'pass' });
}

const DOMAIN = ['--request', 'https://api.example.com'];
async function withDomain({ here, appId }: ReleaseAccounts): Promise<void> {
  expect((await here(['mini', 'domains', 'add', appId, ...DOMAIN])).code).toBe(0);
}

async function published(accounts: ReleaseAccounts): Promise<void> {
  await approved(accounts);
  expect((await accounts.here(['release', 'publish', accounts.appId])).code).toBe(0);
}

async function publishedTwice(accounts: ReleaseAccounts): Promise<void> {
  for (const version of ['1.0.0', '2.0.0']) {
    await approved(accounts, version);
    expect((await accounts.here(['release', 'publish', accounts.appId])).code).toBe(0);
    accounts.sandbox.advance(60_000);
  }
}

/** They change something and never ask. */
const UNASKED = {
  listen: 'a service runs it all day',
  authorize: 'the merchant decides',
  serve: 'a service runs it all day',
  'serve key add': 'it is undone by serve key revoke',
  'serve key revoke': 'a lost key must end at once',
  'accounts alias': 'it is undone by giving the old one again',
  'template add': 'it is undone by template delete',
  'release submit': 'it is undone by release withdraw',
  'release upload': 'it replaces the trial version, which only testers see',
  'mini domains add': 'it is undone by mini domains remove',
  'mini testers add': 'it is undone by mini testers remove',
  'mini testers remove': 'it is undone by mini testers add, and reaches no user',
  'mini privacy set': 'it is undone by setting the old guide, and reaches users only with an audit and a release',
  'profile use': 'it changes no profile',
  'profile add-file': 'it is undone by remove-file',
  'profile remove-file': 'it is undone by add-file',
};

/** `accounts remove wx…` → `accounts remove`; `api /cgi-bin/…` → `api`. */
const nameIn = (argv: readonly string[]): string =>
  changing.find(({ name }) => `${argv.join(' ')} `.startsWith(`${name} `))?.name ?? argv.join(' ');

const changing = (
  JSON.parse((await runWxop(['map', '--json'])).stdout) as { commands: { name: string; risk: string }[] }
).commands.filter(({ risk }) => risk !== 'reads');

describe('a command that changes something', () => {
  it('is tried below on a production profile, or is one of those that never ask', () => {
    const tried = new Set([...ASKING.map(([argv]) => nameIn(argv)), ...LOOKING.map(([name]) => name)]);
    expect([...tried, ...Object.keys(UNASKED)].toSorted()).toEqual(changing.map(({ name }) => name).toSorted());
  });

  it('is in docs/profiles.md under what it asks on: every profile, or one in production', () => {
    const manual = readFileSync(resolve(import.meta.dirname, '../../docs/profiles.md'), 'utf8');
    const rows = [...manual.matchAll(/^\| (.*?) \| (.*?) \|$/gm)];
    for (const [column, risk] of [
      [1, 'writes'],
      [2, 'production'],
    ] as const) {
      const asking = changing.filter((one) => one.risk === risk && !(one.name in UNASKED));
      const named = new Set(rows.flatMap((row) => commandsIn(row[column] ?? '')));
      expect([...named].toSorted()).toEqual(asking.map(({ name }) => name).toSorted());
    }
    for (const name of Object.keys(UNASKED)) expect(manual.split('never ask')[1]).toContain(`\`${name}\``);
  });
});

/** `wxop ticket set`, `start` → ticket set, ticket start. */
function commandsIn(cell: string): string[] {
  let noun = '';
  return [...cell.matchAll(/`(wxop )?([a-z][^`]*)`/g)].map(([, isWhole, code = '']) => {
    const words = code.replace(/ --.*/, '');
    if (!isWhole) return `${noun} ${words}`;
    noun = words.split(' ')[0] ?? '';
    return words;
  });
}

describe('on a production profile', () => {
  it.each(LOOKING)('wxop %s asks first, and without a terminal needs --yes and changes nothing', async (_, open) => {
    const { run, changes } = await open();
    const result = await run();
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([2, '', 'USAGE']);
    expect(errorOf(result).message).toContain('is marked as production');
    expect(changes?.() ?? 0).toBe(0);
  });

  it.each(ASKING)('%j asks first, and without a terminal needs --yes and changes nothing', async (argv, stdin) => {
    const home = await openProduction();
    const settings = (): string => readFileSync(join(home.environment.WXOP_HOME ?? '', 'config.json'), 'utf8');
    const before = [await home.accounts(), settings()];
    const result = await home.run([...argv, '--json'], { environment: STORE_KEY, stdin });
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([2, '', 'USAGE']);
    expect(errorOf(result).message).toContain('Profile tea is marked as production');
    expect(errorOf(result).hint).toBe(
      'Nothing was changed. Run it again with --yes once you are sure, or in a terminal and answer.',
    );
    expect([await home.accounts(), settings()]).toEqual(before);
    expect(await home.store.read('ticket')).toBeUndefined();
  });

  it.each([
    ['without a mark', {}, 0],
    ['with no', { production: 'no' }, 0],
    ['with true, as a person writes it', { production: true }, 2],
    // What cannot be read is no reason to go on without a question.
    ['with a mark that cannot be read', { production: 'perhaps' }, 2],
  ])('setting a ticket on a profile %s, %j, ends with %i', async (_, marked, code) => {
    const home = await openProduction(marked);
    expect((await home.run(['ticket', 'set'], { stdin: 'ticket@@@abcdefgh' })).code).toBe(code);
  });

  it('--yes answers the question, and a command that only reads asks none', async () => {
    const home = await openProduction();
    expect((await home.run(['ticket', 'set', '--yes'], { stdin: 'ticket@@@abcdefgh' })).code).toBe(0);
    expect((await home.store.read('ticket'))?.value.ticket).toBe('ticket@@@abcdefgh');
    for (const argv of [
      ['accounts', 'list'],
      ['ticket', 'show'],
      ['token', 'list'],
      ['profile', 'show'],
    ]) {
      expect((await home.run(argv)).code).toBe(0);
    }
  });

  it('a command looks at the mark of the profile it was given', async () => {
    const home = await openHome();
    const profiles = { tea: { componentAppId: COMPONENT_APPID, production: 'yes' }, coffee: {} };
    writeFileSync(
      join(home.environment.WXOP_HOME ?? '', 'config.json'),
      JSON.stringify({ current: 'coffee', profiles }),
    );
    for (const argv of [
      ['profile', 'rename', 'tea', 'milk'],
      ['profile', 'remove', 'tea'],
    ]) {
      const result = await home.run([...argv, '--json']);
      expect([result.code, errorOf(result).message]).toEqual([2, expect.stringContaining('Profile tea is marked')]);
    }
    expect((await home.run(['profile', 'rename', 'coffee', 'milk'])).code).toBe(0);
  });

  it('the environment can set the mark on a machine without files', async () => {
    const home = await openHome();
    const environment = { WXOP_PRODUCTION: 'yes' };
    expect((await home.run(['ticket', 'set'], { stdin: 'ticket@@@abcdefgh', environment })).code).toBe(2);
  });

  it('a push to a receiver of somebody else asks nothing', async () => {
    const home = await openProduction();
    const target = await startTarget();
    const { code } = await home.run(['trigger', 'text', '--to', `${target.url}/`]);
    expect(code).not.toBe(2);
    expect(target.got).toHaveLength(1);
  });

  it.skipIf(!hasPty)('no to a call of the API calls nothing, yes calls it', async () => {
    const home = await openProduction();
    const target = await startTarget(() => ({ body: '{"errcode":0}' }));
    const environment = { ...home.environment, WXOP_API_URL: target.url };
    for (const [key, calls] of [
      ['n', 0],
      ['y', 1],
    ] as const) {
      const argv = ['api', '/cgi-bin/clear_quota/v2', '--as', 'none', '--data', '{}'];
      const screen = onTerminal(argv, environment);
      await screen.sees(/PRODUCTION \(profile tea\) Call POST .*clear_quota\/v2 without a token\?/);
      screen.type(`${key}${ENTER}`);
      expect([await screen.finished, target.got.length]).toEqual([0, calls]);
    }
  });

  it.skipIf(!hasPty)('the question on a terminal says production and the profile, in red', async () => {
    const home = await openProduction();
    const screen = onTerminal(['accounts', 'remove', appIdOf(1)], home.environment);
    await screen.sees(/PRODUCTION \(profile tea\) Remove wx0{15}1/);
    expect(screen.shown()).toContain('\x1b[31mPRODUCTION (profile tea)');
    screen.type(ENTER);
    expect(await screen.finished).toBe(0);
    expect((await home.accounts())[appIdOf(1)]?.removedAt).toBeUndefined();
    const again = onTerminal(['accounts', 'remove', appIdOf(1)], home.environment);
    await again.sees(/Remove/);
    again.type(`y${ENTER}`);
    expect(await again.finished).toBe(0);
    expect((await home.accounts())[appIdOf(1)]?.removedAt).toBeGreaterThan(0);
  });
});
