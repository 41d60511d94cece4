// What every build of wxop does to the libraries inside it.
import { dirname, resolve } from 'node:path';

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

export const libraryPlugins = [
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
];

/** jsonc-parser's main file is UMD, whose requires no bundler can follow. */
export const LIBRARY_ALIASES = { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' };
