/** What Windows' Node runs: the contract of the store, in a folder that it makes for itself. Its results are JSON on stdout. */
import { storeContract } from '../store/contract.ts';
import { createClock, openFileStore } from '../support/wechat.ts';
import { temporaryFolder } from '../support/world.ts';
import { describe, runDeclared } from './vitest-inside.ts';

describe('the file store', () => {
  storeContract(() => {
    const folder = temporaryFolder();
    const clock = createClock();
    return {
      open: (watching) => openFileStore(folder, { now: clock.now, ...watching }),
      pass: clock.advance,
      shortLease: 20_000,
    };
  });
});

void runDeclared().then((results) => process.stdout.write(`${JSON.stringify(results)}\n`));
