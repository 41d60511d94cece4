/** The composite action for GitHub Actions. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from './support/world.ts';

interface Step {
  name?: string;
  shell?: string;
  env?: Record<string, string>;
  run?: string;
}
interface Action {
  inputs: Record<string, { description: string; default: string }>;
  runs: { using: string; steps: Step[] };
}

const action = parse(readFileSync(resolve(import.meta.dirname, '../action.yml'), 'utf8')) as Action;
const scripts = action.runs.steps.filter(({ run }) => run !== undefined);

/** Runs the script of a step as the runner does, with a program of that name that only writes down its arguments. */
function perform(name: string, program: string, variables: Record<string, string>): string[][] {
  const folder = temporaryFolder();
  const calls = join(folder, 'calls');
  const bin = join(folder, program);
  writeFileSync(
    bin,
    `#!/bin/bash\n{ printf '%s\\0' "$WXOP_TIMEOUT" "$@"; printf '\\n\\0'; } >> ${calls}\n[ "$1" != pack ] || echo wxop-9.tgz\n`,
  );
  chmodSync(bin, 0o755);
  const script = join(folder, 'script.sh');
  writeFileSync(script, action.runs.steps.find((step) => step.name === name)?.run ?? 'exit 1');
  const env = { PATH: `${folder}:${process.env.PATH ?? ''}`, ...variables, ACTION_PATH: folder };
  const done = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], { env, cwd: folder });
  expect([done.status, String(done.stderr)]).toEqual([0, '']);
  const written = readFileSync(calls, 'utf8').replaceAll(folder, 'HERE');
  return written
    .split('\n\0')
    .slice(0, -1)
    .map((call) => call.split('\0').slice(0, -1));
}

describe('action.yml', () => {
  it('passes its inputs as variables, and never as a part of a script', () => {
    expect(scripts).toHaveLength(2);
    for (const { run, shell } of scripts) expect([shell, run?.includes('${{')]).toEqual(['bash', false]);
    const used = JSON.stringify(action.runs.steps);
    for (const name of Object.keys(action.inputs)) expect(used).toContain(`inputs.${name}`);
  });

  it('installs the package that is named, or its own checkout', () => {
    const [named] = perform('Install wxop', 'npm', { PACKAGE: '--x; $(id)' });
    expect(named?.slice(1)).toEqual(['install', '--global', '--no-audit', '--no-fund', '--', '--x; $(id)']);
    const own = perform('Install wxop', 'npm', { PACKAGE: '' });
    expect(own.map(([, verb]) => verb)).toEqual(['ci', 'pack', 'install']);
    expect(own.at(-1)?.at(-1)).toBe('HERE/wxop-9.tgz');
  });

  it('runs the command with one argument for each line, whatever is in it', () => {
    const ARGS = 'menu\npush\n茶店 $(id) `id` "; rm *\nmenu.json\n--yes\n';
    expect(perform('Run wxop', 'wxop', { ARGS, LIMIT: '2m' })).toEqual([
      ['2m', 'menu', 'push', '茶店 $(id) `id` "; rm *', 'menu.json', '--yes'],
    ]);
    expect(perform('Run wxop', 'wxop', { ARGS: 'status', LIMIT: '', WXOP_TIMEOUT: '1m' })).toEqual([['1m', 'status']]);
  });
});
