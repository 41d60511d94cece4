import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Room → what belongs to it, and the rooms that it may import from at run time. A file belongs to the first that fits. */
const ARROWS: Record<string, { files: RegExp; may: string[] }> = {
  ground: { files: /^(?:errors|json-object|lazy)\.ts$/, may: [] },
  protocol: { files: /^protocol\//, may: ['ground'] },
  settings: { files: /^(?:settings|setting-definitions)\.ts$/, may: ['ground'] },
  transport: { files: /^platform\/(?:transport|answer-document|network-failure)\.ts$/, may: ['protocol', 'ground'] },
  transfer: { files: /^transfer\//, may: ['ground'] },
  preview: { files: /^preview\//, may: ['protocol', 'ground'] },
  keeper: { files: /^platform\//, may: ['transfer', 'protocol', 'ground'] },
  receive: {
    files: /^listener\/(?:receive|pages|passive-reply|rejections|remembered|publish-check)\.ts$/,
    may: ['keeper', 'protocol', 'ground'],
  },
  listener: { files: /^listener\//, may: ['receive', 'keeper', 'protocol', 'ground'] },
  stores: { files: /^store\//, may: ['protocol', 'ground'] },
  journal: { files: /^journal\//, may: ['stores', 'protocol', 'ground'] },
  profiles: { files: /^profiles\.ts$/, may: ['ground'] },
  sandbox: { files: /^sandbox\//, may: ['protocol', 'ground'] },
  terminal: { files: /^terminal\//, may: ['protocol', 'ground'] },
  doctor: { files: /^doctor\//, may: ['settings', 'protocol', 'ground'] },
  context: {
    files: /^(?:context|handed-over|is-alive|listening|sleep|storage|world)\.ts$/,
    may: [
      'transport',
      'keeper',
      'listener',
      'stores',
      'journal',
      'profiles',
      'sandbox',
      'terminal',
      'settings',
      'ground',
    ],
  },
  commands: { files: /^commands\//, may: ['doctor', 'settings', 'transfer', 'preview', 'protocol', 'ground'] },
  cli: {
    files: /^(?:cli|program|command-table|root-command|usage-error|help-topics)\.ts$/,
    may: ['context', 'commands', 'terminal', 'settings', 'ground'],
  },
};

/** Outside package → the files that may name it. */
const DOORS: Record<string, RegExp> = {
  commander: /^(?:program|root-command|usage-error|command-table|commands\/.*)\.ts$/,
  'p-map': /^commands\/bulk\.ts$/,
  undici: /^platform\/transport\.ts$/,
  redis: /^store\/redis-connection\.ts$/,
  conf: /^profiles\.ts$/,
  'fast-xml-parser': /^protocol\/events\.ts$/,
  'jsonc-parser': /^protocol\/menu-json\.ts$/,
  chalk: /^terminal\//,
  '@inquirer/confirm': /^terminal\//,
  '@inquirer/input': /^terminal\//,
  '@inquirer/password': /^terminal\//,
  '@inquirer/select': /^terminal\//,
  'qrcode-terminal': /^terminal\//,
  pngjs: /^terminal\//,
  'string-width': /^terminal\//,
};

/** What is pure computes; digests and ciphers are as much of Node as it needs. */
const PURE = ['ground', 'protocol', 'settings', 'transfer', 'preview'];

/** What no file may say, but those that are named. */
const WORDS: [name: string, said: RegExp, but: RegExp][] = [
  ['process', /\bprocess(?:\.\w|\[|\?\.)|['"](?:node:)?process['"]/, /^$/],
  ['state of the module', /^(?:export )?(?:let|var)\b/m, /^$/],
  ['a stream', /\bstd(?:out|err)\.write\(|\bconsole\.\w/, /^(?:terminal\/.*|cli\.ts|program\.ts|root-command\.ts)$/],
  ['a write to the store', /\bstore(?:\(\))?\)?\.(?:write|remove)\(/, /^platform\//],
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

/** What is wrong with one file; nothing, when it keeps the table. */
function faultsOf(file: string, text: string): string[] {
  const source = withoutComments(text);
  const room = roomOf(file);
  const faults = importsOf(source).flatMap(({ from, isType }) => {
    if (from.startsWith('node:')) return PURE.includes(room) && from !== 'node:crypto' && !isType ? [from] : [];
    if (!from.startsWith('.')) return DOORS[from]?.test(file) ? [] : [from];
    const target = roomOf(targetOf(file, from));
    const isFree = isType && !['ground', 'protocol'].includes(room);
    const isAllowed = target !== '' && (isFree || target === room || ARROWS[room]?.may.includes(target));
    return isAllowed ? [] : [from];
  });
  const words = WORDS.filter(([, said, but]) => said.test(source) && !but.test(file)).map(([name]) => name);
  return [...(room === '' ? ['belongs to no room'] : []), ...faults, ...words].map((fault) => `${file}: ${fault}`);
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
    ['errors.ts', "import { type Lang } from './settings.ts';"],
    ['platform/keeper.ts', "import { request } from 'undici';"],
    ['platform/keeper.ts', "import { createTransport } from './transport.ts';"],
    ['platform/keeper.ts', "import {\n  type Send,\n  CALL_DEADLINE,\n} from './transport.ts';"],
    ['platform/keeper.ts', "export { visit } from './transport.ts';"],
    ['commands/token.ts', "const { createKeeper } = await import('../platform/keeper.ts');"],
    ['commands/token.ts', "import { createContext } from '../context.ts';"],
    ['commands/token.ts', "import '../terminal/qr.ts';"],
    ['commands/token.ts', "import chalk from 'chalk';"],
    ['commands/token.ts', "import leftPad from 'left-pad';"],
    ['sandbox/server.ts', "import { startListener } from '../listener/server.ts';"],
    ['listener/receive.ts', "import { startListener } from './server.ts';"],
    ['helpers.ts', 'export const help = 1;'],
    ['commands/token.ts', 'function stop() {\n  process.exit(1);\n}'],
    ['context.ts', "import { argv } from 'node:process';"],
    ['platform/keeper.ts', 'let flights = 0;'],
    ['commands/token.ts', 'context.world.stdout.write(token);'],
    ['commands/token.ts', 'console.log(token);'],
    ['commands/token.ts', "await (await context.store()).write('ticket', ticket, 0);"],
    ['commands/accounts.ts', "await store.remove('account/wx1');"],
    ['transfer/verdict.ts', "import { readFile } from 'node:fs/promises';"],
    ['transfer/verdict.ts', "import { createKeeper } from '../platform/keeper.ts';"],
  ])('%s may not say %j', (file, source) => {
    expect(faultsOf(file, source)).toHaveLength(1);
  });

  it.each([
    ['commands/token.ts', "import type { Keeper } from '../platform/keeper.ts';"],
    ['commands/token.ts', "import { type Keeper, type Call } from '../platform/keeper.ts';"],
    ['commands/token.ts', "import { Option, type Command } from 'commander';"],
    ['platform/keeper.ts', "import type { Send } from './transport.ts';"],
    ['platform/keeper.ts', "// import { request } from 'undici'; the process.env of another\nconst flights = 0;"],
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
