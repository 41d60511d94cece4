import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { cut, inColumns, pad, widest, wrap } from '../../src/terminal/columns.ts';
import { text } from '../../src/sentences/text.ts';
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

describe('pad and widest', () => {
  it('measure ASCII, quotes, dots and common Chinese as a library that asks Unicode', () => {
    const ranges = [
      [0x20, 0x7e],
      [0x2010, 0x2030],
      [0x3000, 0x3020],
      [0x4e00, 0x9fff],
      [0xff00, 0xff60],
    ] as const;
    const characters = ranges.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, at) => String.fromCharCode(first + at)),
    );
    const shown = characters.map((character) => inOneLine(`a${character}b`));
    expect(shown.filter((each) => widest([each]) !== stringWidth(each))).toEqual([]);
  });

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

describe('inColumns', () => {
  const ROWS = [
    [text('appid', 'AppID'), 'wx0123456789abcdef'],
    [
      text('permission sets', '权限集'),
      [text('custom menus (15)', '自定义菜单 (15)'), text('users (2)', '用户管理 (2)')],
    ],
    [text('url', '网址'), 'https://wx.example.com/a/path/that/is/longer'],
  ] as const;

  it('begins every value at the same column, and goes on below it at words', () => {
    expect(inColumns(ROWS, { lang: 'en', isTTY: true, columns: 36 })).toEqual([
      'appid            wx0123456789abcdef',
      'permission sets  custom menus (15),',
      '                 users (2)',
      'url              https://wx.example.com/a/path/that/is/longer',
    ]);
    expect(inColumns(ROWS, { lang: 'zh', isTTY: true, columns: 28 })).toEqual([
      'AppID   wx0123456789abcdef',
      '权限集  自定义菜单 (15)、',
      '        用户管理 (2)',
      '网址    https://wx.example.com/a/path/that/is/longer',
    ]);
  });

  it('has one line each in a pipe', () => {
    expect(inColumns(ROWS, { lang: 'en', isTTY: false, columns: 36 })).toHaveLength(ROWS.length);
  });
});
