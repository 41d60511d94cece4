// Draws the pictures of the READMEs and of docs/screens.md: real runs against the sandbox, as SVG for dark and light pages.
// `npm run build && node docs/pictures/make.mjs`, on Linux with util-linux's `script`; ports 8788 and 8789 must be free.
// The clock begins at the same time, the link is the same, so that a picture changes only when a screen does.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, resolve } from 'node:path';
import stringWidth from 'fast-string-width';

const BIN = resolve(import.meta.dirname, '../../bin/wxop.js');
const HOME = '/tmp/wxop-screens';
const NOW = Date.UTC(2026, 2, 2, 6, 30);
/** When the ticket came and the merchants authorized. */
const EARLIER = NOW - 470_000;
/** Shown as 7788, where wxop listens by default and something else may do so here. */
const PUSH_PORT = 8788;

// The link of an attempt comes from the pre-auth code, which the sandbox invents.
let invented = 0;
crypto.randomBytes = (size) => crypto.createHash('shake256', { outputLength: size }).update(`${++invented}`).digest();
syncBuiltinESMExports();
const { startSandbox } = await import('../../dist/sandbox.js');

const CELL = { width: 8.4, height: 19 };
const MARGIN = 18;
const THEMES = {
  dark: { back: '#22272e', t: '#cdd9e5', d: '#768390', r: '#f47067', g: '#6bc46d', y: '#daaa3f', c: '#56d4dd' },
  light: { back: '#f6f8fa', t: '#1f2328', d: '#656d76', r: '#b31d28', g: '#116329', y: '#7d4e00', c: '#0b5b75' },
};
const COLORS = { 2: 'd', 31: 'r', 32: 'g', 33: 'y', 36: 'c', 39: 't' };

const PRELOAD = `
const [begin, now] = [Date.now(), Date.now];
Date.now = () => Number(process.env.PICTURE_NOW) + now() - begin;
`;

/** What a command shows on a terminal of so many columns. */
function run(argv, { env, columns }) {
  const quoted = argv.map((word) => `'${word}'`).join(' ');
  return new Promise((done) => {
    const child = spawn(
      'script',
      ['-qefc', `stty cols ${columns} rows 60; exec '${process.execPath}' '${BIN}' ${quoted}`, '/dev/null'],
      {
        env: { ...env, PATH: process.env.PATH, PICTURE_NOW: String(NOW) },
        cwd: HOME,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (shown += chunk));
    child.on('close', () => {
      const lines = shown.trimEnd().replaceAll(String(PUSH_PORT), '7788').split(/\r?\n/);
      // Of a line that was drawn again in place, the last state.
      done(lines.map((line) => line.split('\x1b[2K').at(-1).replaceAll('\r', '')));
    });
  });
}

/** A listener that took a ticket and three authorizations, and what a person sees of it. */
async function draw(lang) {
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { mode: 0o700 });
  writeFileSync(join(HOME, 'preload.cjs'), PRELOAD);
  const sandbox = await startSandbox({
    port: 8789,
    pushUrl: `http://127.0.0.1:${PUSH_PORT}/wechat/event`,
    now: () => EARLIER,
  });
  const env = {
    ...sandbox.env,
    WXOP_HOME: join(HOME, 'home'),
    WXOP_PORT: String(PUSH_PORT),
    WXOP_LANG: lang,
    NODE_OPTIONS: `--require ${join(HOME, 'preload.cjs')}`,
    TERM: 'xterm-256color',
    TZ: 'Asia/Shanghai',
    SHELL: '/bin/sh',
    FORCE_HYPERLINK: '0',
  };
  const listener = spawn(process.execPath, [BIN, 'listen', '--json', '--no-start-push'], {
    env: { ...env, PICTURE_NOW: String(EARLIER) },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const heard = (type) =>
    new Promise((found) =>
      listener.stdout.on('data', (chunk) => String(chunk).includes(`"type":"${type}"`) && found()),
    );
  await heard('ticket');
  const { accounts } = sandbox.state();
  for (const { appId } of accounts.slice(0, 5)) {
    const stored = heard('authorized');
    await sandbox.push({ event: 'authorized', appId });
    await stored;
  }
  const [{ appId }] = accounts;
  await run(['menu', 'dump', appId, '--output', '.'], { env, columns: 80 });
  const draft = readFileSync(join(HOME, appId, 'draft.json'), 'utf8');
  const changed = draft
    .replace('附近门店', '门店地图')
    .replace('from=menu', 'from=menu&spring=1')
    .replace('TODAY', 'SPRING');
  writeFileSync(join(HOME, 'draft.json'), changed);

  const screen = async (name, columns, ...commands) => {
    const lines = [];
    for (const argv of commands) {
      if (lines.length > 0) lines.push('');
      lines.push(`\x1b[32m$\x1b[39m \x1b[1mwxop ${argv.join(' ')}\x1b[22m`, ...(await run(argv, { env, columns })));
    }
    writeFileSync(join(import.meta.dirname, `${name}.${lang}.svg`), svg(lines, columns));
  };
  await screen('terminal', 84, ['status'], ['menu', 'get', appId]);
  for (const columns of [80, 120]) {
    await screen(`screens/help.${columns}`, columns, ['--help']);
    await screen(`screens/status.${columns}`, columns, ['status']);
    await screen(`screens/accounts.${columns}`, columns, ['accounts', 'list'], ['accounts', 'show', '春风茶馆']);
    await screen(`screens/doctor.${columns}`, columns, ['doctor', '--only', 'settings,store,accounts']);
    await screen(
      `screens/menu.${columns}`,
      columns,
      ['menu', 'get', '春风茶馆'],
      ['menu', 'diff', '春风茶馆', 'draft.json'],
    );
    invented = columns;
    const link = ['authorize', '--no-wait', '--public-url', 'https://wx.example.com'];
    await screen(`screens/authorize.${columns}`, columns, link);
  }
  listener.kill();
  await sandbox.close();
  rmSync(HOME, { recursive: true, force: true });
}

const escape = (text) => text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);
const short = (number) => String(Number(number.toFixed(1)));
const xOf = (column) => short(MARGIN + column * CELL.width);

/** Half blocks as areas: a font would leave gaps between the lines of a QR code. */
function blocks(piece, column, top) {
  const half = CELL.height / 2;
  const rectangles = [...piece].flatMap((sign, at) => {
    const [from, height] = { '█': [0, 2], '▀': [0, 1], '▄': [1, 1] }[sign] ?? [0, 0];
    return height === 0 ? [] : [`M${xOf(column + at)} ${short(top + from * half)}h8.5v${short(height * half)}h-8.5z`];
  });
  return rectangles.length > 0 ? `<path d="${rectangles.join('')}"/>` : '';
}

/** One line as SVG: each piece of one style at its column, each wide character at its own. */
function lineSvg(line, y) {
  let [column, color, isBold, isOnWhite] = [0, 't', false, false];
  const [texts, areas] = [[], []];
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes !== undefined) {
      if (codes.includes('48;5;231')) isOnWhite = true;
      else if (codes === '0' || codes === '') [color, isBold, isOnWhite] = ['t', false, false];
      else if (codes === '1') isBold = true;
      else if (codes === '22') [isBold, color] = [false, 't'];
      else color = COLORS[codes] ?? color;
      continue;
    }
    if (isOnWhite) {
      areas.push(
        `<rect x="${xOf(column)}" y="${short(y - 14)}" width="${short(part.length * CELL.width)}" height="19.3" fill="#fff"/>`,
      );
      areas.push(blocks(part, column, y - 14));
      column += part.length;
      continue;
    }
    // Blanks are left out: the font of the reader may be narrower, and columns would not line up.
    for (const [piece] of part.matchAll(
      / +|[\p{Script=Han}“”，。：；（）、！？]+|(?:[^\p{Script=Han}“”，。：；（）、！？ ]| (?! ))+/gu,
    )) {
      const starts = [];
      const style = [color, ...(isBold ? ['b'] : [])].join(' ');
      const blanks = piece.length - piece.trimStart().length;
      column += blanks;
      for (const sign of piece.slice(blanks)) {
        starts.push(xOf(column));
        column += stringWidth(sign);
      }
      const x = /^[\p{Script=Han}“”，。：；（）、！？]/u.test(piece) ? starts.join(' ') : starts[0];
      if (piece.trim()) {
        texts.push(`<tspan x="${x}"${style === 't' ? '' : ` class="${style}"`}>${escape(piece.trim())}</tspan>`);
      }
    }
  }
  return [...areas, texts.length > 0 ? `<text y="${y}">${texts.join('')}</text>` : ''].join('');
}

function svg(lines, columns) {
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  const body = lines.map((line, index) => lineSvg(line, MARGIN + (index + 1) * CELL.height - 5)).filter(Boolean);
  const css = ({ back, ...colors }) =>
    [
      `.back{fill:${back}}text{fill:${colors.t}}`,
      ...Object.entries(colors).map(([name, color]) => `.${name}{fill:${color}}`),
    ].join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace" font-size="14">
<style>text{white-space:pre}.b{font-weight:bold}${css(THEMES.dark)}@media(prefers-color-scheme:light){${css(THEMES.light)}}</style>
<rect class="back" width="100%" height="100%" rx="8"/>
${body.join('\n')}
</svg>
`;
}

mkdirSync(join(import.meta.dirname, 'screens'), { recursive: true });
for (const lang of ['en', 'zh']) await draw(lang);
