/** Statements 2, 6 and a part of 13 of what a good command-line tool does: JSON that scripts can rely on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { lazy } from '../../src/runtime/lazy.ts';
import { oneOfEachType, settled, settledLines } from '../support/golden.ts';
import { runEverything, type JsonRun } from '../support/json-world.ts';
import { errorOf } from '../support/error-line.ts';
import { wxop, type Finished } from '../support/processes.ts';
import { runWxop } from '../support/world.ts';

const SCHEMAS = resolve(import.meta.dirname, '../../schema');
const GOLDEN = resolve(import.meta.dirname, 'golden');
const names = readdirSync(SCHEMAS).map((file) => file.replace('.json', ''));
/** What is no command's: what several share, and the line on stderr. */
const NO_COMMANDS = ['defs', 'error'];

function openSchemas(): (name: string) => ValidateFunction {
  const ajv = new Ajv2020({
    allErrors: true,
    formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/ },
    allowUnionTypes: true,
  });
  for (const name of names)
    ajv.addSchema(JSON.parse(readFileSync(join(SCHEMAS, `${name}.json`), 'utf8')) as object, `${name}.json`);
  return (name) => ajv.getSchema(`${name}.json`) as ValidateFunction;
}

/** Once, by the first test that asks. */
const everything = lazy(runEverything);
const schemaOf = openSchemas();
/** The longest name of a command that a run begins with. */
const nameOf = ({ argv }: JsonRun): string =>
  [argv.slice(0, 3).join('-'), argv.slice(0, 2).join('-'), argv[0] ?? ''].find((name) => names.includes(name)) ?? '';
const documentsIn = ({ stdout }: JsonRun, isLines: boolean): unknown[] =>
  (isLines ? stdout.split('\n').filter(Boolean) : [stdout])
    .filter((part) => part.trim() !== '')
    .map((part) => JSON.parse(part) as unknown);

/** The end of the list: of the kinds that a line may be, the others come first or say only that the type differs. */
const errorsIn = ({ errors }: ValidateFunction): string =>
  (errors ?? [])
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .slice(-12)
    .join('\n');

describe('2. With --json', () => {
  const commandsOf = async (): Promise<{ output: string; schema: string }[]> =>
    (JSON.parse((await runWxop(['map', '--json'])).stdout) as { commands: { output: string; schema: string }[] })
      .commands;

  it('every command has a schema, which `wxop map` names, and no schema is without a command', async () => {
    const commands = await commandsOf();
    expect(commands.map(({ schema }) => schema).toSorted()).toEqual(
      names
        .filter((name) => !NO_COMMANDS.includes(name))
        .map((name) => `schema/${name}.json`)
        .toSorted(),
    );
  });

  it(
    'every command prints what its schema says, and each schema was seen to hold for something',
    { timeout: 120_000 },
    async () => {
      const [{ runs }, commands] = [await everything(), await commandsOf()];
      const used = new Set<string>();
      const wrong: [command: string, errors: string, document: unknown][] = [];
      for (const run of runs) {
        const name = nameOf(run);
        const isLines = commands.some(({ schema, output }) => schema === `schema/${name}.json` && output === 'lines');
        for (const document of documentsIn(run, isLines)) {
          const validate = schemaOf(name);
          if (!validate(document)) wrong.push([run.argv.join(' '), errorsIn(validate), document]);
          used.add(name);
        }
      }
      expect(wrong).toEqual([]);
      expect(names.filter((name) => !used.has(name))).toEqual(NO_COMMANDS);
    },
  );

  it('no key changes unseen: the golden file of each command is what it prints', { timeout: 120_000 }, async () => {
    const [{ runs }, commands] = [await everything(), await commandsOf()];
    for (const { schema, output } of commands) {
      const name = schema.slice('schema/'.length, -'.json'.length);
      const run = runs.find((each) => nameOf(each) === name && each.stdout !== '');
      const documents = run ? documentsIn(run, output === 'lines') : [];
      const golden = output === 'lines' ? oneOfEachType(documents) : settled(documents[0]);
      const written = `${JSON.stringify(golden, undefined, 2)}\n`;
      await expect.soft(written).toMatchFileSnapshot(join(GOLDEN, `${name}.json`));
    }
    expect(readdirSync(GOLDEN).filter((file) => file.endsWith('.json'))).toHaveLength(commands.length);
  });

  it('no column changes unseen: the golden file of each list is what a pipe gets', { timeout: 120_000 }, async () => {
    const { piped } = await everything();
    for (const { argv, stdout } of piped) {
      await expect.soft(settledLines(stdout)).toMatchFileSnapshot(join(GOLDEN, `${argv.join('-')}.tsv`));
    }
    expect(readdirSync(GOLDEN).filter((file) => file.endsWith('.tsv'))).toHaveLength(piped.length);
  });

  it('a failure is one line of JSON, the last of stderr', { timeout: 120_000 }, async () => {
    const { runs } = await everything();
    const failed = runs.filter(({ code }) => code !== 0);
    expect(failed.length).toBeGreaterThan(8);
    for (const { argv, stderr } of failed) {
      const validate = schemaOf('error');
      const line: unknown = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
      expect([argv, validate(line), validate.errors]).toEqual([argv, true, null]);
    }
  });
});

/** What is their purpose to print; the keys of the sandbox are the same for everybody. */
const REVEALS = /^(?:api|sandbox|demo|serve key add|token (?:get|component|refresh)|.* --reveal)(?: |$)/;
/** The records of the store that are secrets, and the profile of `wxop init`. */
const BELONGS = /\/(?:ticket|account|component-token|token|attempt)\/|\/config\.json/;

describe('13. Commands that succeed', () => {
  it('show no secret, in JSON, in a pipe or to a person, and write none where it does not belong', async () => {
    const { runs, piped, spoken, secrets, written } = await everything();
    expect([secrets.length > 20, spoken.length > 30, written.length > 50]).toEqual([true, true, true]);
    const hidden = secrets.map((secret) => secret.replace(/^\w+@@@/, ''));
    const seen = [...runs, ...piped, ...spoken].flatMap(({ argv, stdout, stderr }) => {
      const line = argv.join(' ');
      return [
        [`${line}: stderr`, stderr],
        [`${line}: stdout`, REVEALS.test(line) ? '' : stdout],
      ];
    });
    const files = written.filter(({ path }) => !BELONGS.test(path)).map(({ path, content }) => [path, content]);
    const leaks = [...seen, ...files].filter(([, content]) => hidden.some((secret) => content?.includes(secret)));
    expect(leaks.map(([where]) => where)).toEqual([]);
  });
});

/** A home with one account, and its sandbox; the command is the built one. */
async function shop() {
  const sandbox = await startSandbox({ accounts: 1 });
  onTestFinished(() => sandbox.close());
  const { env } = sandbox;
  const appId = sandbox.state().accounts[0]?.appId ?? '';
  await sandbox.push({ event: 'authorized', appId });
  await runWxop(['ticket', 'set', '--quiet'], { environment: env, stdin: sandbox.state().ticket });
  await runWxop(['accounts', 'sync', '--quiet'], { environment: env });
  const run = (...argv: string[]): Promise<Finished> => wxop(argv, env);
  return { env, appId, sandbox, run };
}

describe('2. Chosen fields', () => {
  it('are what --json= names, or a word behind --json that can be nothing else', async () => {
    const { run, appId } = await shop();
    const both = [{ nickName: '春风茶馆', appId }];
    for (const argv of [
      ['accounts', 'list', '--json=nickName,appId'],
      ['accounts', 'list', '--json', 'nickName,appId'],
      ['--json', 'nickName,appId', 'accounts', 'list'],
    ]) {
      expect([argv, (await run(...argv)).stdout]).toEqual([argv, `${JSON.stringify(both)}\n`]);
    }
    expect((await run('accounts', 'list', '--json', 'appId')).stdout).toBe(`${JSON.stringify([{ appId }])}\n`);
    // Here the word is the account that the command needs.
    const token = await run('token', 'get', '--json', appId);
    expect(JSON.parse(token.stdout)).toHaveProperty('accessToken');
    expect((await run('token', 'get', appId, '--json=appId')).stdout).toBe(`${JSON.stringify({ appId })}\n`);
    expect(JSON.parse((await run('status', '--json=listener.state,accounts.authorized')).stdout)).toEqual({
      listener: { state: 'none' },
      accounts: { authorized: 1 },
    });
  });

  it('that the output does not have are wrong usage, with those that it has', async () => {
    const { run } = await shop();
    for (const argv of [['--json=appId,nickname'], ['--json='], ['--json=appId.x']]) {
      const result = await run('accounts', 'list', ...argv);
      expect([result.code, result.stdout, errorOf(result)]).toEqual([
        2,
        '',
        expect.objectContaining({
          code: 'USAGE',
          hint: expect.stringMatching(/^Its fields: appId, nickName, /) as string,
        }),
      ]);
    }
  });

  it('of a line leave its type, and what WeChat sends may have any', async () => {
    const { run, appId } = await shop();
    const { stdout } = await run('trigger', 'text', '--to', 'http://127.0.0.1:9', '--json=verdict');
    expect(stdout.split('\n')[0]).toBe('{"type":"push","verdict":"fail"}');
    expect((await run('menu', 'get', appId, '--json=is_menu_open')).stdout).toBe('{"is_menu_open":1}\n');
    expect((await run('menu', 'get', appId, '--json=new_of_wechat')).stdout).toBe('{}\n');
  });
});

describe('2. --jq', () => {
  it('prints one output a line, strings as they are, and means --json', async () => {
    const { run, appId } = await shop();
    expect((await run('accounts', 'list', '--jq', '.[] | .appId, .funcInfo[:2], null, ""')).stdout).toBe(
      `${appId}\n[1,2]\nnull\n\n`,
    );
    expect((await run('token', 'get', appId, '--jq', '.accessToken')).stdout).toMatch(/^[\w-]{60,}\n$/);
    expect((await run('accounts', 'list', '--json=nickName', '--jq', '.[] | keys | @tsv')).stdout).toBe('nickName\n');
    expect((await run('menu', 'get', appId, '--jq', '.selfmenu_info.button | length')).stdout).toBe('3\n');
    const { stdout } = await run(
      'trigger',
      'text',
      '--to',
      'http://127.0.0.1:9',
      '--jq',
      'select(.type == "push").verdict',
    );
    expect(stdout).toBe('fail\n');
  });

  it('refuses what is no expression before anything is done', async () => {
    const { run, appId, env } = await shop();
    const result = await run('accounts', 'alias', appId, 'tea', '--jq', '.[');
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([2, '', 'USAGE']);
    expect(errorOf(result).message).toMatch(/^--jq: syntax error/);
    expect((await runWxop(['accounts', 'alias', appId], { environment: env })).stdout).toBe('-\n');
  });

  it('that fails on the output leaves stdout empty and says that the command has run', async () => {
    const { run } = await shop();
    const result = await run('accounts', 'list', '--jq', '.[].appId, .[0].appId.x');
    expect([result.code, result.stdout, errorOf(result)]).toEqual([
      1,
      '',
      expect.objectContaining({ code: 'FILTER_FAILED', hint: expect.stringContaining('was carried out') as string }),
    ]);
    // Of lines, those that it fails on are left out, and the others are printed.
    const lines = await run('trigger', 'text', '--to', 'http://127.0.0.1:9', '--jq', '.milliseconds.max + 0 | 1');
    expect(lines.stdout).toBe('1\n');
    expect(lines.stderr).toContain('warning: The output could not be filtered: Cannot index number');
  });

  it('shows no secret that --json masks, and nothing of the environment', async () => {
    const { env } = await shop();
    const run = (...argv: string[]) => runWxop(argv, { environment: env });
    const expressions = [
      '.',
      '[.. | strings]',
      '@base64',
      'tojson | explode | implode',
      'env',
      '$ENV',
      '[input]?',
      'debug',
      'input_filename',
    ];
    for (const expression of expressions) {
      const { stdout, stderr } = await run('profile', 'list', '--jq', expression);
      const shown = stdout + stderr + Buffer.from(stdout.trim(), 'base64').toString();
      for (const secret of [env.WXOP_COMPONENT_APPSECRET, env.WXOP_ENCODING_AES_KEY, env.WXOP_HOME])
        expect(shown).not.toContain(secret);
    }
    const all = await run('config', 'list', '--jq', '.[] | .value // empty');
    expect(all.stdout).toContain('***');
    expect(all.stdout).not.toContain(env.WXOP_COMPONENT_APPSECRET);
  });

  it('moves no cursor on a terminal', async () => {
    const { env } = await shop();
    const { stdout } = await runWxop(['map', '--jq', '"\\u001b[31mred\\u202e", "a\\tb"'], {
      environment: env,
      isTTY: true,
    });
    expect(stdout).toBe('\\u001b[31mred\\u202e\na\tb\n');
  });

  it('is the jq of its manual: these answers are those of jq 1.8', async () => {
    const cases: [expression: string, answer: string][] = [
      ['.commands | map(select(.risk == "reads")) | length > 9', 'true'],
      ['[.commands[] | .missing // "none"] | unique | .[0]', 'none'],
      ['[1, 2, 3] | .[1:] | @json', '[2,3]'],
      ['{a: 1} as {a: $x} | $x', '1'],
      ['try error("no") catch .', 'no'],
      ['"it\'s" | @sh', "'it'\\''s'"],
      ['1764000000 | todate', '2025-11-24T16:00:00Z'],
      ['12345678901234567890', '12345678901234567890'],
    ];
    const every = cases.map(([expression]) => `(${expression})`).join(', ');
    const { stdout } = await runWxop(['map', '--jq', every]);
    expect(stdout.trimEnd().split('\n')).toEqual(cases.map(([, answer]) => answer));
  });
});

describe('6. `menu get --json`', () => {
  it("is WeChat's document unchanged: the same keys in the same order, and nothing escaped", async () => {
    const { run, appId, sandbox } = await shop();
    const token = (await run('token', 'get', appId)).stdout.trim();
    const path = `/cgi-bin/get_current_selfmenu_info?access_token=${token}`;
    const sent = await (await fetch(`${sandbox.url}${path}`)).text();
    expect((await run('menu', 'get', appId, '--json')).stdout.trimEnd()).toBe(sent.trimEnd());
    expect(sent).toContain('今日推荐');
  });
});
