/** Statements 10 and 11: without a terminal nothing hangs, and nothing needs a file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readStdin } from '../../src/runtime/read-stdin.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { toWxopError } from '../../src/sentences/wxop-error.ts';
import { errorOf } from '../support/error-line.ts';
import { BIN, CACHE, startWxop, wxop } from '../support/processes.ts';
import { accountOf, appIdOf, openHome } from '../support/prepared-homes.ts';
import { files } from '../support/files-under.ts';
import { hasPty, onTerminal } from '../support/pty.ts';
import { isRoot, withoutRights } from '../support/rights.ts';
import { startTarget } from '../support/target.ts';
import { runWxop, SILENT, temporaryFolder } from '../support/world.ts';

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs to its end with a stdin of this kind. */
async function ended(argv: string[], environment: Record<string, string>, kind: keyof typeof STDINS): Promise<Ended> {
  const child = STDINS[kind](argv, {
    PATH: process.env.PATH ?? '',
    WXOP_LANG: 'en',
    XDG_CACHE_HOME: CACHE,
    ...environment,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += String(chunk)));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += String(chunk)));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

const STDINS = {
  '/dev/null': (argv: string[], env: NodeJS.ProcessEnv): ChildProcess =>
    spawn(process.execPath, [BIN, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] }),
  closed: (argv: string[], env: NodeJS.ProcessEnv): ChildProcess =>
    spawn('sh', ['-c', 'exec "$@" <&-', 'sh', process.execPath, BIN, ...argv], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  'a silent open pipe': (argv: string[], env: NodeJS.ProcessEnv): ChildProcess =>
    spawn(process.execPath, [BIN, ...argv], { env, stdio: 'pipe' }),
};

/** Everything that reads stdin, or asks a person; some in real processes, the others in this one. */
const READS_STDIN = [
  ['ticket', 'set'],
  ['config', 'set', 'componentAppSecret'],
  ['explain', '-'],
  ['trigger', 'text', '--to', 'http://127.0.0.1:9/', '--xml', '-'],
  ['init', '--secrets-stdin'],
  ['menu', 'validate', '-'],
  ['menu', 'preview', '-'],
  ['decrypt', '--url', 'http://127.0.0.1/?timestamp=1&nonce=1&msg_signature=x'],
  ['accounts', 'import', '-'],
  ['authorize', '--code', '-'],
  ['api', 'POST', '/cgi-bin/x', '--as', 'none', '--data', '-'],
];
/** These have a --timeout of their own, which says how long stdin is waited for. */
const SPAWNED = READS_STDIN.slice(-2);
const ASKS = [
  ['init'],
  ['accounts', 'remove', appIdOf(1)],
  ['accounts', 'export', '-o', 'x.wxop'],
  ['accounts', 'export', '--plain', '-o', 'y.wxop'],
  ['menu', 'delete', appIdOf(1)],
  ['quota', 'clear', '--component'],
  ['profile', 'remove', 'default'],
];
/** Milliseconds: a second after which it is said what is waited for, and a little. */
const PATIENCE = 1_100;

const openFurnished = async (): Promise<Record<string, string>> => {
  const home = await openHome([accountOf(1)]);
  const { url } = await startTarget(() => ({
    body: '{"errcode":0,"errmsg":"ok","menu":{"button":[]},"selfmenu_info":{"button":[]}}',
  }));
  const keys = {
    WXOP_COMPONENT_APPSECRET: 'a-secret',
    WXOP_MESSAGE_TOKEN: 'token',
    WXOP_ENCODING_AES_KEY: 'a'.repeat(43),
  };
  const { WXOP_PASSPHRASE: _, ...environment } = home.environment;
  return { ...environment, ...keys, WXOP_API_URL: url, WXOP_OPEN_URL: url, WXOP_MP_URL: url, CI: 'true' };
};

interface Tried extends Omit<Ended, 'stdout'> {
  argv: string[];
}

/** Each ended by itself, with a failure and a hint, which are handed back. */
const saidBy = (all: Tried[]) =>
  all.map(({ argv, code, stderr }) => {
    const [, failed = '', hint = ''] = /^error: (.*)\n(.*)\n$/m.exec(stderr) ?? [];
    expect([argv, code === null || code === 0, failed !== '', hint !== '']).toEqual([argv, false, true, true]);
    return { argv, stderr, failed, hint };
  });
const expectStdinNamed = (all: Tried[]): void => {
  for (const { argv, stderr, failed, hint } of saidBy(all)) {
    expect([argv, stderr]).toEqual([argv, expect.stringContaining('Reading from stdin …')]);
    expect([argv, failed, hint]).toEqual([
      argv,
      expect.stringContaining('stdin'),
      expect.stringContaining('--timeout'),
    ]);
  }
};

describe('10. without a terminal', () => {
  it('what reads or asks ends by itself with any stdin, and says what to do', async () => {
    const environment = await openFurnished();
    const spawned = async (argv: string[], kind: keyof typeof STDINS): Promise<Tried> => ({
      argv,
      ...(await ended(argv, environment, kind)),
    });
    const inHere = async (argv: string[]): Promise<Tried> => ({
      argv,
      ...(await runWxop(argv, { environment, stdin: SILENT, stdinPatience: PATIENCE })),
    });
    const [silent, others] = await Promise.all([
      Promise.all([
        ...SPAWNED.map((argv) => spawned([...argv, '--timeout', `${PATIENCE}ms`], 'a silent open pipe')),
        ...READS_STDIN.slice(0, -2).map(inHere),
      ]),
      Promise.all([
        spawned(['ticket', 'set'], '/dev/null'),
        spawned(['config', 'set', 'componentAppSecret'], 'closed'),
        spawned(['accounts', 'remove', appIdOf(1)], 'a silent open pipe'),
        ...ASKS.map(inHere),
      ]),
    ]);
    expectStdinNamed(silent);
    saidBy(others);
  });

  it('a silent pipe is waited for ten seconds where no limit is set', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const said: string[] = [];
    const runtime = { stdin: new PassThrough(), signal: new AbortController().signal } as unknown as Runtime;
    let outcome = 'waits';
    readStdin(runtime, ({ en }) => void said.push(en)).catch((error: unknown) => (outcome = toWxopError(error).code));
    await vi.advanceTimersByTimeAsync(9_999);
    expect([said, outcome]).toEqual([['Reading from stdin …'], 'waits']);
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toBe('TIMEOUT');
  });

  it('--timeout and WXOP_TIMEOUT end any command with 5, and what runs until it is stopped as well', async () => {
    const environment = await openFurnished();
    const limited = { ...environment, WXOP_TIMEOUT: '200ms' };
    const all = await Promise.all([
      ended(['ticket', 'set', '--timeout', '200ms', '--json'], environment, 'a silent open pipe'),
      runWxop(['sandbox', '--port', '0', '--timeout', '200ms', '--json'], { environment }),
      ended(['events', 'tail', '--json'], limited, '/dev/null'),
      runWxop(['ticket', 'wait', '--fresh', '--json'], { environment: limited }),
    ]);
    for (const result of all) {
      expect([result.code, errorOf(result).message]).toEqual([5, 'Not finished within 200 ms.']);
    }
    const wrong = await runWxop(['token', 'list', '--json'], { environment: { WXOP_TIMEOUT: 'soon' } });
    expect([wrong.code, errorOf(wrong).code]).toEqual([2, 'SETTINGS_INVALID']);
    // Where there is a --timeout of the command's own, the flag means that.
    const own = await runWxop(['ticket', 'wait', '--timeout', '0', '--json'], { environment: limited });
    expect(errorOf(own).message).toBe('No ticket came within 0 s.');
  });

  it('a command that --timeout ends leaves no lock and no half of a file', async () => {
    const sandbox = await startSandbox({ faults: ['api_component_token=hang*1'] });
    const home = temporaryFolder();
    const environment = { ...sandbox.env, WXOP_HOME: home };
    await runWxop(['ticket', 'set', '--quiet'], { environment, stdin: sandbox.state().ticket });
    const slow = await runWxop(['token', 'component', '--timeout', '300ms'], { environment });
    expect([slow.code, slow.stdout]).toEqual([5, '']);
    expect(files(home).filter(({ path }) => !/\/\d+\.json$|store-id/.test(path))).toEqual([]);
    // A lock that the first one kept would hold the second one up.
    expect((await runWxop(['token', 'component', '--timeout', '20s'], { environment })).code).toBe(0);
    await sandbox.close();
  });

  it('CI=true asks nothing, animates nothing and draws no code, though it has a terminal', async (test) => {
    if (!hasPty) return test.skip();
    const sandbox = await startSandbox();
    await runWxop(['ticket', 'set', '--quiet'], { environment: sandbox.env, stdin: sandbox.state().ticket });
    const terminal = onTerminal(['accounts', 'remove', appIdOf(1)], await openFurnished());
    const authorize = onTerminal(['authorize', '--timeout', '1s'], { ...sandbox.env, WXOP_PORT: '0', CI: 'true' });
    expect(await Promise.all([terminal.finished, authorize.finished])).toEqual([2, 5]);
    await sandbox.close();
    expect(terminal.shown()).toContain('--yes');
    expect(authorize.shown()).toMatch(/http:\/\/127\.0\.0\.1:\d+\/authorize\//);
    // No half blocks, and no line drawn again.
    for (const drawn of ['█', '▀', '▄', '\x1b[2K']) expect(authorize.shown()).not.toContain(drawn);
  });
});

describe('11. secrets and files', () => {
  it('a home that cannot be written works when all values come from the environment', async () => {
    const sandbox = await startSandbox();
    const folder = temporaryFolder();
    const home = join(folder, 'home');
    mkdirSync(home, { mode: 0o555 });
    chmodSync(home, 0o555);
    if (isRoot) chmodSync(folder, 0o755);
    const { WXOP_HOME: _, ...env } = sandbox.env;
    const flags = withoutRights(folder);
    // What a run needs of nobody's: Node reads its files, and the home is not its own.
    const environment = { ...env, WXOP_HOME: join(home, 'wxop') };
    const run = (argv: string[]) => startWxop(argv, environment, '', flags).finished;
    const all = await Promise.all(
      [
        ['env'],
        ['accounts', 'list'],
        [
          'api',
          'POST',
          '/cgi-bin/component/api_start_push_ticket',
          '--as',
          'none',
          '--data',
          '{"component_appid":"x"}',
        ],
      ].map(async (argv) => ({ argv, ...(await run(argv)) })),
    );
    for (const { argv, code, stderr } of all)
      expect([argv, code === 0 || argv[0] === 'api', stderr.includes('EACCES')]).toEqual([argv, true, false]);
    await sandbox.close();
    expect(readdirSync(home)).toEqual([]);
  });

  it('a secret from a file or from the environment is used, and is written nowhere', async () => {
    const secret = 'a-secret-of-the-environment';
    const file = join(temporaryFolder(), 'secret');
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    const sandbox = await startSandbox();
    const { ticket = '' } = sandbox.state();
    const sources: Record<string, string>[] = [
      { WXOP_COMPONENT_APPSECRET_FILE: file },
      { WXOP_COMPONENT_APPSECRET: secret },
    ];
    for (const given of sources) {
      const home = temporaryFolder();
      const environment = { ...sandbox.env, WXOP_HOME: home, WXOP_COMPONENT_APPSECRET: '', ...given };
      await runWxop(['ticket', 'set', '--quiet'], { environment, stdin: ticket });
      // The sandbox knows another one: so this one was used.
      const refused = await wxop(['token', 'component', '--json'], environment);
      expect([refused.code, errorOf(refused).errcode]).toEqual([3, 40125]);
      for (const { content } of files(home)) expect(content.includes(secret)).toBe(false);
    }
    await sandbox.close();
  });

  it('no flag takes a secret', async () => {
    const { stdout } = await runWxop(['map', '--json']);
    const { settings, commands } = JSON.parse(stdout) as {
      settings: { file?: string; flag?: string; name: string }[];
      commands: { name: string; flags: { written: string }[] }[];
    };
    expect(settings.filter(({ file, flag }) => file && flag).map(({ name }) => name)).toEqual(['store']);
    const refused = await wxop(['token', 'list', '--store', 'redis://:a-pass-word@127.0.0.1:1', '--json']);
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'USAGE']);
    const flags = commands.flatMap(({ flags }) => flags.map(({ written }) => written));
    expect(
      flags.filter((written) => /--(?!secrets-stdin)\S*(?:secret|password|passphrase|aes|token)/.test(written)),
    ).toEqual([]);
  });
});
