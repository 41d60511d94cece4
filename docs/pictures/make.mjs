// Draws the pictures of the READMEs: real runs against the sandbox, as SVG. `npm run build && node docs/pictures/make.mjs`
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import stringWidth from 'fast-string-width';
import { startSandbox } from '../../dist/sandbox.js';

const BIN = resolve(import.meta.dirname, '../../bin/wxop.js');
const COLUMNS = 84;
const CELL = { width: 8.4, height: 19 };
const MARGIN = 18;
const COLORS = { 31: '#f47067', 32: '#6bc46d', 33: '#daaa3f', 36: '#56d4dd' };
const THEME = { background: '#22272e', text: '#cdd9e5', dim: '#768390', prompt: '#6bc46d' };

const freePort = () =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

function run(argv, env, input = '') {
  return new Promise((done) => {
    const child = spawn(process.execPath, [BIN, ...argv], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
    child.on('close', () => done(stdout.trimEnd().split('\n')));
    child.stdin.end(input);
  });
}

/** A listener that has taken a ticket and two authorizations, and what a person sees of it. */
async function session(lang) {
  const home = mkdtempSync(join(tmpdir(), 'wxop-picture-'));
  const port = await freePort();
  const sandbox = await startSandbox({ pushUrl: `http://127.0.0.1:${port}/wechat/event` });
  const env = {
    ...sandbox.env,
    WXOP_HOME: home,
    WXOP_PORT: String(port),
    WXOP_LANG: lang,
    FORCE_COLOR: '1',
    COLUMNS: String(COLUMNS),
  };
  const listener = spawn(process.execPath, [BIN, 'listen', '--json'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const heard = (type) =>
    new Promise((found) =>
      listener.stdout.on('data', (chunk) => String(chunk).includes(`"type":"${type}"`) && found()),
    );
  await heard('ticket');
  const { accounts } = sandbox.state();
  for (const { appId } of accounts.slice(0, 3)) {
    const stored = heard('authorized');
    await sandbox.push({ event: 'authorized', appId });
    await stored;
  }
  const shown = [];
  for (const argv of [['status'], ['menu', 'get', accounts[0].appId]]) {
    const lines = await run(argv, env);
    // No port of this run is of interest to anybody.
    shown.push({
      command: `wxop ${argv.join(' ')}`,
      lines: lines.map((line) => line.replaceAll(String(port), '7788')),
    });
  }
  listener.kill();
  await sandbox.close();
  rmSync(home, { recursive: true, force: true });
  return shown;
}

const escape = (text) => text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);

/** One line as SVG: each piece of one style at its column, wide characters each at their own. */
function draw(line, y) {
  let [column, color, isBold] = [0, THEME.text, false];
  const pieces = [];
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes !== undefined) {
      for (const code of codes.split(';').map(Number)) {
        if (code === 1) isBold = true;
        else if (code === 2) color = THEME.dim;
        else if (code === 22 || code === 0) [isBold, color] = [false, THEME.text];
        else if (code === 39) color = THEME.text;
        else color = COLORS[code] ?? color;
      }
      continue;
    }
    for (const [piece] of part.matchAll(/[\p{Script=Han}“”，。：；（）、]|[^\p{Script=Han}“”，。：；（）、]+/gu)) {
      const x = (MARGIN + column * CELL.width).toFixed(1);
      const weight = isBold ? ' font-weight="bold"' : '';
      if (piece.trim()) pieces.push(`<tspan x="${x}" fill="${color}"${weight}>${escape(piece)}</tspan>`);
      column += stringWidth(piece);
    }
  }
  return pieces.length > 0 ? `<text y="${y}" xml:space="preserve">${pieces.join('')}</text>` : '';
}

for (const lang of ['en', 'zh']) {
  const shown = await session(lang);
  const lines = shown.flatMap(({ command, lines }, index) => [
    ...(index > 0 ? [''] : []),
    `\x1b[32m$\x1b[39m \x1b[1m${command}\x1b[22m`,
    ...lines,
  ]);
  const width = Math.ceil(COLUMNS * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  const body = lines.map((line, index) => draw(line, MARGIN + (index + 1) * CELL.height - 5)).filter(Boolean);
  const font = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace";
  writeFileSync(
    join(import.meta.dirname, `terminal.${lang}.svg`),
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${font}" font-size="14">
<rect width="100%" height="100%" rx="8" fill="${THEME.background}"/>
${body.join('\n')}
</svg>
`,
  );
}
