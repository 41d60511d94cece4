/** What is wrong with a menu file, as compilers show it: the place, the rule, the line, and a mark under it. */
import { inOneLine } from '../../sentences/printable.ts';
import { widest } from '../../terminal/columns.ts';
import type { Context } from '../../cli/context.ts';
import { inLang, text } from '../../sentences/text.ts';
import type { MenuProblem } from '../../menu/grammar/validate-menu.ts';

export interface Checked {
  path: string;
  bytes: Buffer;
  problems: MenuProblem[];
}

/** The most characters shown of a line, about half of them before the mistake. */
const SHOWN = 70;
const SEVERITIES = { error: text('error', '错误'), warning: text('warning', '警告') };

export async function problemLines(
  context: Context,
  { path, bytes, problems }: Checked,
  stream: 'out' | 'err',
): Promise<string[]> {
  if (problems.length === 0) return [];
  const { lang, terminal } = context;
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
