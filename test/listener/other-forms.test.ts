/** Pushes as JSON, encrypted and of WeChat's cloud: taken where the settings say so, refused by name elsewhere. */
import { describe, expect, test } from 'vitest';
import { parseXml } from '../../src/protocol/events.ts';
import { openFields } from '../../src/protocol/opened-push.ts';
import type { Accepted } from '../../src/listener/outbox.ts';
import { errorOf } from '../support/error-line.ts';
import { ask, COMPONENT, EVENT_PATH, listenerWorld, sealed, type Push, type Sealing } from '../support/listener.ts';
import { runWxop } from '../support/world.ts';

const NOW = Math.floor(Date.now() / 1000);
const TICKET = {
  AppId: COMPONENT.appId,
  CreateTime: NOW,
  InfoType: 'component_verify_ticket',
  ComponentVerifyTicket: 'ticket@@@of-json',
};
const MESSAGES = '/wechat/message/wx00000000000000aa';
const HELLO = `{"ToUserName":"gh_0123456789ab","FromUserName":"o1","CreateTime":${NOW},"MsgType":"text","Content":"]]> <b>&","MsgId":6054768590064713729}`;
const CLOUD = { 'x-wx-source': 'wx', 'content-type': 'application/json' };

/** The encrypted push with its envelope as JSON. */
function jsonPush(message: string | object, options: Sealing = {}): Push {
  const { path, body } = sealed(typeof message === 'string' ? message : JSON.stringify(message), options);
  const { Encrypt } = parseXml(body) ?? {};
  return { path, body: JSON.stringify({ ToUserName: 'gh_0123456789ab', Encrypt }) };
}

const journal = () => {
  const kept: Accepted[] = [];
  const keep = (push: Accepted) => {
    kept.push(push);
    return Promise.resolve(() => undefined);
  };
  return { kept, outbox: { events: 'never', keep } as const };
};

const KEYS = { componentAppId: COMPONENT.appId, encodingAesKeys: [COMPONENT.encodingAesKey] };

describe('encrypted JSON', () => {
  test('is taken where the setting says so, and journaled as the ordinary push', async () => {
    const { kept, outbox } = journal();
    const world = await listenerWorld({ otherForms: { json: true }, outbox });
    expect(await world.push(jsonPush(TICKET))).toMatchObject({ status: 200, body: 'success' });
    expect((await world.keeper.readTicket())?.ticket).toBe('ticket@@@of-json');
    expect(await world.push(jsonPush(HELLO, { path: MESSAGES }))).toMatchObject({ status: 200, body: 'success' });
    expect(kept.map(({ body }) => openFields(body, KEYS))).toMatchObject([
      { ComponentVerifyTicket: 'ticket@@@of-json' },
      { MsgId: '6054768590064713729', Content: ']]> <b>&' },
    ]);
    // XML goes on to be taken.
    expect(await world.push(sealed({ ...TICKET, CreateTime: NOW + 1 }))).toMatchObject({ status: 200 });
    expect(world.rejected()).toEqual([]);
  });

  test('is refused by name where it does not, and only if it is genuine', async () => {
    const world = await listenerWorld();
    expect(await world.push(jsonPush(TICKET))).toMatchObject({ status: 415, body: 'json-push' });
    expect(await world.push(jsonPush(TICKET, { token: 'anotherToken' }))).toMatchObject({ body: 'bad-signature' });
    expect(await world.keeper.readTicket()).toBeUndefined();
  });

  test.each<[string, Push, string]>([
    ['a wrong signature', jsonPush(TICKET, { token: 'anotherToken' }), 'bad-signature'],
    ['another receiver', jsonPush(TICKET, { receiver: 'wx00000000000000ff' }), 'foreign-receiver'],
    ['another component inside', jsonPush({ ...TICKET, AppId: 'wx00000000000000ff' }), 'foreign-receiver'],
    ['another key', jsonPush(TICKET, { aesKey: 'z'.repeat(43) }), 'bad-padding'],
    ['no query', { ...jsonPush(TICKET), path: EVENT_PATH }, 'missing-parameters'],
    ['two cipher texts', { ...jsonPush(TICKET), body: '{"Encrypt":"aaaa","Encrypt":"bbbb"}' }, 'malformed'],
    ['no cipher text', { ...jsonPush(TICKET), body: JSON.stringify(TICKET) }, 'malformed'],
    ['half a document', { ...jsonPush(TICKET), body: '{"Encrypt":"aaaa"' }, 'malformed'],
    ['a list inside', jsonPush('{"a":[1]}'), 'malformed'],
    ['too deep a document inside', jsonPush(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`), 'malformed'],
    ['a name that is none inside', jsonPush({ ...TICKET, 'a><b': 'x' }), 'malformed'],
  ])('with %s is refused as XML is', async (_what, push, reason) => {
    const world = await listenerWorld({ otherForms: { json: true, cloudFrom: ['loopback'] } });
    expect((await world.push(push)).body).toBe(reason);
    expect(await world.keeper.readTicket()).toBeUndefined();
  });
});

describe('an unencrypted push of the cloud', () => {
  const from = (world: { url: string }, path: string, body: string, headers: Record<string, string> = CLOUD) =>
    ask(`${world.url}${path}`, { method: 'POST', body, headers });
  const body = JSON.stringify(TICKET);

  test('is taken from an address of the setting, and journaled encrypted', async () => {
    const { kept, outbox } = journal();
    const world = await listenerWorld({ otherForms: { json: false, cloudFrom: ['loopback'] }, outbox });
    expect(await from(world, EVENT_PATH, body)).toMatchObject({ status: 200, body: 'success' });
    expect((await world.keeper.readTicket())?.ticket).toBe('ticket@@@of-json');
    expect(await from(world, MESSAGES, HELLO)).toMatchObject({ status: 200, body: 'success' });
    expect(kept.map((push) => push.body.includes('ticket@@@'))).toEqual([false, false]);
    expect(openFields(kept[1]?.body ?? '', KEYS)).toMatchObject({ MsgId: '6054768590064713729' });
  });

  test.each<[string, string, string, Record<string, string>]>([
    ['forwarded for a stranger', 'cloud-stranger', body, { ...CLOUD, 'x-forwarded-for': '203.0.113.7, 127.0.0.1' }],
    ['of a stranger, as a proxy says', 'cloud-stranger', body, { ...CLOUD, 'x-real-ip': '203.0.113.7' }],
    ['without the header', 'missing-parameters', body, {}],
    ['for another component', 'foreign-receiver', JSON.stringify({ ...TICKET, AppId: 'wx00000000000000ff' }), CLOUD],
    ['that names no component', 'foreign-receiver', JSON.stringify({ ...TICKET, AppId: undefined }), CLOUD],
    ['that is no event', 'malformed', '{"a":"b"}', CLOUD],
    ['that is no JSON', 'malformed', '{', CLOUD],
  ])('%s is refused', async (_what, reason, sent, headers) => {
    const world = await listenerWorld({ otherForms: { json: true, cloudFrom: ['loopback'] } });
    expect((await from(world, EVENT_PATH, sent, headers)).body).toBe(reason);
    expect(await world.keeper.readTicket()).toBeUndefined();
  });

  test('is refused by name without the setting, and from an address that is not in it', async () => {
    const world = await listenerWorld();
    expect(await from(world, EVENT_PATH, body)).toMatchObject({ status: 403, body: 'cloud-push' });
    const elsewhere = await listenerWorld({ otherForms: { json: true, cloudFrom: ['10.0.0.0/8'] } });
    expect(await from(elsewhere, EVENT_PATH, body)).toMatchObject({ status: 403, body: 'cloud-stranger' });
  });

  test('does not weaken the ordinary way: what bears a signature is judged by it', async () => {
    const world = await listenerWorld({ otherForms: { json: true, cloudFrom: ['loopback'] } });
    const forged = sealed(TICKET, { token: 'anotherToken' });
    expect((await from(world, forged.path, forged.body)).body).toBe('bad-signature');
    expect((await from(world, forged.path, body)).body).toBe('malformed');
    expect((await from(world, EVENT_PATH, forged.body)).body).toBe('missing-parameters');
  });
});

test('a listener that a proxy of this machine opens to all does not start with it', async () => {
  const environment = {
    WXOP_COMPONENT_APPID: COMPONENT.appId,
    WXOP_COMPONENT_APPSECRET: '0123456789abcdef0123456789abcdef',
    WXOP_MESSAGE_TOKEN: COMPONENT.messageToken,
    WXOP_ENCODING_AES_KEY: COMPONENT.encodingAesKey,
    WXOP_PUBLIC_URL: 'https://wx.example.com',
    WXOP_PORT: '0',
  };
  for (const cloud of ['loopback', '10.0.0.0/8,127.0.0.1', '0.0.0.0/0']) {
    const argv = ['listen', '--json', '--no-start-push'];
    const refused = await runWxop(argv, { environment: { ...environment, WXOP_CLOUD_PUSHES: cloud } });
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'SETTINGS_INVALID']);
  }
});
