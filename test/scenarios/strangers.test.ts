/** Strangers at the built command: they know the addresses, and nothing else. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { ask } from '../support/listener.ts';
import { freePort, startWxop, wxop, type Environment } from '../support/processes.ts';

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
    const made = await wxop(['api', 'POST', path, '--data', '{}'], env);
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
});
