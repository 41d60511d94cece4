// The long form of test/listener/fuzz.test.ts: `npm run fuzz [-- inputs seed]`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { LIBRARY_ALIASES } from '../build-plugins.mjs';

const folder = mkdtempSync(join(tmpdir(), 'wxop-fuzz-'));
try {
  const bundle = await rolldown({
    input: 'test/support/long-fuzz.ts',
    platform: 'node',
    resolve: { alias: LIBRARY_ALIASES },
  });
  await bundle.write({ file: join(folder, 'fuzz.mjs'), format: 'esm', codeSplitting: false });
  await bundle.close();
  execFileSync(process.execPath, [join(folder, 'fuzz.mjs'), ...process.argv.slice(2)], { stdio: 'inherit' });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
