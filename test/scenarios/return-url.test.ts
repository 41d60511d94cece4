/** `wxop authorize --return-url`: where a merchant goes on to, and where nobody is ever sent. */
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { freePort, startWxop } from '../support/processes.ts';
import { runWxop } from '../support/world.ts';

const ALLOWED = { WXOP_RETURN_HOSTS: 'shop.example.com,app.example.com:8443' };
const STATE = 'order 47&x=1#"<>';

/** Where the page has its button, and where it leads by itself. */
function leavings(page: string): { button?: URL; refresh?: string } {
  const plain = (html: string | undefined) => html?.replaceAll('&amp;', '&');
  const button = plain(/<a class="main" href="(https:\/\/shop[^"]*)"/.exec(page)?.[1]);
  const refresh = plain(/http-equiv="refresh" content="\d+;url=([^"]*)"/.exec(page)?.[1]);
  return { ...(button !== undefined && { button: new URL(button) }), ...(refresh !== undefined && { refresh }) };
}

test('the merchant goes on to the page of the operator, which learns how it went', async () => {
  const port = String(await freePort());
  const sandbox = await startSandbox({ accounts: 1, pushUrl: `http://127.0.0.1:${port}/wechat/event` });
  onTestFinished(() => sandbox.close());
  const listener = startWxop(['listen', '--json', '--no-start-push'], sandbox.env);
  await listener.json('ticket');
  const made = await runWxop(
    ['authorize', '--no-wait', '--json', '--return-url', 'https://shop.example.com/done?lang=zh', '--state', STATE],
    { environment: { ...sandbox.env, ...ALLOWED } },
  );
  const { pcUrl, launchUrl, returnUrl } = JSON.parse(made.stdout) as Record<string, string>;
  expect(returnUrl).toMatch(/^https:\/\/shop\.example\.com\/done\?lang=zh&state=order\+47/);
  const query = new URL(pcUrl ?? '').searchParams;
  const back = query.get('redirect_uri') ?? '';
  const visit = async (url: string) => leavings(await (await fetch(url)).text());

  const failed = await visit(`${back}&auth_code=queryauthcode@@@made-up&return_to=https://evil.example.com`);
  expect([failed.refresh, failed.button?.origin]).toEqual([undefined, 'https://shop.example.com']);
  expect(Object.fromEntries(failed.button?.searchParams ?? [])).toEqual({
    lang: 'zh',
    state: STATE,
    result: 'failed',
    reference: expect.stringMatching(/^\w+$/) as string,
  });

  const [appId = ''] = sandbox.state().accounts.map((account) => account.appId);
  const consented = sandbox.consent({ preAuthCode: query.get('pre_auth_code') ?? '', appId });
  for (const page of [consented.redirectUrl, launchUrl ?? '']) {
    const done = await visit(page);
    expect(done.refresh).toBe(done.button?.href);
    expect(Object.fromEntries(done.button?.searchParams ?? [])).toEqual({
      lang: 'zh',
      state: STATE,
      result: 'authorized',
      appid: appId,
    });
  }
  const used = await visit(`${back}&auth_code=queryauthcode@@@another`);
  expect([used.refresh, used.button?.searchParams.get('result')]).toEqual([undefined, 'used']);
});

test.each([
  ['http', ['--return-url', 'http://shop.example.com/done']],
  ['another host', ['--return-url', 'https://evil.example.com/']],
  ['a host that only begins so', ['--return-url', 'https://shop.example.com.evil.example/']],
  ['a host below an allowed one', ['--return-url', 'https://a.shop.example.com/']],
  ['another port', ['--return-url', 'https://app.example.com/']],
  ['a user that looks like the host', ['--return-url', 'https://shop.example.com@evil.example.com/']],
  ['a user', ['--return-url', 'https://me@shop.example.com/']],
  ['a backslash', ['--return-url', 'https://evil.example.com\\@shop.example.com/']],
  ['no scheme', ['--return-url', '//shop.example.com/']],
  ['a script', ['--return-url', 'javascript:alert(1)']],
  ['a line break', ['--return-url', 'https://shop.example.com/\r\nset-cookie: a=b']],
  ['a page that has a result already', ['--return-url', 'https://shop.example.com/?result=authorized']],
  ['a page that is too long', ['--return-url', `https://shop.example.com/${'x'.repeat(1_024)}`]],
  ['a state alone', ['--state', 'x']],
  ['an empty state', ['--return-url', 'https://shop.example.com/', '--state', '']],
  ['a state with a line break', ['--return-url', 'https://shop.example.com/', '--state', 'a\nb']],
  ['a state that is too long', ['--return-url', 'https://shop.example.com/', '--state', 'x'.repeat(257)]],
  ['a pasted code', ['--return-url', 'https://shop.example.com/', '--code', 'queryauthcode@@@12345678']],
])('%s is refused where it is given, and makes no link', async (_what, argv) => {
  const environment = {
    ...ALLOWED,
    WXOP_COMPONENT_APPID: 'wx0123456789abcdef',
    WXOP_COMPONENT_APPSECRET: '0123456789abcdef0123456789abcdef',
    WXOP_PUBLIC_URL: 'https://wx.example.com',
  };
  const refused = await runWxop(['authorize', '--no-wait', '--json', ...argv], { environment });
  expect([refused.code, refused.stdout, errorOf(refused).code]).toEqual([2, '', 'USAGE']);
});
