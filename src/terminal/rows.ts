/** Rows, the same wherever a command lists some: a table for people, tabs for pipes, CSV for spreadsheets, JSON for programs. */
import { inOneLine } from '../sentences/printable.ts';
import { inLang, type Hole, type Lang, type Text } from '../sentences/text.ts';
import { cut, pad, widest, wrap } from './columns.ts';
import type { Paint, Terminal } from './terminal.ts';

export const FORMATS = ['table', 'json', 'csv', 'tsv'] as const;
export type Format = (typeof FORMATS)[number];

/** What a cell says by its colour. */
export type Tone = 'ok' | 'attention' | 'failure' | 'secondary';

export interface Column<Row> {
  title: Text;
  /** What a person reads; '-' or nothing where there is nothing to say. Without it, only pipes have the column. */
  seen?: (row: Row) => Hole;
  /** What a pipe gets, where it is not what a person reads; `false` where a pipe does not have the column. */
  piped?: ((row: Row) => Hole) | false;
  /** It tells rows apart: never cut, never dropped. */
  isKey?: true;
  /** Dropped where the terminal is too narrow, the lowest first. */
  spare?: number;
  /** What happens to a cell that is too long, and how narrow the column may become by it. */
  long?: { become: 'cut' | 'wrapped'; least: number };
  tone?: (row: Row) => Tone | undefined;
}

/** A column of CSV: a key of the row, or a name and how its value is found. */
export type Field<Row> = (keyof Row & string) | [name: string, value: (row: Row) => unknown];

export interface Rows<Row> {
  columns: readonly Column<Row>[];
  /** The columns of CSV, under the names that --json has. */
  csv: readonly Field<Row>[];
}

interface Printed<Row> extends Rows<Row> {
  rows: readonly Row[];
  format: Format | undefined;
  /** What --json prints, where it is more than the rows. */
  document?: unknown;
}

/** A named format looks the same in a pipe as on a terminal. */
export async function printRows<Row>(terminal: Terminal, printed: Printed<Row>): Promise<void> {
  const { columns, csv, rows, format, document = rows } = printed;
  const { lang, out } = terminal;
  if (terminal.json || format === 'json') return terminal.printJson(document);
  const shape = format ?? (out.isTTY ? 'table' : 'tsv');
  const lines =
    shape === 'csv'
      ? csvLines(csv, rows, lang)
      : shape === 'tsv'
        ? tabbedLines(columns, rows, lang)
        : tableLines(columns, rows, {
            lang,
            room: out.isTTY ? out.columns : Infinity,
            paint: await terminal.paint('out'),
          });
  // One by one: there may be more than a call can take arguments.
  for (const line of lines) terminal.print(line);
}

const cellIn = (lang: Lang) => (hole: Hole) => inOneLine(inLang(hole, lang));

function tabbedLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], lang: Lang): string[] {
  const values = columns.flatMap(({ seen, piped = seen }) => (piped ? [piped] : []));
  return rows.map((row) => values.map((value) => cellIn(lang)(value(row))).join('\t'));
}

/** Without it, a spreadsheet does not recognize UTF-8, and Chinese is garbled. */
const BYTE_ORDER_MARK = '\ufeff';
/** Where a formula begins; spreadsheets read the full-width signs alike, and some take blanks off first. */
const FORMULA = /^\s*[=+\-@＝＋－＠]/;

/** RFC 4180. The lines end with CR; the newline comes from printing them. */
export function csvLines<Row>(fields: readonly Field<Row>[], rows: readonly Row[], lang: Lang): string[] {
  const names = fields.map((field) => (typeof field === 'string' ? field : field[0]));
  const values = rows.map((row) =>
    fields.map((field) => plain(typeof field === 'string' ? row[field] : field[1](row), lang)),
  );
  return [names, ...values].map((cells, at) => `${at === 0 ? BYTE_ORDER_MARK : ''}${cells.map(quoted).join(',')}\r`);
}

/** A value of a JSON document in one cell: a list is divided by blanks, an error is its message. */
function plain(value: unknown, lang: Lang): string | number {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map((one) => plain(one, lang)).join(' ');
  if (typeof value !== 'object') return typeof value === 'string' ? value : JSON.stringify(value);
  if ('message' in value) return String(value.message);
  return 'zh' in value ? inLang(value as Text, lang) : JSON.stringify(value);
}

/** Merchants choose their own names: an apostrophe keeps a spreadsheet from running one as a formula. */
function quoted(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const line = inOneLine(value);
  const harmless = FORMULA.test(line) ? `'${line}` : line;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

const GAP = 2;
const isBlank = (cell: string): boolean => cell === '' || cell === '-';

/** A column with what is in it. */
interface Laid {
  title: string;
  cells: string[];
  tones: (Tone | undefined)[];
  /** Of the widest cell, and of the narrowest that it may become. */
  width: number;
  least: number;
  isKey: boolean;
  isWrapped: boolean;
  /** The lowest is dropped first. */
  spare: number;
}

interface Sheet {
  lang: Lang;
  room: number;
  paint: Paint;
}

function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], sheet: Sheet): string[] {
  if (rows.length === 0) return [];
  const all = columns.flatMap((column) => (column.seen ? [lay(column, column.seen, rows, sheet.lang)] : []));
  const kept = narrowed(all, sheet.room);
  return kept ? gridLines(kept, sheet) : stackedLines(all, sheet);
}

function lay<Row>(column: Column<Row>, seen: (row: Row) => Hole, rows: readonly Row[], lang: Lang): Laid {
  const { isKey = false, long, spare = Infinity, tone } = column;
  const [title, cells] = [inLang(column.title, lang), rows.map((row) => cellIn(lang)(seen(row)))];
  const width = widest([title, ...cells]);
  return {
    title,
    cells,
    tones: rows.map((row) => tone?.(row)),
    width,
    least: long ? Math.min(width, Math.max(long.least, widest([title]))) : width,
    isKey,
    isWrapped: long?.become === 'wrapped',
    // A spare column that says nothing goes before those that say something.
    spare: spare < Infinity && cells.every(isBlank) ? spare - 1e6 : spare,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const together = (widths: readonly number[]): number => sum(widths) + GAP * (widths.length - 1);

/** The columns that there is room for, as wide as there is; undefined where not even the needed ones fit. */
function narrowed(all: readonly Laid[], room: number): Laid[] | undefined {
  let kept = [...all];
  while (together(kept.map(({ least }) => least)) > room) {
    const next = kept.toSorted((a, b) => a.spare - b.spare)[0];
    if (!next || next.spare === Infinity) return undefined;
    kept = kept.filter((one) => one !== next);
  }
  const fitted = kept.map((one) => ({ ...one }));
  for (let over = together(fitted.map(({ width }) => width)) - room; over > 0; over--) {
    const broadest = fitted.filter(({ width, least }) => width > least).sort((a, b) => b.width - a.width)[0];
    if (broadest) broadest.width--;
  }
  return fitted;
}

function painted(paint: Paint, tone: Tone | undefined, cell: string): string {
  if (tone === undefined || cell === '') return cell;
  return { ok: paint.green, attention: paint.yellow, failure: paint.red, secondary: paint.dim }[tone](cell);
}

/** A header, and columns that begin where the header says. */
function gridLines(columns: readonly Laid[], { paint }: Sheet): string[] {
  const line = (pieces: readonly string[], tone: (column: Laid) => Tone | undefined): string => {
    const last = pieces.findLastIndex((piece) => piece !== '');
    return columns
      .slice(0, last + 1)
      .map((column, at) => {
        const piece = pieces[at] ?? '';
        const blanks = at === last ? '' : pad(piece, column.width + GAP).slice(piece.length);
        return painted(paint, tone(column), piece) + blanks;
      })
      .join('');
  };
  const titles = columns.map(({ title }) => title);
  return [
    line(titles, () => 'secondary'),
    ...(columns[0]?.cells ?? []).flatMap((_, row) => {
      const broken = columns.map(({ cells, width, isWrapped }) => {
        const cell = cells[row] ?? '';
        return isWrapped ? wrap(cell, width) : [cut(cell, width)];
      });
      const height = Math.max(1, ...broken.map(({ length }) => length));
      return Array.from({ length: height }, (_none, at) =>
        line(
          broken.map((pieces) => pieces[at] ?? ''),
          ({ tones }) => tones[row],
        ),
      );
    }),
  ];
}

const INDENT = '  ';

/** Where a terminal is too narrow for columns: what tells a row apart, and the rest of it below, one thing a line. */
function stackedLines(columns: readonly Laid[], { room, paint }: Sheet): string[] {
  const [keys, others] = [columns.filter(({ isKey }) => isKey), columns.filter(({ isKey }) => !isKey)];
  const names = widest(others.map(({ title }) => title));
  return (columns[0]?.cells ?? []).flatMap((_, row) => [
    ...keys.flatMap(({ cells }) => wrap(cells[row] ?? '', room)),
    ...others.flatMap(({ title, cells, tones }) => {
      const cell = cells[row] ?? '';
      if (isBlank(cell)) return [];
      const label = title === '' ? '' : pad(title, names + GAP);
      return wrap(cell, Math.max(2, room - INDENT.length - widest([label]))).map(
        (piece, at) =>
          INDENT + paint.dim(at === 0 ? label : ' '.repeat(widest([label]))) + painted(paint, tones[row], piece),
      );
    }),
  ]);
}
