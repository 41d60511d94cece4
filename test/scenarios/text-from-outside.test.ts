/** What WeChat, merchants, strangers and files write is data: through every command, in every form. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from '../support/free-port.ts';
import { startWxop, wxop } from '../support/processes.ts';
import { hasPty, onTerminal } from '../support/pty.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

/** Colours that wxop does not use, a title, C1, DEL, turned directions, and lines of its own. */
const NASTY =
  '=1\x1b[35m\x1b]0;owned\x07\x1b[2J\x9b35m\x7f\u202e\u2066\u200f\u061c\u2028\r\nFORGED line\tcell\u001b]8;;http://x\x07';

// eslint-disable-next-line no-control-regex -- control characters are what it finds
const ACTS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
// eslint-disable-next-line no-control-regex -- wxop's own: its paint, and the line that it rewrites
const OWN = /\x1b\[(?:1|2|22|31|32|33|36|39)m|\r\x1b\[2K/g;

/** What people and WeChat fill in; ids and numbers stay. */
const WRITTEN = [
  ...['nick_name', 'principal_name', 'alias', 'signature', 'name', 'errmsg', 'value', 'key', 'request_body'],
  ...['user_version', 'user_desc', 'exp_version', 'exp_desc', 'release_version', 'release_desc', 'reason'],
  ...['source_miniprogram', 'developer'],
];

function spoil(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return WRITTEN.includes(key) ? `${value}${NASTY}` : value;
  if (Array.isArray(value)) return value.map((one) => spoil(one));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, spoil(inner, name)]));
}

/** WeChat as the sandbox plays it, every text in its answers spoilt. */
async function openSpoilt(sandbox: Sandbox): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = request.method === 'POST' ? { method: 'POST', body: Buffer.concat(chunks) } : {};
      void fetch(`${sandbox.url}${request.url}`, body)
        .then((answer) => answer.json())
        .then((document) => response.end(JSON.stringify(spoil(document))));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onClose.push(() => (server.closeAllConnections(), void server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const onClose: (() => void)[] = [];
const home = mkdtempSync(join(tmpdir(), 'wxop-outside-'));
let env: Record<string, string>;
let appId: string;
let miniAppId: string;
let runId: string;
const planSource = join(home, 'autumn.json');

beforeAll(async () => {
  const releases = { accounts: { '*': { detection: 0, audit: { outcome: 'person' as const } } } };
  const sandbox = await startSandbox({ accounts: 12, releases });
  env = { ...sandbox.env, WXOP_HOME: home, WXOP_API_URL: await openSpoilt(sandbox) };
  appId = sandbox.state().accounts[0]?.appId ?? '';
  for (const account of sandbox.state().accounts) await sandbox.push({ event: 'authorized', appId: account.appId });
  await runWxop(['ticket', 'set', '--quiet'], { environment: env, stdin: sandbox.state().ticket ?? '' });
  expect((await runWxop(['accounts', 'sync', '--json'], { environment: env })).stderr).toBe('');
  miniAppId = sandbox.state().accounts.find(({ kind }) => kind === 'mini')?.appId ?? '';
  await prepareReleases(sandbox);
  writeFileSync(join(home, 'menu.json'), `{"button":[{"type":"click","name":"a\x1b[35m\x9b35m\u202e","key":"K"}]}`);
  return async () => {
    onClose.forEach((close) => close());
    await sandbox.close();
    rmSync(home, { recursive: true, force: true });
  };
}, 60_000);

/** Two versions were online, and a third was rejected. */
async function prepareReleases(sandbox: Sandbox): Promise<void> {
  const environment = { ...env, WXOP_API_URL: sandbox.url };
  const release = async (verb: string, ...flags: string[]): Promise<void> => {
    const { code, stderr } = await runWxop(['release', verb, miniAppId, ...flags], { environment });
    if (code !== 0) throw new Error(stderr);
    sandbox.advance(1_000);
  };
  for (const version of ['1', '2', '3']) {
    await release('upload', '--template', '1', '--code-version', version);
    await release('submit');
    const outcome = version === '3' ? 'reject' : 'pass';
    sandbox.decideAudit({ appId: miniAppId, outcome, reason: `<b>原因</b><br>${NASTY}` });
    if (outcome === 'pass') await release('publish', '--yes');
  }
  const run = async (...argv: string[]) => runWxop(['release', ...argv, '--json'], { environment });
  writeFileSync(planSource, JSON.stringify({ template: 1, version: '4', accounts: [miniAppId] }));
  expect((await run('plan', planSource)).stderr).toBe('');
  const begun = await run('run', planSource.replace('.json', '.plan.json'), '--no-wait');
  runId = (JSON.parse(begun.stdout) as { run: string }).run;
  sandbox.decideAudit({ appId: miniAppId, outcome: 'reject', reason: NASTY });
  expect((await run('resume', runId)).code).toBe(3);
}

/** Command → how it is called so that it prints what others wrote; `$` stands for an account. */
const PRINTS: Record<string, string[][]> = {
  'accounts list': [[], ['--format', 'csv'], ['--format', 'tsv'], ['--name', '茶']],
  'accounts show': [['$', '--history'], [`nobody${NASTY}`]],
  'accounts sync': [[], ['$']],
  'accounts remove': [['$']],
  'accounts alias': [['$', 'tea']],
  'accounts option get': [['$']],
  'accounts option set': [['$', 'voice_recognize', 'on']],
  'token list': [[]],
  'token get': [['$'], [`nobody${NASTY}`]],
  'token refresh': [['--all'], ['$']],
  'menu get': [['$'], ['$', '--source', 'api']],
  'menu dump': [['--all', '-o', join(home, 'dump')]],
  'link check': [[`https://mp.weixin.qq.com/cgi-bin/componentloginpage?a${NASTY}=1&biz_appid=${NASTY}`]],
  'menu validate': [[join(home, 'menu.json')]],
  'menu diff': [['$', join(home, 'menu.json')]],
  'menu push': [['$', join(home, 'menu.json'), '--dry-run']],
  'menu delete': [['$', '--dry-run']],
  'menu preview': [['$', '-o', join(home, `m${'\u202e'}.svg`)]],
  'template drafts': [[], ['--format', 'csv']],
  'template list': [[], ['--format', 'csv']],
  'release status': [['$mini']],
  'release plan': [[planSource], [planSource, '--format', 'csv']],
  'release show': [['$run']],
  'release runs': [[], ['--format', 'csv']],
  'mini domains get': [['$mini'], ['--own'], ['--all', '--format', 'csv']],
  'mini privacy get': [['$mini'], ['--all', '--format', 'csv']],
  'mini testers list': [['$mini']],
  'mini categories': [['$mini'], ['--all', '--format', 'csv']],
  'mini visit show': [['$mini']],
  'release upload': [['$mini', '--template', '1', '--dry-run']],
  'release check': [['$mini']],
  'release reasons': [['$mini', '--no-pictures']],
  'release publish': [['$mini']],
  'release revert': [['$mini'], ['$mini', '--list']],
  'quota get': [['--as', '$', '/cgi-bin/menu/get']],
  rid: [['5f34ffda-15f5225d-519bc4eb']],
  ip: [[]],
  status: [[]],
  explain: [[`errcode: 61004, hint: [a${NASTY}]`], [`61004 ${NASTY}`]],
  doctor: [
    ['--offline', '--account', '$'],
    ['--offline', '--bundle', '-'],
  ],
  authorize: [['--code', `queryauthcode@@@${'x'.repeat(20)}`]],
  'publish-check': [['--timeout', '1s']],
};

const CALLS = Object.entries(PRINTS).flatMap(([command, ways]) => ways.map((way) => [...command.split(' '), ...way]));
const FORMS: [form: string, flags: string[], isTTY: boolean][] = [
  ['in a pipe', [], false],
  ['on a terminal', [], true],
  ['with --json', ['--json'], false],
  ['with --verbose', ['--verbose'], false],
  ['in Chinese, with colour and --verbose', ['--verbose', '--lang', 'zh'], true],
];

const isCsv = (argv: string[]): boolean => argv.includes('csv');
/** WeChat's document goes through a pipe as it came. */
const isRaw = (argv: string[]): boolean => argv[0] === 'menu' && argv[1] === 'get' && argv.includes('--json');

function expectHarmless(shown: string, argv: string[]): void {
  const rest = shown.replace(OWN, '');
  expect(isCsv(argv) ? rest.replaceAll('\r\n', '\n') : rest).not.toMatch(ACTS);
  expect(rest).not.toMatch(/^FORGED/m);
}

describe.each(FORMS)('%s', (_form, flags, isTTY) => {
  test.each(
    CALLS.map((argv) => [
      argv
        .map((word) => JSON.stringify(word))
        .join(' ')
        .slice(0, 60),
      argv,
    ]),
  )(
    'nothing that others wrote acts or begins a line: %s',
    async (_name, argv) => {
      const words = [...argv.map((word) => ({ $: appId, $mini: miniAppId, $run: runId })[word] ?? word), ...flags];
      const { stdout, stderr } = await runWxop(words, { environment: env, isTTY });
      expect(stdout + stderr).not.toBe('');
      expectHarmless(isRaw(words) ? stderr : stdout + stderr, words);
    },
    30_000,
  );
});

test('JSON spells it out, and is the same value', async () => {
  const { stdout } = await wxop(['accounts', 'list', '--json'], env);
  expect(stdout).toContain('\\u009b');
  const names = (JSON.parse(stdout) as { nickName: string }[]).map(({ nickName }) => nickName);
  expect(names.filter((name) => name.endsWith(NASTY))).toHaveLength(names.length);
});

test("WeChat's document is unchanged in a pipe, and spelled out on a terminal", async () => {
  const [piped, seen, api] = await Promise.all([
    runWxop(['menu', 'get', appId, '--json'], { environment: env }),
    runWxop(['menu', 'get', appId, '--json'], { environment: env, isTTY: true }),
    runWxop(['api', 'GET', '/cgi-bin/get_current_selfmenu_info', '--as', appId], { environment: env, isTTY: true }),
  ]);
  expect(piped.stdout).toContain('\x9b35m\x7f\u202e');
  expectHarmless(seen.stdout, []);
  expectHarmless(api.stdout, []);
  expect([JSON.parse(seen.stdout), JSON.parse(api.stdout)]).toEqual(Array(2).fill(JSON.parse(piped.stdout)));
});

test.each([[[]], [['--json']], [['--verbose']]])('the lines of listen: %j', async (flags) => {
  const port = await freePort();
  const sandbox = await startSandbox({ quiet: true, pushUrl: `http://127.0.0.1:${port}/wechat/event` });
  onTestFinished(() => sandbox.close());
  const listener = startWxop(['listen', '--port', `${port}`, ...flags], {
    ...sandbox.env,
    WXOP_HOME: temporaryFolder(),
  });
  await expect.poll(() => listener.lines.join('') + listener.stderr(), { timeout: 20_000 }).toContain(`${port}`);
  await sandbox.push({ event: 'thing\x9b35m\x7f\u202e\u2028\nFORGED' });
  await expect.poll(() => listener.lines.join(''), { timeout: 20_000 }).toContain('thing');
  const { stdout, stderr } = await listener.stop();
  expectHarmless(stdout + stderr, []);
});

describe.skipIf(!hasPty)('on a terminal of its own', () => {
  test('the question of menu delete quotes a name that is only text', async () => {
    const terminal = onTerminal(['menu', 'delete', appId], env);
    await terminal.sees(/\(y\/N\)/);
    // inquirer moves the cursor itself; what it was given does not.
    for (const sequence of ['\x1b[35m', '\x1b]0;', '\x1b]8;', '\x1b[2J', '\x9b', '\u202e']) {
      expect(terminal.shown()).not.toContain(sequence);
    }
    terminal.type('\x03');
    await terminal.finished;
  });
});

/** What these print is wxop's own, the operator's, or tried elsewhere. */
const OTHERS =
  'demo init listen ticket register token component accounts export accounts import menu restore serve events api quota clear profile config env store import trigger decrypt sandbox completion map';

/** They say what the others of their noun say, once something was changed. */
const CHANGING = [
  ...['template add', 'template delete', 'release submit', 'release withdraw', 'release hurry'],
  ...['release run', 'release resume'],
  ...['mini domains add', 'mini domains remove', 'mini domains set', 'mini privacy set'],
  ...['mini testers add', 'mini testers remove', 'mini visit on', 'mini visit off'],
];
/** Numbers, and a file. */
const NO_TEXT = ['release quota', 'release qr'];

test('every command is here, or known to print nothing that others wrote', async () => {
  const { stdout } = await runWxop(['map', '--json'], { environment: env });
  const names = (JSON.parse(stdout) as { commands: { name: string }[] }).commands.map(({ name }) => name);
  const isOther = (name: string): boolean =>
    [...CHANGING, ...NO_TEXT].includes(name) ||
    OTHERS.includes(name) ||
    OTHERS.split(' ').includes(name.split(' ')[0] ?? '');
  expect(names.filter((name) => !(name in PRINTS) && !isOther(name))).toEqual([]);
});
