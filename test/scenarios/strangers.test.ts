/** Strangers at the built command: they know the addresses, and nothing else. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { ask } from '../support/listener.ts';
import { here } from '../support/here.ts';
import { freePort, startWxop, type Environment } from '../support/processes.ts';

async function openSandbox() {
  const port = await freePort();
  const sandbox = await startSandbox({ pushUrl: `http://127.0.0.1:${port}/wechat/event` });
  onTestFinished(() => sandbox.close());
  const env: Environment = { ...sandbox.env, WXOP_PORT: String(port), WXOP_PUBLIC_URL: `http://127.0.0.1:${port}` };
  const [victim, stranger] = sandbox.state().accounts.map(({ appId }) => appId);
  return { sandbox, env, url: `http://127.0.0.1:${port}`, victim: victim ?? '', stranger: stranger ?? '' };
}

const preAuthCodeOf = (link: string): string => new URL(link).searchParams.get('pre_auth_code') ?? '';

describe('wxop authorize', () => {
  test('ends with the account that it was made for, whatever strangers bring to its redirect before', async () => {
    const { sandbox, env, url, victim, stranger } = await openSandbox();
    const authorize = startWxop(['authorize', '--json', '--biz-appid', victim], env);
    const { launchUrl, pcUrl } = await authorize.json<{ launchUrl: string; pcUrl: string }>('link');
    const redirect = `${url}/authorize/callback?attempt=${launchUrl.split('/').at(-1)}&auth_code=`;
    for (let junk = 0; junk < 5; junk++) expect((await ask(`${redirect}queryauthcode@@@${junk}`)).status).toBe(400);
    const path = '/cgi-bin/component/api_create_preauthcode';
    const made = await here(['api', 'POST', path, '--data', '{}'], env);
    const { pre_auth_code: preAuthCode } = JSON.parse(made.stdout) as { pre_auth_code: string };
    const { redirectUrl } = sandbox.consent({ preAuthCode, appId: stranger });
    await ask(redirect + new URL(redirectUrl).searchParams.get('auth_code'));
    // The event of this consent comes by itself.
    sandbox.consent({ preAuthCode: preAuthCodeOf(pcUrl), appId: victim });
    const { account } = await authorize.json<{ account: { appId: string } }>('authorized');
    expect(account.appId).toBe(victim);
    const { code, stdout, stderr } = await authorize.finished;
    expect(code).toBe(0);
    expect(stdout).not.toContain(stranger);
    expect(stderr).toContain('61009');
  });

  test('--code fails where it brings another account than --biz-appid asked for, and keeps that account', async () => {
    const { sandbox, env, victim, stranger } = await openSandbox();
    await here(['ticket', 'set'], env, sandbox.state().ticket);
    const path = '/cgi-bin/component/api_create_preauthcode';
    const made = await here(['api', 'POST', path, '--data', '{}'], env);
    const { pre_auth_code: preAuthCode } = JSON.parse(made.stdout) as { pre_auth_code: string };
    const { redirectUrl } = sandbox.consent({ preAuthCode, appId: stranger });
    const pasted = new URL(redirectUrl).searchParams.get('auth_code') ?? '';
    const { code, stdout, stderr } = await here(['authorize', '--json', '--code', pasted, '--biz-appid', victim], env);
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toContain('"OTHER_ACCOUNT"');
    expect((await here(['accounts', 'list', '--json'], env)).stdout).toContain(stranger);
  });
});

describe('wxop listen', () => {
  test('masks no word of its own that a visitor sent as a code', async () => {
    const { sandbox, env, url } = await openSandbox();
    const listen = startWxop(['listen', '--json', '--standing-link'], env);
    await listen.json('listening');
    await listen.json('ticket');
    const visit = await ask(`${url}/authorize`, { headers: { 'user-agent': 'Mozilla/5.0 Chrome/140.0.0.0' } });
    const id = visit.headers.location?.split('/').at(-1);
    for (const word of ['ticket', 'authorized', 'rejected', 'componentAppId', 'componentAppId-and-more-16']) {
      await ask(`${url}/authorize/callback?attempt=${id}&auth_code=${word}`);
    }
    const before = listen.lines.length;
    await sandbox.push({ event: 'component_verify_ticket' });
    await listen.json('ticket', () => listen.lines.length > before);
    expect(listen.lines.slice(before).join('\n')).toContain('"componentAppId"');
    expect(listen.lines.join('\n')).not.toContain('***');
    await listen.stop();
  });

  test('writes one line for the first refused push of a kind, a number for all others, and counts each in its metrics', async () => {
    const { env, url } = await openSandbox();
    const listen = startWxop(['listen', '--json', '--verbose', '--no-start-push'], env);
    await listen.json('listening');
    const signed = '?timestamp=1&nonce=2&msg_signature=3';
    const post = (path: string, body = '<xml><Encrypt>AAAA</Encrypt></xml>') =>
      ask(url + path, { method: 'POST', body });
    for (let batch = 0; batch < 10; batch++) {
      await Promise.all(Array.from({ length: 50 }, () => post(`/wechat/event${signed}`)));
    }
    await Promise.all(Array.from({ length: 20 }, () => post('/wechat/event')));
    const metrics = (await ask(`${url}/metrics`)).body;
    expect(metrics).toContain('wxop_pushes_total{kind="event",type="unknown",result="bad-signature"} 500');
    expect(metrics).toContain('wxop_pushes_total{kind="event",type="unknown",result="missing-parameters"} 20');
    const { stdout, stderr } = await listen.stop();
    const rejected = stdout.split('\n').filter((line) => line.includes('"rejected"'));
    expect(rejected.map((line) => JSON.parse(line) as unknown)).toEqual([
      { type: 'rejected', reason: 'bad-signature', status: 403 },
      { type: 'rejected', reason: 'missing-parameters', status: 400 },
      { type: 'rejected', reason: 'bad-signature', status: 403, count: 499 },
      { type: 'rejected', reason: 'missing-parameters', status: 400, count: 19 },
    ]);
    expect(stderr.split('\n').filter((line) => / (?:403|400) {2}/.test(line))).toHaveLength(2);
  });

  test.each([
    ['its own address', 'http://127.0.0.1:PORT/anything'],
    ['its own address by another name', 'http://localhost:PORT/wechat/event'],
    ['its own event URL as the outside sees it', 'https://wx.example.com/wechat/event'],
    ['its own message URL as the outside sees it', 'https://wx.example.com/wechat/message/$APPID$'],
  ])('refuses to forward to %s', async (_, target) => {
    const port = String(await freePort());
    const { env } = await openSandbox();
    const settings = { ...env, WXOP_PORT: port, WXOP_PUBLIC_URL: 'https://wx.example.com' };
    const { code, stderr } = await here(['listen', '--forward-to', target.replace('PORT', port)], settings);
    expect([code, stderr]).toEqual([2, expect.stringContaining('this listener itself')]);
  });

  test('forwards to another path of its public host, which is another service', async () => {
    const { env } = await openSandbox();
    const settings = { ...env, WXOP_PUBLIC_URL: 'https://wx.example.com' };
    const listen = startWxop(['listen', '--json', '--forward-to', 'https://wx.example.com/bot/$APPID$'], settings);
    await listen.json('listening');
    await listen.stop();
  });
});
