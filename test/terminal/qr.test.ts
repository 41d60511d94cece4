import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { launchUrl, mobileLink, redirectUrl } from '../../src/protocol/links.ts';
import { qrPng, qrSvg } from '../../src/terminal/qr-file.ts';
import { createRedactor } from '../../src/sentences/redactor.ts';
import { drawQr, qrModules, qrSize, type Modules } from '../../src/terminal/qr.ts';
import { createTerminal } from '../../src/terminal/terminal.ts';
import { BLACK, decode, inWindow, PALETTES, quietZone, render, WHITE, type Picture } from '../support/screen.ts';

// Both sides of several capacity limits of level L (17, 53, 78, 154, 271, 321, 367 bytes).
const LENGTHS = [1, 17, 18, 53, 54, 78, 79, 120, 154, 155, 230, 271, 300, 321, 368, 400];

const linkOfLength = (length: number): string =>
  'https://wx.example.com/authorize/0123456789abcdef0123?next=%2Fa-b_c.d~e&x='.padEnd(length, 'Zq7').slice(0, length);

const MOBILE = mobileLink('https://open.weixin.qq.com', {
  componentAppId: 'wx0123456789abcdef',
  preAuthCode: `preauthcode@@@${'aB3-_'.repeat(13)}`,
  redirectUrl: redirectUrl('https://wx.example.com', '0123456789abcdef0123'),
  authType: 'all',
});
const LAUNCH = launchUrl('https://wx.example.com', '0123456789abcdef0123');
const LINKS = [...LENGTHS.map(linkOfLength), LAUNCH, MOBILE];

let onScreen = '';
const stream = { isTTY: true, write: (chunk: string | Uint8Array) => void (onScreen += String(chunk)) };
const terminal = createTerminal({
  stdout: stream,
  stderr: stream,
  isStdinTty: () => true,
  environment: {},
  lang: 'en',
  json: false,
  quiet: false,
  verbose: false,
  color: true,
  redactor: createRedactor(),
});
const { blackOnWhite } = await terminal.paint('err');

/** The lines that reach the screen. */
function drawPainted(modules: Modules): string[] {
  onScreen = '';
  terminal.note(...drawQr(modules, { painted: true }).map(blackOnWhite));
  return onScreen.split('\n').slice(0, -1);
}

describe.each(Object.entries(PALETTES))('on a %s terminal', (_name, palette) => {
  it.each(LINKS.map((link) => [link.length, link]))(
    'a painted link of %i characters decodes',
    async (_length, link) => {
      const drawn = render(drawPainted(qrModules(link)), palette);
      expect(await decode(inWindow(drawn, palette))).toEqual([link]);
    },
  );

  it('the painted drawing is black on white, whatever the theme', () => {
    const drawn = render(drawPainted(qrModules(LAUNCH)), palette);
    expect(new Set(drawn.flat().map(String))).toEqual(new Set([String(BLACK), String(WHITE)]));
  });
});

describe('the painted drawing', () => {
  it.each(LINKS.map((link) => [link.length, link]))('has 4 light modules around %i characters', (_length, link) => {
    const { top, right, bottom, left } = quietZone(render(drawPainted(qrModules(link)), PALETTES.solarized));
    expect({ top, right, left }).toEqual({ top: 4, right: 4, left: 4 });
    // A character is two modules high, so the last line may add a fifth.
    expect([4, 5]).toContain(bottom);
  });

  it('starts every line with its own colour and ends it with a reset', () => {
    for (const line of drawPainted(qrModules(MOBILE))) {
      expect(line).toMatch(/^\x1b\[38;5;(?:16|231);48;5;(?:16|231)m[▀▄█ ]/); // eslint-disable-line no-control-regex
      expect(line.endsWith('\x1b[0m')).toBe(true);
      expect(line.split('\x1b[0m')).toHaveLength(2);
    }
  });
});

describe('the unpainted drawing', () => {
  it('has no escape sequence', () => {
    expect(drawQr(qrModules(MOBILE), { painted: false }).join('\n')).toMatch(/^[▀▄█ \n]+$/);
  });

  it.each(LINKS.map((link) => [link.length, link]))('of %i characters decodes on a dark terminal', async (_n, link) => {
    const drawn = render(drawQr(qrModules(link), { painted: false }), PALETTES.dark);
    expect(await decode(inWindow(drawn, PALETTES.dark))).toEqual([link]);
  });

  it('does not decode on a light terminal: why it comes with a hint', async () => {
    const drawn = render(drawQr(qrModules(LAUNCH), { painted: false }), PALETTES.light);
    expect(await decode(inWindow(drawn, PALETTES.light))).toEqual([]);
  });

  it('shows the same modules as the painted one', () => {
    const isLight = (picture: Picture): boolean[][] => picture.map((row) => row.map(([red]) => red > 0x80));
    const modules = qrModules(MOBILE);
    const [painted, unpainted] = [drawPainted(modules), drawQr(modules, { painted: false })].map((lines) =>
      isLight(render(lines, PALETTES.dark)),
    );
    expect(unpainted).toEqual(painted);
  });
});

it.each(LENGTHS)('the size is the size of what is drawn, %i characters', (length) => {
  const modules = qrModules(linkOfLength(length));
  const { columns, rows } = qrSize(modules);
  for (const painted of [true, false]) {
    const lines = drawQr(modules, { painted });
    expect(lines).toHaveLength(rows);
    expect(new Set(render(lines, PALETTES.dark).map((row) => row.length))).toEqual(new Set([columns]));
  }
});

it('the short launch link fits a terminal of 80 by 24', () => {
  const { columns, rows } = qrSize(qrModules(LAUNCH));
  expect(columns).toBeLessThanOrEqual(80);
  expect(rows + 2).toBeLessThanOrEqual(24);
});

it('a code too close to the edge of a dark terminal would not decode', async () => {
  const bare = qrModules(LAUNCH).map((row) => row.map((dark) => (dark ? BLACK : WHITE)));
  expect(await decode(inWindow(bare, PALETTES.dark))).toEqual([]);
});

describe('the PNG file', () => {
  it.each(LINKS.map((link) => [link.length, link]))('of %i characters decodes', async (_length, link) => {
    const { width, height, data } = PNG.sync.read(qrPng(qrModules(link)));
    const picture: Picture = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => {
        const at = (y * width + x) * 4;
        return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0] as const;
      }),
    );
    const { top, right, bottom, left } = quietZone(picture);
    expect([top, right, bottom, left]).toEqual([40, 40, 40, 40]);
    expect(await decode(picture, 1)).toEqual([link]);
  });
});

describe('the SVG file', () => {
  it.each(LINKS.map((link) => [link.length, link]))('of %i characters decodes', async (_length, link) => {
    const picture = rasterize(qrSvg(qrModules(link)));
    const { top, right, bottom, left } = quietZone(picture);
    expect([top, right, bottom, left]).toEqual([4, 4, 4, 4]);
    expect(await decode(picture)).toEqual([link]);
  });

  it('is one document with a size of its own on a white ground', () => {
    const svg = qrSvg(qrModules(LAUNCH));
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^<>]*><rect [^<>]*\/><path [^<>]*\/><\/svg>\n$/,
    );
    expect(svg).toMatch(/ width="\d+" height="\d+"/);
    expect(svg).toMatch(/<rect width="100%" height="100%" fill="#fff"\/>/);
  });
});

/** Fills the path as a viewer would: closed unit squares, nothing else. */
function rasterize(svg: string): Picture {
  const side = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const path = / d="([^"]*)"/.exec(svg)?.[1] ?? '';
  const picture: (typeof BLACK)[][] = Array.from({ length: side }, () => Array.from({ length: side }, () => WHITE));
  const rest = path.replace(/M(\d+) (\d+)h1v1h-1z/g, (_square, x: string, y: string) => {
    const row = picture[Number(y)];
    if (!row || Number(x) >= side) throw new Error(`outside the picture: ${x} ${y}`);
    row[Number(x)] = BLACK;
    return '';
  });
  expect(rest).toBe('');
  return picture;
}
