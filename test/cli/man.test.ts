/** The pages of man that the build writes: every command and flag is on them, and man and mandoc find nothing to say. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { installed } from '../support/installed.ts';
import { runWxop } from '../support/world.ts';

const ROOT = resolve(import.meta.dirname, '../../man');
const { commands } = JSON.parse((await runWxop(['map', '--json'])).stdout) as {
  commands: { name: string; flags: { written: string }[]; examples: string[] }[];
};
const man = installed('man', 'the pages of man are not shown');
const mandoc = installed('mandoc', 'the pages of man are not checked by it');

describe.each(['man1', 'zh_CN/man1'])('man/%s', (folder) => {
  const pages = readdirSync(join(ROOT, folder));
  const textOf = (page: string): string => gunzipSync(readFileSync(join(ROOT, folder, page))).toString('utf8');

  it('holds every command with its flags and examples, escaped', () => {
    for (const { name, flags, examples } of commands) {
      const text = textOf(`wxop-${name.split(' ')[0]}.1.gz`);
      const plain = text.replaceAll(String.raw`\-`, '-').replaceAll(String.raw`\e`, '\\');
      // --draw is for wxop itself.
      for (const { written } of flags.filter(({ written }) => written !== '--draw'))
        expect(plain, name).toContain(`\\fB${written}\\fR`);
      for (const example of examples) expect(plain, name).toContain(`\n${example}\n`);
    }
    expect(textOf('wxop.1.gz')).toContain(String.raw`.BR wxop\-publish\-check (1)`);
  });

  it.skipIf(!man)('is shown by man without a warning', () => {
    for (const page of pages) {
      const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', MANWIDTH: '80' };
      const { status, stdout, stderr } = spawnSync('man', ['--warnings', '-l', join(ROOT, folder, page)], {
        env,
        encoding: 'utf8',
      });
      expect([page, status, stderr]).toEqual([page, 0, '']);
      expect(stdout).toContain('wxop');
    }
  });

  it.skipIf(!mandoc)('passes the checks of mandoc', () => {
    for (const page of pages) {
      const { stdout } = spawnSync('mandoc', ['-Tlint', '-Wwarning'], { input: textOf(page), encoding: 'utf8' });
      // A date would make each build another one.
      const said = stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'));
      expect([page, ...said]).toEqual([page]);
    }
  });
});
