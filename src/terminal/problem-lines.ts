/** What is wrong with a file, as compilers show it: the place, the rule, the line, and a mark under it. */
import { inOneLine } from '../sentences/printable.ts';
import { inLang, text, type Lang, type Text } from '../sentences/text.ts';
import { widest } from './columns.ts';
import type { Terminal } from './terminal.ts';

export interface FileProblem {
  /** `tabBar.list[0].pagePath`; empty for the whole document. */
  path: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 units. */
  column: number;
  rule: string;
  errcode?: number;
  message: Text;
  hint?: Text;
  severity: 'error' | 'warning';
}

export interface CheckedFile {
  path: string;
  bytes: Buffer;
  problems: FileProblem[];
}

/** The most characters shown of a line, about half of them before the mistake. */
const SHOWN = 70;
const SEVERITIES = { error: text('error', '错误'), warning: text('warning', '警告') };

export async function problemLines(
  { lang, terminal }: { lang: Lang; terminal: Pick<Terminal, 'paint'> },
  { path, bytes, problems }: CheckedFile,
  stream: 'out' | 'err',
): Promise<string[]> {
  if (problems.length === 0) return [];
  const paint = await terminal.paint(stream);
  const lines = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/);
  return problems.flatMap(({ line, column, rule, errcode, message, hint, severity }) => {
    const color = severity === 'error' ? paint.red : paint.yellow;
    const verdict = `${inLang(SEVERITIES[severity], lang)}${errcode === undefined ? '' : ` ${errcode}`}`;
    const source = lines[line - 1] ?? '';
    const start = source.length > SHOWN ? Math.max(0, column - 1 - SHOWN / 2) : 0;
    const before = inOneLine(source.slice(start, column - 1));
    const after = inOneLine(source.slice(column - 1, start + SHOWN));
    // The file's own blanks at the start of the line mean nothing here.
    const shown = before.trimStart();
    return [
      `${paint.bold(`${path}:${line}:${column}:`)} ${color(verdict)} ${rule}: ${inLang(message, lang)}`,
      `    ${shown}${after}`,
      `    ${' '.repeat(widest([shown]))}${color('^')}${hint ? ` ${paint.dim(inLang(hint, lang))}` : ''}`,
    ];
  });
}
