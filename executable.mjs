// Builds dist-executable/wxop: one file with Node inside, for this system. Another system's is built on that system.
//
//   npm run build && node executable.mjs
//
// For other systems, and how to sign it: contributing/executable.md. Source of the steps: nodejs.org, Single executable applications. postject writes the program into a copy of Node.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { LIBRARY_ALIASES, libraryPlugins, OPTIONAL_PACKAGES } from './build-plugins.mjs';

const OUT = 'dist-executable';
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const name = process.platform === 'win32' ? 'wxop.exe' : 'wxop';
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT);

const bundle = await rolldown({
  input: 'start',
  platform: 'node',
  transform: { target: 'node20.19' },
  resolve: { alias: LIBRARY_ALIASES },
  plugins: [
    {
      // bin/wxop.js without the cache: everything is in the file already, compiled.
      name: 'start-at-once',
      resolveId: (id) => (id === 'start' ? '\0start' : null),
      load: {
        filter: { id: /^\0start$/ },
        handler: () => `
          import { start } from '${resolve('bin/program.js')}';
          import { run } from '${resolve('src/cli.ts')}';
          start({ run, version: '${version}' });`,
      },
    },
    {
      // An executable finds no package beside itself: what needs one says that it is not there.
      name: 'no-optional-packages',
      resolveId: (id) => (OPTIONAL_PACKAGES.includes(id) ? '\0optional' : null),
      load: {
        filter: { id: /^\0optional$/ },
        handler: () => `throw Object.assign(new Error('not in the executable'), { code: 'MODULE_NOT_FOUND' });`,
      },
    },
    {
      name: 'schemas-inside',
      load: {
        filter: { id: /\/src\/cli\/schema-text\.ts$/ },
        handler: () => {
          const files = readdirSync('schema').map((file) => [
            file.replace('.json', ''),
            readFileSync(join('schema', file), 'utf8'),
          ]);
          const texts = Object.fromEntries(files.map(([name, text]) => [name, JSON.stringify(JSON.parse(text))]));
          return `const texts = ${JSON.stringify(texts)}; export const schemaText = (name) => texts[name];`;
        },
      },
    },
    ...libraryPlugins,
  ],
});
const script = join(OUT, 'wxop.cjs');
await bundle.write({ file: script, format: 'cjs', minify: true, codeSplitting: false });
await bundle.close();

const [config, blob, program] = ['sea.json', 'wxop.blob', name].map((file) => join(OUT, file));
writeFileSync(
  config,
  JSON.stringify({ main: script, output: blob, disableExperimentalSEAWarning: true, useCodeCache: true }),
);
execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: 'inherit' });
copyFileSync(process.execPath, program);
chmodSync(program, 0o755);
const mac = process.platform === 'darwin';
if (mac) execFileSync('codesign', ['--remove-signature', program]);
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const more = mac ? ['--macho-segment-name', 'NODE_SEA'] : [];
execFileSync(
  'npx',
  ['--yes', 'postject@1.0.0-alpha.6', program, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse, ...more],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  },
);
if (mac) execFileSync('codesign', ['--sign', '-', program]);
for (const file of [config, blob, script]) rmSync(file);
console.log(execFileSync(resolve(program), ['--version'], { encoding: 'utf8' }).trim(), dirname(resolve(program)));
