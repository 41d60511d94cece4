import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { SANDBOX_COMPONENT, startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';

type Json = Record<string, unknown>;

const { appId: COMPONENT, secret: SECRET } = SANDBOX_COMPONENT;
const MENU = '/cgi-bin/get_current_selfmenu_info';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = 1_700_000_000_000;
const seconds = START / 1000;

const component = (name: string): string => `/cgi-bin/component/${name}`;

interface Asked {
  method?: string;
  body?: Json | string;
  query?: Record<string, string>;
}

async function ask(sandbox: Sandbox, path: string, { method = 'POST', body, query = {} }: Asked = {}): Promise<Json> {
  const url = new URL(path, sandbox.url);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const response = await fetch(url, { method, body: typeof body === 'object' ? JSON.stringify(body) : body });
  expect(response.status).toBe(200);
  return (await response.json()) as Json;
}

/** A sandbox whose clock stands still but for `advance`. */
async function open(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ now: () => START, ...options });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

const tokenRequest = (sandbox: Sandbox, changes: Json = {}): Asked => ({
  body: {
    component_appid: COMPONENT,
    component_appsecret: SECRET,
    component_verify_ticket: sandbox.state().ticket,
    ...changes,
  },
});

async function componentToken(sandbox: Sandbox): Promise<string> {
  const answer = await ask(sandbox, component('api_component_token'), tokenRequest(sandbox));
  return answer.component_access_token as string;
}

/** Calls with the component's token. */
function asComponent(sandbox: Sandbox, token: string, name: string, body: Json = {}): Promise<Json> {
  return ask(sandbox, component(name), {
    query: { component_access_token: token },
    body: { component_appid: COMPONENT, ...body },
  });
}

interface Authorized {
  authorizer_appid: string;
  authorizer_access_token: string;
  authorizer_refresh_token: string;
  expires_in: number;
  func_info: { funcscope_category: { id: number } }[];
}

async function code(sandbox: Sandbox, token: string, merchant = 0): Promise<string> {
  const { pre_auth_code } = await asComponent(sandbox, token, 'api_create_preauthcode');
  const appId = sandbox.state().accounts[merchant]?.appId ?? '';
  const { redirectUrl } = sandbox.consent({ preAuthCode: pre_auth_code as string, appId });
  return new URL(redirectUrl).searchParams.get('auth_code') ?? '';
}

async function authorize(sandbox: Sandbox, token: string, merchant = 0): Promise<Authorized> {
  const answer = await asComponent(sandbox, token, 'api_query_auth', {
    authorization_code: await code(sandbox, token, merchant),
  });
  return answer.authorization_info as Authorized;
}

const refresh = (sandbox: Sandbox, token: string, appId: string, refreshToken: string): Promise<Json> =>
  asComponent(sandbox, token, 'api_authorizer_token', {
    authorizer_appid: appId,
    authorizer_refresh_token: refreshToken,
  });

const menu = (sandbox: Sandbox, token: string): Promise<Json> =>
  ask(sandbox, MENU, { method: 'GET', query: { access_token: token } });

describe('the endpoints answer', () => {
  let sandbox: Sandbox;
  let token: string;
  beforeEach(async () => {
    sandbox = await startSandbox({ now: () => START });
    token = await componentToken(sandbox);
    return () => sandbox.close();
  });

  it('api_start_push_ticket', async () => {
    const before = sandbox.state().ticket;
    expect(
      await ask(sandbox, component('api_start_push_ticket'), {
        body: { component_appid: COMPONENT, component_secret: SECRET },
      }),
    ).toEqual({ errcode: 0, errmsg: 'ok' });
    expect(sandbox.state().ticket).not.toBe(before);
  });

  it('api_component_token', async () => {
    const answer = await ask(sandbox, component('api_component_token'), tokenRequest(sandbox));
    expect(answer).toEqual({ component_access_token: expect.any(String) as string, expires_in: 7200 });
    expect(answer.component_access_token).not.toBe(token);
  });

  it('api_create_preauthcode', async () => {
    expect(await asComponent(sandbox, token, 'api_create_preauthcode')).toEqual({
      pre_auth_code: expect.stringMatching(/^preauthcode@@@[\w-]{64}$/) as string,
      expires_in: 600,
    });
  });

  it('api_query_auth, with the granted sets as WeChat nests them', async () => {
    const answer = await asComponent(sandbox, token, 'api_query_auth', {
      authorization_code: await code(sandbox, token),
    });
    expect(answer).toEqual({
      authorization_info: {
        authorizer_appid: sandbox.state().accounts[0]?.appId,
        authorizer_access_token: expect.any(String) as string,
        expires_in: 7200,
        authorizer_refresh_token: expect.stringMatching(/^refreshtoken@@@[\w-]{43}$/) as string,
        func_info: [1, 2, 3, 4, 7, 11, 15].map((id) => ({ funcscope_category: { id } })),
      },
    });
  });

  it('api_authorizer_token, with the same refresh token', async () => {
    const account = await authorize(sandbox, token);
    const answer = await refresh(sandbox, token, account.authorizer_appid, account.authorizer_refresh_token);
    expect(answer).toEqual({
      authorizer_access_token: expect.any(String) as string,
      expires_in: 7200,
      authorizer_refresh_token: account.authorizer_refresh_token,
    });
    expect(answer.authorizer_access_token).not.toBe(account.authorizer_access_token);
  });

  it('api_get_authorizer_info: MiniProgramInfo tells the kinds apart', async () => {
    const [mp, mini] = [await authorize(sandbox, token, 0), await authorize(sandbox, token, 4)];
    const info = (appId: string): Promise<Json> =>
      asComponent(sandbox, token, 'api_get_authorizer_info', { authorizer_appid: appId });
    const answer = await info(mp.authorizer_appid);
    expect(answer).toMatchObject({
      authorizer_info: {
        nick_name: '春风茶馆',
        user_name: expect.stringMatching(/^gh_[0-9a-f]{12}$/) as string,
        service_type_info: { id: 2 },
      },
      authorization_info: {
        authorizer_appid: mp.authorizer_appid,
        authorizer_refresh_token: mp.authorizer_refresh_token,
        func_info: mp.func_info,
      },
    });
    expect(answer.authorizer_info).not.toHaveProperty('MiniProgramInfo');
    expect((await info(mini.authorizer_appid)).authorizer_info).toHaveProperty('MiniProgramInfo.categories');
  });

  it('get_current_selfmenu_info', async () => {
    const account = await authorize(sandbox, token);
    expect(await menu(sandbox, account.authorizer_access_token)).toMatchObject({
      is_menu_open: 1,
      selfmenu_info: { button: [{ type: 'click', name: '今日推荐' }, { name: '点单' }, { name: '我的' }] },
    });
  });

  it('both names of the token parameter are taken', async () => {
    for (const name of ['component_access_token', 'access_token']) {
      const body = { component_appid: COMPONENT };
      const answer = await ask(sandbox, component('api_create_preauthcode'), { query: { [name]: token }, body });
      expect(answer).toHaveProperty('pre_auth_code');
    }
  });
});

describe('api_get_authorizer_list', () => {
  it('pages through the accounts', async () => {
    const sandbox = await open({ accounts: 7 });
    const token = await componentToken(sandbox);
    const appIds: string[] = [];
    for (let merchant = 0; merchant < 6; merchant++) {
      appIds.push((await authorize(sandbox, token, merchant)).authorizer_appid);
    }
    const page = async (offset: number, count: number): Promise<{ total: unknown; list: Json[] }> => {
      const { total_count, list } = await asComponent(sandbox, token, 'api_get_authorizer_list', { offset, count });
      return { total: total_count, list: list as Json[] };
    };
    const [first, second, beyond] = [await page(0, 4), await page(4, 4), await page(6, 4)];
    expect([first.total, second.total, beyond.total]).toEqual([6, 6, 6]);
    expect([...first.list, ...second.list].map(({ authorizer_appid }) => authorizer_appid)).toEqual(appIds);
    expect(beyond.list).toEqual([]);
    expect(first.list[0]).toEqual({
      authorizer_appid: appIds[0],
      refresh_token: expect.stringMatching(/^refreshtoken@@@/) as string,
      auth_time: seconds,
    });
  });

  it('takes a page of 500 and refuses 501: 40170', async () => {
    const sandbox = await open();
    const token = await componentToken(sandbox);
    const page = (count: unknown): Promise<Json> =>
      asComponent(sandbox, token, 'api_get_authorizer_list', { offset: 0, count });
    expect(await page(500)).toEqual({ total_count: 0, list: [] });
    expect(await page(501)).toMatchObject({ errcode: 40170 });
    expect(await page('many')).toMatchObject({ errcode: 47001 });
  });
});

describe('the endpoints refuse', () => {
  interface Setting {
    sandbox: Sandbox;
    token: string;
    account: Authorized;
  }
  const secretless = { component_appid: COMPONENT };
  const preAuth = component('api_create_preauthcode');
  const cases: [errcode: number, what: string, act: (setting: Setting) => Promise<Json>][] = [
    [40001, 'an unknown component token', ({ sandbox }) => asComponent(sandbox, 'unknown', 'api_create_preauthcode')],
    [40001, 'an unknown account token', ({ sandbox }) => menu(sandbox, 'unknown')],
    [
      40013,
      'the appid of another component',
      ({ sandbox, token }) => asComponent(sandbox, token, 'api_create_preauthcode', { component_appid: 'wx0' }),
    ],
    [
      40013,
      'an unknown account',
      ({ sandbox, token }) => asComponent(sandbox, token, 'api_get_authorizer_info', { authorizer_appid: 'wx0' }),
    ],
    [40066, 'an unknown path', ({ sandbox }) => ask(sandbox, '/cgi-bin/nothing', { body: {} })],
    [
      40125,
      'a wrong secret',
      ({ sandbox }) =>
        ask(sandbox, component('api_component_token'), tokenRequest(sandbox, { component_appsecret: 'wrong' })),
    ],
    [
      40125,
      'a wrong secret, where it is called component_secret',
      ({ sandbox }) =>
        ask(sandbox, component('api_start_push_ticket'), { body: { ...secretless, component_secret: 'wrong' } }),
    ],
    [41001, 'a missing account token', ({ sandbox }) => ask(sandbox, MENU, { method: 'GET' })],
    [
      41004,
      'component_appsecret where component_secret is wanted',
      ({ sandbox }) =>
        ask(sandbox, component('api_start_push_ticket'), { body: { ...secretless, component_appsecret: SECRET } }),
    ],
    [41018, 'a missing component appid', ({ sandbox }) => ask(sandbox, component('api_component_token'), { body: {} })],
    [41021, 'a missing component token', ({ sandbox }) => ask(sandbox, preAuth, { body: secretless })],
    [
      42001,
      'an expired component token',
      ({ sandbox, token }) => {
        sandbox.advance(2 * HOUR);
        return asComponent(sandbox, token, 'api_create_preauthcode');
      },
    ],
    [
      42001,
      'an expired account token',
      ({ sandbox, account }) => {
        sandbox.advance(2 * HOUR);
        return menu(sandbox, account.authorizer_access_token);
      },
    ],
    [43001, 'POST where GET is wanted', ({ sandbox }) => ask(sandbox, MENU, { body: {} })],
    [43002, 'GET where POST is wanted', ({ sandbox }) => ask(sandbox, preAuth, { method: 'GET' })],
    [
      44002,
      'an empty body',
      ({ sandbox, token }) => ask(sandbox, preAuth, { query: { access_token: token }, body: '' }),
    ],
    [
      47001,
      'a body that is no JSON',
      ({ sandbox, token }) => ask(sandbox, preAuth, { query: { access_token: token }, body: '{"a":' }),
    ],
    [
      47001,
      'a body that is no object',
      ({ sandbox, token }) => ask(sandbox, preAuth, { query: { access_token: token }, body: '7' }),
    ],
    [
      48001,
      'the menu of a mini program',
      async ({ sandbox, token }) => menu(sandbox, (await authorize(sandbox, token, 4)).authorizer_access_token),
    ],
    [
      61003,
      'an account that never authorized',
      ({ sandbox, token }) => {
        const appId = sandbox.state().accounts[1]?.appId ?? '';
        return refresh(sandbox, token, appId, 'refreshtoken@@@any');
      },
    ],
    [
      61003,
      'an account that cancelled',
      async ({ sandbox, token, account }) => {
        await sandbox.push({ event: 'unauthorized', appId: account.authorizer_appid });
        return refresh(sandbox, token, account.authorizer_appid, account.authorizer_refresh_token);
      },
    ],
    [
      61005,
      'a ticket of 13 hours ago',
      ({ sandbox }) => {
        const request = tokenRequest(sandbox);
        sandbox.advance(13 * HOUR);
        return ask(sandbox, component('api_component_token'), request);
      },
    ],
    [
      61006,
      'an unknown ticket',
      ({ sandbox }) =>
        ask(
          sandbox,
          component('api_component_token'),
          tokenRequest(sandbox, { component_verify_ticket: 'ticket@@@unknown' }),
        ),
    ],
    [
      61009,
      'an unknown code',
      ({ sandbox, token }) => asComponent(sandbox, token, 'api_query_auth', { authorization_code: 'unknown' }),
    ],
    [
      61010,
      'a used code',
      async ({ sandbox, token }) => {
        const body = { authorization_code: await code(sandbox, token, 1) };
        expect(await asComponent(sandbox, token, 'api_query_auth', body)).toHaveProperty('authorization_info');
        return asComponent(sandbox, token, 'api_query_auth', body);
      },
    ],
    [
      61010,
      'a code of an hour ago',
      async ({ sandbox, token }) => {
        const body = { authorization_code: await code(sandbox, token, 1) };
        sandbox.advance(HOUR);
        return asComponent(sandbox, token, 'api_query_auth', body);
      },
    ],
    [
      61014,
      "an account's token where the component's is wanted",
      ({ sandbox, account }) => asComponent(sandbox, account.authorizer_access_token, 'api_create_preauthcode'),
    ],
    [61015, "the component's token where an account's is wanted", ({ sandbox, token }) => menu(sandbox, token)],
    [
      61023,
      'a wrong refresh token',
      ({ sandbox, token, account }) => refresh(sandbox, token, account.authorizer_appid, 'refreshtoken@@@wrong'),
    ],
    [
      61023,
      'the refresh token from before a second authorization',
      async ({ sandbox, token, account }) => {
        await authorize(sandbox, token);
        return refresh(sandbox, token, account.authorizer_appid, account.authorizer_refresh_token);
      },
    ],
  ];

  it.each(cases)('%d: %s', async (errcode, _, act) => {
    const sandbox = await open();
    const token = await componentToken(sandbox);
    const account = await authorize(sandbox, token);
    const answer = await act({ sandbox, token, account });
    expect(Object.keys(answer)).toEqual(['errcode', 'errmsg']);
    expect(answer.errcode).toBe(errcode);
    expect(answer.errmsg).toMatch(/^[a-z].+ rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/);
  });

  it('61004: an address off the whitelist, with what it saw', async () => {
    const sandbox = await open({ allowedIps: ['203.0.113.7'] });
    const answer = await ask(sandbox, component('api_component_token'), tokenRequest(sandbox));
    expect(answer).toMatchObject({ errcode: 61004 });
    expect(answer.errmsg).toMatch(/^access clientip is not registered requestIP: 127\.0\.0\.1 rid: /);
  });

  it('an address on the whitelist is let in', async () => {
    const sandbox = await open({ allowedIps: ['203.0.113.7', '127.0.0.1'] });
    expect(await ask(sandbox, component('api_component_token'), tokenRequest(sandbox))).not.toHaveProperty('errcode');
  });

  it('45009: more calls of one path than the quota', async () => {
    const sandbox = await open({ quota: 2 });
    const token = await componentToken(sandbox);
    const errcodes: unknown[] = [];
    for (let call = 0; call < 3; call++) {
      errcodes.push((await asComponent(sandbox, token, 'api_create_preauthcode')).errcode);
    }
    expect(errcodes).toEqual([undefined, undefined, 45009]);
    // Each path has its own.
    expect(await ask(sandbox, component('api_component_token'), tokenRequest(sandbox))).not.toHaveProperty('errcode');
  });

  it('-1: busy, and nothing is processed', async () => {
    const sandbox = await open({ faults: ['api_create_preauthcode=busy'] });
    const token = await componentToken(sandbox);
    expect(await asComponent(sandbox, token, 'api_create_preauthcode')).toMatchObject({
      errcode: -1,
      errmsg: expect.stringMatching(/^system error rid: /) as string,
    });
    expect(sandbox.state().preAuthCodes).toEqual([]);
  });
});

describe('lives', () => {
  it('an old component token works five minutes after a new one, and not longer', async () => {
    const sandbox = await open();
    const old = await componentToken(sandbox);
    const current = await componentToken(sandbox);
    sandbox.advance(5 * MINUTE - 1000);
    expect(await asComponent(sandbox, old, 'api_create_preauthcode')).toHaveProperty('pre_auth_code');
    sandbox.advance(1000);
    expect(await asComponent(sandbox, old, 'api_create_preauthcode')).toMatchObject({ errcode: 42001 });
    expect(await asComponent(sandbox, current, 'api_create_preauthcode')).toHaveProperty('pre_auth_code');
  });

  it('an old account token works five minutes after a new one, and not longer', async () => {
    const sandbox = await open();
    const token = await componentToken(sandbox);
    const account = await authorize(sandbox, token);
    await refresh(sandbox, token, account.authorizer_appid, account.authorizer_refresh_token);
    sandbox.advance(5 * MINUTE - 1000);
    expect(await menu(sandbox, account.authorizer_access_token)).toHaveProperty('is_menu_open');
    sandbox.advance(1000);
    expect(await menu(sandbox, account.authorizer_access_token)).toMatchObject({ errcode: 42001 });
  });

  it('an overlap does not prolong a token that was about to expire', async () => {
    const sandbox = await open();
    const old = await componentToken(sandbox);
    sandbox.advance(2 * HOUR - MINUTE);
    await componentToken(sandbox);
    sandbox.advance(MINUTE);
    expect(await asComponent(sandbox, old, 'api_create_preauthcode')).toMatchObject({ errcode: 42001 });
  });

  it('any unexpired ticket works, not only the newest', async () => {
    const sandbox = await open();
    const request = tokenRequest(sandbox);
    await ask(sandbox, component('api_start_push_ticket'), {
      body: { component_appid: COMPONENT, component_secret: SECRET },
    });
    sandbox.advance(12 * HOUR - 1000);
    expect(await ask(sandbox, component('api_component_token'), request)).toHaveProperty('component_access_token');
  });

  it('ttl decides how long access tokens live', async () => {
    const sandbox = await open({ ttl: 30_000 });
    const answer = await ask(sandbox, component('api_component_token'), tokenRequest(sandbox));
    expect(answer.expires_in).toBe(30);
    sandbox.advance(29_000);
    const token = answer.component_access_token as string;
    expect(await asComponent(sandbox, token, 'api_create_preauthcode')).toHaveProperty('pre_auth_code');
    sandbox.advance(1_000);
    expect(await asComponent(sandbox, token, 'api_create_preauthcode')).toMatchObject({ errcode: 42001 });
  });

  it('rotate: every refresh gives a new refresh token and ends the old one', async () => {
    const sandbox = await open({ rotate: true });
    const token = await componentToken(sandbox);
    const { authorizer_appid: appId, authorizer_refresh_token: first } = await authorize(sandbox, token);
    const second = (await refresh(sandbox, token, appId, first)).authorizer_refresh_token as string;
    expect(second).toMatch(/^refreshtoken@@@/);
    expect(second).not.toBe(first);
    expect(await refresh(sandbox, token, appId, first)).toMatchObject({ errcode: 61023 });
    expect(await refresh(sandbox, token, appId, second)).toHaveProperty('authorizer_access_token');
  });

  it('WeChat gives back a refresh token that was lost', async () => {
    const sandbox = await open({ rotate: true });
    const token = await componentToken(sandbox);
    const { authorizer_appid: appId, authorizer_refresh_token: first } = await authorize(sandbox, token);
    const second = (await refresh(sandbox, token, appId, first)).authorizer_refresh_token;
    const info = await asComponent(sandbox, token, 'api_get_authorizer_info', { authorizer_appid: appId });
    const list = await asComponent(sandbox, token, 'api_get_authorizer_list', { offset: 0, count: 500 });
    expect(info).toMatchObject({ authorization_info: { authorizer_refresh_token: second } });
    expect(list).toMatchObject({ list: [{ authorizer_appid: appId, refresh_token: second }] });
  });
});

describe('the count of calls', () => {
  it('counts every call by path, refused ones too', async () => {
    const sandbox = await open();
    const token = await componentToken(sandbox);
    await asComponent(sandbox, token, 'api_create_preauthcode');
    await asComponent(sandbox, 'wrong', 'api_create_preauthcode');
    await menu(sandbox, 'wrong');
    expect(sandbox.state().calls).toEqual({
      [component('api_component_token')]: 1,
      [component('api_create_preauthcode')]: 2,
      [MENU]: 1,
    });
  });
});
