/** The pages in a real Chromium: what no test of ours can know is what a browser sends as Referer. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CHROMIUM } from '../support/chromium.ts';
import { freePort, startWxop } from '../support/processes.ts';

const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1';
/** Headless, it would say so, and be taken for a program. */
const DESKTOP = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** What can be measured of a page: runs in the browser. */
const MEASURE = `(() => {
  const isShown = (element) => element.getClientRects().length > 0;
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !isShown(element) || element.closest('script, style')) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    let paper = element;
    while (paper && /^rgba\\(.*, 0\\)$/.test(getComputedStyle(paper).backgroundColor)) paper = paper.parentElement;
    const isLarge = parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24);
    texts.push({ words: node.data.trim(), color, paper: getComputedStyle(paper).backgroundColor, isLarge });
  }
  const tops = [...document.querySelectorAll('h1, h2, p, li, .main, .other, img.code')].filter(isShown)
    .map((element) => element.getBoundingClientRect().top);
  const root = document.documentElement;
  const fits = () => root.scrollWidth <= innerWidth;
  const asItIs = fits();
  root.style.fontSize = '200%';
  const enlarged = fits();
  root.style.fontSize = '';
  return {
    texts,
    lang: root.lang,
    targets: [...document.querySelectorAll('a, button')].filter(isShown).map((element) => {
      const { width, height } = element.getBoundingClientRect();
      return Math.min(width, height);
    }),
    isInOrder: tops.every((top, index) => top >= (tops[index - 1] ?? 0)),
    headings: document.querySelectorAll('h1').length,
    nameless: [...document.querySelectorAll('img:not([alt])')].length,
    fits: [asItIs, enlarged],
  };
})()`;

interface Measured {
  texts: { words: string; color: string; paper: string; isLarge: boolean }[];
  lang: string;
  targets: number[];
  isInOrder: boolean;
  headings: number;
  nameless: number;
  fits: boolean[];
}

const contrastOf = (one: string, other: string): number => {
  const [darker = NaN, lighter = NaN] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
};

/** Of `rgb(…)`, relative, as WCAG 2 defines it. */
function luminance(colour: string): number {
  const [red = NaN, green = NaN, blue = NaN] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe.skipIf(!CHROMIUM)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(() => browser.close());

  async function attempt() {
    const port = await freePort();
    const pushUrl = `http://127.0.0.1:${port}/wechat/event`;
    const sandbox = startWxop(['sandbox', '--port', '0', '--json', '--push-url', pushUrl]);
    const { env } = await sandbox.json<{ env: Record<string, string> }>('sandbox');
    // It stays when the attempt is over: a page that asks again whether it is finds somebody.
    await startWxop(['listen', '--json'], env).json('listening');
    const authorize = startWxop(['authorize', '--json'], env);
    const { launchUrl, pcUrl } = await authorize.json<{ launchUrl: string; pcUrl: string }>('link');
    return { authorize, launchUrl, pcUrl };
  }

  test('a click on the launch page carries the Referer that WeChat checks, a pasted link does not', async () => {
    const { authorize, launchUrl, pcUrl } = await attempt();
    const page = await browser.newPage({ locale: 'en-US' });
    await page.goto(pcUrl);
    expect(await page.textContent('body')).toContain('授权入口页所在域名：空');

    await page.goto(launchUrl);
    await page.getByRole('link', { name: 'Authorize on this computer' }).click();
    await page.getByRole('button', { name: '山城火锅' }).click();
    await page.getByRole('heading', { name: 'Authorized' }).waitFor();
    expect(await page.textContent('body')).toContain('custom menus');

    const { account } = await authorize.json<{ account: { nickName: string } }>('authorized');
    expect(account.nickName).toBe('山城火锅');
    expect((await authorize.finished).code).toBe(0);
    await page.close();
  });

  test('inside WeChat on a phone the button leads to the mobile page; nothing scrolls sideways', async () => {
    const { authorize, launchUrl } = await attempt();
    const context = await browser.newContext({
      userAgent: PHONE,
      locale: 'zh-CN',
      viewport: { width: 360, height: 640 },
    });
    const page = await context.newPage();
    await page.goto(launchUrl);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await page.getByRole('link', { name: '在微信中授权' }).click();
    expect(page.url()).toContain('/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1');
    await page.getByRole('button', { name: '拾光花店' }).click();
    await page.getByRole('heading', { name: '授权成功' }).waitFor();
    expect((await authorize.finished).code).toBe(0);
    await context.close();
  });

  /** A listener beside the sandbox, whose clock the test can move, and an attempt of it. */
  async function standing(settings: Record<string, string> = {}) {
    const port = await freePort();
    const pushUrl = `http://127.0.0.1:${port}/wechat/event`;
    const sandbox = startWxop(['sandbox', '--port', '0', '--json', '--push-url', pushUrl, '--ticket-interval', '1s']);
    const { env, url: platform } = await sandbox.json<{ env: Record<string, string>; url: string }>('sandbox');
    const listening = startWxop(['listen', '--json', '--standing-link'], { ...env, ...settings });
    const { url, standingUrl } = await listening.json<{ url: string; standingUrl: string }>('listening');
    await listening.json('ticket');
    return { url, standingUrl, platform, env, listening };
  }

  /** What a test saw, for people: only where they ask for it. */
  async function look(page: Page, name: string): Promise<void> {
    const folder = process.env.WXOP_TEST_PICTURES;
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
  }

  const ON_DESKTOP = { userAgent: DESKTOP, locale: 'en-US', viewport: { width: 1024, height: 720 } };
  const IN_WECHAT = { userAgent: PHONE, locale: 'zh-CN', viewport: { width: 360, height: 640 }, isMobile: true };

  async function open(options: BrowserContextOptions, url: string): Promise<Page> {
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  test('the standing link: a reload keeps the attempt, another visitor gets another', async () => {
    const { standingUrl } = await standing();
    const page = await open(ON_DESKTOP, standingUrl);
    const first = page.url();
    expect(first).toMatch(/\/authorize\/[0-9a-f]{20}$/);
    await look(page, 'launch-desktop');
    await page.goto(standingUrl);
    expect(page.url()).toBe(first);
    const other = await open(IN_WECHAT, standingUrl);
    expect(other.url()).not.toBe(first);
    await look(other, 'launch-wechat');
    const outside = await open({ ...IN_WECHAT, userAgent: SAFARI }, first);
    await look(outside, 'launch-phone');
    expect(await outside.textContent('body')).toContain('请在微信中打开本页');
    const silent = await open({ ...IN_WECHAT, userAgent: SAFARI, javaScriptEnabled: false }, first);
    // Without a script there is no button that would do nothing, and the address is there all the same.
    expect(await silent.getByRole('button').count()).toBe(0);
    expect(await silent.textContent('#address')).toBe(first);
    await outside.getByRole('button', { name: '复制网址' }).click();
    await outside.getByRole('button', { name: '已复制' }).waitFor();
  });

  test.each([
    ['on a desktop', ON_DESKTOP, 'Authorize on this computer', 'Authorized', 'desktop'],
    ['in WeChat on a phone', IN_WECHAT, '在微信中授权', '授权成功', 'wechat'],
  ] as const)('%s: consent, reload of the result, another code for the same attempt', async (...row) => {
    const [, options, link, done, name] = row;
    const { standingUrl, url, listening } = await standing();
    const page = await open(options, standingUrl);
    const id = page.url().split('/').at(-1) ?? '';
    await page.getByRole('link', { name: link }).click();
    await look(page, `consent-${name}`);
    await page.getByRole('button', { name: '春风茶馆' }).click();
    await page.getByRole('heading', { name: done }).waitFor();
    await look(page, `result-${name}`);
    await listening.json('authorized');
    const result = await page.textContent('main');

    const reloaded = await page.reload();
    expect([reloaded?.status(), await page.textContent('main')]).toEqual([200, result]);
    // Back on the launch page there is nothing left to click.
    await page.goto(`${url}/authorize/${id}`);
    expect(await page.textContent('main')).toBe(result);
    const other = await page.goto(`${url}/authorize/callback?attempt=${id}&auth_code=queryauthcode@@@other`);
    expect(other?.status()).toBe(409);
    await look(page, `used-${name}`);
    expect(listening.lines.filter((line) => line.includes('"authorized"'))).toHaveLength(1);
  });

  test('an attempt that expired, and one that never was', async () => {
    const { standingUrl, url, env } = await standing();
    const page = await open(ON_DESKTOP, standingUrl);
    const id = page.url().split('/').at(-1) ?? '';
    // The clock of a listener cannot be moved from outside: its record of the attempt can.
    const folder = join(env.WXOP_HOME ?? '', 'state', env.WXOP_COMPONENT_APPID ?? '', 'attempt', id);
    const newest = readdirSync(folder).sort().at(-1) ?? '';
    const written = readFileSync(join(folder, newest), 'utf8');
    writeFileSync(join(folder, newest), written.replace(/"expiresAt":\s*\d+/, `"expiresAt":${Date.now() - 1}`));
    const pages = [
      [`${url}/authorize/${id}`, 410, 'Link expired', 'expired'],
      [`${url}/authorize/callback?attempt=${id}&auth_code=queryauthcode@@@late`, 410, 'Link expired', 'expired-result'],
      [`${url}/authorize/${'0'.repeat(20)}`, 404, 'Unknown link', 'unknown'],
      [
        `${url}/authorize/callback?attempt=${'0'.repeat(20)}&auth_code=queryauthcode@@@x`,
        404,
        'Unknown link',
        'unknown-result',
      ],
    ] as const;
    for (const [address, status, title, name] of pages) {
      const answered = await page.goto(address);
      expect([address, answered?.status()]).toEqual([address, status]);
      await page.getByRole('heading', { name: title }).waitFor();
      await look(page, name);
    }
    // The visitor asks for another one at the standing link.
    await page.goto(standingUrl);
    expect(page.url()).not.toContain(id);
  });

  test('every page can be read on the smallest phone, in the light and in the dark, and tapped with a finger', async () => {
    const { url } = await standing({
      WXOP_OPERATOR_NAME: '春云科技 Spring Cloud Services',
      WXOP_PERMISSION_SETS: '1,15,100',
    });
    const narrow = { viewport: { width: 320, height: 480 }, locale: 'zh-CN' };
    const faults: string[] = [];
    const measured: string[] = [];

    async function measure(page: Page, name: string): Promise<void> {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const { texts, targets, fits, isInOrder, headings, nameless, lang } = await page.evaluate<Measured>(MEASURE);
        measured.push(`${name} ${lang} ${colorScheme}`);
        const wrong = [
          ...texts
            .filter(({ color, paper, isLarge }) => !(contrastOf(color, paper) >= (isLarge ? 3 : 4.5)))
            .map(({ words, color, paper }) => `"${words}": ${color} on ${paper}`),
          ...targets.filter((size) => size < 44).map((size) => `a target of ${size} pixels`),
          ...(fits.every(Boolean) ? [] : [`scrolls sideways (as it is, and twice as large: ${fits.join(', ')})`]),
          ...(isInOrder ? [] : ['is not shown in the order in which it is read']),
          ...(headings === 1 ? [] : [`${headings} headings`]),
          ...(nameless === 0 ? [] : ['an image without words']),
          ...(texts.length > 2 ? [] : ['nothing to read']),
        ];
        faults.push(...wrong.map((fault) => `${measured.at(-1)}: ${fault}`));
      }
    }

    for (const [name, userAgent] of [
      ['launch in WeChat', PHONE],
      ['launch outside WeChat', SAFARI],
      ['launch on a desktop', DESKTOP],
    ] as const) {
      const page = await open({ ...narrow, userAgent }, `${url}/authorize`);
      const launch = page.url();
      await measure(page, name);
      await page.goto(`${launch}?lang=en`);
      await measure(page, name);
      if (userAgent !== PHONE) continue;
      const callback = `${url}/authorize/callback?attempt=${launch.split('/').at(-1)}&auth_code=`;
      await page.goto(`${callback}queryauthcode@@@wrong`);
      await measure(page, 'failed');
      await page.goto(launch);
      await page.locator('a.main').click();
      await page.getByRole('button', { name: '春风茶馆' }).click();
      await page.waitForURL(/callback/);
      await measure(page, 'authorized');
      await page.goto(`${callback}queryauthcode@@@other`);
      await measure(page, 'used');
      await page.goto(`${url}/authorize/callback`);
      await measure(page, 'incomplete');
      await page.goto(`${url}/authorize/unknown`);
      await measure(page, 'unknown');
    }
    expect(measured).toHaveLength(22);
    expect(faults).toEqual([]);
  });
});
