/** `wxop config`: one setting at a time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { wxop } from '../support/processes.ts';
import { ENTER, hasPty, onTerminal } from '../support/pty.ts';
import { temporaryFolder } from '../support/world.ts';

interface Listed {
  name: string;
  value: string | null;
  origin: string | null;
}

const open = () => {
  const home = temporaryFolder();
  const environment = { WXOP_HOME: home };
  return {
    environment,
    run: (argv: string[], more: Record<string, string> = {}, stdin?: string) =>
      wxop(['config', ...argv], { ...environment, ...more }, stdin),
    saved: () =>
      (JSON.parse(readFileSync(join(home, 'config.json'), 'utf8')) as { profiles: { default: object } }).profiles
        .default,
  };
};

const SECRET = 'd41d8cd98f00b204e9800998ecf8427e';

describe('wxop config', () => {
  it.each(['publicUrl', 'WXOP_PUBLIC_URL', 'public-url', '--public-url'])('knows a setting as %s', async (name) => {
    const { run, saved } = open();
    expect((await run(['set', ...(name.startsWith('--') ? ['--'] : []), name, 'https://wx.example.com/'])).code).toBe(
      0,
    );
    expect(saved()).toEqual({ publicUrl: 'https://wx.example.com' });
    expect((await run(['get', 'publicUrl'])).stdout).toBe('https://wx.example.com\n');
    expect((await run(['unset', 'publicUrl'])).code).toBe(0);
    expect(saved()).toEqual({});
    const gone = await run(['get', 'publicUrl', '--json']);
    expect([gone.code, gone.stdout, errorOf(gone).code]).toEqual([2, '', 'SETTINGS_MISSING']);
  });

  it('takes a secret from stdin only, and never shows it', async () => {
    const { run, saved } = open();
    const refused = await run(['set', 'componentAppSecret', SECRET, '--json']);
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'USAGE']);
    expect(refused.stderr).not.toContain(SECRET);
    const stored = await run(['set', 'componentAppSecret'], {}, `${SECRET}\n`);
    expect([stored.code, saved()]).toEqual([0, { componentAppSecret: SECRET }]);
    const shown = [await run(['get', 'componentAppSecret']), await run(['list']), await run(['list', '--json'])];
    expect(shown.map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain(SECRET);
    expect(shown[0]?.stdout).toBe('***\n');
  });

  it('names the origin of each value, and warns where the environment wins', async () => {
    const { run } = open();
    await run(['set', 'port', '9000']);
    const environment = { WXOP_PUBLIC_URL: 'https://other.example.com' };
    const { stdout } = await run(['list', '--json'], environment);
    const listed = JSON.parse(stdout) as Listed[];
    expect(listed).toContainEqual({ name: 'port', value: '9000', origin: 'profile default' });
    expect(listed).toContainEqual({ name: 'host', value: '127.0.0.1', origin: 'default' });
    expect(listed).toContainEqual({ name: 'publicUrl', value: 'https://other.example.com', origin: 'WXOP_PUBLIC_URL' });
    expect(listed).toContainEqual({ name: 'componentAppId', value: null, origin: null });
    const warned = await run(['set', 'publicUrl', 'https://wx.example.com'], environment);
    expect(warned.stderr).toContain('WXOP_PUBLIC_URL is set in the environment and takes precedence.');
  });

  it.each([
    [['set', 'publicUrl', 'wx.example.com'], 'SETTINGS_INVALID', 'publicUrl must be an origin'],
    [['set', 'componentAppSecret'], 'USAGE', 'There is no value for componentAppSecret on stdin.'],
    [['set', 'publicURL', 'x'], 'USAGE', 'There is no setting publicURL.'],
    [['get', 'nonsense'], 'USAGE', 'There is no setting nonsense.'],
    [['set', 'storeKey', '-'], 'USAGE', 'never kept in a profile'],
  ])('%j is refused with %s and changes nothing', async (argv, code, words) => {
    const { run } = open();
    const refused = await run([...argv, '--json']);
    expect([refused.code, refused.stdout, errorOf(refused).code]).toEqual([2, '', code]);
    expect(errorOf(refused).message).toContain(words);
  });

  it.skipIf(!hasPty)('asks a person for a secret, and does not show what is typed', async () => {
    const { environment, saved } = open();
    const terminal = onTerminal(['config', 'set', 'componentAppSecret'], environment);
    await terminal.sees(/appsecret/i);
    terminal.type(`${SECRET}${ENTER}`);
    expect(await terminal.finished).toBe(0);
    expect(saved()).toEqual({ componentAppSecret: SECRET });
    expect(terminal.shown()).not.toContain(SECRET);
  });
});
