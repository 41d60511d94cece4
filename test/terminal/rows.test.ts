import stringWidth from 'string-width';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/sentences/redactor.ts';
import { text, type Lang } from '../../src/sentences/text.ts';
import { printRows, type Format, type Rows } from '../../src/terminal/rows.ts';
import { createTerminal } from '../../src/terminal/terminal.ts';

interface Shop {
  appId: string;
  name: string;
  state: string;
  count: number;
}

const SHOPS: Shop[] = [
  { appId: 'wx0123456789abcdef', name: '茶', state: 'authorized', count: 3 },
  { appId: 'wx1', name: '微信第三方平台服务商有限公司', state: '已取消 2026-01-31', count: 0 },
  { appId: 'wx2', name: '-', state: 'WeChat refused this account for a reason that needs a long sentence', count: -1 },
];

const ROWS: Rows<Shop> = {
  columns: [
    { title: text('appid', 'AppID'), seen: ({ appId }) => appId, isKey: true },
    { title: text('name', '名称'), seen: ({ name }) => name, long: { become: 'cut', least: 8 } },
    { title: text('count', '数量'), seen: ({ count }) => count, piped: ({ count }) => `${count} pieces`, spare: 1 },
    { title: text('age', '多久前'), seen: () => '2 h ago', piped: false, spare: 2 },
    {
      title: text('state', '状态'),
      seen: ({ state }) => state,
      long: { become: 'wrapped', least: 12 },
      tone: () => 'attention',
    },
  ],
  csv: ['appId', 'count', ['label', ({ name, count }) => [name, count]]],
};

interface World {
  isTTY?: boolean;
  columns?: number;
  lang?: Lang;
  format?: Format;
  json?: boolean;
  color?: boolean;
  rows?: Shop[];
}

async function printed(world: World = {}): Promise<string> {
  const { isTTY = true, columns = 80, lang = 'en', format, json = false, color = false, rows = SHOPS } = world;
  let shown = '';
  const stream = { isTTY, columns, write: (chunk: string | Uint8Array) => void (shown += String(chunk)) };
  const terminal = createTerminal({
    stdout: stream,
    stderr: stream,
    isStdinTty: () => true,
    environment: {},
    lang,
    json,
    quiet: false,
    verbose: false,
    color,
    redactor: createRedactor(),
  });
  await printRows(terminal, { ...ROWS, rows, format });
  return shown;
}

const linesOf = (shown: string): string[] => shown.split('\n').slice(0, -1);
/** The column at which a piece of a line begins. */
const columnOf = (line: string, piece: string): number => stringWidth(line.slice(0, line.indexOf(piece)));

describe('rows on a terminal', () => {
  it('have a header, and columns that begin where the header says', async () => {
    const [header = '', ...lines] = linesOf(await printed({ columns: 200 }));
    expect(header.split(/ {2,}/)).toEqual(['appid', 'name', 'count', 'age', 'state']);
    SHOPS.forEach(({ appId, name, state }, row) => {
      expect(columnOf(lines[row] ?? '', appId)).toBe(0);
      expect(columnOf(lines[row] ?? '', name)).toBe(columnOf(header, 'name'));
      expect(columnOf(lines[row] ?? '', state)).toBe(columnOf(header, 'state'));
    });
  });

  it.each([20, 30, 40, 60, 80, 120, 200])('fit %i columns in both languages, and no appid is cut', async (columns) => {
    for (const lang of ['en', 'zh'] as const) {
      const shown = await printed({ columns, lang, color: true });
      for (const line of linesOf(shown)) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
      for (const { appId } of SHOPS) expect(shown).toContain(appId);
    }
  });

  it('lose the spare columns first, then cut names, and wrap what must be read whole', async () => {
    expect(linesOf(await printed({ columns: 55 }))).toEqual([
      'appid               name          age      state',
      'wx0123456789abcdef  茶            2 h ago  authorized',
      'wx1                 微信第三方…   2 h ago  已取消',
      '                                           2026-01-31',
      'wx2                 -             2 h ago  WeChat',
      '                                           refused this',
      '                                           account for',
      '                                           a reason',
      '                                           that needs a',
      '                                           long',
      '                                           sentence',
    ]);
  });

  it('stand below each other where not even two columns fit', async () => {
    expect(linesOf(await printed({ columns: 30, lang: 'zh' })).slice(0, 8)).toEqual([
      'wx0123456789abcdef',
      '  名称    茶',
      '  数量    3',
      '  多久前  2 h ago',
      '  状态    authorized',
      'wx1',
      '  名称    微信第三方平台服务商',
      '          有限公司',
    ]);
  });

  it('are painted by what a cell says, and aligned all the same', async () => {
    const [plain, painted] = [await printed(), await printed({ color: true })];
    expect(stripVTControlCharacters(painted)).toBe(plain);
    expect(painted).toContain('\x1b[33mauthorized\x1b[39m');
  });

  it('have no blanks at line ends, and no header without rows', async () => {
    for (const line of linesOf(await printed())) expect(line).toBe(line.trimEnd());
    expect(await printed({ rows: [] })).toBe('');
  });
});

describe('rows in a pipe', () => {
  it('are divided by tabs, without header, with nothing cut', async () => {
    const [first, second] = linesOf(await printed({ isTTY: false, columns: 20 }));
    expect(first).toBe('wx0123456789abcdef\t茶\t3 pieces\tauthorized');
    expect(second).toBe('wx1\t微信第三方平台服务商有限公司\t0 pieces\t已取消 2026-01-31');
    expect(await printed({ isTTY: false, rows: [] })).toBe('');
  });

  it('are one line each with as many tabs, whatever a cell holds', async () => {
    const rows = [{ appId: 'wx1', name: 'tab\there', state: '', count: 0 }];
    expect(await printed({ isTTY: false, rows })).toBe('wx1\ttab here\t0 pieces\t\n');
    const broken = [{ appId: 'wx1', name: 'line\nbreak\u2028x', state: '', count: 0 }];
    expect(linesOf(await printed({ isTTY: false, rows: broken }))).toHaveLength(1);
  });
});

describe('a format that is named', () => {
  it.each(['csv', 'tsv', 'json'] as const)('looks the same on a terminal as in a pipe: %s', async (format) => {
    expect(await printed({ format, columns: 20 })).toBe(await printed({ format, isTTY: false }));
  });

  it('as a table has its header, and every column, in a pipe', async () => {
    const lines = linesOf(await printed({ format: 'table', isTTY: false, columns: 20 }));
    expect(lines[0]).toMatch(/^appid +name +count +age +state$/);
    expect(lines).toHaveLength(1 + SHOPS.length);
  });

  it('as CSV has a header, and quotes what needs it', async () => {
    const rows = [{ appId: 'a,"b"', name: '=1', state: '', count: -2 }];
    expect(await printed({ format: 'csv', rows })).toBe(`\ufeffappId,count,label\r\n"a,""b""",-2,'=1 -2\r\n`);
  });

  it('as JSON is what --json prints', async () => {
    expect(await printed({ format: 'json' })).toBe(await printed({ json: true }));
    expect(JSON.parse(await printed({ json: true }))).toEqual(SHOPS);
  });
});
