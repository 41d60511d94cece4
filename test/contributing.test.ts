import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const pagesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
const MANUALS = ['CONTRIBUTING.md', ...pagesIn('contributing')];

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const withoutSamples = (manual: string): string => manual.replaceAll(/^ *```[^]*?^ *```/gm, '');

/** What stands between backticks, in order. */
const quoted = (part: string): string[] => [...part.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

/** A file or folder of this repository; `src/commands/<noun>/<verb>.ts` and `src/doctor/…-checks.ts` name none. */
const isPath = (code: string): boolean => /^(?:src|test|torture|bench|docs|bin|service)\/[\w./-]*$/.test(code);

/** `createKeeper()` belongs to the nearest path before it in its paragraph, row or item. */
function functionsIn(manual: string): [path: string, name: string][] {
  const found: [string, string][] = [];
  for (const part of withoutSamples(manual).split(/\n\n|\n(?=\s*(?:\||-|\d+\.) )/)) {
    let path = '';
    for (const code of quoted(part)) {
      if (isPath(code)) path = code;
      const [, name] = /^(\w+)\(\)$/.exec(code) ?? [];
      if (name) found.push([path, name]);
    }
  }
  return found;
}

const declares = (source: string, name: string): boolean =>
  new RegExp(`(?:function\\*?|const) ${name}\\b|^\\s+(?:async )?${name}(?::|,$|\\()`, 'm').test(source);

describe.each(MANUALS)('%s', (manual) => {
  const text = textOf(manual);

  it('names only files and folders that exist', () => {
    const paths = quoted(withoutSamples(text)).filter(isPath);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('names only functions that are in the file beside them', () => {
    const missing = functionsIn(text).filter(([path, name]) => path === '' || !declares(textOf(path), name));
    expect(missing).toEqual([]);
  });
});

it.each([...MANUALS, 'README.md', ...pagesIn('docs')])('%s links only to what exists', (manual) => {
  const links = [...textOf(manual).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
  const dead = links.filter((link) => !/^https?:/.test(link) && !existsSync(join(ROOT, dirname(manual), link)));
  expect(dead).toEqual([]);
});

describe('contributing/layout.md', () => {
  it('has a line for every room', () => {
    const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const rows = textOf('contributing/layout.md').match(/^\| `src\/[\w-]+\/` /gm) ?? [];
    expect(rows.map((row) => row.slice(7, -3)).toSorted()).toEqual(rooms.map(({ name }) => name).toSorted());
  });
});

describe('docs/security.md', () => {
  /** `src/commands/token/get.ts` → `token get`; `serve/key-add.ts` → `serve key add`; `src/cli/completion.ts` → `completion`. */
  const commandOf = (path: string): string =>
    path
      .replace(
        /^src\/(?:commands|cli)\/(?:([\w-]+)\/)?([\w-]+)\.ts$/,
        (_, noun = '', verb: string) => `${noun} ${verb}`,
      )
      .replace(/^([\w-]+) \1$/, '$1')
      // A verb of two words.
      .replace(/^(serve key)-/, '$1 ')
      .trim();
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path: `src/${path.replaceAll('\\', '/')}`, source: textOf(`src/${path}`) }));
  const isCommand = (source: string): boolean => /^export const command\b/m.test(source);
  /** The commands that a file is of: itself, or those that import it. */
  const commandsWith = ({ path, source }: (typeof sources)[number]): string[] => {
    if (isCommand(source) || path.startsWith('src/cli/')) return [commandOf(path)];
    const users = sources.filter(
      (other) => other.source.includes(`/${basename(path)}'`) && dirname(other.path) === dirname(path),
    );
    return users.flatMap(commandsWith);
  };

  const PRINTS_HELP = /^src\/(?:terminal\/terminal|cli\/run-program)\.ts$/;

  it('lists exactly the commands that print unmasked', () => {
    const printing = sources.filter(
      ({ path, source }) => /\.reveal(?:Json)?\(/.test(source) && !PRINTS_HELP.test(path),
    );
    const [, section = ''] = textOf('docs/security.md').split('## Secrets in output');
    const rows = [...section.matchAll(/^\| (`wxop .*?) +\|/gm)].flatMap(([, cell = '']) => quoted(cell));
    const listed = rows.map((code) => code.replace(/^wxop /, '').replace(/ --.*/, ''));
    expect(new Set(listed)).toEqual(new Set(printing.flatMap(commandsWith)));
  });
});

describe('contributing/promises.md', () => {
  it('quotes only tests that exist', () => {
    const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => textOf(`test/${path}`).replaceAll("\\'", "'"))
      .join('\n');
    const titles = [...textOf('contributing/promises.md').matchAll(/^\|[^|]+\| ([^|]+?) +\|$/gm)].map(
      ([, title = '']) => title,
    );
    const known = /^(?:failing test|-+|the same)$/;
    expect(titles.length).toBeGreaterThan(20);
    const isTest = (title: string): boolean => title.split(' › ').every((part) => tests.includes(part));
    expect(titles.filter((title) => !known.test(title) && !isTest(title))).toEqual([]);
  });
});
