/** `wxop env`: the settings in use, for a shell, a file, or a later step. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { assert, asyncProperty, constantFrom, oneof, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { wxop } from '../support/processes.ts';
import { hasPty, onTerminal } from '../support/pty.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

const SECRET = 'app-secret-with-hyphens';
const APPID = 'wx5a4db0c0ffee0001';

/** A home with a profile `tea` in it. */
function openProfile(more: object = {}): Record<string, string> {
  const home = temporaryFolder();
  const tea = { componentAppId: APPID, componentAppSecret: SECRET, publicUrl: 'https://wx.example.com', ...more };
  writeFileSync(join(home, 'config.json'), JSON.stringify({ current: 'tea', profiles: { tea } }), { mode: 0o600 });
  return { WXOP_HOME: home };
}

describe('wxop env', () => {
  it('prints what is set as exports, and a secret only as a comment at the end', async () => {
    const { code, stdout, stderr } = await wxop(['env'], openProfile());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd().split('\n')).toEqual([
      "export WXOP_PROFILE='tea'",
      `export WXOP_COMPONENT_APPID='${APPID}'`,
      "export WXOP_PUBLIC_URL='https://wx.example.com'",
      "export WXOP_LANG='en'",
      '# WXOP_COMPONENT_APPSECRET=*** (masked; --reveal prints it)',
    ]);
  });

  it('leaves the masked secret to the profile: what is evaluated works as before', async () => {
    const environment = openProfile();
    const { stdout } = await wxop(['env'], environment);
    const script = 'eval "$(cat)"; env';
    const given = spawnSync('sh', ['-c', script], { env: { PATH: process.env.PATH ?? '' }, input: stdout });
    const variables = parseEnv(String(given.stdout));
    expect([variables.WXOP_PROFILE, variables.WXOP_COMPONENT_APPSECRET]).toEqual(['tea', undefined]);
    const got = await wxop(['config', 'list', '--json'], {
      ...environment,
      WXOP_COMPONENT_APPID: APPID,
      WXOP_PROFILE: 'tea',
    });
    expect(JSON.parse(got.stdout)).toContainEqual({ name: 'componentAppSecret', value: '***', origin: 'profile tea' });
  });

  it('names the file of a secret that comes from one', async () => {
    const file = join(temporaryFolder(), 'secret');
    writeFileSync(file, SECRET);
    const environment = { WXOP_HOME: temporaryFolder(), WXOP_COMPONENT_APPSECRET_FILE: file };
    const masked = await wxop(['env'], environment);
    expect(masked.stdout).toContain(`export WXOP_COMPONENT_APPSECRET_FILE='${file}'\n`);
    const revealed = await wxop(['env', '--reveal'], environment);
    expect(revealed.stdout).toContain(`export WXOP_COMPONENT_APPSECRET='${SECRET}'\n`);
    expect(revealed.stdout).not.toContain('_FILE');
  });

  it('prints one document with --json, with what is masked by name', async () => {
    const environment = openProfile();
    const [masked, revealed] = [
      await wxop(['env', '--json'], environment),
      await wxop(['env', '--json', '--reveal'], environment),
    ];
    const variables = {
      WXOP_PROFILE: 'tea',
      WXOP_COMPONENT_APPID: APPID,
      WXOP_PUBLIC_URL: 'https://wx.example.com',
      WXOP_LANG: 'en',
    };
    expect(JSON.parse(masked.stdout)).toEqual({ profile: 'tea', variables, masked: ['WXOP_COMPONENT_APPSECRET'] });
    expect(JSON.parse(revealed.stdout)).toEqual({
      profile: 'tea',
      variables: { ...variables, WXOP_COMPONENT_APPSECRET: SECRET },
      masked: [],
    });
  });

  it.each([
    ['fish', "set -gx WXOP_PROFILE 'tea';", `# WXOP_COMPONENT_APPSECRET=***`],
    ['powershell', "$Env:WXOP_PROFILE = 'tea'", `# WXOP_COMPONENT_APPSECRET=***`],
    ['cmd', 'SET "WXOP_PROFILE=tea"', `REM WXOP_COMPONENT_APPSECRET=***`],
    ['dotenv', 'WXOP_PROFILE=tea', `# WXOP_COMPONENT_APPSECRET=***`],
  ])('writes %s as it is written there', async (shell, line, comment) => {
    const { stdout } = await wxop(['env', '--shell', shell], openProfile());
    const lines = stdout.trimEnd().split('\n');
    expect([lines[0], lines.at(-1)]).toEqual([line, expect.stringContaining(comment)]);
  });

  it('writes for $GITHUB_ENV, which knows no comment, and says on stderr what it left out', async () => {
    const { stdout, stderr } = await wxop(['env', '--shell', 'github'], openProfile());
    expect(stdout).toMatch(/^WXOP_PROFILE<<(wxop_[\w-]+)\ntea\n\1\n/);
    expect(stdout).not.toContain('APPSECRET');
    expect(stderr).toBe('Masked and left out: WXOP_COMPONENT_APPSECRET. --reveal prints them.\n');
  });

  it.each([
    ['cmd', 'a" & calc & "'],
    ['cmd', 'two\nlines'],
    ['dotenv', `'"\`$`],
  ])('%s refuses %j rather than write it in a way that acts', async (shell, value) => {
    const environment = { WXOP_COMPONENT_APPSECRET: value };
    const refused = await runWxop(['env', '--shell', shell, '--reveal', '--verbose'], { environment });
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain(`${shell} cannot hold the value of WXOP_COMPONENT_APPSECRET.`);
    const json = await runWxop(['env', '--shell', shell, '--json'], { environment });
    expect(json.code).toBe(0);
  });

  it('doubles every quote that PowerShell takes for one', async () => {
    const { stdout } = await runWxop(['env', '--shell', 'powershell', '--reveal'], {
      environment: { WXOP_COMPONENT_APPSECRET: "a'b\u2019c\u2018d$x`" },
    });
    expect(stdout).toContain("= 'a''b\u2019\u2019c\u2018\u2018d$x`'\n");
  });

  it('refuses a setting of a wrong shape, and prints nothing', async () => {
    const refused = await wxop(['env', '--json'], { ...openProfile(), WXOP_PUBLIC_URL: 'wx.example.com' });
    expect([refused.code, refused.stdout, errorOf(refused).code]).toEqual([2, '', 'SETTINGS_INVALID']);
  });

  it.skipIf(!hasPty)('tells a person how to load it', async () => {
    const terminal = onTerminal(['env', '--shell', 'fish'], openProfile());
    await terminal.sees(/To set them: wxop env --shell fish \| source/);
    await terminal.finished;
  });
});

describe('every value arrives in the shell as it is', () => {
  const HARD = [
    "'",
    '"',
    '\n',
    '\r',
    '$HOME',
    '$(id)',
    '`id`',
    '!',
    '!!',
    '\\',
    '\\\\',
    ';',
    '&',
    '|',
    '#',
    '%PATH%',
    '茶店',
    '\u2019',
    ' ',
    '\t',
    '*',
    '~',
    '-n',
    '\\n',
    '=',
    '<<',
  ];
  const values = string({
    unit: oneof(constantFrom(...HARD), string({ minLength: 1, maxLength: 3 })),
    minLength: 1,
    maxLength: 8,
  })
    .map((value) => value.replaceAll(/[\0\ud800-\udfff]/g, '').trim())
    .filter((value) => value !== '');

  /** What `wxop env` prints for each value. */
  async function printed(shell: string): Promise<[value: string, output: string][]> {
    const found: [string, string][] = [];
    await assert(
      asyncProperty(values, async (value) => {
        const { stdout, code } = await runWxop(['env', '--shell', shell, '--reveal', '--quiet'], {
          environment: { WXOP_COMPONENT_APPSECRET: value, WXOP_LANG: undefined },
        });
        if (code === 0) found.push([value, stdout]);
      }),
      { numRuns: 100 },
    );
    expect(found.length).toBeGreaterThan(20);
    return found;
  }

  it.each([
    ['sh', 'sh', (file: string) => `eval "$(cat ${file})"; printf '%s\\0' "$WXOP_COMPONENT_APPSECRET"`],
    ['sh', 'bash', (file: string) => `set -H; eval "$(cat ${file})"; printf '%s\\0' "$WXOP_COMPONENT_APPSECRET"`],
    ['sh', 'zsh', (file: string) => `eval "$(cat ${file})"; printf '%s\\0' "$WXOP_COMPONENT_APPSECRET"`],
    ['fish', 'fish', (file: string) => `cat ${file} | source; printf '%s\\0' "$WXOP_COMPONENT_APPSECRET"`],
  ])('of the form %s in %s', async (shell, program, load) => {
    if (spawnSync(program, ['-c', 'true']).status !== 0) return console.warn(`skipped: there is no ${program} here`);
    const folder = temporaryFolder();
    const found = await printed(shell);
    const script = found.map(([, output], index) => {
      const file = join(folder, `${index}`);
      writeFileSync(file, output);
      return load(file);
    });
    writeFileSync(join(folder, 'script'), script.join('\n'));
    const env = { PATH: process.env.PATH ?? '', HOME: folder, LC_ALL: 'C.UTF-8' };
    const { stdout, stderr } = spawnSync(program, [join(folder, 'script')], { env });
    expect(String(stderr)).toBe('');
    // A shell without `$(…)` of its own takes line breaks at the end of a value; there are none.
    expect(String(stdout).split('\0').slice(0, -1)).toEqual(found.map(([value]) => value));
  });

  it('of the form dotenv in Node', async () => {
    for (const [value, output] of await printed('dotenv')) {
      if (!/[\r\n]/.test(value)) expect(parseEnv(output).WXOP_COMPONENT_APPSECRET).toBe(value);
    }
  });

  it('of the form github, between lines that no value has', async () => {
    for (const [value, output] of await printed('github')) {
      const [, , between] = /^WXOP_COMPONENT_APPSECRET<<(\S+)\n([^]*)\n\1\n$/.exec(output) ?? [];
      expect(between).toBe(value);
    }
  });
});
