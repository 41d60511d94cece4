import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isError } from '../../src/sentences/wxop-error.ts';
import { createPreAuthCode } from '../../src/protocol/calls/endpoints.ts';
import { decodeAesKey, sign } from '../../src/protocol/envelope.ts';
import { takeEncrypt, writeXml } from '../../src/protocol/events.ts';
import { attemptIdOf, digestOf } from '../../src/protocol/links.ts';
import {
  ask,
  askRaw,
  authorizedEvent,
  COMPONENT,
  createGate,
  EVENT_PATH,
  listenerWorld,
  OTHER_KEY,
  sealed,
  snapshot,
  statusOf,
  ticketEvent,
  unauthorizedEvent,
  type ListenerWorld,
  type Push,
} from '../support/listener.ts';
import { sleep } from '../support/sleep.ts';
import { eventually, freePort } from '../support/processes.ts';

const MESSAGE = {
  ToUserName: 'gh_0123456789ab',
  FromUserName: 'oFollower',
  CreateTime: 1700000000,
  MsgType: 'text',
  Content: 'hello',
};
const AGENTS = {
  desktop:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36',
  phone:
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Mobile Safari/537.36',
  wechat:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.42(0x18002a2a) NetType/WIFI Language/zh_CN',
  wechatForWindows:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36 MicroMessenger/7.0.20.1781(0x6700143B) NetType/WIFI MiniProgramEnv/Windows WindowsWechat/WMPF WindowsWechat(0x63090a13) UnifiedPCWindowsWechat(0xf2541022) XWEB/16467',
};
const html = (value: string): string => value.replaceAll('&', '&amp;');
const nowInSeconds = (): number => Math.floor(Date.now() / 1000);
const without = ({ path, body }: Push, parameter: string): Push => {
  const [pathname, query] = path.split('?');
  const kept = new URLSearchParams(query);
  kept.delete(parameter);
  return { path: `${pathname}?${kept.toString()}`, body };
};
const withBody = ({ path }: Push, body: string): Push => ({ path, body });
const ticketPush = (ticket = 'ticket@@@forged'): Push => sealed(ticketEvent(ticket));

/** A signed cipher text whose plain text ends in these padding bytes. */
function badlyPadded(...padding: number[]): Push {
  const key = decodeAesKey(COMPONENT.encodingAesKey);
  const plain = Buffer.concat([Buffer.alloc(64 - padding.length, 'x'), Buffer.from(padding)]);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return sealed('', { encrypted: Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64') });
}

const BOMB = `<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>`;

/** Sends what must change nothing, and sees that it changed nothing and that the listener goes on. */
async function changesNothing<Result>(world: ListenerWorld, act: () => Promise<Result>): Promise<Result> {
  await world.giveTicket();
  const before = snapshot(world.folder);
  expect(Object.keys(before).length).toBeGreaterThan(0);
  const result = await act();
  expect(snapshot(world.folder)).toEqual(before);
  expect(await world.push(sealed(ticketEvent('ticket@@@next', nowInSeconds() + 60)))).toMatchObject({
    status: 200,
    body: 'success',
  });
  expect((await world.keeper.readTicket())?.ticket).toBe('ticket@@@next');
  return result;
}

describe('a bad push is refused and changes nothing', () => {
  const cases: [name: string, push: () => Push, status: number, reason: string][] = [
    [
      'a forged signature',
      () => {
        const push = ticketPush();
        return { ...push, path: push.path.replace(/msg_signature=../, 'msg_signature=zz') };
      },
      403,
      'bad-signature',
    ],
    [
      'a signature of another token',
      () => sealed(ticketEvent('ticket@@@x'), { token: 'another' }),
      403,
      'bad-signature',
    ],
    ['a cipher text that was exchanged', () => withBody(ticketPush(), ticketPush('other').body), 403, 'bad-signature'],
    [
      'a foreign receiver',
      () => sealed(ticketEvent('ticket@@@x'), { receiver: 'wx0000000000000000' }),
      403,
      'foreign-receiver',
    ],
    [
      'an event of another component',
      () => sealed({ ...ticketEvent('ticket@@@x'), AppId: 'wx0000000000000000' }),
      403,
      'foreign-receiver',
    ],
    ['no timestamp', () => without(ticketPush(), 'timestamp'), 400, 'missing-parameters'],
    ['no nonce', () => without(ticketPush(), 'nonce'), 400, 'missing-parameters'],
    ['no msg_signature', () => without(ticketPush(), 'msg_signature'), 400, 'missing-parameters'],
    ['no Encrypt', () => withBody(ticketPush(), '<xml><AppId>x</AppId></xml>'), 400, 'malformed'],
    ['an empty body', () => withBody(ticketPush(), ''), 400, 'malformed'],
    [
      'two Encrypts',
      () => {
        const push = ticketPush();
        const element = /<Encrypt>.*<\/Encrypt>/.exec(push.body)?.[0] ?? '';
        return withBody(push, push.body.replace(element, `${element}${element}`));
      },
      400,
      'malformed',
    ],
    ['a padding of 33 bytes', () => badlyPadded(...Array<number>(33).fill(33)), 400, 'bad-padding'],
    ['a padding of 0', () => badlyPadded(0), 400, 'bad-padding'],
    ['a padding that is torn', () => badlyPadded(3, 2, 3), 400, 'bad-padding'],
    ['a length beyond the end', () => badlyPadded(1), 400, 'bad-padding'],
    ['half a cipher block', () => sealed('', { encrypted: 'AAAA' }), 400, 'bad-padding'],
    [
      'another AES key',
      () => sealed(ticketEvent('ticket@@@x', 1), { aesKey: OTHER_KEY, nonce: '1' }),
      400,
      'bad-padding',
    ],
    ['inner XML that breaks off', () => sealed('<xml><InfoType>component_verify_ticket'), 400, 'malformed'],
    ['an inner text that is no XML', () => sealed('{"InfoType":"component_verify_ticket"}'), 400, 'malformed'],
    ['a ticket event without ticket', () => sealed(ticketEvent('')), 400, 'malformed'],
    [
      'a repeated inner element',
      () =>
        sealed(
          writeXml(ticketEvent('ticket@@@a')).replace(
            '</xml>',
            '<ComponentVerifyTicket>ticket@@@b</ComponentVerifyTicket></xml>',
          ),
        ),
      400,
      'malformed',
    ],
    [
      'an entity bomb around the envelope',
      () => {
        const push = ticketPush();
        return withBody(push, `${BOMB}${push.body}`);
      },
      400,
      'malformed',
    ],
    [
      'an entity bomb inside the envelope',
      () => sealed(`${BOMB}${writeXml(ticketEvent('&c;')).replaceAll(/<!\[CDATA\[|\]\]>/g, '')}`),
      400,
      'malformed',
    ],
  ];

  it.each(cases)('%s', async (_, push, status, reason) => {
    const world = await listenerWorld();
    const answer = await changesNothing(world, () => world.push(push()));
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain('success');
    expect(world.rejected()).toEqual([{ reason, status }]);
  });

  it('a message with a forged signature tells nobody', async () => {
    const world = await listenerWorld();
    const push = sealed(MESSAGE, { path: '/wechat/message/wx0123456789abcdef', token: 'another' });
    const answer = await changesNothing(world, () => world.push(push));
    expect(answer.status).toBe(403);
    expect(world.activity.some(({ type }) => type === 'message')).toBe(false);
  });
});

/**
 * A genuine push whose cipher text goes on in the nonce: what is signed has no separators, so the signature still fits,
 * and what is left of the cipher text opens as another message.
 */
function spliced(inner: string): { query: URLSearchParams; body: string } {
  const text = inner.padEnd(Math.ceil(inner.length / 256) * 256 + 1);
  const length = String.fromCharCode(0, 0, text.length >> 8, text.length & 0xff);
  // In front of the message are 20 bytes, and 48 bytes are 64 characters of base64.
  const message = 'x'.repeat(48 - 20) + 'random16random16' + length + text;
  for (let count = 1; ; count++) {
    const push = sealed(message, { nonce: `9${count}` });
    const query = new URLSearchParams(push.path.split('?')[1]);
    const encrypted = takeEncrypt(push.body) ?? '';
    const nonce = query.get('nonce') + encrypted.slice(0, 64);
    const rest = encrypted.slice(64);
    const parts = { token: COMPONENT.messageToken, timestamp: query.get('timestamp') ?? '', nonce, encrypted: rest };
    if (sign(parts) !== query.get('msg_signature')) continue;
    query.set('nonce', nonce);
    return { query, body: writeXml({ AppId: COMPONENT.appId, Encrypt: rest }) };
  }
}

describe('a signature', () => {
  it('does not fit when the beginning of the cipher text is moved into the nonce', async () => {
    const world = await listenerWorld();
    const { query, body } = spliced(writeXml(ticketEvent('ticket@@@of-a-forger')));
    expect((await world.push({ path: `${EVENT_PATH}?${query.toString()}`, body })).status).toBe(403);
    expect(await world.keeper.readTicket()).toBeUndefined();
  });

  it.each([
    ['a timestamp of 14 digits', { timestamp: 17_000_000_000_000 }, 403],
    ['a timestamp of 13 digits', { timestamp: 1_700_000_000_000 }, 200],
    ['a nonce of 33 characters', { nonce: 'n'.repeat(33) }, 403],
    ['a nonce of 32 characters', { nonce: 'n'.repeat(32) }, 200],
  ])('over %s is judged as WeChat would never or might send it', async (_, options, status) => {
    const world = await listenerWorld();
    expect((await world.push(sealed(ticketEvent('ticket@@@any'), options))).status).toBe(status);
  });
});

describe('URLs that are swapped in the console', () => {
  const messagePath = '/wechat/message/wx0123456789abcdef';

  it('a ticket at the message URL is taken, and the operator told', async () => {
    const world = await listenerWorld();
    const answer = await world.push(sealed(ticketEvent('ticket@@@swapped'), { path: messagePath }));
    expect([answer.status, answer.body]).toEqual([200, 'success']);
    expect(await world.keeper.readTicket()).toMatchObject({ ticket: 'ticket@@@swapped' });
    expect(world.activity).toMatchObject([
      { type: 'misdirected', infoType: 'component_verify_ticket' },
      { type: 'ticket' },
    ]);
  });

  it('one of another component is not', async () => {
    const world = await listenerWorld();
    const foreign = { ...ticketEvent('ticket@@@x'), AppId: 'wx0000000000000000' };
    const answer = await changesNothing(world, () => world.push(sealed(foreign, { path: messagePath })));
    expect(answer.status).toBe(403);
  });

  it('a message at the event URL is refused by its name', async () => {
    const world = await listenerWorld();
    const answer = await changesNothing(world, () => world.push(sealed(MESSAGE)));
    expect(answer.status).toBe(400);
    const [refused] = world.activity.filter(({ type }) => type === 'rejected');
    expect(refused).toMatchObject({ reason: 'malformed', status: 400 });
    expect(refused?.type === 'rejected' && refused.error?.text.en).toContain('消息与事件接收URL');
  });
});

describe('a bad request is answered and changes nothing', () => {
  const raw = (world: ListenerWorld, head: string[], body = '', end = false): Promise<string> =>
    askRaw(world.url, [...head, 'Host: listener', 'Connection: close', '', body].join('\r\n'), { end });

  it('3 MiB: the sender gets to read 413', async () => {
    const world = await listenerWorld();
    const { path, body } = ticketPush();
    const answer = await changesNothing(world, () => world.push({ path, body: body.padEnd(3 * 1024 * 1024, ' ') }));
    expect(answer.status).toBe(413);
    expect(world.rejected()).toEqual([{ reason: 'too-large', status: 413 }]);
  });

  it('a push of almost 1 MiB is taken', async () => {
    const world = await listenerWorld();
    const { path, body } = ticketPush('ticket@@@large');
    expect((await world.push({ path, body: body.padEnd(1024 * 1024, ' ') })).body).toBe('success');
    expect((await world.push({ path, body: body.padEnd(1024 * 1024 + 1, ' ') })).status).toBe(413);
  });

  it('a body that never ends: 408', async () => {
    const world = await listenerWorld({ requestDeadline: undefined });
    const { path, body } = ticketPush();
    const answer = await changesNothing(world, () =>
      raw(world, [`POST ${path} HTTP/1.1`, `Content-Length: ${body.length}`], body.slice(0, -1)),
    );
    expect(statusOf(answer)).toBe(408);
    expect(world.rejected()).toEqual([{ reason: 'too-slow', status: 408 }]);
  });

  it('a body shorter than its Content-Length', async () => {
    const world = await listenerWorld();
    const { path, body } = ticketPush();
    const answer = await changesNothing(world, () =>
      raw(world, [`POST ${path} HTTP/1.1`, `Content-Length: ${body.length + 1}`], body, true),
    );
    expect(statusOf(answer)).toBe(400);
  });

  it('a body longer than its Content-Length', async () => {
    const world = await listenerWorld();
    const { path, body } = ticketPush();
    const answer = await changesNothing(world, () =>
      raw(world, [`POST ${path} HTTP/1.1`, `Content-Length: ${body.length - 20}`], body),
    );
    expect(statusOf(answer)).toBe(400);
    expect(world.rejected()).toEqual([{ reason: 'malformed', status: 400 }]);
  });

  it('Content-Length and chunks at once', async () => {
    const world = await listenerWorld();
    const { path, body } = ticketPush();
    const answer = await changesNothing(world, () =>
      raw(
        world,
        [`POST ${path} HTTP/1.1`, `Content-Length: ${body.length}`, 'Transfer-Encoding: chunked'],
        `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      ),
    );
    expect(statusOf(answer)).toBe(400);
  });

  it.each([
    ['PUT', ''],
    ['DELETE', ''],
    ['GET', ''],
    ['HEAD', ''],
    ['OPTIONS', ''],
    ['PUT', '&echostr=1'],
  ])('the wrong method: %s %s', async (method, more) => {
    const world = await listenerWorld();
    const { path, body } = ticketPush();
    const answer = await changesNothing(world, () =>
      ask(`${world.url}${path}${more}`, { method, body: method === 'PUT' ? body : undefined }),
    );
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(world.rejected()).toEqual([{ reason: 'wrong-method', status: 405 }]);
  });

  it('Content-Encoding: 415', async () => {
    const world = await listenerWorld();
    const { path, body } = ticketPush();
    const answer = await changesNothing(world, () =>
      ask(`${world.url}${path}`, { method: 'POST', body, headers: { 'content-encoding': 'gzip' } }),
    );
    expect(answer.status).toBe(415);
    expect(world.rejected()).toEqual([{ reason: 'unsupported-encoding', status: 415 }]);
  });

  it('an unknown path: 404, told but not as a rejected push', async () => {
    const world = await listenerWorld();
    const answer = await changesNothing(world, () =>
      world.push(withBody({ path: '/wp-login.php?a=1', body: '' }, 'x')),
    );
    expect(answer.status).toBe(404);
    expect(world.rejected()).toEqual([]);
    expect(world.activity).toContainEqual({ type: 'not-found', method: 'POST', path: '/wp-login.php' });
  });

  it('a flood of unknown paths is answered, and told ten times a minute', async () => {
    let clock = 0;
    const world = await listenerWorld({ elapsed: () => clock });
    const told = (): number => world.activity.filter(({ type }) => type === 'not-found').length;
    for (let asked = 0; asked < 15; asked++) expect((await world.get(`/scan/${asked}`)).status).toBe(404);
    expect(told()).toBe(10);
    clock += 61_000;
    await world.get('/scan/later');
    expect(told()).toBe(11);
  });

  it.each([
    'NONSENSE\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET /healthz HTTP/1.1\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc',
  ])('a broken request: %j', async (bytes) => {
    const world = await listenerWorld();
    const answer = await changesNothing(world, () => askRaw(world.url, bytes));
    expect(statusOf(answer)).toBe(400);
  });

  it.each([
    '//listener/healthz',
    '//healthz',
    '/authorize/../../etc/passwd',
    '/authorize/..%2f..%2fhealthz',
    '/authorize/%2e%2e%2fticket',
    '/wechat/event/',
    '/wechat%2fevent',
    '/wechat/event%00',
    '/wechat/message/../../ticket/x',
    '/wechat/message/..%2fticket',
    '/wechat/message/a/b',
    'http://elsewhere.example/nothing',
  ])('a path that is none of ours is 404: %s', async (target) => {
    const world = await listenerWorld();
    const answer = await changesNothing(world, () => raw(world, [`GET ${target} HTTP/1.1`]));
    expect(statusOf(answer)).toBe(404);
  });

  it.each([
    '/x/../wechat/event',
    '/x/%2e%2e/wechat/event',
    'http://elsewhere.example/wechat/event',
    '//x/wechat/event',
  ])('a detour to the event path proves nothing: %s', async (target) => {
    const world = await listenerWorld();
    const query = 'timestamp=1&nonce=2&msg_signature=3';
    const { body } = ticketPush();
    const answer = await changesNothing(world, () =>
      raw(world, [`POST ${target}?${query} HTTP/1.1`, `Content-Length: ${body.length}`], body),
    );
    expect([403, 404]).toContain(statusOf(answer));
  });

  it.each(['http://[/', '//[', 'http://:x/'])('an address that cannot be read: %s', async (target) => {
    const world = await listenerWorld();
    const answer = await changesNothing(world, () => raw(world, [`GET ${target} HTTP/1.1`]));
    expect([400, 404]).toContain(statusOf(answer));
  });
});

describe('component events', () => {
  it('a ticket is kept and answered with success, exactly', async () => {
    const world = await listenerWorld();
    const answer = await world.push(ticketPush('ticket@@@first'));
    expect(answer).toMatchObject({ status: 200, body: 'success', headers: { 'content-length': '7' } });
    expect((await world.keeper.readTicket())?.ticket).toBe('ticket@@@first');
    expect(world.activity.map(({ type }) => type)).toEqual(['ticket']);
  });

  it('the previous AES key still opens', async () => {
    const keys = {
      componentAppId: COMPONENT.appId,
      messageToken: COMPONENT.messageToken,
      encodingAesKeys: [OTHER_KEY, COMPONENT.encodingAesKey],
    };
    const world = await listenerWorld({ keys });
    expect((await world.push(ticketPush('ticket@@@old-key'))).body).toBe('success');
    expect((await world.push(sealed(ticketEvent('ticket@@@new-key'), { aesKey: OTHER_KEY }))).body).toBe('success');
    expect((await world.keeper.readTicket())?.ticket).toBe('ticket@@@new-key');
  });

  it('the same push twice has one effect and one answer', async () => {
    const world = await listenerWorld();
    const push = ticketPush('ticket@@@once');
    const answers = await Promise.all([world.push(push), world.push(push), world.push(push)]);
    answers.push(await world.push(push));
    expect(answers.map(({ status, body }) => `${status} ${body}`)).toEqual(Array(4).fill('200 success'));
    expect(world.activity.filter(({ type }) => type === 'ticket')).toHaveLength(1);
    expect((await world.store.read('ticket'))?.version).toBe(1);
  });

  it('the same push with timestamp and nonce exchanged, for which the signature is the same, has no second effect', async () => {
    const world = await listenerWorld();
    const event = { AppId: COMPONENT.appId, CreateTime: 1, InfoType: 'notify_icpfiling_verify_result' };
    const { path, body } = sealed(event, { nonce: '1700000001' });
    const [route = '', search = ''] = path.split('?');
    const query = new URLSearchParams(search);
    const exchanged = new URLSearchParams(search);
    exchanged.set('timestamp', query.get('nonce') ?? '');
    exchanged.set('nonce', query.get('timestamp') ?? '');
    for (const each of [query, exchanged]) {
      expect((await world.push({ path: `${route}?${each.toString()}`, body })).body).toBe('success');
    }
    expect(world.activity.filter(({ type }) => type === 'event')).toHaveLength(1);
  });

  it('a refused push that comes again is refused again', async () => {
    const world = await listenerWorld();
    const push = sealed('no xml');
    expect([(await world.push(push)).status, (await world.push(push)).status]).toEqual([400, 400]);
  });

  it('a replay with another body is refused although its parameters are known', async () => {
    const world = await listenerWorld();
    const push = ticketPush('ticket@@@once');
    await world.push(push);
    expect((await world.push(withBody(push, ticketPush('ticket@@@other').body))).status).toBe(403);
  });

  it('a push is remembered for ten minutes', async () => {
    let clock = 0;
    const world = await listenerWorld({ elapsed: () => clock });
    const push = sealed({ AppId: COMPONENT.appId, CreateTime: 1, InfoType: 'notify_icpfiling_verify_result' });
    const told = (): number => world.activity.filter(({ type }) => type === 'event').length;
    await world.push(push);
    clock += 9 * 60_000;
    await world.push(push);
    expect(told()).toBe(1);
    clock += 2 * 60_000;
    await world.push(push);
    expect(told()).toBe(2);
  });

  it('an older ticket is answered with success and ignored', async () => {
    const world = await listenerWorld();
    await world.push(sealed(ticketEvent('ticket@@@newer', 2_000_000)));
    expect((await world.push(sealed(ticketEvent('ticket@@@older', 1_999_999)))).body).toBe('success');
    expect((await world.keeper.readTicket())?.ticket).toBe('ticket@@@newer');
    expect(world.activity.filter(({ type }) => type === 'ticket')).toHaveLength(1);
  });

  it('a wrong clock is told and loses no ticket', async () => {
    const world = await listenerWorld();
    const timestamp = nowInSeconds() - 3600;
    expect((await world.push(sealed(ticketEvent('ticket@@@skewed', timestamp), { timestamp }))).body).toBe('success');
    expect((await world.keeper.readTicket())?.ticket).toBe('ticket@@@skewed');
    const [skew] = world.activity.filter(({ type }) => type === 'clock-skew');
    expect(skew).toMatchObject({ type: 'clock-skew' });
    expect(skew?.type === 'clock-skew' && Math.round(skew.seconds / 60)).toBe(60);
  });

  it('a difference of four minutes is not told', async () => {
    const world = await listenerWorld();
    await world.push(sealed(ticketEvent('ticket@@@x'), { timestamp: nowInSeconds() - 240 }));
    expect(world.activity.map(({ type }) => type)).toEqual(['ticket']);
  });

  it('an event of an unknown kind is answered with success and told by name', async () => {
    const world = await listenerWorld();
    const event = { AppId: COMPONENT.appId, CreateTime: 1, InfoType: 'notify_3rd_wxa_auth' };
    expect((await world.push(sealed(event))).body).toBe('success');
    expect(world.activity).toEqual([{ type: 'event', infoType: 'notify_3rd_wxa_auth' }]);
  });

  it('a store that fails is 500, and the same push is accepted later', async () => {
    const world = await listenerWorld();
    await world.giveTicket();
    const push = sealed(ticketEvent('ticket@@@after-repair', nowInSeconds() + 60));
    const aside = `${world.folder}-aside`;
    renameSync(world.folder, aside);
    writeFileSync(world.folder, 'not a folder');
    expect((await world.push(push)).status).toBe(500);
    expect(world.rejected()).toEqual([{ reason: 'store-failure', status: 500 }]);
    expect(world.activity.some(({ type }) => type === 'ticket')).toBe(false);
    rmSync(world.folder);
    renameSync(aside, world.folder);
    expect(await world.push(push)).toMatchObject({ status: 200, body: 'success' });
    expect((await world.keeper.readTicket())?.ticket).toBe('ticket@@@after-repair');
  });

  it('an authorization that cannot be stored is 500, and exchanged when it comes again', async () => {
    const world = await listenerWorld();
    await world.giveTicket();
    const { preAuthCode } = await world.attempt();
    const { code, appId } = world.consent(preAuthCode);
    const push = sealed(authorizedEvent({ appId, code, preAuthCode }));
    const aside = `${world.folder}-aside`;
    renameSync(world.folder, aside);
    writeFileSync(world.folder, 'not a folder');
    expect((await world.push(push)).status).toBe(500);
    rmSync(world.folder);
    renameSync(aside, world.folder);
    expect((await world.push(push)).body).toBe('success');
    await eventually(() => world.activity.find(({ type }) => type === 'authorized'));
    expect(await world.keeper.account(appId)).toMatchObject({ appId });
  });
});

describe('the echo', () => {
  const echo = (path: string, token = COMPONENT.messageToken, echostr: string | null = '5<b>7'): string => {
    const signed = { token, timestamp: '1700000000', nonce: '42' };
    const query = new URLSearchParams({ signature: sign(signed), timestamp: '1700000000', nonce: '42' });
    if (echostr !== null) query.set('echostr', echostr);
    return `${path}?${query.toString()}`;
  };

  it.each([EVENT_PATH, '/wechat/message/wx0123456789abcdef'])('is verified and sent back as text: %s', async (path) => {
    const world = await listenerWorld();
    expect(await world.get(echo(path))).toMatchObject({
      status: 200,
      body: '5<b>7',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    });
  });

  it('of a forger is refused and not sent back', async () => {
    const world = await listenerWorld();
    const answer = await world.get(echo(EVENT_PATH, 'another'));
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain('5');
    expect(world.rejected()).toEqual([{ reason: 'bad-signature', status: 403 }]);
  });

  it('without a signature is 400', async () => {
    const world = await listenerWorld();
    expect((await world.get(`${EVENT_PATH}?echostr=1`)).status).toBe(400);
    expect(world.rejected()).toEqual([{ reason: 'missing-parameters', status: 400 }]);
  });
});

describe('messages', () => {
  it('a message that comes again at the URL of another account has no second effect', async () => {
    const world = await listenerWorld();
    const push = sealed(MESSAGE, { path: '/wechat/message/wx0123456789abcdef' });
    const elsewhere = { ...push, path: push.path.replace('wx0123456789abcdef', 'wxfedcba9876543210') };
    for (const each of [push, elsewhere, push]) expect((await world.push(each)).body).toBe('success');
    expect(world.activity.filter(({ type }) => type === 'message')).toMatchObject([{ appId: 'wx0123456789abcdef' }]);
  });

  it.each([
    ['/wechat/message/$APPID$', '/wechat/message/wx0123456789abcdef'],
    ['/$APPID$/receive', '/wx0123456789abcdef/receive'],
    ['/wx/$APPID$/callback', '/wx/wx0123456789abcdef/callback'],
    ['/msg-$APPID$.do', '/msg-wx0123456789abcdef.do'],
  ])('$APPID$ is found in %s', async (messagePath, path) => {
    const world = await listenerWorld({ messagePath });
    expect(await world.push(sealed(MESSAGE, { path }))).toMatchObject({ status: 200, body: 'success' });
    expect(world.activity).toMatchObject([
      { type: 'message', appId: 'wx0123456789abcdef', message: { msgType: 'text', fromUserName: 'oFollower' } },
    ]);
  });

  it('the dots of the message path are dots', async () => {
    const world = await listenerWorld({ messagePath: '/msg-$APPID$.do' });
    expect((await world.push(sealed(MESSAGE, { path: '/msg-wx0123456789abcdefxdo' }))).status).toBe(404);
  });

  it('without a MsgType are malformed', async () => {
    const world = await listenerWorld();
    const push = sealed({ ToUserName: 'gh_0123456789ab' }, { path: '/wechat/message/wx0123456789abcdef' });
    expect((await world.push(push)).status).toBe(400);
    expect(world.rejected()).toEqual([{ reason: 'malformed', status: 400 }]);
  });
});

/** A world that can call WeChat, with an attempt that a merchant has consented to. */
async function consented(options: Parameters<typeof listenerWorld>[0] = {}) {
  const world = await listenerWorld(options);
  await world.giveTicket();
  const attempt = await world.attempt();
  const consent = world.consent(attempt.preAuthCode);
  const event = sealed(authorizedEvent({ ...consent, preAuthCode: attempt.preAuthCode }));
  return { world, attempt, event, ...consent };
}

const authorizations = ({ activity }: ListenerWorld): number =>
  activity.filter(({ type }) => type === 'authorized' || type === 'updated').length;
const settled = (world: ListenerWorld): Promise<unknown> =>
  eventually(() => (authorizations(world) > 0 ? true : undefined));

describe('an authorization', () => {
  it('redirect, then event: one exchange', async () => {
    const { world, path, event, appId } = await consented();
    const page = await world.get(path);
    expect(page.status).toBe(200);
    expect(page.body).toContain(appId);
    expect(page.body).toContain('春风茶馆');
    expect((await world.push(event)).body).toBe('success');
    await world.listener.stop();
    expect(world.calls('api_query_auth')).toBe(1);
    expect(authorizations(world)).toBe(1);
    expect(await world.keeper.account(appId)).toMatchObject({ appId, nickName: '春风茶馆', kind: 'mp' });
  });

  it('event, then redirect: one exchange', async () => {
    const { world, path, event, appId } = await consented();
    expect((await world.push(event)).body).toBe('success');
    await settled(world);
    const page = await world.get(path);
    expect(page.status).toBe(200);
    expect(page.body).toContain(appId);
    await world.listener.stop();
    expect(world.calls('api_query_auth')).toBe(1);
    expect(authorizations(world)).toBe(1);
  });

  it('event and redirect at once: one exchange', async () => {
    const { world, path, event } = await consented();
    const [page, pushed] = await Promise.all([world.get(path), world.push(event)]);
    expect([page.status, pushed.status]).toEqual([200, 200]);
    await world.listener.stop();
    expect(world.calls('api_query_auth')).toBe(1);
    expect(authorizations(world)).toBe(1);
  });

  it('goes round: ticket, consent, event and redirect from the sandbox itself', async () => {
    const port = await freePort();
    const world = await listenerWorld({
      port,
      started: false,
      sandbox: { pushUrl: `http://127.0.0.1:${port}${EVENT_PATH}` },
    });
    await world.start();
    // The first one may have come before anybody listened.
    expect(await world.sandbox.push({ event: 'component_verify_ticket' })).toMatchObject({
      status: 200,
      body: 'success',
    });
    const { preAuthCode } = await world.attempt();
    const { path, appId } = world.consent(preAuthCode);
    expect((await world.get(path)).body).toContain(appId);
    await eventually(() => world.sandbox.state().pushes.authorized);
    await world.listener.stop();
    expect(world.sandbox.state().pushes.authorized).toEqual({ count: 1, lastStatus: 200, lastBody: 'success' });
    expect(world.calls('api_query_auth')).toBe(1);
  });

  it('an event is answered before WeChat is called', async () => {
    const gate = createGate();
    const { world, event, appId } = await consentedBehind(gate);
    expect((await world.push(event)).body).toBe('success');
    expect(world.calls('api_query_auth')).toBe(0);
    gate.open();
    await settled(world);
    expect(await world.keeper.account(appId)).toMatchObject({ appId });
  });

  it('the result page again: the same page, no second exchange', async () => {
    const { world, path } = await consented();
    const first = await world.get(path);
    const again = await world.get(path);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.body).toBe(first.body);
    expect(world.calls('api_query_auth')).toBe(1);
  });

  it('a + in a code is a plus', async () => {
    const { world, attempt } = await consented();
    await world.get(`/authorize/callback?attempt=${attempt.id}&auth_code=a+b%2Bc%40d`);
    const stored = await world.attempts.read(attempt.id);
    expect(stored?.codes.map(({ digest }) => digest)).toEqual([digestOf('a+b+c@d')]);
  });

  it('another code after success: 409', async () => {
    const { world, attempt, path } = await consented();
    await world.get(path);
    const answer = await world.get(`/authorize/callback?attempt=${attempt.id}&auth_code=queryauthcode@@@another`);
    expect(answer.status).toBe(409);
    expect(world.calls('api_query_auth')).toBe(1);
  });

  it('another event after success is answered and not exchanged', async () => {
    const { world, attempt, path, appId } = await consented();
    await world.get(path);
    const event = authorizedEvent({ appId, code: 'queryauthcode@@@another', preAuthCode: attempt.preAuthCode });
    expect((await world.push(sealed(event))).body).toBe('success');
    await world.listener.stop();
    expect(world.calls('api_query_auth')).toBe(1);
  });

  it('a code that WeChat refuses leaves the door open for the right one', async () => {
    const { world, attempt, event, appId } = await consented();
    const answer = await world.get(`/authorize/callback?attempt=${attempt.id}&auth_code=queryauthcode@@@wrong`);
    expect(answer.status).toBe(400);
    expect(answer.body).not.toContain('61009');
    await world.push(event);
    await settled(world);
    expect(await world.keeper.account(appId)).toMatchObject({ appId });
    expect(world.calls('api_query_auth')).toBe(2);
  });

  it('an event that comes when the code was just refused still finds the account', async () => {
    const gate = createGate();
    const { world, path, event, appId } = await consented({
      // As after an exchange that died with its answer.
      sandbox: { faults: ['api_query_auth=61010*1'] },
      wrapStore: (store) => ({
        ...store,
        lock: async (name, options) => {
          const lock = await store.lock(name, options);
          if (!name.startsWith('attempt-')) return lock;
          return { ...lock, release: () => gate.wait().then(lock.release) };
        },
      }),
    });
    const page = world.get(path);
    await gate.reached;
    await world.push(event);
    gate.open();
    await settled(world);
    await page;
    expect(await world.keeper.account(appId)).toMatchObject({ appId });
    expect(world.calls('api_query_auth')).toBe(1);
  });

  it('an unknown attempt: 404', async () => {
    const { world, code } = await consented();
    const id = attemptIdOf('preauthcode@@@never-made');
    expect((await world.get(`/authorize/${id}`)).status).toBe(404);
    expect((await world.get(`/authorize/callback?attempt=${id}&auth_code=${code}`)).status).toBe(404);
    expect((await world.get(`/authorize/callback?attempt=../store&auth_code=${code}`)).status).toBe(404);
    expect((await world.get(`/authorize/callback?auth_code=${code}`)).status).toBe(404);
    expect(world.calls('api_query_auth')).toBe(0);
  });

  it('a redirect without a code: 400', async () => {
    const { world, attempt } = await consented();
    expect((await world.get(`/authorize/callback?attempt=${attempt.id}`)).status).toBe(400);
  });

  it('an expired attempt: 410', async () => {
    let clock = Date.now();
    const world = await listenerWorld({ now: () => clock });
    await world.giveTicket();
    const { id, preAuthCode } = await world.attempt();
    clock += 599_000;
    expect((await world.get(`/authorize/${id}`)).status).toBe(200);
    const { path } = world.consent(preAuthCode);
    clock += 2_000;
    expect((await world.get(`/authorize/${id}`)).status).toBe(410);
    expect((await world.get(path)).status).toBe(410);
    expect(world.calls('api_query_auth')).toBe(0);
  });

  it('the result page of a finished attempt outlives the attempt', async () => {
    let clock = Date.now();
    const { world, path, appId } = await consented({ now: () => clock });
    await world.get(path);
    clock += 700_000;
    expect(await world.get(path)).toMatchObject({ status: 200, body: expect.stringContaining(appId) as string });
  });

  it('an event without an attempt is exchanged', async () => {
    const world = await listenerWorld();
    await world.giveTicket();
    const { preAuthCode } = await world.keeper.call({ component: true }, createPreAuthCode, { appId: COMPONENT.appId });
    const { code, appId } = world.consent(preAuthCode, 1);
    await world.push(sealed(authorizedEvent({ appId, code, preAuthCode })));
    await settled(world);
    expect(await world.keeper.account(appId)).toMatchObject({ appId, nickName: '山城火锅' });
  });

  it('an event without a pre-auth code is exchanged', async () => {
    const { world, code, appId } = await consented();
    await world.push(sealed(authorizedEvent({ appId, code })));
    await settled(world);
    expect(await world.keeper.account(appId)).toMatchObject({ appId });
    expect(world.calls('api_query_auth')).toBe(1);
  });

  it('WeChat is asked again when it was busy', async () => {
    const pauses: number[] = [];
    const { world, event, appId } = await consented({
      sleep: (milliseconds) => {
        pauses.push(milliseconds);
        return Promise.resolve();
      },
      // The transport itself tries three times.
      sandbox: { faults: ['api_query_auth=busy*3'] },
    });
    await world.push(event);
    await settled(world);
    expect(world.activity).toContainEqual(expect.objectContaining({ type: 'exchange-failed', again: true }));
    expect(pauses).toContain(1_000);
    expect(await world.keeper.account(appId)).toMatchObject({ appId });
  });

  it('a refusal is told once and not repeated', async () => {
    const world = await listenerWorld();
    await world.giveTicket();
    const { preAuthCode } = await world.attempt();
    const appId = world.sandbox.state().accounts[0]?.appId ?? '';
    await world.push(sealed(authorizedEvent({ appId, code: 'queryauthcode@@@never-made', preAuthCode })));
    await eventually(() => world.activity.find(({ type }) => type === 'exchange-failed'));
    await world.listener.stop();
    expect(world.activity.filter(({ type }) => type === 'exchange-failed')).toMatchObject([
      { again: false, error: { code: 'PLATFORM_REFUSED', errcode: 61009 } },
    ]);
    expect(world.calls('api_query_auth')).toBe(1);
  });

  it('a slow exchange shows a page that asks again', async () => {
    const gate = createGate();
    const { world, path, appId } = await consentedBehind(gate, (milliseconds, signal) =>
      milliseconds === 3_000 ? gate.reached : sleep(milliseconds, signal),
    );
    const page = await world.get(path);
    expect(page.status).toBe(200);
    expect(page.body).toContain('<meta http-equiv="refresh"');
    gate.open();
    await settled(world);
    const after = await world.get(path);
    expect(after.body).toContain(appId);
    expect(after.body).not.toContain('http-equiv="refresh"');
    expect(world.calls('api_query_auth')).toBe(1);
  });

  it('a second authorization is an update', async () => {
    const { world, path, appId } = await consented();
    await world.get(path);
    const second = await world.attempt();
    const again = world.consent(second.preAuthCode);
    await world.push(
      sealed(authorizedEvent({ ...again, preAuthCode: second.preAuthCode, infoType: 'updateauthorized' })),
    );
    await eventually(() => world.activity.find(({ type }) => type === 'updated'));
    expect(world.activity.flatMap((told) => ('account' in told ? [`${told.type} ${told.account.appId}`] : []))).toEqual(
      [`authorized ${appId}`, `updated ${appId}`],
    );
  });

  it('a cancellation marks the account and drops nothing', async () => {
    const { world, path, appId } = await consented();
    await world.get(path);
    const { refreshToken } = await world.keeper.account(appId);
    expect((await world.push(sealed(unauthorizedEvent(appId, nowInSeconds() + 1)))).body).toBe('success');
    expect(await world.keeper.account(appId)).toMatchObject({
      appId,
      refreshToken,
      revokedAt: expect.any(Number) as number,
    });
    expect(world.activity).toContainEqual({ type: 'unauthorized', appId });
  });

  it('a cancellation from before the authorization changes nothing', async () => {
    const { world, path, event, appId } = await consented();
    await world.get(path);
    await world.push(event);
    expect((await world.push(sealed(unauthorizedEvent(appId, nowInSeconds() - 60)))).body).toBe('success');
    expect((await world.keeper.account(appId)).revokedAt).toBeUndefined();
    expect(world.activity.some(({ type }) => type === 'unauthorized')).toBe(false);
  });

  it('a cancellation of an account that is not known is answered', async () => {
    const world = await listenerWorld();
    const answer = await changesNothing(world, () => world.push(sealed(unauthorizedEvent('wx0000000000000009'))));
    expect(answer.body).toBe('success');
  });
});

/** Consented, and from then on every call to WeChat waits at the gate. */
async function consentedBehind(gate: ReturnType<typeof createGate>, pause?: typeof sleep) {
  let isClosed = false;
  const made = await consented({
    gate: { ...gate, wait: () => (isClosed ? gate.wait() : Promise.resolve()) },
    sleep: pause,
  });
  isClosed = true;
  return made;
}

describe('the launch page', () => {
  const launch = async (agent: string, language = 'en') => {
    const world = await listenerWorld();
    await world.giveTicket();
    const { id, links } = await world.attempt();
    const page = await world.get(`/authorize/${id}`, { 'user-agent': agent, 'accept-language': language });
    return { page, pc: html(links?.pcUrl ?? ''), mobile: html(links?.mobileUrl ?? '') };
  };
  const mainLink = (body: string): string | undefined => /<a class="main" href="([^"]*)"/.exec(body)?.[1];

  it('links a desktop browser to the PC page', async () => {
    const { page, pc, mobile } = await launch(AGENTS.desktop);
    expect(mainLink(page.body)).toBe(pc);
    expect(page.body).not.toContain(mobile);
  });

  it('links WeChat on a phone to the mobile page', async () => {
    const { page, mobile } = await launch(AGENTS.wechat);
    expect(mainLink(page.body)).toBe(mobile);
  });

  it('links WeChat for desktop to the PC page', async () => {
    const { page, pc, mobile } = await launch(AGENTS.wechatForWindows);
    expect(mainLink(page.body)).toBe(pc);
    expect(page.body).not.toContain(mobile);
  });

  it('tells a phone browser to open WeChat', async () => {
    const { page } = await launch(AGENTS.phone);
    expect(mainLink(page.body)).toBeUndefined();
    expect(page.body).toContain('Open this page in WeChat');
  });

  it('keeps the Referer, and lets nothing in', async () => {
    const { page } = await launch(AGENTS.desktop);
    expect(page).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'referrer-policy': 'origin',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      },
    });
    const policy = page.headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('script-src');
    expect(page.body).not.toMatch(/<script|\ssrc="(?!data:image\/png)|<link/i);
  });

  it('speaks Chinese to whoever prefers it', async () => {
    const { page } = await launch(AGENTS.desktop, 'zh-CN,zh;q=0.9,en;q=0.8');
    expect(page.body).toContain('<html lang="zh-CN">');
    expect(page.body).toContain('授权您的帐号');
  });

  it('answers HEAD without a body', async () => {
    const world = await listenerWorld();
    await world.giveTicket();
    const { id } = await world.attempt();
    const answer = await ask(`${world.url}/authorize/${id}`, { method: 'HEAD' });
    expect([answer.status, answer.body]).toEqual([200, '']);
  });

  it('of a finished attempt shows the account', async () => {
    const { world, attempt, path, appId } = await consented();
    await world.get(path);
    const page = await world.get(`/authorize/${attempt.id}`);
    expect(page.status).toBe(200);
    expect(page.body).toContain(appId);
    expect(page.body).not.toContain(html(attempt.links?.pcUrl ?? ''));
  });
});

describe('the result page', () => {
  it('sends no Referer: its address holds a code', async () => {
    const { world, path } = await consented();
    expect((await world.get(path)).headers['referrer-policy']).toBe('no-referrer');
  });

  it('shows no secret', async () => {
    const { world, path, code, appId } = await consented();
    const { body } = await world.get(path);
    const { refreshToken } = await world.keeper.account(appId);
    const { accessToken } = await world.keeper.token({ account: appId });
    for (const secret of [code, refreshToken, accessToken, COMPONENT.secret]) expect(body).not.toContain(secret);
  });

  it('makes no markup of what a merchant is called', async () => {
    const { world, attempt, path, appId } = await consented();
    await world.get(path);
    const stored = await world.store.read(`account/${appId}`);
    if (!stored) throw new Error('no account');
    const nickName = `<script>alert("1")</script>'&amp;`;
    await world.store.write(`account/${appId}`, { ...stored.value, nickName }, stored.version, { durable: false });
    for (const page of [await world.get(path), await world.get(`/authorize/${attempt.id}`)]) {
      expect(page.body).not.toContain('<script');
      expect(page.body).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;amp;');
    }
  });
});

describe('healthz', () => {
  it('says how the listener is, without secrets', async () => {
    const { world, path, appId, code } = await consented();
    await world.get(path);
    const { body, status, headers } = await world.get('/healthz');
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('application/json');
    const health = JSON.parse(body) as Record<string, unknown>;
    expect(Object.keys(health).sort()).toEqual(['accounts', 'componentTokenTtlSeconds', 'storeId', 'ticketAgeSeconds']);
    expect(health).toMatchObject({ storeId: await world.store.id(), accounts: 1 });
    const { accessToken } = await world.keeper.token({ component: true });
    const { refreshToken } = await world.keeper.account(appId);
    const ticket = world.sandbox.state().ticket;
    for (const secret of [accessToken, refreshToken, ticket, code, COMPONENT.messageToken, COMPONENT.appId, appId]) {
      expect(body).not.toContain(secret);
    }
  });

  it('costs the same with thousands of accounts: strangers who ask again and again do not make them be counted', async () => {
    let [counts, elapsed] = [0, 0];
    const { get } = await listenerWorld({
      elapsed: () => elapsed,
      wrapStore: (store) => ({
        ...store,
        list: (kind) => {
          if (kind === 'account') counts++;
          return store.list(kind);
        },
      }),
    });
    for (let time = 0; time < 20; time++) {
      expect((await get('/healthz')).status).toBe(200);
      await get('/metrics');
    }
    expect(counts).toBe(1);
    elapsed += 10_000;
    await get('/healthz');
    expect(counts).toBe(2);
  });

  it('knows of an account at once that this listener took in', async () => {
    const { world, path } = await consented();
    const accounts = async () => (JSON.parse((await world.get('/healthz')).body) as { accounts: number }).accounts;
    expect(await accounts()).toBe(0);
    await world.get(path);
    expect(await accounts()).toBe(1);
  });

  it('of an empty store has no ticket and no token', async () => {
    let clock = Date.now();
    const world = await listenerWorld({ now: () => clock });
    const read = async (): Promise<unknown> => JSON.parse((await world.get('/healthz')).body) as unknown;
    expect(await read()).toEqual({
      storeId: await world.store.id(),
      ticketAgeSeconds: null,
      componentTokenTtlSeconds: null,
      accounts: 0,
    });
    await world.giveTicket();
    await world.keeper.token({ component: true });
    clock += 100_000;
    expect(await read()).toMatchObject({ ticketAgeSeconds: 100, componentTokenTtlSeconds: 7100 });
  });

  it('warns a monitor before the ticket expires, with 503 and the same document', async () => {
    let clock = Date.now();
    const world = await listenerWorld({ now: () => clock });
    const ask = async (age: string): Promise<number> => (await world.get(`/healthz?max-ticket-age=${age}`)).status;
    expect(await ask('30m')).toBe(503);
    await world.giveTicket();
    expect(await ask('30m')).toBe(200);
    clock += 31 * 60_000;
    expect([await ask('30m'), await ask('1860'), await ask('2h'), await ask('soon')]).toEqual([503, 200, 200, 400]);
    expect(JSON.parse((await world.get('/healthz?max-ticket-age=30m')).body)).toMatchObject({ ticketAgeSeconds: 1860 });
  });

  it('of a broken store is answered', async () => {
    const world = await listenerWorld();
    writeFileSync(world.folder, 'not a folder');
    expect((await world.get('/healthz')).status).toBe(500);
    rmSync(world.folder);
    expect((await world.get('/healthz')).status).toBe(200);
  });
});

/** A connection that is kept; what comes after one `send` is its answer, or an error when it is reset. */
async function keptConnection(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return {
    send: async (bytes: string): Promise<string> => {
      socket.write(bytes);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return answer.toString('latin1');
    },
  };
}

describe('start and stop', () => {
  it('a stop finishes the exchange under way', async () => {
    const gate = createGate();
    const { world, event, appId } = await consentedBehind(gate);
    expect((await world.push(event)).body).toBe('success');
    await gate.reached;
    const stopped = world.listener.stop();
    expect(world.calls('api_query_auth')).toBe(0);
    gate.open();
    await stopped;
    expect(await world.keeper.account(appId)).toMatchObject({ appId, nickName: '春风茶馆' });
    await expect(world.get('/healthz')).rejects.toThrow();
  });

  it('a stop finishes the exchange of a push that is still being stored', async () => {
    const gate = createGate();
    let isClosed = false;
    const { world, event, appId } = await consented({
      wrapStore: (store) => ({
        ...store,
        write: async (key, value, expected, options) => {
          if (isClosed && key.startsWith('attempt/')) await gate.wait();
          return store.write(key, value, expected, options);
        },
      }),
    });
    isClosed = true;
    const pushed = ask(world.url + event.path, {
      method: 'POST',
      headers: { connection: 'keep-alive' },
      body: event.body,
    });
    await gate.reached;
    isClosed = false;
    const stopped = world.listener.stop();
    gate.open();
    const { body, headers } = await pushed;
    expect(body).toBe('success');
    // A proxy that kept this connection would bring the next push to a listener that is going.
    expect(headers.connection).toBe('close');
    await stopped;
    expect(await world.store.read(`account/${appId}`)).toMatchObject({ value: { appId } });
  });

  it('a stop answers what is on its way over a kept connection, and says that it was the last', async () => {
    const world = await listenerWorld();
    const { path, body } = ticketPush();
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const sockets = await Promise.all(Array.from({ length: 4 }, () => keptConnection(world.url)));
    for (const { send } of sockets) expect(await send(head + body)).toMatch(/^HTTP\/1\.1 200 /);
    const answers = sockets.map(({ send }) => send(head + body));
    await world.listener.stop();
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n[^]*success$/i);
    }
  });

  it('a stop without connections waits for nobody', async () => {
    const never = new Promise<void>(() => undefined);
    const world = await listenerWorld({ sleep: () => never });
    await world.listener.stop();
    await expect(world.get('/healthz')).rejects.toThrow();
  });

  it('a stop does not wait for ever', async () => {
    const gate = createGate();
    const { world, event } = await consentedBehind(gate, (milliseconds, signal) =>
      milliseconds === 8_000 ? Promise.resolve() : sleep(milliseconds, signal),
    );
    await world.push(event);
    await gate.reached;
    await world.listener.stop();
    expect(world.calls('api_query_auth')).toBe(0);
    gate.open();
    await settled(world);
  });

  it('a code that was taken in before a crash is exchanged by the next listener', async () => {
    const world = await listenerWorld({ started: false });
    await world.giveTicket();
    const attempt = await world.attempt();
    const { code, appId } = world.consent(attempt.preAuthCode);
    expect(await world.attempts.offer(attempt.id, { code })).toBe('new');
    expect(world.calls('api_query_auth')).toBe(0);
    await world.start();
    await settled(world);
    expect(await world.keeper.account(appId)).toMatchObject({ appId });
    expect((await world.attempts.read(attempt.id))?.appId).toBe(appId);
    expect(world.calls('api_query_auth')).toBe(1);
  });

  it('an exchange whose answer was lost is healed by the event', async () => {
    const { world, event, appId } = await consented({
      sandbox: { faults: ['api_query_auth=reset*1'] },
      sleep: () => Promise.resolve(),
    });
    await world.push(event);
    await settled(world);
    expect((await world.keeper.account(appId)).refreshToken).toMatch(/^refreshtoken@@@/);
  });

  it('a taken port is PORT_TAKEN and named', async () => {
    const world = await listenerWorld();
    const port = Number(new URL(world.url).port);
    const error: unknown = await listenerWorld({ port }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(isError(error, 'PORT_TAKEN')).toBe(true);
    expect(isError(error, 'PORT_TAKEN') && [error.text.en, error.text.zh, error.hint?.en]).toEqual([
      expect.stringContaining(String(port)),
      expect.stringContaining(String(port)),
      expect.stringContaining('--port'),
    ]);
    expect((await world.get('/healthz')).status).toBe(200);
  });
});
