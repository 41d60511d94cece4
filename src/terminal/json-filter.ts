/** What `--json=fields` and `--jq` make of each JSON document on its way to stdout. */
import type { Jq } from 'jq-wasm';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

export interface JsonFilter {
  /** The lines for stdout; none where the document cannot be filtered. */
  apply: (document: string) => string;
  /** The first document that could not be filtered; the command itself has run. */
  readonly failure: WxopError | undefined;
}

export interface JsonFilterOptions {
  /** `appId`, `account.appId`: these only, in this order. */
  fields?: readonly string[];
  /** Applied to what the fields have left. */
  jq?: string;
  /** Hears of every document that cannot be filtered. */
  onFailure?: (sentence: Text) => void;
}

/** Throws USAGE for an expression that is no jq, and where the library for it is not installed. */
export async function createJsonFilter({ fields, jq, onFailure }: JsonFilterOptions): Promise<JsonFilter> {
  const wanted = fields && treeOf(fields);
  const run = jq === undefined ? undefined : createJq(await loadJq(), jq);
  let failure: WxopError | undefined;
  return {
    get failure() {
      return failure;
    },
    apply: (document) => {
      try {
        const picked = wanted ? JSON.stringify(pick(parse(document), wanted)) : document;
        return run ? run(picked) : `${picked}\n`;
      } catch (error) {
        if (!(error instanceof WxopError)) throw error;
        failure ??= error;
        onFailure?.(error.text);
        return '';
      }
    },
  };
}

/** Without branches all of a value is wanted. */
type Tree = Map<string, Tree>;

function treeOf(paths: readonly string[]): Tree {
  const tree: Tree = new Map();
  for (const path of paths) {
    let at = tree;
    for (const name of path.split('.')) {
      const below: Tree = at.get(name) ?? new Map<string, Tree>();
      at.set(name, below);
      at = below;
    }
  }
  // Of `account,account.appId` the wider one holds.
  for (const path of paths) {
    const names = path.split('.');
    names.reduce<Tree | undefined>((at, name) => at?.get(name), tree)?.clear();
  }
  return tree;
}

function pick(value: unknown, wanted: Tree): unknown {
  if (wanted.size === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => pick(one, wanted));
  const all = new Map(Object.entries(value));
  return Object.fromEntries(
    [...wanted].flatMap(([name, below]) => (all.has(name) ? [[name, pick(all.get(name), below)]] : [])),
  );
}

function parse(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch {
    throw notFiltered(NO_JSON);
  }
}

async function loadJq(): Promise<Jq> {
  const library = await import('jq-wasm').catch((error: unknown) => {
    throw /(?:MODULE_NOT_FOUND|UNKNOWN_BUILTIN_MODULE)$/.test(String((error as NodeJS.ErrnoException).code))
      ? jqIsMissing(error)
      : error;
  });
  return library.loadJq();
}

const COMPILE_ERROR = 3;

/** One output a line, strings as they are, as `jq -r` prints them. */
function createJq(jq: Jq, expression: string): (document: string) => string {
  // The sandbox of WebAssembly has no environment, no files and no network: an expression reads nothing but the document.
  const evaluate = (document: string) => {
    try {
      return jq.raw(document, expression, ['--compact-output', '--']);
    } catch {
      return { stdout: '', stderr: 'out of memory', exitCode: 1 };
    }
  };
  const tried = evaluate('');
  if (tried.exitCode === COMPILE_ERROR) throw noExpression(tried.stderr);
  return (document) => {
    const { stdout, stderr, exitCode } = evaluate(document);
    if (exitCode !== 0) throw notFiltered(text(reasonIn(stderr), reasonIn(stderr)));
    const outputs = stdout === '' ? [] : stdout.split('\n');
    return outputs.map((json) => `${json.startsWith('"') ? (JSON.parse(json) as string) : json}\n`).join('');
  };
}

/** The first line of what jq says, without its own name and place. */
const reasonIn = (stderr: string): string =>
  (stderr.split('\n')[0] ?? '').replace(/^jq: (?:parse )?error(?: \(at [^)]*\))?: /, '').replace(/[.:]?$/, '');

const NO_JSON = text('it is not JSON', '并非 JSON');

const notFiltered = (reason: Text): WxopError =>
  new WxopError(
    'FILTER_FAILED',
    text(en`The output could not be filtered: ${reason}.`, zh`无法筛选输出：${reason}。`),
    {
      hint: text(
        'The command itself was carried out; only its output was not printed. Try the expression on what --json prints.',
        '命令本身已执行，只是没有输出结果。请对照 --json 的输出修改表达式。',
      ),
    },
  );

const noExpression = (stderr: string): WxopError => {
  const reason = reasonIn(stderr);
  return new WxopError('USAGE', text(`--jq: ${reason}.`, `--jq 表达式有误：${reason}。`), {
    hint: text(
      'The language is that of jq 1.8: https://jqlang.org/manual/',
      '语法同 jq 1.8：https://jqlang.org/manual/',
    ),
  });
};

const jqIsMissing = (cause: unknown): WxopError =>
  new WxopError(
    'USAGE',
    text('--jq needs the package jq-wasm, which is not installed.', '--jq 需要 jq-wasm，尚未安装。'),
    {
      cause,
      hint: text(
        'It was left out with the optional dependencies. Install wxop with them, or pipe --json into jq.',
        '安装时略去了可选依赖：请连同可选依赖重新安装 wxop，或将 --json 的输出交给 jq。',
      ),
    },
  );
