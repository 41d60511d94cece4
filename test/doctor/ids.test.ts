/** The checks of `wxop doctor` and the page that describes them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CheckJson } from '../../src/commands/doctor/view.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

/** The ids in the first column of the table of checks; `.name` is in the group of the id before it. */
function documentedIds(): string[] {
  const page = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('\n## The checks\n');
  const [table = ''] = section.split(/\n\n(?!\|)/);
  return [...table.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) => {
    const names = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    const group = names[0]?.split('.')[0];
    return names.map((name) => (name.startsWith('.') ? `${group}${name}` : name));
  });
}

describe('the page docs/doctor.md', () => {
  it('lists every check of the doctor by its id, in the order of the doctor, and no other', async () => {
    const environment = { WXOP_HOME: temporaryFolder() };
    const { stdout } = await runWxop(['doctor', '--json', '--offline'], { environment });
    const { checks } = JSON.parse(stdout) as { checks: CheckJson[] };
    expect(documentedIds()).toEqual(checks.map(({ id }) => id));
  });
});
