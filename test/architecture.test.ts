import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Room → what belongs to it, and the rooms that it may import from at run time. A file belongs to the first that fits. */
const ARROWS: Record<string, { files: RegExp; may: string[] }> = {
  sentences: { files: /^sentences\//, may: [] },
  runtime: { files: /^runtime\//, may: ['sentences'] },
  protocol: { files: /^protocol\//, may: ['runtime', 'sentences'] },
  profiles: { files: /^settings\/profiles\.ts$/, may: ['runtime', 'sentences'] },
  settings: { files: /^settings\//, may: ['runtime', 'sentences'] },
  'menu work': {
    files: /^menu\/(?:apply-plan|backups|dump-folder|menu-report|menu-target|read-live-menus)\.ts$/,
    may: ['menu', 'protocol', 'runtime', 'sentences'],
  },
  menu: { files: /^menu\//, may: ['protocol', 'runtime', 'sentences'] },
  'wechat-api': { files: /^wechat-api\//, may: ['protocol', 'runtime', 'sentences'] },
  store: { files: /^store\//, may: ['protocol', 'runtime', 'sentences'] },
  release: { files: /^release\//, may: ['menu', 'wechat-api', 'protocol', 'runtime', 'sentences'] },
  'mini-program': { files: /^mini-program\//, may: ['release', 'wechat-api', 'protocol', 'runtime', 'sentences'] },
  credentials: { files: /^credentials\//, may: ['wechat-api', 'protocol', 'runtime', 'sentences'] },
  migration: { files: /^migration\//, may: ['store', 'protocol', 'runtime', 'sentences'] },
  'listener/http': { files: /^listener\/http\//, may: ['protocol', 'runtime', 'sentences'] },
  delivery: { files: /^delivery\//, may: ['store', 'protocol', 'runtime', 'sentences'] },
  listener: {
    files: /^listener\//,
    may: ['listener/http', 'delivery', 'credentials', 'wechat-api', 'protocol', 'runtime', 'sentences'],
  },
  broker: {
    files: /^broker\//,
    may: ['listener/http', 'delivery', 'credentials', 'wechat-api', 'protocol', 'runtime', 'sentences'],
  },
  attach: {
    files: /^attach\//,
    may: [
      'broker',
      'listener/http',
      'delivery',
      'credentials',
      'store',
      'wechat-api',
      'protocol',
      'runtime',
      'sentences',
    ],
  },
  sandbox: { files: /^sandbox\//, may: ['protocol', 'runtime', 'sentences'] },
  'receiver-kit': { files: /^receiver-kit\//, may: ['protocol', 'runtime', 'sentences'] },
  // Text in, lines out.
  layout: {
    files: /^terminal\/(?:columns|problem-lines|progress-bar|qr|qr-file|qr-in-picture|rows|show-qr)\.ts$/,
    may: ['runtime', 'sentences'],
  },
  terminal: { files: /^terminal\//, may: ['layout', 'runtime', 'sentences'] },
  doctor: { files: /^doctor\//, may: ['receiver-kit', 'settings', 'protocol', 'runtime', 'sentences'] },
  // What a command is declared with.
  declaration: { files: /^cli\/command\.ts$/, may: ['settings', 'sentences'] },
  commands: {
    files: /^commands\//,
    may: [
      'declaration',
      'doctor',
      'listener',
      'credentials',
      'receiver-kit',
      'layout',
      'menu work',
      'menu',
      'release',
      'mini-program',
      'settings',
      'protocol',
      'runtime',
      'sentences',
    ],
  },
  // What puts the real things together: the only files that may name adapters.
  composition: {
    files: /^cli\/(?:(?:broker-services|create-context|listener-services|store-opener)\.ts$|listener\/)/,
    may: [
      'attach',
      'broker',
      'wechat-api',
      'credentials',
      'listener',
      'listener/http',
      'delivery',
      'store',
      'migration',
      'receiver-kit',
      'profiles',
      'settings',
      'sandbox',
      'layout',
      'terminal',
      'runtime',
      'sentences',
    ],
  },
  help: {
    files: /^cli\/help\//,
    may: ['declaration', 'commands', 'layout', 'terminal', 'settings', 'protocol', 'runtime', 'sentences', 'cli'],
  },
  cli: {
    files: /^cli(?:\/|\.ts$)/,
    may: [
      'help',
      'composition',
      'declaration',
      'commands',
      'doctor',
      'receiver-kit',
      'layout',
      'terminal',
      'settings',
      'runtime',
      'sentences',
    ],
  },
};

/** Outside package → the files that may name it. */
const DOORS: Record<string, RegExp> = {
  commander: /^cli\/commander\//,
  'p-map': /^(?:commands\/(?:bulk|trigger\/trigger|accounts\/account-rows)|doctor\/account-checks)\.ts$/,
  ws: /^attach\/(?:attach-door|stay-connected)\.ts$/,
  undici: /^wechat-api\/http-client\.ts$/,
  '@redis/client': /^store\/redis-connection\.ts$/,
  conf: /^settings\/profiles\.ts$/,
  'ipaddr.js': /^runtime\/hosts\.ts$/,
  'fast-xml-parser': /^protocol\/events\.ts$/,
  'jsonc-parser': /^(?:menu\/grammar\/read-json|sandbox\/releases\/script\/read-release-script)\.ts$/,
  'mysql2/promise': /^migration\/wxcomponent-source\.ts$/,
  yaml: /^release\/plans\/placed-document\.ts$/,
  chalk: /^terminal\/terminal\.ts$/,
  'jq-wasm': /^terminal\/json-filter\.ts$/,
  '@inquirer/confirm': /^terminal\//,
  '@inquirer/input': /^terminal\//,
  '@inquirer/password': /^terminal\//,
  'qrcode-terminal': /^terminal\//,
  pngjs: /^terminal\//,
  'jpeg-js': /^terminal\/qr-in-picture\.ts$/,
  'qr/decode.js': /^terminal\/qr-in-picture\.ts$/,
  'fast-string-width': /^terminal\//,
};

/** What is pure computes; digests and ciphers are as much of Node as it needs. */
const PURE = ['sentences', 'protocol', 'settings', 'menu', 'release', 'mini-program'];
/** Even a type does not point up from here. */
const BOTTOM = ['sentences', 'protocol', 'menu', 'settings'];
const MOST_IN_A_FOLDER = 18;

/** What no file may say, but those that are named. */
const WORDS: [name: string, said: RegExp, but: RegExp][] = [
  ['process', /\bprocess(?:\.\w|\[|\?\.)|['"](?:node:)?process['"]/, /^$/],
  ['state of the module', /^(?:export )?(?:let|var)\b/m, /^$/],
  ['a stream', /\bstd(?:out|err)\.write\(|\bconsole\.\w/, /^(?:terminal\/.*|cli\.ts)$/],
  [
    'the streams past the terminal',
    /\.std(?:out|err)\b/,
    /^(?:terminal\/.*|cli\.ts|cli\/(?:create-context|run-program)\.ts|commands\/demo\.ts|receiver-kit\/checked-receiver\.ts)$/,
  ],
  ['JSON that is not spelled out', /\breveal\([^;]*\bJSON\.stringify/, /^$/],
  ['an escape sequence', /\\x1b|\\u001b|\\e\[|\\033/i, /^(?:terminal\/(?:picture|terminal)|sentences\/printable)\.ts$/],
  ['a write to the store', /\bstore(?:\(\))?\)?\.(?:write|remove)\(/, /^credentials\//],
  // Its risk decides whether a command asks on a production profile, not its code.
  ['the production question', /\bconfirmInProduction\b/, /^(?:cli\/run-command|commands\/confirm)\.ts$/],
  // The composition hands them in; the sandbox is an entry of its own.
  ['the clock', /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/, /^(?:cli\/create-context|sandbox\/sandbox)\.ts$/],
  // Stores name their writers and scatter their waits by it; nothing else depends on chance.
  ['chance', /\bMath\.random\b/, /^(?:cli\/create-context\.ts|store\/.*)$/],
  ['another spelling of an import', /\brequire\(|\bimport\((?!['"])/, /^$/],
];

interface Import {
  from: string;
  isType: boolean;
}

function importsOf(source: string): Import[] {
  const named = [...source.matchAll(/^(?:import|export)\s+(?:([\w*{][^'"=()]*?)\s+from\s+)?['"]([^'"]+)['"];/gm)];
  const lazy = [...source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)];
  return [
    ...named.map(([, clause = '', from = '']) => ({ from, isType: isTypeOnly(clause) })),
    ...lazy.map(([, from = '']) => ({ from, isType: false })),
  ];
}

function isTypeOnly(clause: string): boolean {
  const inBraces = /^\{([^}]*)\}$/
    .exec(clause.trim())?.[1]
    ?.split(',')
    .filter((name) => name.trim() !== '');
  return /^type\b/.test(clause.trim()) || (inBraces?.every((name) => /^\s*type\b/.test(name)) ?? false);
}

const withoutComments = (source: string): string => source.replace(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
const roomOf = (file: string): string => Object.entries(ARROWS).find(([, { files }]) => files.test(file))?.[0] ?? '';
const targetOf = (file: string, from: string): string =>
  normalize(join(file, '..', from))
    .split(sep)
    .join('/');

/** `menu` of commands/menu/get.ts, whatever folders it has; empty for what several nouns share. */
const nounOf = (file: string): string => /^commands\/([^/]+)\//.exec(file)?.[1] ?? '';

/** What is wrong with one file; nothing, when it keeps the table. */
function faultsOf(file: string, text: string): string[] {
  const source = withoutComments(text);
  const room = roomOf(file);
  const faults = importsOf(source).flatMap(({ from, isType }) => {
    if (from.startsWith('node:')) return PURE.includes(room) && from !== 'node:crypto' && !isType ? [from] : [];
    if (!from.startsWith('.')) return DOORS[from]?.test(file) ? [] : [from];
    const target = roomOf(targetOf(file, from));
    const isFree = isType && !BOTTOM.includes(room);
    const isAllowed = target !== '' && (isFree || target === room || ARROWS[room]?.may.includes(target));
    const isOtherNoun = nounOf(file) !== '' && ![nounOf(file), ''].includes(nounOf(targetOf(file, from)));
    return isAllowed && !isOtherNoun ? [] : [from];
  });
  const words = WORDS.filter(([, said, but]) => said.test(source) && !but.test(file)).map(([name]) => name);
  return [...(room === '' ? ['belongs to no room'] : []), ...faults, ...words].map((fault) => `${file}: ${fault}`);
}

const exportedNames = (source: string): string[] =>
  [...source.matchAll(/^export (?:declare )?(?:async )?(?:function\*?|const|interface|type|class) (\w+)/gm)].map(
    ([, name = '']) => name,
  );

/** `import-items.ts` exports `importItems`, or at least something with a word of its name; a command's file `command`. */
function exportsOwnName(file: string, source: string): boolean {
  const wordsOf = (name: string): string[] =>
    name
      .replace(/[A-Z]+(?![a-z])/g, (word) => ` ${word.toLowerCase()}`)
      .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
      .split(/[\s_-]+/)
      .filter((word) => word.length > 1);
  const own = wordsOf(/([^/]+)\.ts$/.exec(file)?.[1] ?? '');
  const isLike = (one: string, other: string): boolean => one.startsWith(other) || other.startsWith(one);
  const exported = exportedNames(source);
  return (
    file === 'cli.ts' ||
    exported.includes('command') ||
    exported.some((name) => wordsOf(name).some((word) => own.some((mine) => isLike(mine, word))))
  );
}

/** A way from a file back to itself along run-time imports, or undefined. */
function cycleIn(sources: Map<string, string>): string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const { from, isType } of importsOf(withoutComments(sources.get(file) ?? ''))) {
      const found = isType || !from.startsWith('.') ? undefined : walk(targetOf(file, from), [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of sources.keys()) {
    const found = walk(file, []);
    if (found) return found;
  }
  return undefined;
}

const SOURCE = join(import.meta.dirname, '../src');
const SOURCES = new Map(
  readdirSync(SOURCE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(SOURCE, path).split(sep).join('/'), readFileSync(path, 'utf8')]),
);

describe('the sources', () => {
  it.each([...SOURCES.keys()])('%s imports downwards, through the right doors', (file) => {
    expect(faultsOf(file, SOURCES.get(file) ?? '')).toEqual([]);
  });

  it('leave the root of src to cli.ts, and at most eighteen files to a folder', () => {
    const sizes = new Map<string, number>();
    for (const file of SOURCES.keys()) sizes.set(dirname(file), (sizes.get(dirname(file)) ?? 0) + 1);
    expect(sizes.get('.')).toBe(1);
    expect([...sizes].filter(([, size]) => size > MOST_IN_A_FOLDER)).toEqual([]);
  });

  it('export something of their own name', () => {
    expect([...SOURCES].filter(([file, source]) => !exportsOwnName(file, source)).map(([file]) => file)).toEqual([]);
  });

  it('give each exported name one meaning', () => {
    const homes = new Map<string, string[]>();
    for (const [file, source] of SOURCES) {
      for (const name of new Set(exportedNames(source))) homes.set(name, [...(homes.get(name) ?? []), file]);
    }
    // Each command and each topic of the help has one.
    for (const name of ['command', 'topic']) homes.delete(name);
    expect([...homes].filter(([, files]) => files.length > 1)).toEqual([]);
  });

  it('import nothing in a circle', () => {
    expect(SOURCES.size).toBeGreaterThan(40);
    expect(cycleIn(SOURCES)).toBeUndefined();
  });
});

describe('the table is held', () => {
  it.each([
    ['protocol/links.ts', "import { createStore } from '../store/file-store.ts';"],
    ['protocol/links.ts', "import type { Store } from '../store/store.ts';"],
    ['protocol/links.ts', "import { readFileSync } from 'node:fs';"],
    ['sentences/text.ts', "import { type Settings } from '../settings/resolve-settings.ts';"],
    ['credentials/keeper.ts', "import { request } from 'undici';"],
    ['credentials/keeper.ts', "import { createFileStore } from '../store/file-store.ts';"],
    ['credentials/keeper.ts', "import {\n  type Store,\n  openStore,\n} from '../store/store.ts';"],
    ['credentials/keeper.ts', "export { visit } from '../sandbox/server.ts';"],
    ['commands/token/get.ts', "const { createStore } = await import('../../store/file-store.ts');"],
    ['commands/token/get.ts', "import { createContext } from '../../cli/create-context.ts';"],
    ['commands/token/get.ts', "import '../../terminal/prompts.ts';"],
    ['commands/token/get.ts', "import { list } from '../accounts/list.ts';"],
    ['commands/token/get.ts', "import type { Filters } from '../accounts/list.ts';"],
    ['commands/token/get.ts', "import chalk from 'chalk';"],
    ['commands/token/get.ts', "import leftPad from 'left-pad';"],
    ['sandbox/server.ts', "import { startListener } from '../listener/start-listener.ts';"],
    ['listener/http/bind.ts', "import { createReceiver } from '../receive.ts';"],
    ['helpers.ts', 'export const help = 1;'],
    ['commands/token/get.ts', 'function stop() {\n  process.exit(1);\n}'],
    ['cli/context.ts', "import { argv } from 'node:process';"],
    ['credentials/keeper.ts', 'let flights = 0;'],
    ['commands/token/get.ts', 'const { write } = context.runtime.stdout;'],
    ['commands/token/get.ts', 'terminal.reveal(`${JSON.stringify({ token })}\\n`);'],
    ['commands/token/get.ts', "const red = '\\x1b[31m';"],
    ['cli/commander/root-command.ts', 'stdout.write(help);'],
    ['commands/token/get.ts', 'console.log(token);'],
    ['commands/token/get.ts', "await (await context.store()).write('ticket', ticket, 0);"],
    ['commands/accounts/remove.ts', "await store.remove('account/wx1');"],
    ['menu/menu-plan.ts', "import { readFile } from 'node:fs/promises';"],
    ['menu/menu-plan.ts', "import type { Keeper } from '../credentials/keeper.ts';"],
  ])('%s may not say %j', (file, source) => {
    expect(faultsOf(file, source)).toHaveLength(1);
  });

  it.each([
    ['commands/token/get.ts', "import type { Keeper } from '../../credentials/keeper.ts';"],
    ['commands/token/get.ts', "import { type Keeper, type Call } from '../../credentials/keeper.ts';"],
    ['cli/commander/root-command.ts', "import { Option, type Command } from 'commander';"],
    ['credentials/keeper.ts', "import type { Store } from '../store/store.ts';"],
    ['credentials/keeper.ts', "// import { request } from 'undici'; the process.env of another\nconst flights = 0;"],
    ['terminal/terminal.ts', 'stderr.write(line);'],
  ])('%s may say %j', (file, source) => {
    expect(faultsOf(file, source)).toEqual([]);
  });

  it('a circle is found, one of types only is none', () => {
    const circle = (clause: string): Map<string, string> =>
      new Map([
        ['store/a.ts', "import { b } from './b.ts';"],
        ['store/b.ts', "const c = await import('../c.ts');"],
        ['c.ts', `${clause} from './store/a.ts';`],
      ]);
    expect(cycleIn(circle('import { a }'))).toEqual(['store/a.ts', 'store/b.ts', 'c.ts', 'store/a.ts']);
    expect(cycleIn(circle('import type { A }'))).toBeUndefined();
  });
});
