// Bundles the torture runs and starts them: Node 20 runs no TypeScript. The built command must be there: `npm run build`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { LIBRARY_ALIASES } from '../build-plugins.mjs';

const source = import.meta.dirname;
const cache = join(source, '../node_modules/.cache');
mkdirSync(cache, { recursive: true });
// Within the project, where the bundler is found; beside bin/, as the sources are.
const folder = mkdtempSync(join(cache, 'torture-'));
try {
  const bundle = await rolldown({
    input: join(source, 'main.ts'),
    platform: 'node',
    external: ['rolldown'],
    resolve: { alias: LIBRARY_ALIASES },
  });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'main.mjs', chunkFileNames: '[name].mjs' });
  await bundle.close();
  const { status } = spawnSync(process.execPath, [join(folder, 'main.mjs'), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, TORTURE_SOURCE: source },
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
