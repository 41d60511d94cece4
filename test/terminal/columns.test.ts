import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { cut, pad, table, widest, wrap } from '../../src/terminal/columns.ts';
import { inOneLine, printable } from '../../src/sentences/printable.ts';

const CELLS = [
  '',
  'a',
  'plain text',
  '微信',
  '微信第三方平台服务商',
  'a微b信c',
  '茶颜悦色 Tea ☕ 店',
  '👨‍👩‍👧‍👦 家庭号',
  'e\u0301te\u0301',
  '。，、！',
  'ＡＢＣ',
];
const WIDTHS = [1, 2, 3, 4, 5, 7, 10, 19, 20, 40];
const TERMINAL = { isTTY: true, columns: 40 };
const PIPE = { isTTY: false, columns: 40 };
const HEADER = ['AppID', '名称', '状态'];
const ROWS = [
  ['wx0123456789abcdef', '茶', 'authorized'],
  ['wx1', '微信第三方平台服务商有限公司', '已取消 2026-01-31'],
];

/** The column at which a piece of a line begins. */
const columnOf = (line: string, piece: string): number => stringWidth(line.slice(0, line.indexOf(piece)));

describe('pad and widest', () => {
  it('count Chinese as two columns', () => {
    expect(pad('微信', 6)).toBe('微信  ');
    expect(pad('wx', 6)).toBe('wx    ');
    expect(pad('ＡＢ', 5)).toBe('ＡＢ ');
    expect(widest(['abc', '微信', ''])).toBe(4);
    expect(widest([])).toBe(0);
  });

  it('leave what is already wider as it is', () => {
    expect(pad('微信帐号', 6)).toBe('微信帐号');
  });

  it.each(CELLS)('fill %j to exactly the width', (cell) => {
    expect(stringWidth(pad(cell, 40))).toBe(40);
  });
});

describe('cut', () => {
  it.each(CELLS)('never exceeds the width: %j', (cell) => {
    for (const width of WIDTHS) expect(stringWidth(cut(cell, width))).toBeLessThanOrEqual(width);
  });

  it.each(CELLS)('keeps what fits, and marks what does not: %j', (cell) => {
    for (const width of WIDTHS) {
      const shown = cut(cell, width);
      if (stringWidth(cell) <= width) expect(shown).toBe(cell);
      else expect(cell.startsWith(shown.replace(/…$/, '')) && shown.endsWith('…')).toBe(true);
    }
  });

  it('cuts between characters, not through them', () => {
    expect(cut('微信帐号', 6)).toBe('微信…');
    expect(cut('微信帐号', 7)).toBe('微信帐…');
    expect(cut('a👨‍👩‍👧‍👦b👨‍👩‍👧‍👦', 4)).toBe('a👨‍👩‍👧‍👦…');
  });
});

describe('a table on a terminal', () => {
  it('has a header, and columns that begin where the header says', () => {
    const [header = '', ...lines] = table(HEADER, ROWS, { isTTY: true, columns: 120 });
    expect(header.split(/ +/)).toEqual(HEADER);
    expect(lines).toHaveLength(ROWS.length);
    lines.forEach((line, row) =>
      HEADER.forEach((title, column) =>
        expect(columnOf(line, ROWS[row]?.[column] ?? '?'), line).toBe(columnOf(header, title)),
      ),
    );
  });

  it.each([20, 30, 40, 60])('fits %i columns', (columns) => {
    const lines = table(HEADER, ROWS, { isTTY: true, columns });
    expect(widest(lines)).toBeLessThanOrEqual(columns);
    expect(lines.at(-1)).toMatch(/…$/);
  });

  it('has no blanks at line ends, and nothing without rows', () => {
    for (const line of table(HEADER, [...ROWS, ['wx2', '', '']], TERMINAL)) expect(line).toBe(line.trimEnd());
    expect(table(HEADER, [], TERMINAL)).toEqual([]);
  });
});

describe('a table in a pipe', () => {
  it('is tab-separated, without header, with nothing cut', () => {
    expect(table(HEADER, ROWS, PIPE)).toEqual(ROWS.map((row) => row.join('\t')));
    expect(table(HEADER, [], PIPE)).toEqual([]);
  });

  it('has as many tabs in every line, whatever a cell holds', () => {
    expect(table(HEADER, [['wx1', 'tab\there', '']], PIPE)).toEqual(['wx1\ttab here\t']);
  });

  it('has one line a row, whatever a cell holds', () => {
    expect(
      table(HEADER, [['wx1', 'line\nbreak', 'x']], PIPE)
        .join('\n')
        .split('\n'),
    ).toHaveLength(1);
  });
});

describe('printable', () => {
  it('removes what could move the cursor, colour, or turn the text around', () => {
    expect(printable('\x1b[31m红\x1b[0m')).toBe('[31m红[0m');
    expect(printable('a\u009b31mb')).toBe('a31mb');
    expect(printable('a\rb\nc\td\x07e\x7ff\0')).toBe('ab\nc\tdef');
    expect(inOneLine('a\rb\r\nc\td\x07e\x7ff\0\u2028g')).toBe('a b c def g');
    expect(printable('\u202eabc\u202c \u2066x\u2069 \u200ey\u200f')).toBe('abc x y');
  });

  it.each(['茶颜悦色', 'Café №1 — “Tea”', '👨‍👩‍👧‍👦 家庭号'])('leaves %s alone', (name) => {
    expect(printable(name)).toBe(name);
  });
});

describe('wrap', () => {
  it.each([
    ['one two three', 8, ['one two', 'three']],
    ['one', 8, ['one']],
    ['', 8, []],
    ['Run `wxop token refresh` now.', 24, ['Run `wxop token refresh`', 'now.']],
    ['微信须能从外网访问', 8, ['微信须能', '从外网访', '问']],
    ['请检查，再试。', 8, ['请检查，', '再试。']],
    ['/a/path/without/any/blank', 10, ['/a/path/wi', 'thout/any/', 'blank']],
    ['componentAppId、messageToken、port', 16, ['componentAppId、', 'messageToken、', 'port']],
  ])('%j in %i columns', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });

  it('loses nothing but blanks', () => {
    const text = 'HTTP 301 → https://example.com/a/very/long/path?with=query，请看 `wxop doctor --help`（文档）。';
    for (const width of [5, 10, 20, 40]) {
      const lines = wrap(text, width);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      for (const line of lines) expect(widest([line])).toBeLessThanOrEqual(width);
    }
  });
});
