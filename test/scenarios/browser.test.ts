/** The pages in a real Chromium: what no test of ours can know is what a browser sends as Referer. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, startWxop } from '../support/processes.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50';

if (!CHROMIUM) console.warn('skipped: no Chromium on this machine, so the pages are not tested in a browser');

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
});
