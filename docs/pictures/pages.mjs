// Takes the pictures of the merchants' pages for docs/pages.md: a real listener against the sandbox, in Chromium.
// `npm run build && node docs/pictures/pages.mjs` needs Chromium and a Chinese font.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { PNG } from 'pngjs';
import { startSandbox } from '../../dist/sandbox.js';

const BIN = resolve(import.meta.dirname, '../../bin/wxop.js');
const OUT = process.argv[2] ?? join(import.meta.dirname, 'pages');
const SCHEME = process.argv[3] ?? 'light';
const WIDTH = Number(process.argv[4] ?? 360);
const WECHAT = 'Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.50';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1';
const DESKTOP = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36';
const MOST_COLORS = 16;
const NAMES = { en: 'Spring Cloud Services', zh: '春云科技' };

const freePort = () =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

/** A leaf on green, drawn here: nobody's mark. */
function logo() {
  const side = 96;
  const png = new PNG({ width: side, height: side });
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [u, v] = [(x / side) * 2 - 1, 1 - (y / side) * 2];
      const isLeaf =
        Math.hypot(u + 0.55, v - 0.55) < 1.05 && Math.hypot(u - 0.55, v + 0.55) < 1.05 && Math.abs(u - v) > 0.05;
      png.data.set(isLeaf ? [255, 255, 255, 255] : [18, 110, 74, 255], (y * side + x) * 4);
    }
  }
  return PNG.sync.write(png);
}

/** The same picture with a palette, a fifth of the size: its commonest colours, and for others the nearest of them. */
function withPalette(screenshot) {
  const { width, height, data } = PNG.sync.read(screenshot);
  const colorAt = (at) => data.readUIntBE(at * 4, 3);
  const counts = new Map();
  for (let at = 0; at < width * height; at++) counts.set(colorAt(at), (counts.get(colorAt(at)) ?? 0) + 1);
  const palette = [...counts]
    .sort((one, other) => other[1] - one[1])
    .slice(0, MOST_COLORS)
    .map(([color]) => color);
  const parts = (color) => [color >> 16, (color >> 8) & 0xff, color & 0xff];
  const distance = (one, other) => Math.hypot(...parts(one).map((part, index) => part - parts(other)[index]));
  const nearest = new Map();
  for (const color of counts.keys()) {
    const [best] = palette.map((known, index) => [distance(color, known), index]).sort((a, b) => a[0] - b[0]);
    nearest.set(color, best[1]);
  }
  // Two pixels to a byte; every row begins with its filter, none.
  const bytes = 1 + Math.ceil(width / 2);
  const rows = Buffer.alloc(bytes * height);
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    rows[y * bytes + 1 + (x >> 1)] |= nearest.get(colorAt(at)) << (x % 2 === 0 ? 4 : 0);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([4, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('PLTE', Buffer.from(palette.flatMap(parts))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, body) {
  const [size, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  const named = Buffer.concat([Buffer.from(type), body]);
  size.writeUInt32BE(body.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([size, named, checksum]);
}

/** A listener with a ticket, in the name of somebody or of nobody. */
async function listen(lang, { named = true, faults = [] } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'wxop-pages-'));
  writeFileSync(join(home, 'logo.png'), logo());
  const port = await freePort();
  const sandbox = await startSandbox({ pushUrl: `http://127.0.0.1:${port}/wechat/event`, faults });
  const env = {
    ...sandbox.env,
    WXOP_HOME: join(home, 'home'),
    WXOP_PORT: String(port),
    ...(named && {
      WXOP_OPERATOR_NAME: NAMES[lang],
      WXOP_OPERATOR_LOGO: join(home, 'logo.png'),
      WXOP_PERMISSION_SETS: '1,2,7,11,15',
    }),
  };
  const listener = spawn(process.execPath, [BIN, 'listen', '--json', '--standing-link'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((found) => listener.stdout.on('data', (chunk) => String(chunk).includes('"ticket"') && found()));
  const close = async () => {
    const ended = new Promise((done) => listener.on('close', done));
    listener.kill('SIGKILL');
    await ended;
    await sandbox.close();
    rmSync(home, { recursive: true, force: true });
  };
  return { url: `http://127.0.0.1:${port}`, sandbox, env, close };
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-lcd-text', '--font-render-hinting=none'],
});

for (const lang of ['zh', 'en']) {
  const look = async (userAgent, width = WIDTH) => {
    const context = await browser.newContext({
      userAgent,
      locale: lang === 'zh' ? 'zh-CN' : 'en-US',
      viewport: { width, height: 240 },
      colorScheme: SCHEME,
    });
    return context.newPage();
  };
  const take = async (page, name) => {
    const picture = withPalette(await page.screenshot({ fullPage: true }));
    writeFileSync(join(OUT, `${name}.${lang}.png`), picture);
    console.log(name, lang, picture.length);
  };
  /** The address that WeChat sends a merchant back to. */
  const consent = (sandbox, page, merchant) => {
    const href = page.locator('a[href*=pre_auth_code]').first();
    return href.getAttribute('href').then((link) => {
      const preAuthCode = new URL(link).searchParams.get('pre_auth_code');
      return sandbox.consent({ preAuthCode, appId: sandbox.state().accounts[merchant].appId }).redirectUrl;
    });
  };

  const named = await listen(lang);
  for (const [name, agent, width] of [
    ['launch-wechat', WECHAT],
    ['launch-phone', SAFARI],
    ['launch-desktop', DESKTOP, 720],
  ]) {
    const page = await look(agent, width);
    await page.goto(`${named.url}/authorize`);
    await take(page, name);
    if (name === 'launch-desktop') continue;
    if (name === 'launch-phone') {
      const id = page.url().split('/').at(-1);
      const folder = join(named.env.WXOP_HOME, 'state', named.env.WXOP_COMPONENT_APPID, 'attempt', id);
      const newest = join(folder, readdirSync(folder).sort().at(-1));
      writeFileSync(newest, readFileSync(newest, 'utf8').replace(/"expiresAt":\s*\d+/, '"expiresAt":1'));
      await page.goto(`${named.url}/authorize/${id}`);
      await take(page, 'expired');
      continue;
    }
    const launch = page.url();
    const callback = `${named.url}/authorize/callback?attempt=${launch.split('/').at(-1)}`;
    await page.goto(`${callback}&auth_code=queryauthcode@@@wrong`);
    await take(page, 'failed');
    await page.goto(launch);
    await page.goto(await consent(named.sandbox, page, 0));
    await page.locator('h1').waitFor();
    await take(page, 'authorized');
    await page.goto(`${callback}&auth_code=queryauthcode@@@other`);
    await take(page, 'used');
    await page.goto(`${named.url}/authorize/callback?attempt=${'0'.repeat(20)}`);
    await take(page, 'incomplete');
  }
  await named.close();

  const unnamed = await listen(lang, { named: false, faults: ['api_query_auth=hang'] });
  const page = await look(WECHAT);
  await page.goto(`${unnamed.url}/authorize`);
  await take(page, 'launch-unnamed');
  await page.goto(await consent(unnamed.sandbox, page, 0));
  await take(page, 'received');
  await page.goto(`${unnamed.url}/authorize/${'0'.repeat(20)}`);
  await take(page, 'unknown');
  for (let visit = 0; visit < 8; visit++) {
    await page.context().clearCookies();
    await page.goto(`${unnamed.url}/authorize`);
  }
  await take(page, 'busy');
  await unnamed.close();
}
await browser.close();
