/** Under GitHub Actions: what the runner reads of wxop's output, and what others wrote that it must not carry out. */
import { openSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loggedStdout, workflowCommands } from '../support/actions-runner.ts';
import { accountOf, appIdOf, openHome } from '../support/prepared-homes.ts';
import { startTarget } from '../support/target.ts';
import { BIN } from '../support/processes.ts';
import { runWxop, temporaryFolder, type RunOptions } from '../support/world.ts';

const ACTIONS = { GITHUB_ACTIONS: 'true' };

/** Names that people chose, and that would set an output, hide everything, or switch the runner's reading off. */
const NASTY = [
  '::set-output name=a::b',
  '\u3000\u0085 ::stop-commands::x',
  '##[set-output name=a]b',
  'x\n::add-mask::e\r::set-env name=PATH::.',
  '茶店##[add-mask]e',
];

const openNasty = () => openHome(NASTY.map((nickName, index) => accountOf(index + 1, { nickName, alias: nickName })));

const FORMS = [[], ['--json'], ['--verbose'], ['--lang', 'zh', '--verbose']];

describe('text from outside', () => {
  test.each([
    ['accounts', 'list'],
    ['accounts', 'list', '--format', 'csv'],
    ['accounts', 'list', '--format', 'tsv'],
    ['accounts', 'show', appIdOf(4), '--history'],
    ['token', 'list'],
    ...NASTY.map((name) => ['accounts', 'show', `nobody\n${name}`]),
    ...NASTY.map((name) => ['explain', `61004 ${name}`, name]),
    ...NASTY.map((name) => [name]),
  ])('is no command for the runner: %j %j %j', async (...argv) => {
    const { run } = await openNasty();
    for (const flags of FORMS) {
      const { stdout, stderr } = await run([...argv, ...flags], { environment: ACTIONS });
      expect(workflowCommands(stdout)).toEqual([]);
      expect(workflowCommands(stderr).filter(({ properties }) => !/^title=wxop( [A-Z_]+)?$/.test(properties))).toEqual(
        [],
      );
    }
  });

  test('is the same value in JSON', async () => {
    const { run } = await openNasty();
    const [plain, underActions] = [
      await run(['accounts', 'list', '--json']),
      await run(['accounts', 'list', '--json'], { environment: ACTIONS }),
    ];
    expect(JSON.parse(underActions.stdout)).toEqual(JSON.parse(plain.stdout));
    expect(underActions.stderr).toBe(plain.stderr);
  });

  test.each([
    [
      'a document of JSON keeps its value',
      `{"name":"##[set-output name=a]b"}`,
      (body: string) => JSON.parse(body) as object,
    ],
    [
      'anything else is broken by a blank',
      'x\n::set-output name=a::b\n##[debug]',
      (body: string) => body.replaceAll(/(:|##) /g, '$1'),
    ],
  ])("is no command in WeChat's own answer: %s", async (_, body, valueOf) => {
    const target = await startTarget(() => ({ body }));
    const environment = { ...ACTIONS, WXOP_API_URL: target.url };
    const { stdout } = await runWxop(['api', 'GET', '/cgi-bin/x', '--as', 'none'], { environment });
    expect(workflowCommands(stdout)).toEqual([]);
    expect(valueOf(stdout)).toEqual(valueOf(body));
  });
});

const SECRETS: Record<string, string> = {
  WXOP_COMPONENT_APPID: 'wx5a4db0c0ffee0001',
  WXOP_COMPONENT_APPSECRET: 'app-secret%0A-with-hyphens',
};

describe('a secret that is printed on purpose', () => {
  const reveal = async (argv: string[], options: RunOptions = {}) => {
    const { run } = await openHome([accountOf(1)]);
    await run(['ticket', 'set', '--quiet'], { stdin: 'ticket@@@of-this-test' });
    return run(argv, options);
  };

  test('is masked in the log, and whole on stdout', async () => {
    const plain = await reveal(['ticket', 'show', '--reveal']);
    const shown = await reveal(['ticket', 'show', '--reveal'], { environment: ACTIONS });
    expect(shown.stdout).toBe(plain.stdout);
    expect(plain.stderr).toBe('');
    expect(workflowCommands(shown.stderr)).toEqual([
      { name: 'add-mask', properties: '', message: 'ticket@@@of-this-test' },
    ]);
    expect(loggedStdout(shown)).toBe('***\n');
  });

  test('is masked with --quiet and --json too, and a token in an answer of WeChat as well', async () => {
    const shown = await reveal(['ticket', 'show', '--reveal', '--json', '--quiet'], { environment: ACTIONS });
    expect(loggedStdout(shown)).not.toContain('of-this-test');
    const target = await startTarget(() => ({ body: '{"component_access_token":"token-of-the-component-1"}' }));
    const answer = await runWxop(['api', 'GET', '/cgi-bin/x', '--as', 'none'], {
      environment: { ...ACTIONS, WXOP_API_URL: target.url },
    });
    expect(answer.stdout).toContain('token-of-the-component-1');
    expect(loggedStdout(answer)).not.toContain('token-of-the-component-1');
  });

  test('of a profile is masked with its % as it is', async () => {
    const home = temporaryFolder();
    const environment = { ...SECRETS, WXOP_HOME: home };
    await runWxop(['init', '--from-env', '--quiet'], { environment });
    const shown = await runWxop(['profile', 'show', '--reveal'], { environment: { WXOP_HOME: home, ...ACTIONS } });
    expect(shown.stdout).toContain(SECRETS.WXOP_COMPONENT_APPSECRET);
    expect(workflowCommands(shown.stderr).map(({ message }) => message)).toEqual([SECRETS.WXOP_COMPONENT_APPSECRET]);
  });

  test('reaches no file that is stderr, and stdout in a file is as it came', async () => {
    const target = await startTarget(() => ({ body: '::debug::token\n' }));
    const folder = temporaryFolder();
    const [out, err] = [join(folder, 'out'), join(folder, 'err')];
    const child = spawn(process.execPath, [BIN, 'api', 'GET', '/cgi-bin/x', '--as', 'none'], {
      env: { ...ACTIONS, WXOP_API_URL: target.url, WXOP_HOME: folder },
      stdio: ['ignore', openSync(out, 'w'), openSync(err, 'w')],
    });
    await once(child, 'close');
    expect([child.exitCode, readFileSync(out, 'utf8'), readFileSync(err, 'utf8')]).toEqual([0, '::debug::token\n', '']);
  });
});

describe('a failure', () => {
  test('is an annotation with its code, its hint below', async () => {
    const plain = await runWxop(['accounts', 'show', 'tea'], { environment: SECRETS });
    const { stderr, code } = await runWxop(['accounts', 'show', 'tea'], { environment: { ...SECRETS, ...ACTIONS } });
    const message = plain.stderr.replace(/^error: /, '').trimEnd();
    expect(code).toBe(4);
    expect(workflowCommands(stderr)).toEqual([{ name: 'error', properties: 'title=wxop NO_ACCOUNT', message }]);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('with --json is the same line as everywhere', async () => {
    const argv = ['accounts', 'show', 'tea', '--json'];
    const plain = await runWxop(argv, { environment: SECRETS });
    expect(await runWxop(argv, { environment: { ...SECRETS, ...ACTIONS } })).toEqual(plain);
  });

  test('and a warning annotate nothing anywhere else', async () => {
    for (const GITHUB_ACTIONS of ['', 'false', undefined]) {
      const { stderr } = await runWxop(['accounts', 'show', 'tea'], { environment: { ...SECRETS, GITHUB_ACTIONS } });
      expect(workflowCommands(stderr)).toEqual([]);
    }
  });
});
