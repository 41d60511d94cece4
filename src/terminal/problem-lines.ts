/** What is wrong with a file, as compilers show it: the place, the rule, the line, and a mark under it. */
import { inOneLine } from '../sentences/printable.ts';
import { inLang, text, type Lang, type Text } from '../sentences/text.ts';
import { cut, widest, wrap } from './columns.ts';
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

/** The most columns shown of a line, about half of them before the mistake. */
const SHOWN = 70;
const INDENT = '    ';
const SEVERITIES = { error: text('error', '错误'), warning: text('warning', '警告') };

export async function problemLines(
  { lang, terminal }: { lang: Lang; terminal: Pick<Terminal, 'paint' | 'out' | 'err'> },
  { path, bytes, problems }: CheckedFile,
  stream: 'out' | 'err',
): Promise<string[]> {
  if (problems.length === 0) return [];
  const paint = await terminal.paint(stream);
  const { isTTY, columns } = terminal[stream];
  const room = isTTY ? columns - INDENT.length : Infinity;
  const lines = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/);
  return problems.flatMap(({ line, column, rule, errcode, message, hint, severity }) => {
    const color = severity === 'error' ? paint.red : paint.yellow;
    const verdict = `${inLang(SEVERITIES[severity], lang)}${errcode === undefined ? '' : ` ${errcode}`}`;
    const { shown, before } = excerpt(lines[line - 1] ?? '', column - 1, Math.min(SHOWN, room));
    const place = `${path}:${line}:${column}:`;
    const about = `${verdict} ${rule}:`;
    const said = inLang(message, lang);
    const mark = `${' '.repeat(before)}${color('^')}`;
    const advice = hint === undefined ? '' : inLang(hint, lang);
    const inRoom = (text: string): string[] => wrap(text, room, { keepsWords: true });
    const isOneLine = widest([`${place} ${about} ${said}`]) <= room + INDENT.length;
    return [
      [paint.bold(place), color(verdict), `${rule}:`, ...(isOneLine ? [said] : [])].join(' '),
      ...[
        ...(isOneLine ? [] : inRoom(said)),
        shown,
        ...(widest([advice]) + before + 2 <= room
          ? [`${mark} ${paint.dim(advice)}`.trimEnd()]
          : [mark, ...inRoom(advice).map(paint.dim)]),
      ].map((below) => INDENT + below),
    ];
  });
}

/** What a line of that many columns has room for, and how many of them are before the mistake. */
function excerpt(source: string, at: number, width: number): { shown: string; before: number } {
  // The file's own blanks at the start of the line mean nothing here.
  const isWhole = source.length <= width && widest([source.trimStart()]) <= width;
  const before = inOneLine(source.slice(isWhole ? 0 : Math.max(0, at - SHOWN), at)).trimStart();
  const left = isWhole ? before : endOf(before, width / 2);
  const room = Math.max(1, width - widest([left]));
  return { shown: left + cut(source.slice(at, at + SHOWN), room), before: widest([left]) };
}

/** As many of the last characters as have room. */
function endOf(text: string, width: number): string {
  const characters = [...text];
  let [from, room] = [characters.length, width];
  while (from > 0) {
    room -= widest([characters[from - 1] ?? '']);
    if (room < 0) break;
    from--;
  }
  return characters.slice(from).join('');
}
