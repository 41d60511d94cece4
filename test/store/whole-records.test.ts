/** Promise 2: a record is whole or not there at all. The kernel tells what happened to its name. */
import { existsSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSealer } from '../../src/store/seal.ts';
import { accountOf } from '../support/child-process-main.ts';
import { openFileStore } from '../support/wechat.ts';
import { temporaryFolder } from '../support/world.ts';

/** What happens in a folder, in the order in which it happened: `rename` is a name that comes or goes, `change` is content. */
function watchFolder(folder: string) {
  const seen: { type: string; name: string }[] = [];
  let wake: () => void = () => undefined;
  const watcher = watch(folder, (type, name) => {
    seen.push({ type, name: name ?? '' });
    wake();
  });
  onTestFinished(() => watcher.close());
  let marks = 0;
  return {
    /** Everything until now; of a name, the types of its events. */
    until: async (): Promise<(name: string) => string[]> => {
      const mark = `mark-${++marks}`;
      writeFileSync(join(folder, mark), '');
      while (!seen.some(({ name }) => name === mark)) await new Promise<void>((done) => (wake = done));
      return (name) => seen.filter((event) => event.name === name).map(({ type }) => type);
    },
  };
}

// Elsewhere the watch does not tell a new name from new content.
describe.runIf(process.platform === 'linux')('a version gets its name when it is whole', () => {
  test.each([
    ['a durable write', true],
    ['a write', false],
  ])('%s', async (_name, durable) => {
    const folder = temporaryFolder();
    const store = openFileStore(folder);
    await store.write('account/wx1', accountOf('wx1', 1), 0, { durable });
    const watched = watchFolder(join(folder, 'account', 'wx1'));
    await store.write('account/wx1', accountOf('wx1', 2), 1, { durable });
    await store.write('account/wx1', accountOf('wx1', 3), 2, { durable });
    const eventsOf = await watched.until();
    expect(eventsOf('2.json')).toEqual(['rename']);
    expect(eventsOf('3.json')).toEqual(['rename']);
    // The watch does see content that is written under a name.
    writeFileSync(join(folder, 'account', 'wx1', '4.json'), '{}');
    expect((await watched.until())('4.json')).toContain('change');
  });

  test('an encryption in place', async () => {
    const folder = temporaryFolder();
    const store = openFileStore(folder, { sealer: createSealer(Buffer.alloc(32, 7).toString('base64')) });
    await openFileStore(folder).write('account/wx1', accountOf('wx1', 1), 0, { durable: true });
    const watched = watchFolder(join(folder, 'account', 'wx1'));
    expect(await store.reseal('account/wx1')).toBe(1);
    expect((await watched.until())('1.json')).toEqual(['rename']);
  });
});

test('a record that is removed while it is encrypted is left out, and does not come back', async () => {
  const folder = temporaryFolder();
  const sealer = createSealer(Buffer.alloc(32, 7).toString('base64'));
  const [plain, removed] = [openFileStore(folder), join(folder, 'account', 'wx1')];
  for (const name of ['wx1', 'wx2']) await plain.write(`account/${name}`, accountOf(name, 1), 0, { durable: true });
  const store = openFileStore(folder, {
    sealer: {
      ...sealer,
      // Between the look at the record and its new file there is only the seal.
      seal: (value, context) => {
        rmSync(removed, { recursive: true, force: true });
        return sealer.seal(value, context);
      },
    },
  });
  expect(await store.reseal('account/wx1')).toBe(0);
  expect(existsSync(removed)).toBe(false);
  expect(await store.reseal('account/wx2')).toBe(1);
  expect(await store.list('account')).toEqual(['wx2']);
});
