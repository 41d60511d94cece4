/** A mini program that was registered through the component is an account at once, whatever happens in between. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { ask, sealed } from '../support/listener.ts';
import { eventually, freePort, startWxop, wxop } from '../support/processes.ts';
import { startTarget } from '../support/target.ts';

const EXCHANGE = '/cgi-bin/component/api_query_auth';

interface EventLine {
  type: string;
  infoType: string;
  appId?: string;
  status?: string;
  message?: string;
}
interface AccountLine {
  type: string;
  account: { appId: string };
}

async function open(options: SandboxOptions = {}, ...flags: string[]) {
  const port = await freePort();
  const sandbox = await startSandbox({
    accounts: 1,
    quiet: true,
    pushUrl: `http://127.0.0.1:${port}/wechat/event`,
    ...options,
  });
  onTestFinished(() => sandbox.close());
  const listen = () =>
    startWxop(['listen', '--json', '--no-start-push', ...flags], {
      ...sandbox.env,
      WXOP_FORWARD_SECRET: 'forward-secret-of-the-test',
    });
  const listener = listen();
  await listener.json('listening');
  await sandbox.push({ event: 'component_verify_ticket' });
  const accounts = async (): Promise<string[]> => {
    const { stdout } = await wxop(['accounts', 'list', '--json'], sandbox.env);
    return (JSON.parse(stdout) as { appId: string }[]).map(({ appId }) => appId);
  };
  const exchanges = (): number => sandbox.state().calls[EXCHANGE] ?? 0;
  return { sandbox, listen, listener, accounts, exchanges };
}

describe('notify_third_fasteregister', () => {
  test('with status 0 has its auth_code exchanged: the account is there, with a token', async () => {
    const { sandbox, listener, exchanges, accounts } = await open();
    expect(await sandbox.push({ event: 'notify_third_fasteregister' })).toEqual({ status: 200, body: 'success' });
    const { account } = await listener.json<AccountLine>('authorized');
    const event = await listener.json<EventLine>('event');
    expect(event).toEqual({
      type: 'event',
      infoType: 'notify_third_fasteregister',
      appId: account.appId,
      status: '0',
      message: 'OK',
    });
    expect([await accounts(), exchanges()]).toEqual([[account.appId], 1]);
    expect((await wxop(['token', 'get', account.appId], sandbox.env)).code).toBe(0);
    expect(listener.lines.join('\n') + listener.stderr()).not.toContain('queryauthcode@@@');
  });

  test('with any other status is shown and exchanges nothing', async () => {
    const { sandbox, listener, exchanges } = await open();
    const fields = {
      appid: sandbox.state().accounts[0]?.appId ?? '',
      status: 101,
      auth_code: 'queryauthcode@@@x',
      msg: 'no',
    };
    expect((await sandbox.push({ event: 'notify_third_fasteregister', fields })).body).toBe('success');
    expect(await listener.json<EventLine>('event')).toMatchObject({
      status: '101',
      message: 'no',
      appId: fields.appid,
    });
    await listener.stop();
    expect(exchanges()).toBe(0);
  });

  test('a listener that is killed in the exchange leaves it to the next one', async () => {
    const { sandbox, listen, listener, exchanges, accounts } = await open();
    sandbox.addFault('api_query_auth=hang*1');
    await sandbox.push({ event: 'notify_third_fasteregister' });
    await eventually(() => exchanges() === 1 || undefined);
    await listener.stop('SIGKILL');
    expect(await accounts()).toEqual([]);
    const { account } = await listen().json<AccountLine>('authorized');
    expect([await accounts(), exchanges()]).toEqual([[account.appId], 2]);
  });

  test('a code that WeChat took before the kill is not lost with its answer', async () => {
    const { sandbox, listen, listener, exchanges, accounts } = await open();
    sandbox.addFault('api_query_auth=silent*1');
    await sandbox.push({ event: 'notify_third_fasteregister' });
    await eventually(() => exchanges() === 1 || undefined);
    await listener.stop('SIGKILL');
    const { account } = await listen().json<AccountLine>('authorized');
    expect(await accounts()).toEqual([account.appId]);
    expect((await wxop(['token', 'get', account.appId], sandbox.env)).code).toBe(0);
  });

  test('that reaches several listeners of one store at once is exchanged once', async () => {
    const { sandbox, listener, exchanges } = await open();
    const port = String(await freePort());
    const second = startWxop(['listen', '--json', '--no-start-push', '--port', port], sandbox.env);
    await second.json('listening');
    const appId = sandbox.state().accounts[0]?.appId ?? '';
    const event = sealed({
      ...{ AppId: sandbox.env.WXOP_COMPONENT_APPID ?? '', CreateTime: Math.floor(Date.now() / 1000) },
      ...{ InfoType: 'notify_third_fasteregister', appid: appId, status: 0, auth_code: sandbox.codeOf(appId) },
    });
    const ports = [sandbox.env.WXOP_PORT ?? '', port];
    const push = (to: string) => ask(`http://127.0.0.1:${to}${event.path}`, { method: 'POST', body: event.body });
    const answers = await Promise.all([...ports, ...ports].map(push));
    expect(answers.map(({ body }) => body)).toEqual(Array(4).fill('success'));
    await Promise.race([listener, second].map(({ json }) => json<AccountLine>('authorized')));
    await Promise.all([listener.stop(), second.stop()]);
    expect(exchanges()).toBe(1);
  });

  test('reaches a target that wants this account, with its code masked', async () => {
    const target = await startTarget();
    const { sandbox, listener } = await open(
      {},
      ...['--forward-to', `${target.url}/$APPID$#format=json`, '--forward-events', 'after'],
    );
    await sandbox.push({ event: 'notify_third_fasteregister' });
    const { account } = await listener.json<AccountLine>('authorized');
    const got = await eventually(() => target.got.find(({ url }) => url.includes(account.appId)));
    expect(JSON.parse(got.body)).toMatchObject({ appId: account.appId, fields: { auth_code: '***', status: '0' } });
    expect(got.body).not.toContain('queryauthcode');
  });
});
