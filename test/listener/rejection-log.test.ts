import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { looseModes } from '../../src/runtime/loose-modes.ts';
import { createRejectionLog, type LoggedRejection } from '../../src/listener/rejection-log.ts';
import { eventually } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

const refusal = (at: number, reason: LoggedRejection['reason'] = 'bad-signature'): LoggedRejection => ({
  at,
  kind: 'event',
  reason,
});

const OWNER = { userId: process.geteuid?.(), warn: () => undefined };

it('refusals are kept for their owner only, and read by another process', () => {
  const path = join(temporaryFolder(), 'new', 'refused.json');
  createRejectionLog(path, OWNER).note(refusal(5_000));
  expect(createRejectionLog(path, OWNER).read()).toEqual([refusal(5_000)]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('a flood of them is a write now and then, and the newest hundred stay', async () => {
  const path = join(temporaryFolder(), 'refused.json');
  const { note, read } = createRejectionLog(path, OWNER);
  for (let at = 10_000; at < 10_500; at++) note(refusal(at));
  expect(read()).toEqual([refusal(10_000)]);
  const kept = await eventually(() => (read().length > 1 ? read() : undefined));
  expect([kept.length, kept.at(-1)]).toEqual([100, refusal(10_499)]);
});

it('listeners that share a folder do not write into one another', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'refused.json');
  // What another listener is just writing is its own.
  mkdirSync(`${path}.tmp`);
  createRejectionLog(path, OWNER).note(refusal(5_000));
  createRejectionLog(path, OWNER).note(refusal(6_000));
  expect(createRejectionLog(path, OWNER).read()).toEqual([refusal(5_000), refusal(6_000)]);
  writeFileSync(path, JSON.stringify([null, 1, refusal(7_000)]));
  expect(createRejectionLog(path, OWNER).read()).toEqual([refusal(7_000)]);
});

it('a clock that is set back does not silence it', async () => {
  const path = join(temporaryFolder(), 'refused.json');
  const { note, read } = createRejectionLog(path, OWNER);
  note(refusal(7_200_000));
  note(refusal(1_000, 'bad-padding'));
  expect(await eventually(() => (read().length > 1 ? read() : undefined))).toEqual([
    refusal(7_200_000),
    refusal(1_000, 'bad-padding'),
  ]);
});

it('a folder that cannot be written, and a file that is none, cost nothing but the note', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), 'not JSON');
  expect(createRejectionLog(join(folder, 'file'), OWNER).read()).toEqual([]);
  const inside = createRejectionLog(join(folder, 'file', 'refused.json'), OWNER);
  inside.note(refusal(5_000));
  expect(inside.read()).toEqual([]);
  expect(existsSync(join(folder, 'file', 'refused.json'))).toBe(false);
});

it('loose modes are found everywhere, and left as they are', async () => {
  const folder = temporaryFolder();
  const deep = join(folder, 'a', 'b');
  mkdirSync(deep, { recursive: true, mode: 0o700 });
  writeFileSync(join(deep, 'tight'), '', { mode: 0o600 });
  writeFileSync(join(deep, 'loose'), 'kept');
  chmodSync(join(deep, 'loose'), 0o640);
  chmodSync(join(folder, 'a'), 0o755);
  symlinkSync('/', join(folder, 'out'));
  const found = await looseModes(folder, 'linux');
  expect(found).toEqual({
    loose: [
      { path: 'a', mode: 0o755 },
      { path: join('a', 'b', 'loose'), mode: 0o640 },
    ],
    looked: 5,
    isWhole: true,
    hasModes: true,
  });
  expect(statSync(join(deep, 'loose')).mode & 0o777).toBe(0o640);
  expect(readFileSync(join(deep, 'loose'), 'utf8')).toBe('kept');
  expect(await looseModes(folder, 'linux', 2)).toMatchObject({ looked: 2, isWhole: false });
  expect(await looseModes(join(folder, 'nowhere'), 'linux')).toMatchObject({ looked: 0, loose: [] });
  expect(await looseModes(folder, 'win32')).toMatchObject({ hasModes: false, loose: [] });
});
