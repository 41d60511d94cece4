/** `wxop profile`: several components side by side. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runWxop, temporaryFolder, type RunResult } from '../support/world.ts';

const TEA = 'wx00000000000000aa';
const COFFEE = 'wx00000000000000bb';

async function openProfiles() {
  const home = temporaryFolder();
  const run = (...argv: string[]): Promise<RunResult> => runWxop(argv, { environment: { WXOP_HOME: home } });
  await run('init', '--profile', 'tea', '--component-appid', TEA, '--public-url', 'https://tea.example.com');
  await run('init', '--profile', 'coffee', '--component-appid', COFFEE, '--generate');
  const json = async (...argv: string[]): Promise<unknown> => {
    const { code, stdout } = await run(...argv, '--json');
    expect([code, stdout.trimEnd().split('\n')]).toEqual([0, [expect.any(String)]]);
    return JSON.parse(stdout);
  };
  const config = () =>
    JSON.parse(readFileSync(join(home, 'config.json'), 'utf8')) as { current: string; profiles: object };
  return { run, json, config };
}

it('profile list, use, set, rename and remove work for people and for scripts', async () => {
  const { run, json, config } = await openProfiles();
  const tea = { name: 'tea', componentAppId: TEA, publicUrl: 'https://tea.example.com', store: 'file' };
  const coffee = { name: 'coffee', componentAppId: COFFEE, publicUrl: null, store: 'file' };
  expect(await json('profile', 'list')).toEqual([
    { ...tea, current: true, production: false },
    { ...coffee, current: false, production: false },
  ]);
  expect(await json('profile', 'set', 'tea', '--production')).toEqual({ name: 'tea', production: true });
  expect(await json('profile', 'use', 'coffee')).toEqual({ name: 'coffee', current: true, production: false });
  expect((await run('profile', 'list')).stdout).toBe(
    `\ttea\t${TEA}\tproduction\thttps://tea.example.com\t\n*\tcoffee\t${COFFEE}\t\t\t\n`,
  );
  expect(await json('profile', 'rename', 'coffee', 'mocha')).toEqual({ name: 'mocha', was: 'coffee' });
  expect(config().current).toBe('mocha');
  expect(Object.keys(config().profiles)).toEqual(['tea', 'mocha']);
  expect(await json('profile', 'remove', 'mocha', '--yes')).toEqual({
    name: 'mocha',
    removed: true,
    current: null,
  });
  expect(await json('profile', 'list')).toEqual([{ ...tea, current: false, production: true }]);
});

it('profile remove says which profile is used from now on, and never chooses a production one', async () => {
  const { run, json, config } = await openProfiles();
  const other = await run('profile', 'remove', 'coffee', '--yes');
  expect([other.stderr.trim(), config().current]).toEqual(['Removed coffee.', 'tea']);

  await run('init', '--profile', 'mocha', '--generate');
  await run('init', '--profile', 'latte', '--generate');
  await run('profile', 'set', 'mocha', '--production');
  const current = await run('profile', 'remove', 'tea', '--yes');
  expect([current.stderr, config().current]).toEqual([expect.stringContaining('Now using latte.'), 'latte']);

  const last = await run('profile', 'remove', 'latte', '--yes');
  expect(last.stderr).toContain(
    'No profile is current now, because the others are production. Choose one with `wxop profile use NAME` (mocha)',
  );
  expect((await run('ticket', 'show')).code).toBe(2);
  // Neither does a change of that one make it current.
  await run('init', '--profile', 'mocha', '--public-url', 'https://mocha.example.com', '--yes');
  expect(await json('profile', 'list')).toMatchObject([{ name: 'mocha', current: false }]);
  await run('init', '--profile', 'espresso', '--generate');
  expect(config().current).toBe('espresso');
});

it('an unknown profile name is answered with the known ones and how to create it', async () => {
  const { run } = await openProfiles();
  for (const argv of [
    ['profile', 'use', 'cocoa'],
    ['listen', '--profile', 'cocoa'],
  ]) {
    const { code, stderr } = await run(...argv);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'error: There is no profile cocoa.\nKnown profiles: tea, coffee. Make it with `wxop init --profile cocoa`.\n',
    );
  }
});

it("the checklist of another profile points to that profile's secrets, not to those of the current one", async () => {
  const { run } = await openProfiles();
  const coffee = await run('init', '--profile', 'coffee', '--host', '127.0.0.1');
  expect(coffee.stdout).toContain('消息校验Token — the saved one: `wxop profile show coffee --reveal` shows it');
  expect(coffee.stderr).toContain('Run `wxop init --profile coffee` again');
  const tea = await run('init', '--profile', 'tea', '--host', '127.0.0.1');
  expect(tea.stdout).toContain('消息校验Token — not set yet: run `wxop init` again');
});

it('profile show prints the settings and the mark, and secrets only with --reveal', async () => {
  const { run, json } = await openProfiles();
  await run('profile', 'set', 'coffee', '--production');
  expect(await json('profile', 'show', 'coffee')).toEqual({
    name: 'coffee',
    componentAppId: COFFEE,
    messageToken: '***',
    encodingAesKey: '***',
    production: true,
  });
  expect((await run('profile', 'show', 'coffee')).stdout).toBe(
    `production      yes: risky commands ask\ncomponentAppId  ${COFFEE}\nmessageToken    ***\nencodingAesKey  ***\n`,
  );
  expect(await json('profile', 'show', 'coffee', '--reveal')).toMatchObject({
    encodingAesKey: expect.stringMatching(/^\w{43}$/) as string,
  });
});

it('the production mark is removed only with --yes, and init keeps it', async () => {
  const { run, json } = await openProfiles();
  await run('profile', 'set', 'tea', '--production');
  expect((await run('profile', 'set', 'tea', '--no-production')).code).toBe(2);
  expect((await run('init', '--profile', 'tea', '--generate')).code).toBe(2);
  // What changes nothing asks nothing: a service may run it at each start.
  expect((await run('init', '--profile', 'tea', '--component-appid', TEA)).code).toBe(0);
  expect((await run('init', '--profile', 'tea', '--generate', '--yes')).code).toBe(0);
  expect(await json('profile', 'show', 'tea')).toMatchObject({ production: true });
  expect(await json('profile', 'set', 'tea', '--no-production', '--yes')).toEqual({ name: 'tea', production: false });
});

it.each([
  [['profile', 'set', 'tea']],
  [['profile', 'set', 'nobody', '--production']],
  [['profile', 'rename', 'tea', 'coffee']],
  [['profile', 'rename', 'tea', 'two words']],
  [['profile', 'rename', 'tea', '-x']],
  [['profile', 'show', 'toString']],
  [['profile', 'use', 'constructor']],
])('%j is refused and changes nothing', async (argv) => {
  const { run, config } = await openProfiles();
  const before = config();
  const { code, stdout } = await run(...argv);
  expect([code, stdout]).toEqual([2, '']);
  expect(config()).toEqual(before);
});

it('the hint for an unknown profile says when there is none at all', async () => {
  const environment = { WXOP_HOME: temporaryFolder() };
  const { stderr } = await runWxop(['profile', 'use', 'cocoa'], { environment });
  expect(stderr).toContain('There are no profiles yet. Make it with `wxop init --profile cocoa`.');
});
