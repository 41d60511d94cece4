// Builds dist/: a small CommonJS entry and chunks that are loaded when a command needs them, the libraries inside.
// What decides the start-up time is how many bytes are parsed before the first line of output (bench/startup.mjs).
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { writeManPages } from './man.mjs';
import { licencesOf } from './licences.mjs';
import { reportSizes } from './bench/sizes.mjs';
import { asciiChunks, helpersInStart, LIBRARY_ALIASES, libraryPlugins, OPTIONAL_PACKAGES } from './build-plugins.mjs';

rmSync('dist', { recursive: true, force: true });

/** The files of ours that a file loads at once, not those that it imports later. */
function importsOf(file) {
  const imports = /^(?:import|export) (?!type\b|\{(?:\s*type [^,}]*,?)*\s*\})[^']*?from '(\..*?)';$/gm;
  return [...readFileSync(file, 'utf8').matchAll(imports)].map(([, path]) => resolve(dirname(file), path));
}

/** These files and all that they load at once. */
function neededBy(...files) {
  return closure(files, importsOf);
}

function closure(files, importsOf) {
  const needed = new Set(files.map((file) => resolve(file)));
  for (const file of needed) for (const path of importsOf(file)) needed.add(path);
  return needed;
}

const SOURCES = readdirSync('src', { recursive: true }).filter((file) => file.endsWith('.ts'));
const START = neededBy('src/cli/run-program.ts');
const HELP = neededBy('src/cli/help/show-help.ts');
const TOKEN = neededBy('src/commands/token/get.ts', 'src/credentials/keeper.ts', 'src/store/file-store.ts');
const LISTEN = neededBy(
  'src/commands/listen/listen.ts',
  'src/cli/listener-services.ts',
  'src/listener/start-listener.ts',
  'src/listener/outbox.ts',
  'src/listener/http/metrics.ts',
  'src/credentials/attempts.ts',
  'src/delivery/file-journal.ts',
);
/** Folders whose files are loaded after a listener only, or by the command that starts one: they have all of it already. */
const WITH_LISTENER = /\/(?:commands\/listen|cli\/listener|listener\/(?:workers|components)|attach|delivery)\//;
/** Of what the listener needs, what others load without it: they must not get node:http with it. */
const SHARED = neededBy(
  ...SOURCES.map((file) => resolve('src', file))
    .filter((file) => !LISTEN.has(file) && !WITH_LISTENER.test(file))
    .flatMap((file) => importsOf(file).filter((path) => LISTEN.has(path))),
);
/** What serves HTTP: the broker needs it, too, but no command that only reads. */
const SERVING = new Set(
  [...LISTEN].filter((file) =>
    [...neededBy(file)].some((needed) => /^import (?!type\b)[^;]*from 'node:http'/m.test(readFileSync(needed, 'utf8'))),
  ),
);

// What is needed together comes in one file: each further one costs a read and a compilation.
const GROUPS = [
  { name: 'start', priority: 5, test: (id) => START.has(id) || /\/fast-string-[^/]+\//.test(id) },
  { name: 'help', priority: 4, test: (id) => HELP.has(id) },
  { name: 'token', priority: 3, test: (id) => TOKEN.has(id) },
  { name: 'shared', priority: 2, test: (id) => SHARED.has(id) && LISTEN.has(id) && !SERVING.has(id) },
  { name: 'serving', priority: 2, test: (id) => SHARED.has(id) && SERVING.has(id) },
  { name: 'listen', priority: 1, test: (id) => LISTEN.has(id) },
];

const bundle = await rolldown({
  input: { cli: 'src/cli.ts', sandbox: 'src/sandbox/sandbox.ts' },
  platform: 'node',
  external: OPTIONAL_PACKAGES,
  transform: { target: 'node20.19' },
  resolve: { alias: LIBRARY_ALIASES },
  plugins: [...libraryPlugins, helpersInStart, asciiChunks(GROUPS.map(({ name }) => name))],
});
const { output } = await bundle.write({
  dir: 'dist',
  format: 'cjs',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
  minify: true,
  codeSplitting: { groups: GROUPS },
  comments: { legal: true, annotation: false, jsdoc: false },
});
await bundle.close();
if (process.argv.includes('--sizes')) reportSizes(output);

// Code that V8 compiled belongs to one build (bin/wxop.js).
const build = createHash('sha256').update(readFileSync('bin/program.js'));
for (const chunk of output) build.update(chunk.fileName).update(chunk.code ?? chunk.source);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
writeFileSync('dist/build.json', `${JSON.stringify({ version, build: build.digest('hex').slice(0, 16) })}\n`);

// The libraries inside dist are other people's work: their licences go with it.
const folders = new Set(
  output.flatMap(({ moduleIds = [] }) =>
    moduleIds.flatMap((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
  ),
);
writeFileSync('dist/THIRD-PARTY-LICENSES.txt', licencesOf([...folders].sort()));

await writeManPages(version);

// The types of `wxop/sandbox`.
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '--project', 'tsconfig.types.json'], { stdio: 'inherit' });
// Of what the sandbox is made of, its users see little.
const seen = closure(['dist/types/sandbox/sandbox.d.ts'], (file) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from |import\()['"](\..*?)\.ts['"]/g)].map(([, path]) =>
    resolve(dirname(file), `${path}.d.ts`),
  ),
);
for (const file of readdirSync('dist/types', { recursive: true }).map((name) => resolve('dist/types', name)))
  if (file.endsWith('.d.ts') && !seen.has(file)) rmSync(file);
