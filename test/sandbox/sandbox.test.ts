import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isError } from '../../src/sentences/wxop-error.ts';
import { open, verifySignature } from '../../src/protocol/envelope.ts';
import { parseXml, readEvent, readMessage, takeEncrypt, type ComponentEvent } from '../../src/protocol/events.ts';
import { attemptIdOf, mobileLink, pcLink, type AuthType } from '../../src/protocol/links.ts';
import { SANDBOX_COMPONENT, startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { eventually } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

type Json = Record<string, unknown>;

const START = 1_700_000_000_000;
const ENTRY = 'https://entry.example';

async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

interface Received {
  path: string;
  query: URLSearchParams;
  body: string;
  contentType: string | undefined;
  /** The opened XML. */
  xml: string;
}

interface Receiver {
  url: string;
  received: Received[];
  events(): ComponentEvent[];
}

/** Takes pushes as an operator's service would, with its own status for each. */
async function receiver(statusOf: (count: number) => number = () => 200): Promise<Receiver> {
  const received: Received[] = [];
  const { appId, messageToken, encodingAesKey } = SANDBOX_COMPONENT;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://receiver');
      const body = Buffer.concat(chunks).toString('utf8');
      const encrypted = takeEncrypt(body) ?? '';
      const parts = { timestamp: query.get('timestamp') ?? '', nonce: query.get('nonce') ?? '', encrypted };
      const isGenuine = verifySignature(query.get('msg_signature') ?? '', { token: messageToken, ...parts });
      const opened = open(encrypted, [encodingAesKey], appId);
      const xml = isGenuine && !opened.failure ? opened.message : '';
      received.push({ path, query, body, contentType: request.headers['content-type'], xml });
      response.writeHead(statusOf(received.length));
      response.end('success');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    events: () => received.flatMap(({ xml }) => readEvent(xml) ?? []),
  };
}

/** A sandbox that pushes to a receiver, and its first ticket has arrived. */
async function pushing(options: SandboxOptions = {}) {
  const to = await receiver();
  const sandbox = await start({
    pushUrl: `${to.url}/event`,
    messageUrl: `${to.url}/$APPID$/message`,
    ticketInterval: 3_600_000,
    ...options,
  });
  await eventually(() => sandbox.state().pushes.component_verify_ticket);
  return { sandbox, to };
}

async function control(sandbox: Sandbox, route: string, body?: unknown): Promise<{ status: number; json: Json }> {
  const response = await fetch(`${sandbox.url}/_sandbox/${route}`, {
    method: body === undefined ? 'GET' : 'POST',
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

const call = (sandbox: Sandbox, name: string, token: string, body: Json = {}, signal?: AbortSignal) =>
  fetch(`${sandbox.url}/cgi-bin/component/${name}?component_access_token=${token}`, {
    method: 'POST',
    body: JSON.stringify({ component_appid: SANDBOX_COMPONENT.appId, ...body }),
    signal,
  });

async function componentToken(sandbox: Sandbox): Promise<string> {
  const response = await call(sandbox, 'api_component_token', '', {
    component_appsecret: SANDBOX_COMPONENT.secret,
    component_verify_ticket: sandbox.state().ticket,
  });
  return ((await response.json()) as { component_access_token: string }).component_access_token;
}

async function preAuthCode(sandbox: Sandbox, token?: string): Promise<string> {
  const response = await call(sandbox, 'api_create_preauthcode', token ?? (await componentToken(sandbox)));
  return ((await response.json()) as { pre_auth_code: string }).pre_auth_code;
}

const merchant = (sandbox: Sandbox, index = 0): string => sandbox.state().accounts[index]?.appId ?? '';

describe('tickets', () => {
  it('are pushed at once and at the interval, each a new one, sealed as WeChat seals', async () => {
    const to = await receiver();
    const sandbox = await start({ pushUrl: `${to.url}/event?tenant=7`, ticketInterval: 100 });
    await eventually(() => (to.received.length >= 3 ? true : undefined));
    const ticketsSoFar = (): string[] =>
      to.events().flatMap((event) => (event.type === 'ticket' ? [event.ticket] : []));
    // It may still be on its way.
    const { ticket = '' } = sandbox.state();
    await eventually(() => (ticketsSoFar().includes(ticket) ? true : undefined));
    const tickets = ticketsSoFar();
    expect(new Set(tickets).size).toBe(to.received.length);
    const [first] = to.received;
    expect(first).toMatchObject({ path: '/event', contentType: 'text/xml' });
    expect([...(first?.query.keys() ?? [])].sort()).toEqual([
      'encrypt_type',
      'msg_signature',
      'nonce',
      'signature',
      'tenant',
      'timestamp',
    ]);
    const parts = { timestamp: first?.query.get('timestamp') ?? '', nonce: first?.query.get('nonce') ?? '' };
    const token = SANDBOX_COMPONENT.messageToken;
    expect(verifySignature(first?.query.get('signature') ?? '', { token, ...parts })).toBe(true);
    expect(Object.keys(parseXml(first?.body ?? '') ?? {})).toEqual(['AppId', 'Encrypt']);
    expect(Object.keys(parseXml(first?.xml ?? '') ?? {})).toEqual([
      'AppId',
      'CreateTime',
      'InfoType',
      'ComponentVerifyTicket',
    ]);
  });

  it('look as WeChat makes them', async () => {
    expect((await start()).state().ticket).toMatch(/^ticket@@@[\w-]{86}$/);
  });

  it('come when they are asked for', async () => {
    const { sandbox, to } = await pushing();
    const before = to.received.length;
    await call(sandbox, 'api_start_push_ticket', '', { component_secret: SANDBOX_COMPONENT.secret });
    await eventually(() => (to.received.length > before ? true : undefined));
    expect(to.events().at(-1)).toMatchObject({ type: 'ticket', ticket: sandbox.state().ticket });
  });

  it('follow the clock of the sandbox', async () => {
    const { sandbox, to } = await pushing({ now: () => START });
    sandbox.advance(90_000);
    await sandbox.push({ event: 'component_verify_ticket' });
    expect(to.events().map(({ createTime }) => createTime)).toEqual([START / 1000, START / 1000 + 90]);
    expect(to.received.at(-1)?.query.get('timestamp')).toBe(String(START / 1000 + 90));
  });
});

describe('a push that is not taken', () => {
  it('comes again, the same', async () => {
    const to = await receiver((count) => (count === 2 ? 500 : 200));
    const sandbox = await start({ pushUrl: to.url, ticketInterval: 3_600_000 });
    await eventually(() => sandbox.state().pushes.component_verify_ticket);
    expect(await sandbox.push({ event: 'component_verify_ticket' })).toEqual({ status: 200, body: 'success' });
    const [, failed, again] = to.received;
    expect(to.received).toHaveLength(3);
    expect(again?.query.toString()).toBe(failed?.query.toString());
    expect(again?.body).toBe(failed?.body);
    expect(sandbox.state().pushes.component_verify_ticket).toEqual({ count: 2, lastStatus: 200, lastBody: 'success' });
  });

  it('comes three times and then no more', async () => {
    const to = await receiver((count) => (count === 1 ? 200 : 503));
    const sandbox = await start({ pushUrl: to.url, ticketInterval: 3_600_000 });
    await eventually(() => sandbox.state().pushes.component_verify_ticket);
    expect(await sandbox.push({ event: 'notify_3rd_wxa_auth' })).toEqual({ status: 503, body: 'success' });
    expect(to.received).toHaveLength(4);
    expect(sandbox.state().pushes.notify_3rd_wxa_auth).toEqual({ count: 1, lastStatus: 503, lastBody: 'success' });
  });

  it('has status 0 where nobody listens', async () => {
    const sandbox = await start();
    expect((await sandbox.push({ event: 'component_verify_ticket' })).status).toBe(0);
  });
});

describe('the merchant', () => {
  it('consents: a redirect with a code, and the event with the same one', async () => {
    const { sandbox, to } = await pushing();
    const code = await preAuthCode(sandbox);
    const appId = merchant(sandbox);
    const { status, json } = await control(sandbox, 'consent', { preAuthCode: code, appId });
    expect(status).toBe(200);
    const redirect = new URL(json.redirectUrl as string);
    // Nobody opened the link: wxop's own callback at the receiver's origin.
    expect(redirect.origin + redirect.pathname).toBe(`${to.url}/authorize/callback`);
    expect(redirect.searchParams.get('attempt')).toBe(attemptIdOf(code));
    expect(redirect.searchParams.get('expires_in')).toBe('3600');
    await eventually(() => sandbox.state().pushes.authorized);
    expect(to.events().at(-1)).toEqual({
      type: 'authorized',
      componentAppId: SANDBOX_COMPONENT.appId,
      createTime: expect.any(Number) as number,
      appId,
      code: redirect.searchParams.get('auth_code'),
      preAuthCode: code,
    });
    const fields = parseXml(to.received.at(-1)?.xml ?? '');
    expect(Number(fields?.AuthorizationCodeExpiredTime)).toBe(Number(fields?.CreateTime) + 3600);
    expect(sandbox.state().accounts.filter(({ authorized }) => authorized)).toMatchObject([{ appId }]);
    expect(sandbox.state().preAuthCodes).toEqual([]);
  });

  it('consents again: updateauthorized', async () => {
    const { sandbox, to } = await pushing();
    const token = await componentToken(sandbox);
    for (let time = 0; time < 2; time++) {
      sandbox.consent({ preAuthCode: await preAuthCode(sandbox, token), appId: merchant(sandbox) });
    }
    await eventually(() => sandbox.state().pushes.updateauthorized);
    await eventually(() => sandbox.state().pushes.authorized);
    const kinds = to.events().map(({ type }) => type);
    expect(kinds.sort()).toEqual(['authorized', 'ticket', 'updateauthorized']);
  });

  it('cancels: unauthorized', async () => {
    const { sandbox, to } = await pushing();
    sandbox.consent({ preAuthCode: await preAuthCode(sandbox), appId: merchant(sandbox) });
    const answer = await control(sandbox, 'push', { event: 'unauthorized', appId: merchant(sandbox) });
    expect(answer).toEqual({ status: 200, json: { status: 200, body: 'success' } });
    expect(to.events()).toContainEqual(expect.objectContaining({ type: 'unauthorized', appId: merchant(sandbox) }));
    expect(sandbox.state().accounts[0]?.authorized).toBe(false);
  });

  it('is sent where the link that was opened says', async () => {
    const sandbox = await start();
    const code = await preAuthCode(sandbox);
    await fetch(link(sandbox, code, { redirectUrl: `${ENTRY}/done?cid=14` }), { headers: { referer: ENTRY } });
    const { redirectUrl } = sandbox.consent({ preAuthCode: code, appId: merchant(sandbox) });
    expect(redirectUrl).toMatch(/^https:\/\/entry\.example\/done\?cid=14&auth_code=queryauthcode%40%40%40/);
  });

  it.each([
    ['a code that was never made', () => Promise.resolve('preauthcode@@@x'), -11],
    [
      'a used code',
      async (sandbox: Sandbox) => {
        const code = await preAuthCode(sandbox);
        sandbox.consent({ preAuthCode: code, appId: merchant(sandbox) });
        return code;
      },
      -28,
    ],
    [
      'an expired code',
      async (sandbox: Sandbox) => {
        const code = await preAuthCode(sandbox);
        sandbox.advance(600_000);
        return code;
      },
      -11,
    ],
  ])('cannot consent to %s', async (_, make, problem) => {
    const sandbox = await start({ now: () => START });
    const answer = await control(sandbox, 'consent', { preAuthCode: await make(sandbox), appId: merchant(sandbox, 1) });
    expect(answer).toMatchObject({ status: 400, json: { code: problem } });
    expect(sandbox.state().accounts[1]?.authorized).toBe(false);
  });

  it('that does not exist cannot consent, and uses no code up', async () => {
    const sandbox = await start();
    const code = await preAuthCode(sandbox);
    expect(await control(sandbox, 'consent', { preAuthCode: code, appId: 'wx0' })).toMatchObject({
      status: 400,
      json: { code: 40013 },
    });
    expect(sandbox.state().preAuthCodes).toEqual([code]);
  });
});

describe('other pushes', () => {
  it('a message goes to the message URL of the account', async () => {
    const { sandbox, to } = await pushing();
    const appId = merchant(sandbox);
    const fields = { MsgType: 'event', Event: 'CLICK', EventKey: 'TODAY' };
    expect(await sandbox.push({ event: 'message', appId, fields })).toMatchObject({ status: 200 });
    const { path, body, xml } = to.received.at(-1) ?? { path: '', body: '', xml: '' };
    expect(path).toBe(`/${appId}/message`);
    expect(parseXml(body)?.ToUserName).toMatch(/^gh_[0-9a-f]{12}$/);
    expect(readMessage(xml)).toMatchObject({
      toUserName: parseXml(body)?.ToUserName,
      msgType: 'event',
      event: 'CLICK',
      fields: { EventKey: 'TODAY' },
    });
  });

  it('any other name is sent as InfoType, with the fields given', async () => {
    const { sandbox, to } = await pushing();
    const fields = { appid: 'wx0', task_status: 3, message: 'a ]]> b <c>' };
    const answer = await control(sandbox, 'push', { event: 'notify_3rd_wxa_auth', fields });
    expect(answer.json).toEqual({ status: 200, body: 'success' });
    expect(parseXml(to.received.at(-1)?.xml ?? '')).toMatchObject({
      AppId: SANDBOX_COMPONENT.appId,
      InfoType: 'notify_3rd_wxa_auth',
      appid: 'wx0',
      task_status: '3',
      message: 'a ]]> b <c>',
    });
  });

  it('an authorization without a link has no pre-auth code', async () => {
    const { sandbox, to } = await pushing();
    await sandbox.push({ event: 'authorized', appId: merchant(sandbox) });
    expect(to.events().at(-1)).toMatchObject({ type: 'authorized', appId: merchant(sandbox) });
    expect(to.events().at(-1)).not.toHaveProperty('preAuthCode');
  });

  it('of an unknown account are refused', async () => {
    const { sandbox } = await pushing();
    expect(await control(sandbox, 'push', { event: 'unauthorized', appId: 'wx0' })).toMatchObject({ status: 400 });
  });

  it('a refused push is a rejected promise, not a throw', async () => {
    const { sandbox } = await pushing();
    const caught = await sandbox.push({ event: 'message', appId: 'wx0' }).catch((error: unknown) => error);
    expect(caught).toMatchObject({ message: 'invalid appid' });
  });
});

describe('faults', () => {
  it('busy: -1 as often as it was said', async () => {
    const sandbox = await start({ faults: ['api_create_preauthcode=busy*2'] });
    const token = await componentToken(sandbox);
    const errcodes: unknown[] = [];
    for (let time = 0; time < 3; time++) {
      errcodes.push(((await (await call(sandbox, 'api_create_preauthcode', token)).json()) as Json).errcode);
    }
    expect(errcodes).toEqual([-1, -1, undefined]);
    expect(sandbox.state().calls['/cgi-bin/component/api_create_preauthcode']).toBe(3);
  });

  it('an errcode: what it says', async () => {
    const sandbox = await start({ faults: [{ path: '/cgi-bin/component/api_create_preauthcode', kind: 45011 }] });
    const response = await call(sandbox, 'api_create_preauthcode', await componentToken(sandbox));
    expect(await response.json()).toMatchObject({ errcode: 45011, errmsg: expect.stringContaining('rid: ') as string });
  });

  it('reset: processed, and the answer is lost', async () => {
    const sandbox = await start({ faults: ['api_create_preauthcode=reset*1'] });
    const token = await componentToken(sandbox);
    await expect(call(sandbox, 'api_create_preauthcode', token)).rejects.toThrow('fetch failed');
    expect(sandbox.state().preAuthCodes).toHaveLength(1);
    expect(await preAuthCode(sandbox, token)).toMatch(/^preauthcode@@@/);
  });

  it('truncated: the head promises a whole answer, and half of it comes', async () => {
    const sandbox = await start({ faults: ['api_create_preauthcode=truncated'] });
    const response = await call(sandbox, 'api_create_preauthcode', await componentToken(sandbox));
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
    expect(sandbox.state().preAuthCodes).toHaveLength(1);
  });

  it('html: a gateway answers, and nothing is processed', async () => {
    const sandbox = await start({ faults: ['api_create_preauthcode=html'] });
    const response = await call(sandbox, 'api_create_preauthcode', await componentToken(sandbox));
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/^<html>/);
    expect(sandbox.state().preAuthCodes).toEqual([]);
  });

  it('hang: no answer until the client gives up', async () => {
    const sandbox = await start({ faults: ['api_create_preauthcode=hang'] });
    const token = await componentToken(sandbox);
    const giveUp = new AbortController();
    let isAnswered = false;
    const calling = call(sandbox, 'api_create_preauthcode', token, {}, giveUp.signal).finally(
      () => (isAnswered = true),
    );
    calling.catch(() => undefined);
    await eventually(() => sandbox.state().calls['/cgi-bin/component/api_create_preauthcode']);
    expect(isAnswered).toBe(false);
    giveUp.abort();
    await expect(calling).rejects.toThrow('aborted');
    expect(sandbox.state().preAuthCodes).toEqual([]);
  });

  it('hang: a close lets nobody hang', async () => {
    const sandbox = await startSandbox({ faults: ['api_create_preauthcode=hang'] });
    const calling = call(sandbox, 'api_create_preauthcode', await componentToken(sandbox));
    calling.catch(() => undefined);
    await eventually(() => sandbox.state().calls['/cgi-bin/component/api_create_preauthcode']);
    await sandbox.close();
    await expect(calling).rejects.toThrow('fetch failed');
  });

  it('are set and cleared while it runs', async () => {
    const sandbox = await start();
    const token = await componentToken(sandbox);
    const errcode = async (): Promise<unknown> =>
      ((await (await call(sandbox, 'api_create_preauthcode', token)).json()) as Json).errcode;
    expect((await control(sandbox, 'fault', { fault: 'api_create_preauthcode=61004' })).status).toBe(200);
    expect(await errcode()).toBe(61004);
    await control(sandbox, 'fault', {});
    expect(await errcode()).toBeUndefined();
    sandbox.addFault('api_create_preauthcode=busy');
    expect(await errcode()).toBe(-1);
    sandbox.clearFaults();
    expect(await errcode()).toBeUndefined();
  });

  it('strike only the path that they name', async () => {
    const sandbox = await start({ faults: ['token=busy', 'preauthcode=busy'] });
    expect(await preAuthCode(sandbox)).toMatch(/^preauthcode@@@/);
  });

  it.each(['api_component_token', 'api_component_token=', '=busy', 'a=never', 'a=busy*x', 'a=busy*', 'a=1.5'])(
    'that nobody understands are refused: %s',
    async (fault) => {
      const error: unknown = await startSandbox({ faults: [fault] }).catch((thrown: unknown) => thrown);
      expect(isError(error, 'USAGE')).toBe(true);
      const sandbox = await start();
      expect(await control(sandbox, 'fault', { fault })).toMatchObject({ status: 400 });
    },
  );
});

interface LinkChanges {
  redirectUrl?: string;
  authType?: AuthType;
  bizAppId?: string;
  componentAppId?: string;
}

function link(sandbox: Sandbox, code: string, changes: LinkChanges = {}, make = pcLink): string {
  return make(sandbox.url, {
    componentAppId: SANDBOX_COMPONENT.appId,
    preAuthCode: code,
    redirectUrl: `${ENTRY}/done?attempt=1`,
    authType: 'all',
    ...changes,
  });
}

async function openPage(url: string, referer?: string): Promise<string> {
  const response = await fetch(url, {
    headers: referer === undefined ? {} : { referer },
    referrerPolicy: 'unsafe-url',
  });
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  return response.text();
}

const offered = (page: string): string[] =>
  [...page.matchAll(/<button name="appid" value="([^"]*)"/g)].map(([, id]) => id ?? '');
const DOMAIN_TEXT = /请确认授权入口页所在域名.*授权入口页所在域名：([^<]*)</;

describe('the consent page', () => {
  it('of a clicked link offers every account', async () => {
    const sandbox = await start();
    const page = await openPage(link(sandbox, await preAuthCode(sandbox)), `${ENTRY}/authorize/1`);
    expect(offered(page)).toEqual(sandbox.state().accounts.map(({ appId }) => appId));
    expect(page).toContain('春风茶馆');
  });

  it('of a pasted link: no Referer, 空', async () => {
    const sandbox = await start();
    const page = await openPage(link(sandbox, await preAuthCode(sandbox)));
    expect(DOMAIN_TEXT.exec(page)?.[1]).toBe('空');
    expect(page).toContain('-14');
    expect(offered(page)).toEqual([]);
  });

  it.each(['https://other.example', 'https://www.entry.example', 'https://entry.example:8443'])(
    'from another host names it: %s',
    async (from) => {
      const sandbox = await start();
      const page = await openPage(link(sandbox, await preAuthCode(sandbox)), `${from}/`);
      expect(DOMAIN_TEXT.exec(page)?.[1]).toBe(new URL(from).host);
      expect(offered(page)).toEqual([]);
    },
  );

  it('enforces the domain that was configured', async () => {
    const strict = await start({ domain: 'configured.example' });
    const refused = await openPage(link(strict, await preAuthCode(strict)), ENTRY);
    expect(DOMAIN_TEXT.exec(refused)?.[1]).toBe('entry.example');
    const fitting = await start({ domain: 'entry.example' });
    expect(offered(await openPage(link(fitting, await preAuthCode(fitting)), ENTRY))).toHaveLength(5);
  });

  it('on a phone needs no Referer, but the domain', async () => {
    const sandbox = await start({ domain: 'entry.example' });
    const code = await preAuthCode(sandbox);
    expect(offered(await openPage(link(sandbox, code, {}, mobileLink)))).toHaveLength(5);
    const elsewhere = link(sandbox, code, { redirectUrl: 'https://other.example/' }, mobileLink);
    expect(await openPage(elsewhere)).toMatch(DOMAIN_TEXT);
  });

  it('of a used code: -28', async () => {
    const sandbox = await start();
    const code = await preAuthCode(sandbox);
    sandbox.consent({ preAuthCode: code, appId: merchant(sandbox) });
    const page = await openPage(link(sandbox, code), ENTRY);
    expect(page).toContain('预授权码已经被授权过，不能重复使用，请重新从源头页面进入授权页');
    expect(page).toContain('-28');
    expect(offered(page)).toEqual([]);
  });

  it('of an expired code: -11', async () => {
    const sandbox = await start({ now: () => START });
    const code = await preAuthCode(sandbox);
    sandbox.advance(599_000);
    expect(offered(await openPage(link(sandbox, code), ENTRY))).toHaveLength(5);
    sandbox.advance(1_000);
    const page = await openPage(link(sandbox, code), ENTRY);
    expect(page).toContain('PreAuthCode无效');
    expect(page).toContain('-11');
  });

  it.each([{ componentAppId: 'wx0' }, { redirectUrl: 'entry.example/done' }])(
    'of a broken link: -13, %j',
    async (changes) => {
      const sandbox = await start();
      const page = await openPage(link(sandbox, await preAuthCode(sandbox), changes), ENTRY);
      expect(page).toContain('参数错误');
      expect(offered(page)).toEqual([]);
    },
  );

  it.each<[AuthType, string[]]>([
    ['mp', ['mp', 'mp', 'mp', 'mp']],
    ['mini', ['mini']],
    ['all', ['mp', 'mp', 'mp', 'mp', 'mini']],
  ])('auth_type %s offers its kinds', async (authType, kinds) => {
    const sandbox = await start();
    const page = await openPage(link(sandbox, await preAuthCode(sandbox), { authType }), ENTRY);
    const kindOf = new Map(sandbox.state().accounts.map(({ appId, kind }) => [appId, kind]));
    expect(offered(page).map((appId) => kindOf.get(appId))).toEqual(kinds);
  });

  it('biz_appid offers that account only, and wins over auth_type', async () => {
    const sandbox = await start();
    const code = await preAuthCode(sandbox);
    const bizAppId = merchant(sandbox, 1);
    expect(offered(await openPage(link(sandbox, code, { bizAppId, authType: 'mini' }), ENTRY))).toEqual([bizAppId]);
    const page = await openPage(link(sandbox, code, { bizAppId: 'wx0000000000000000' }), ENTRY);
    expect(page).toContain('该第三方平台仅支持指定账号wx0000000000000000授权');
    expect(offered(page)).toEqual([]);
  });

  it('escapes what the link says', async () => {
    const sandbox = await start();
    const url = link(sandbox, await preAuthCode(sandbox), { bizAppId: '<script>alert(1)</script>' });
    expect(await openPage(url, ENTRY)).not.toContain('<script');
  });

  it('its form sends the merchant back with a code', async () => {
    const { sandbox, to } = await pushing();
    const code = await preAuthCode(sandbox);
    const page = await openPage(link(sandbox, code), ENTRY);
    const form = new URLSearchParams();
    for (const [, name = '', value = ''] of page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) {
      form.set(
        name,
        value.replaceAll(/&#(\d+);/g, (_, character: string) => String.fromCharCode(Number(character))),
      );
    }
    form.set('appid', offered(page)[2] ?? '');
    const action = /<form method="post" action="([^"]*)"/.exec(page)?.[1] ?? '';
    const response = await fetch(new URL(action, sandbox.url), { method: 'POST', body: form, redirect: 'manual' });
    expect(response.status).toBe(302);
    const location = new URL(response.headers.get('location') ?? '');
    expect(location.origin + location.pathname).toBe(`${ENTRY}/done`);
    expect(location.searchParams.get('attempt')).toBe('1');
    await eventually(() => sandbox.state().pushes.authorized);
    expect(to.events().at(-1)).toMatchObject({
      appId: merchant(sandbox, 2),
      code: location.searchParams.get('auth_code'),
      preAuthCode: code,
    });
  });
});

describe('the state', () => {
  it('has its shape, the same by HTTP and by import', async () => {
    const sandbox = await start({ now: () => START, accounts: 2 });
    const code = await preAuthCode(sandbox);
    const state = sandbox.state();
    expect(state).toEqual({
      calls: { '/cgi-bin/component/api_component_token': 1, '/cgi-bin/component/api_create_preauthcode': 1 },
      accounts: [
        { appId: merchant(sandbox, 0), nickName: '春风茶馆', kind: 'mp', authorized: false },
        { appId: merchant(sandbox, 1), nickName: '山城火锅', kind: 'mp', authorized: false },
      ],
      ticket: expect.stringMatching(/^ticket@@@/) as string,
      preAuthCodes: [code],
      sent: [],
      pushes: {},
      releases: {},
      now: '2023-11-14T22:13:20.000Z',
    });
    expect(await control(sandbox, 'state')).toEqual({ status: 200, json: state });
  });

  it('given away is a copy', async () => {
    const { sandbox } = await pushing();
    sandbox.state().calls.made_up = 7;
    sandbox.state().accounts.length = 0;
    for (const push of Object.values(sandbox.state().pushes)) push.count = 99;
    expect(sandbox.state().calls).toEqual({});
    expect(sandbox.state().accounts).toHaveLength(5);
    expect(sandbox.state().pushes.component_verify_ticket?.count).toBe(1);
  });

  it('has the same merchants at every start, as many as were asked for', async () => {
    const [one, other] = [await start({ accounts: 12 }), await start({ accounts: 12 })];
    expect(one.state().accounts).toEqual(other.state().accounts);
    expect(new Set(one.state().accounts.map(({ appId }) => appId)).size).toBe(12);
    for (const { appId } of one.state().accounts) expect(appId).toMatch(/^wx[0-9a-f]{16}$/);
  });
});

describe('the control routes', () => {
  it('advance the clock', async () => {
    const sandbox = await start({ now: () => START });
    expect(await control(sandbox, 'advance', { seconds: 3600 })).toEqual({
      status: 200,
      json: { now: '2023-11-14T23:13:20.000Z' },
    });
  });

  it.each([{}, { minutes: 5 }, { seconds: 'soon' }])('refuse an advance by nothing: %j', async (body) => {
    const sandbox = await start({ now: () => START });
    expect((await control(sandbox, 'advance', body)).status).toBe(400);
    expect(sandbox.state().now).toBe('2023-11-14T22:13:20.000Z');
  });

  it('refuse what they do not know', async () => {
    const sandbox = await start();
    expect((await control(sandbox, 'nothing', {})).status).toBe(404);
    expect((await control(sandbox, 'consent')).status).toBe(405);
    const broken = await fetch(`${sandbox.url}/_sandbox/push`, { method: 'POST', body: '{' });
    expect(broken.status).toBe(400);
  });

  it('are explained on the first page', async () => {
    expect(await openPage(`${(await start()).url}/`)).toContain('/_sandbox/state');
  });
});

describe('what happens', () => {
  it('is told: calls, pushes, consents', async () => {
    const told: unknown[] = [];
    const { sandbox } = await pushing({ onActivity: (news) => void told.push(news) });
    const appId = merchant(sandbox);
    sandbox.consent({ preAuthCode: await preAuthCode(sandbox), appId });
    await eventually(() => sandbox.state().pushes.authorized);
    expect(told).toContainEqual(
      expect.objectContaining({ type: 'push', event: 'component_verify_ticket', status: 200 }),
    );
    expect(told).toContainEqual(
      expect.objectContaining({ type: 'call', path: '/cgi-bin/component/api_create_preauthcode', errcode: 0 }),
    );
    expect(told).toContainEqual({ type: 'consent', appId, nickName: '春风茶馆' });
  });
});

describe('the environment for a client', () => {
  it('holds every setting, and where to listen', async () => {
    const { sandbox, to } = await pushing();
    expect(sandbox.env).toEqual({
      WXOP_HOME: expect.any(String) as string,
      WXOP_COMPONENT_APPID: SANDBOX_COMPONENT.appId,
      WXOP_COMPONENT_APPSECRET: SANDBOX_COMPONENT.secret,
      WXOP_MESSAGE_TOKEN: SANDBOX_COMPONENT.messageToken,
      WXOP_ENCODING_AES_KEY: SANDBOX_COMPONENT.encodingAesKey,
      WXOP_API_URL: sandbox.url,
      WXOP_MP_URL: sandbox.url,
      WXOP_OPEN_URL: sandbox.url,
      WXOP_HOST: '127.0.0.1',
      WXOP_PORT: new URL(to.url).port,
      WXOP_EVENT_PATH: '/event',
    });
  });

  it('has a fresh home for each sandbox', async () => {
    const [one, other] = [await start(), await start()];
    expect(one.env.WXOP_HOME).not.toBe(other.env.WXOP_HOME);
    expect(existsSync(one.env.WXOP_HOME ?? '')).toBe(true);
  });
});

describe('start and close', () => {
  it('close leaves nothing listening, pushes no more and removes its home', async () => {
    const to = await receiver();
    const sandbox = await startSandbox({ pushUrl: to.url, ticketInterval: 20 });
    await eventually(() => (to.received.length >= 2 ? true : undefined));
    await sandbox.close();
    expect(existsSync(sandbox.env.WXOP_HOME ?? '')).toBe(false);
    await expect(fetch(`${sandbox.url}/_sandbox/state`)).rejects.toThrow('fetch failed');
    // The port is free again, and what was under way at the close is over.
    const successor = await start({ port: Number(new URL(sandbox.url).port) });
    const before = to.received.length;
    for (let asked = 0; asked < 50; asked++) await fetch(`${successor.url}/_sandbox/state`);
    expect(to.received.length).toBe(before);
  });

  it('a taken port is PORT_TAKEN, named', async () => {
    const sandbox = await start();
    const port = Number(new URL(sandbox.url).port);
    const error: unknown = await startSandbox({ port }).catch((thrown: unknown) => thrown);
    expect(isError(error, 'PORT_TAKEN') && error.message).toContain(String(port));
  });

  it('another component can be played', async () => {
    const component = { ...SANDBOX_COMPONENT, appId: 'wxfedcba9876543210', secret: 'f'.repeat(32) };
    const sandbox = await start({ component });
    expect(sandbox.env).toMatchObject({
      WXOP_COMPONENT_APPID: 'wxfedcba9876543210',
      WXOP_COMPONENT_APPSECRET: component.secret,
    });
  });
});

describe('the built package', () => {
  it.each(['../../dist/sandbox.js', 'wxop/sandbox'])('gives startSandbox: %s', async (name) => {
    const built = createRequire(import.meta.url)(name) as { startSandbox: typeof startSandbox };
    const to = await receiver();
    const sandbox = await built.startSandbox({ pushUrl: to.url, accounts: 1 });
    onTestFinished(() => sandbox.close());
    await eventually(() => to.events()[0]);
    expect(to.events()[0]).toMatchObject({ type: 'ticket', ticket: sandbox.state().ticket });
    expect(await control(sandbox, 'state')).toMatchObject({ status: 200, json: { accounts: [{ kind: 'mp' }] } });
  });

  it("passes a strict type check in a project without Node's types", () => {
    const folder = temporaryFolder();
    const root = resolve(import.meta.dirname, '../..');
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/wxop'));
    writeFileSync(
      join(folder, 'use.mts'),
      `import { startSandbox, type SandboxOptions, type SandboxState } from 'wxop/sandbox';
       const options: SandboxOptions = { accounts: 1, faults: [{ path: 'api_component_token', kind: 'busy' }] };
       const sandbox = await startSandbox(options);
       const state: SandboxState = sandbox.state();
       export const answer = [await sandbox.push({ event: 'authorized' }), state.ticket, sandbox.env['WXOP_HOME']];
       // @ts-expect-error -- it is typed: no any came from a file that was not found
       sandbox.nothing();`,
    );
    const compilerOptions = {
      strict: true,
      module: 'nodenext',
      lib: ['es2023'],
      noEmit: true,
      types: [],
      preserveSymlinks: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.mts'] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '--project', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });
});
