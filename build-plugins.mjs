// What every build of wxop does to the libraries inside it.
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { deflateRawSync } from 'node:zlib';

const require = createRequire(import.meta.url);

const NO_TRANSACTIONS = `
  exports.default = { extend: () => class { constructor() { throw new Error('transactions are not part of this build'); } } };
  Object.defineProperty(exports, '__esModule', { value: true });`;

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
  // Without SIMD the parser of headers runs everywhere, and what WeChat answers is short: one of the two is enough.
  'undici/lib/llhttp/llhttp_simd-wasm.js': `module.exports = require('undici/lib/llhttp/llhttp-wasm.js');`,
  'undici/lib/llhttp/llhttp-wasm.js': () => `
    const { inflateRawSync } = require('node:zlib');
    module.exports = inflateRawSync(Buffer.from('${deflateRawSync(require('undici/lib/llhttp/llhttp-wasm.js'), { level: 9 }).toString('base64')}', 'base64'));`,
  'undici/lib/llhttp/constants.js': () => {
    const { TYPE, ERROR } = require('undici/lib/llhttp/constants.js');
    return `module.exports = ${JSON.stringify({ TYPE, ERROR })};`;
  },
  'undici/lib/core/diagnostics.js': `
    const nobody = { hasSubscribers: false };
    exports.channels = new Proxy({}, { get: () => nobody });`,
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
  '@redis/client': `
    import client from '@redis/client/dist/lib/client/index.js';
    import cluster from '@redis/client/dist/lib/cluster/index.js';
    import sentinel from '@redis/client/dist/lib/sentinel/index.js';
    export { ErrorReply } from '@redis/client/dist/lib/errors.js';
    export const createClient = client.create;
    export const createCluster = cluster.create;
    export const createSentinel = sentinel.create;`,
  // How arguments and replies of all commands are written and read: two functions of fifty.
  '@redis/client/dist/lib/commands/generic-transformers.js': () => {
    const { parseArgs, transformTuplesReply } = require('@redis/client/dist/lib/commands/generic-transformers.js');
    return `
      const parser_1 = require('@redis/client/dist/lib/client/parser.js');
      const decoder_1 = require('@redis/client/dist/lib/RESP/decoder.js');
      exports.parseArgs = ${parseArgs};
      exports.transformTuplesReply = ${transformTuplesReply};`;
  },
  // Which commands go to several nodes of a cluster: ours name one key, and go where it is.
  '@redis/client/dist/lib/command-metadata/command-metadata-data.js': `exports.COMMAND_METADATA = {};`,
  '@redis/client/dist/lib/cluster/request-response-policies/dispatch.js': `exports.REQUEST_ROUTERS = {};`,
  '@redis/client/dist/lib/cluster/request-response-policies/ft-cursor.js': ``,
  '@redis/client/dist/lib/cluster/request-response-policies/scan-cursor.js': ``,
  // No transactions, pools, caches, notices of Redis Enterprise (they need RESP 3), or measuring of the client itself.
  '@redis/client/dist/lib/client/multi-command.js': NO_TRANSACTIONS,
  '@redis/client/dist/lib/cluster/multi-command.js': NO_TRANSACTIONS,
  '@redis/client/dist/lib/sentinel/multi-commands.js': NO_TRANSACTIONS,
  '@redis/client/dist/lib/client/legacy-mode.js': ``,
  '@redis/client/dist/lib/authx/token-manager.js': ``,
  '@redis/client/dist/lib/client/pool.js': ``,
  '@redis/client/dist/lib/client/cache.js': ``,
  '@redis/client/dist/lib/client/enterprise-maintenance-manager.js': `
    exports.default = class { static setupDefaultMaintOptions() {} static async getHandshakeCommand() {} };
    exports.dbgMaintenance = () => undefined;
    exports.SMIGRATED_EVENT = '__SMIGRATED';
    Object.defineProperty(exports, '__esModule', { value: true });`,
  '@redis/client/package.json': () => `{ "version": "${require('@redis/client/package.json').version}" }`,
  '@redis/client/dist/lib/client/tracing.js': `
    exports.CHANNELS = {};
    exports.publish = () => undefined;
    exports.trace = (channel, run) => run();
    exports.sanitizeArgs = () => [];`,
  '@redis/client/dist/lib/opentelemetry/index.js': `
    exports.ClientRegistry = { instance: { register: () => undefined, unregister: () => undefined } };`,
  // Of ws: both sides, without compression and without code for other processors.
  ws: `
    export { default as WebSocket } from 'ws/lib/websocket.js';
    export { default as WebSocketServer } from 'ws/lib/websocket-server.js';`,
  'ws/lib/permessage-deflate.js': `module.exports = class { static extensionName = 'permessage-deflate'; };`,
  bufferutil: `throw new Error('not part of this build');`,
  'utf-8-validate': `throw new Error('not part of this build');`,
  // Of conf: files in a folder that is given, with plain names, without a schema, migrations, ciphers and watching.
  'dot-prop': `
    export const hasProperty = (object, key) => key in object, getProperty = (object, key) => object[key],
      setProperty = (object, key, value) => { object[key] = value; }, deleteProperty = (object, key) => delete object[key];`,
  'env-paths': `export default undefined;`,
  'debounce-fn': `export default undefined;`,
  'uint8array-extras': `export const concatUint8Arrays = undefined, stringToUint8Array = undefined, uint8ArrayToString = undefined;`,
  'ajv/dist/2020.js': `exports.Ajv2020 = class { constructor() { throw new Error('settings have no schema'); } };`,
  'ajv-formats': `module.exports = () => undefined;`,
  semver: `module.exports = {};`,
  // Of yaml: reading.
  'yaml/browser/dist/stringify/stringify.js': `
    export const createStringifyContext = () => ({}), stringify = () => '';`,
  'yaml/browser/dist/stringify/stringifyCollection.js': `export const stringifyCollection = () => '{…}';`,
  'yaml/browser/dist/stringify/stringifyDocument.js': `export const stringifyDocument = () => '';`,
  'yaml/browser/dist/stringify/stringifyNumber.js': `export const stringifyNumber = ({ value }) => String(value);`,
  'yaml/browser/dist/stringify/stringifyPair.js': `export const stringifyPair = () => '';`,
  'yaml/browser/dist/stringify/stringifyString.js': `export const stringifyString = ({ value }) => String(value);`,
  // Of pngjs: writing at once.
  pngjs: `
    const write = require('pngjs/lib/packer-sync.js');
    exports.PNG = class { static sync = { write }; gamma = 0; constructor(size) { Object.assign(this, size); } };`,
  // Of jpeg-js: reading.
  'jpeg-js/lib/encoder.js': `module.exports = () => { throw new Error('pictures are only read'); };`,
  // Of the figures of prompts: a tick and a line.
  '@inquirer/figures': `
    const { platform, env } = process;
    const isPlain = platform === 'win32'
      ? !(env.CI || env.WT_SESSION || env.TERMINUS_SUBLIME || env.ConEmuTask === '{cmd::Cmder}' ||
          env.TERM_PROGRAM === 'Terminus-Sublime' || env.TERM_PROGRAM === 'vscode' || env.TERM === 'xterm-256color' ||
          env.TERM === 'alacritty' || env.TERMINAL_EMULATOR === 'JetBrains-JediTerm')
      : env.TERM === 'linux';
    export default { line: '─', tick: isPlain ? '√' : '✔' };`,
  // Of fast-xml-parser: no entities, and no DOCTYPE, which is refused before and here again.
  'is-unsafe': `export const isUnsafe = () => true, HTML = undefined, XML = undefined;`,
  '@nodable/entities': `
    export class EntityDecoder { reset() {} setXmlVersion() {} addInputEntities() {} decode(text) { return text; } }
    export const XML = {}, CURRENCY = {}, COMMON_HTML = {}, ENTITY_ACTION = {};`,
  strnum: `export default (text) => text;`,
  // No callback asks for the path of an element, and no element is left unread.
  'path-expression-matcher': `
    export class Matcher {
      path = [];
      push(tag) { this.path.push(tag); }
      pop() { this.path.pop(); }
      reset() { this.path = []; }
      getCurrentTag() { return this.path.at(-1); }
      toString() { return this.path.join('.'); }
      readOnly() { return this; }
      updateCurrent() {}
      matchesAny() { return false; }
    }
    export class Expression { constructor() { throw new Error('every element is read'); } }
    export class ExpressionSet { add() {} seal() { return this; } }`,
  'fast-xml-parser/src/xmlparser/DocTypeReader.js': `
    export default class { setXmlVersion() {} readDocType() { throw new Error('DOCTYPE'); } }`,
};

/** Writes the chunks of these names in ASCII: V8 keeps such a text in half the memory, and it need not be decoded. */
export const asciiChunks = (names) => ({
  name: 'ascii-chunks',
  generateBundle: (_, bundle) => {
    for (const chunk of Object.values(bundle)) {
      if (!names.includes(chunk.name)) continue;
      chunk.code = chunk.code.replace(
        /[^\0-\x7f]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    }
  },
});

/** The bundler's own helpers, in a file of a few hundred bytes, would be one more to read and compile at every start. */
export const helpersInStart = {
  name: 'helpers-in-start',
  generateBundle: (_, bundle) => {
    const { 'chunks/start.js': start, 'chunks/rolldown-runtime.js': helpers } = bundle;
    const [load, loadStart] = ['require("./rolldown-runtime.js")', 'require("./start.js")'];
    if (!start.code.includes(load)) throw new Error('the helpers of the bundler are elsewhere');
    for (const chunk of Object.values(bundle))
      if (chunk !== start && chunk.code?.includes(loadStart))
        chunk.code = chunk.code.replace(load, `${loadStart}.$helpers`);
    start.code = start.code.replace(load, `exports.$helpers=(exports=>{${helpers.code}return exports})({})`);
  },
};

export const libraryPlugins = [
  {
    name: 'slim-libraries',
    resolveId: (id, importer) => {
      const path = id.startsWith('.') && importer?.includes('node_modules') ? resolve(dirname(importer), id) : id;
      const name = path.replace(/^.*\/node_modules\//, '');
      const found = [name, `${name}.js`, `${name}/index.js`].find((candidate) => Object.hasOwn(SLIM, candidate));
      return found && `\0${found}`;
    },
    load: {
      filter: { id: /^\0/ },
      handler: (id) => {
        const code = SLIM[id.slice(1)];
        return typeof code === 'function' ? code() : (code ?? null);
      },
    },
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
    // Chunks are scripts, for the sake of the code cache (bin/wxop.js), and in a script no import() is allowed.
    name: 'packages-by-require',
    renderChunk: (code) =>
      code.replaceAll(/\bimport\(['"`]([^'"`]+)['"`]\)/g, (whole, name) =>
        OPTIONAL_PACKAGES.includes(name) ? `(async()=>require('${name}'))()` : whole,
      ),
  },
  {
    // Each export of a chunk is written as a getter of 75 bytes; there are hundreds, and every start parses some. What is
    // declared once has its value when the chunk ends.
    name: 'exports-together',
    renderChunk: (code) => {
      const found = [];
      const rest = code.replaceAll(
        /Object\.defineProperty\(exports, ['"]([\w$]+)['"], \{\s+enumerable: true,\s+get: function \(\) \{\s+return ([\w$]+);\s+\}\s+\}\);/g,
        (_, name, value) => (found.push([name, value]), ''),
      );
      const isFixed = ([, value]) =>
        new RegExp(`^(?:const|(?:async )?function\\*?|class) ${value.replaceAll('$', '\\$')}\\b`, 'm').test(rest);
      const fixed = found.filter(isFixed).map(([name, value]) => `${name}: ${value}`);
      const others = found.filter((each) => !isFixed(each)).map(([name, value]) => `${name}: () => ${value}`);
      if (found.length < 2) return null;
      return [
        rest,
        fixed.length > 0 ? `Object.assign(exports, { ${fixed.join()} });` : '',
        others.length > 0
          ? `for (const [$name, $get] of Object.entries({ ${others.join()} })) Object.defineProperty(exports, $name, { enumerable: true, get: $get });`
          : '',
      ].join('\n');
    },
  },
  {
    // Its patterns with properties of Unicode take longer to make than the rest of a chunk to run: only where they are used.
    name: 'patterns-when-used',
    transform: {
      filter: { id: /fast-string-truncated-width\/dist\/index\.js$/ },
      handler: (code) => {
        const inside = code.replace(/\/\* HELPERS \*\/([^]*?)\/\* MAIN \*\/([^]*?=> \{\n)/, '$2$1');
        if (inside === code) throw new Error('fast-string-truncated-width has another form');
        return inside;
      },
    },
  },
  {
    // V8 11, of Node 20, optimizes the parser of answers within the first one: 120 ms of processor time, for which the end of a
    // command waits. Later ones have a larger budget; with theirs, only what makes many calls is optimized. What V8 compiled is
    // kept by its flags (bin/wxop.js), so they are as before afterwards.
    name: 'parser-unoptimized',
    transform: {
      filter: { id: /undici\/lib\/dispatcher\/client-h1\.js$/ },
      handler: (code) => {
        if (!code.includes('new WebAssembly.Module(')) throw new Error('undici compiles its parser in another way');
        return `${code.replaceAll('new WebAssembly.Module(', 'compiledParser(')}
          function compiledParser(bytes) {
            if (!process.versions.v8.startsWith('11.')) return new WebAssembly.Module(bytes);
            const { setFlagsFromString } = require('node:v8');
            setFlagsFromString('--wasm-tiering-budget=13000000');
            try {
              return new WebAssembly.Module(bytes);
            } finally {
              setFlagsFromString('--wasm-tiering-budget=1800000');
            }
          }`;
      },
    },
  },
  {
    // Loading it takes as long as loading node:http, and undici calls nothing of it but itself.
    name: 'small-assert',
    resolveId: {
      filter: { id: /^node:assert$/ },
      handler: (id, importer) => (importer?.includes('/undici/') ? '\0assert' : null),
    },
    load: {
      filter: { id: /^\0assert$/ },
      handler: () => `module.exports = (isTrue, message = 'this should not happen') => {
        if (!isTrue) throw message instanceof Error ? message : new Error(message);
      };`,
    },
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
];

/** Loaded from beside us, where they are installed: larger than all of ours. */
export const OPTIONAL_PACKAGES = ['jq-wasm', 'mysql2/promise'];

/** A file of a package that names only its main one to others. */
const inside = (path) => resolve(import.meta.dirname, 'node_modules', path);

export const LIBRARY_ALIASES = {
  'ws/lib/websocket.js': inside('ws/lib/websocket.js'),
  'ws/lib/websocket-server.js': inside('ws/lib/websocket-server.js'),
  // Its main file is UMD, whose requires no bundler can follow.
  'jsonc-parser': 'jsonc-parser/lib/esm/main.js',
  // The same code as modules, of which what nobody calls is left out.
  yaml: inside('yaml/browser/dist/index.js'),
};
