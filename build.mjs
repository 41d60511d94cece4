// Builds dist/: a small CommonJS entry and chunks that are loaded when a command needs them, the libraries inside.
// What decides the start-up time is how many bytes are parsed before the first line of output (bench/startup.mjs).
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

rmSync('dist', { recursive: true, force: true });

/** The files of ours that a file loads at once, not those that it imports later. */
function importsOf(file) {
  const imports = /^(?:import|export) (?!type\b|\{(?:\s*type [^,}]*,?)*\s*\})[^']*?from '(\..*?)';$/gm;
  return [...readFileSync(file, 'utf8').matchAll(imports)].map(([, path]) => resolve(dirname(file), path));
}

/** These files and all that they load at once. */
function neededBy(...files) {
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
  'src/delivery/file-journal.ts',
);
/** Of what the listener needs, what others load without it: they must not get node:http with it. */
const SHARED = neededBy(
  ...SOURCES.map((file) => resolve('src', file))
    .filter((file) => !LISTEN.has(file))
    .flatMap((file) => importsOf(file).filter((path) => LISTEN.has(path))),
);

/** What the libraries load for abilities that wxop does not use, replaced by what is written here. */
const SLIM = {
  // Of undici: requests of strings and bytes over HTTP/1.1, through proxies; no fetch, mocks, caches or HTTP/2.
  undici: `
    import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
    import connect from 'undici/lib/api/api-connect.js';
    import request from 'undici/lib/api/api-request.js';
    Object.assign(Dispatcher.prototype, { connect, request });
    export { default as Agent } from 'undici/lib/dispatcher/agent.js';
    export { default as EnvHttpProxyAgent } from 'undici/lib/dispatcher/env-http-proxy-agent.js';
    export { default as Pool } from 'undici/lib/dispatcher/pool.js';`,
  'undici/lib/dispatcher/client-h2.js': `module.exports = () => { throw new Error('HTTP/2 is not part of this build'); };`,
  'undici/lib/web/fetch/body.js': `exports.extractBody = () => { throw new Error('bodies are strings and bytes'); };`,
  // Of the client for Redis: sendCommand, and what it sends by itself when it connects.
  '@redis/client/dist/lib/commands/index.js': `
    const AUTH = require('@redis/client/dist/lib/commands/AUTH.js').default;
    const CLIENT_SETNAME = require('@redis/client/dist/lib/commands/CLIENT_SETNAME.js').default;
    const CLUSTER_SLOTS = require('@redis/client/dist/lib/commands/CLUSTER_SLOTS.js').default;
    const READONLY = require('@redis/client/dist/lib/commands/READONLY.js').default;
    exports.default = { AUTH, CLIENT_SETNAME, CLUSTER_SLOTS, clusterSlots: CLUSTER_SLOTS, READONLY };
    exports.NON_STICKY_COMMANDS = exports.default;
    Object.defineProperty(exports, '__esModule', { value: true });`,
  // Which commands go to several nodes of a cluster: ours name one key, and go where it is.
  '@redis/client/dist/lib/command-metadata/command-metadata-data.js': `exports.COMMAND_METADATA = {};`,
  // Of conf: files without a schema and without migrations.
  'ajv/dist/2020.js': `exports.Ajv2020 = class { constructor() { throw new Error('settings have no schema'); } };`,
  'ajv-formats': `module.exports = () => undefined;`,
};

const bundle = await rolldown({
  input: { cli: 'src/cli.ts', sandbox: 'src/sandbox/sandbox.ts' },
  platform: 'node',
  // Optional, and larger than all of ours: loaded from beside us, where it is installed.
  external: ['jq-wasm'],
  transform: { target: 'node20.19' },
  // Its main file is UMD, whose requires no bundler can follow.
  resolve: { alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' } },
  plugins: [
    {
      name: 'slim-libraries',
      resolveId: (id, importer) => {
        const path = id.startsWith('.') && importer?.includes('node_modules') ? resolve(dirname(importer), id) : id;
        const name = path.replace(/^.*\/node_modules\//, '');
        const found = [name, `${name}.js`, `${name}/index.js`].find((candidate) => Object.hasOwn(SLIM, candidate));
        return found && `\0${found}`;
      },
      load: { filter: { id: /^\0/ }, handler: (id) => SLIM[id.slice(1)] ?? null },
    },
    {
      // qrcode-terminal writes its escapes as octal literals, which strict mode (and so every bundle) refuses.
      name: 'octal-escapes',
      transform: {
        filter: { id: /qrcode-terminal/ },
        handler: (code) => code.replaceAll('\\033', '\\x1b'),
      },
    },
    {
      // import() of a builtin waits for the loader of ECMAScript modules, which costs more than any of our chunks.
      name: 'builtins-at-once',
      renderChunk: (code) => code.replaceAll(/\bimport\((['"`]node:[\w/]+['"`])\)/g, 'Promise.resolve(require($1))'),
    },
    {
      // Chunks are scripts, for the sake of the code cache (bin/load-cached.js), and in a script no import() is allowed.
      name: 'packages-by-require',
      renderChunk: (code) => code.replaceAll(/\bimport\((['"`]jq-wasm['"`])\)/g, '(async()=>require($1))()'),
    },
    {
      // commander loads it for subcommands that are programs of their own; we have none, and every start would pay.
      name: 'no-child-process',
      resolveId: {
        filter: { id: /^node:child_process$/ },
        handler: (id, importer) => (importer?.includes('/commander/') ? '\0nothing' : null),
      },
      load: { filter: { id: /^\0nothing$/ }, handler: () => 'module.exports = {};' },
    },
  ],
});
const { output } = await bundle.write({
  dir: 'dist',
  format: 'cjs',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
  minify: true,
  // What is needed together comes in one file: each further one costs a read and a compilation.
  codeSplitting: {
    groups: [
      { name: 'start', priority: 6, test: (id) => START.has(id) },
      { name: 'columns', priority: 5, test: /\/(?:src\/terminal\/columns\.ts|fast-string-[^/]+\/.*)$/ },
      { name: 'help', priority: 4, test: (id) => HELP.has(id) },
      { name: 'token', priority: 3, test: (id) => TOKEN.has(id) },
      { name: 'shared', priority: 2, test: (id) => SHARED.has(id) && LISTEN.has(id) },
      { name: 'listen', priority: 1, test: (id) => LISTEN.has(id) },
    ],
  },
  comments: { legal: true },
});
await bundle.close();

// Code that V8 compiled belongs to one build (bin/load-cached.js).
const build = createHash('sha256');
for (const chunk of output) build.update(chunk.fileName).update(chunk.code ?? chunk.source);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
appendFileSync(
  'dist/cli.js',
  `exports.version=${JSON.stringify(version)};exports.build=${JSON.stringify(build.digest('hex').slice(0, 16))};\n`,
);

// The libraries inside dist are other people's work: their licences go with it.
const folders = new Set(
  output.flatMap(({ moduleIds = [] }) =>
    moduleIds.flatMap((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
  ),
);
const licences = [...folders].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : ''}\n`;
});
writeFileSync('dist/THIRD-PARTY-LICENSES.txt', licences.join(`\n${'-'.repeat(72)}\n\n`));

// The types of `wxop/sandbox`.
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '--project', 'tsconfig.types.json'], { stdio: 'inherit' });
