import { createHmac } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFileJournal } from '../../src/delivery/file-journal.ts';
import type { Journal } from '../../src/delivery/journal.ts';
import { createForwarder, type Forwarder, type ForwardActivity } from '../../src/delivery/forwarder.ts';
import {
  parseForwardTarget,
  wants,
  type ForwardEvents,
  type ForwardFormat,
} from '../../src/delivery/forward-target.ts';
import { createOutbox } from '../../src/listener/outbox.ts';
import { createPoster } from '../../src/wechat-api/poster.ts';
import { open, sign } from '../../src/protocol/envelope.ts';
import { takeEncrypt, writeXml } from '../../src/protocol/events.ts';
import { ANSWER_WITHIN } from '../../src/protocol/lifetimes.ts';
import { sealReply, type ReplySeal } from '../../src/protocol/passive-reply.ts';
import { sampleOf } from '../../src/receiver-kit/samples.ts';
import { createSealer, type Sealer } from '../../src/store/seal.ts';
import {
  authorizedEvent,
  COMPONENT,
  createGate,
  listenerWorld,
  OTHER_KEY,
  sealed,
  ticketEvent,
  type ListenerWorld,
  type Push,
} from '../support/listener.ts';
import { sleep } from '../support/sleep.ts';
import { eventually, freePort } from '../support/processes.ts';
import { startTarget } from '../support/target.ts';
import { temporaryFolder } from '../support/world.ts';

const APPID = 'wx0123456789abcdef';
const PATH = `/wechat/message/${APPID}`;
const SECRET = 'the-secret-of-forwarding';
/** Milliseconds. */
const HOUR = 3_600_000;
const NEVER = new Promise<never>(() => undefined);

let messages = 0;
const textMessage = (changes: Record<string, string | number> = {}): Record<string, string | number> => ({
  ToUserName: 'gh_0123456789ab',
  FromUserName: 'oFollower',
  CreateTime: 1700000000,
  MsgType: 'text',
  Content: '你好',
  MsgId: String(++messages),
  ...changes,
});
const textPush = (changes: Record<string, string | number> = {}): Push => sealed(textMessage(changes), { path: PATH });

/** A reply as a target seals it that has the component's keys. */
const ownReply = (changes: Partial<ReplySeal> = {}): string =>
  sealReply('<xml><MsgType>text</MsgType></xml>', {
    token: COMPONENT.messageToken,
    encodingAesKey: COMPONENT.encodingAesKey,
    receiver: COMPONENT.appId,
    timestamp: 1700000000,
    nonce: '1',
    random: '0123456789abcdef',
    ...changes,
  });

interface Forwarding {
  targets: string[];
  format?: ForwardFormat;
  events?: ForwardEvents;
  pauses?: number[];
  folder?: string;
  pid?: number;
  isAlive?: (pid: number) => boolean;
  sealer?: Sealer;
  /** Milliseconds; a minute otherwise: the machine may be slow. */
  answerWithin?: number;
  /** Milliseconds by which the clock of forwarding is slow: for so much longer a push waits for a free place. */
  behind?: number;
  /** The same, and it changes. */
  setBack?: () => number;
}

interface World extends ListenerWorld {
  journal: Journal;
  forwarder: Forwarder;
  warnings: string[];
  /** What forwarding told. */
  told: ForwardActivity[];
}

/** A listener with journal and forwarding, as the command builds it. */
async function forwardingWorld(options: Forwarding): Promise<World> {
  const { targets, format = 'raw', events = 'never', pauses, pid = process.pid, isAlive = () => true } = options;
  const { folder = temporaryFolder(), sealer, answerWithin = 60_000, behind = 0 } = options;
  const warnings: string[] = [];
  const journal = createFileJournal({
    folder,
    now: Date.now,
    random: Math.random,
    sleep,
    pid,
    host: () => 'test',
    isAlive,
    sealer,
  });
  const poster = createPoster({});
  const told: ForwardActivity[] = [];
  const forwarder = createForwarder({
    targets: targets.map((target) => parseForwardTarget(target, format)),
    keys: {
      componentAppId: COMPONENT.appId,
      encodingAesKeys: [COMPONENT.encodingAesKey],
      forwardSecret: SECRET,
      handover: events === 'handover',
    },
    // A target may be slow, as this machine is.
    post: (url, sent) => poster.post(url, { ...sent, deadline: HOUR }),
    journal,
    now: () => Date.now() - (options.setBack?.() ?? behind),
    elapsed: () => performance.now(),
    onActivity: (activity) => void told.push(activity),
    warn: ({ en }) => void warnings.push(en),
    pauses,
  });
  onTestFinished(async () => {
    await forwarder.stop();
    await journal.close();
    await poster.close();
  });
  const world = await listenerWorld({
    outbox: createOutbox({ journal, forwarder, events, now: Date.now, answerWithin }),
  });
  forwarder.begin();
  return Object.assign(world, { journal, forwarder, warnings, told });
}

describe('a target', () => {
  const push = { kind: 'message', appId: APPID, type: 'event', event: 'CLICK' } as const;

  it.each([
    ['http://h/', push, true],
    ['http://h/#event=click', push, true],
    ['http://h/#event=subscribe,CLICK&type=text', push, true],
    ['http://h/#type=text', push, false],
    ['http://h/#type=text', { ...push, type: 'text', event: undefined }, true],
    ['http://h/#appid=wx1', push, false],
    [`http://h/#appid=wx1,${APPID}`, push, true],
    ['http://h/#kind=event', push, false],
    ['http://h/$APPID$', push, true],
    ['http://h/$APPID$', { ...push, appId: '' }, false],
  ])('%s wants %j: %s', (written, asked, wanted) => {
    expect(wants(parseForwardTarget(written, 'raw'), asked)).toBe(wanted);
  });

  it.each(['ftp://h/', 'h', 'http://user:password@h/', 'http://h/#colour=red', 'http://h/#format=xml'])(
    '%s is refused',
    (written) => {
      expect(() => parseForwardTarget(written, 'raw')).toThrow(/target|filter/);
      expect(() => parseForwardTarget(written, 'raw')).not.toThrow(/password/);
    },
  );
});

describe('forwarded as it came', () => {
  it('is method, query, body and content type of WeChat, with the account in the address', async () => {
    const target = await startTarget();
    const world = await forwardingWorld({ targets: [`${target.url}/wx/$APPID$/callback?from=wxop`] });
    const push = textPush();
    expect(await world.push(push)).toMatchObject({ status: 200, body: 'success' });
    const [got] = target.got;
    expect(got).toMatchObject({ method: 'POST', body: push.body });
    expect(got?.url).toBe(`/wx/${APPID}/callback?from=wxop&${push.path.split('?')[1]}`);
    expect(await world.journal.list({})).toMatchObject([{ appId: APPID, type: 'text', body: push.body }]);
  });

  it('a plain reply goes back sealed for WeChat; the same push gets the same reply, and nobody else hears of it', async () => {
    const reply = writeXml({
      ToUserName: 'oFollower',
      FromUserName: 'gh_0123456789ab',
      MsgType: 'text',
      Content: '在',
    });
    const target = await startTarget(() => ({ body: reply }));
    const world = await forwardingWorld({ targets: [target.url] });
    const message = textMessage();
    const { body } = await world.push(sealed(message, { path: PATH }));
    const encrypted = takeEncrypt(body) ?? '';
    expect(open(encrypted, [COMPONENT.encodingAesKey], COMPONENT.appId)).toMatchObject({ message: reply });
    const field = (name: string): string => new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^\\]<]*)`).exec(body)?.[1] ?? '';
    const [timestamp, nonce] = [field('TimeStamp'), field('Nonce')];
    const token = COMPONENT.messageToken;
    expect(field('MsgSignature')).toBe(sign({ token, timestamp, nonce, encrypted }));
    // WeChat tries again with another nonce, and another signature.
    expect((await world.push(sealed(message, { path: PATH }))).body).toBe(body);
    expect(target.got).toHaveLength(1);
    expect(await world.journal.list({})).toHaveLength(1);
  });

  it.each([
    ['seconds', 1_700_000_000],
    ['milliseconds', 1_700_000_000_000],
  ])('a reply that the target sealed itself, at %s, goes back untouched', async (_, timestamp) => {
    const own = ownReply({ timestamp });
    const target = await startTarget(() => ({ body: own }));
    const world = await forwardingWorld({ targets: [target.url] });
    expect((await world.push(textPush())).body).toBe(own);
  });

  it.each([
    ['nothing but a cipher text', '<xml><Encrypt>QUJDRA==</Encrypt></xml>'],
    ['signed with another token', ownReply({ token: 'another' })],
    ['encrypted with another key', ownReply({ encodingAesKey: OTHER_KEY })],
    ['made for another component', ownReply({ receiver: 'wx0000000000000000' })],
  ])('a reply that the target sealed itself, %s, does not go to WeChat', async (_what, body) => {
    const target = await startTarget(() => ({ body }));
    const world = await forwardingWorld({ targets: [target.url] });
    expect((await world.push(textPush())).body).toBe('success');
    expect(world.activity).toContainEqual({ type: 'no-reply', appId: APPID, reason: 'not-opened' });
  });

  it('a reply may begin with a declaration', async () => {
    const reply = writeXml({ ToUserName: 'o', FromUserName: 'gh', MsgType: 'text', Content: '在' });
    const target = await startTarget(() => ({ body: `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n${reply}` }));
    const world = await forwardingWorld({ targets: [target.url] });
    const encrypted = takeEncrypt((await world.push(textPush())).body) ?? '';
    expect(open(encrypted, [COMPONENT.encodingAesKey], COMPONENT.appId)).toMatchObject({ message: reply });
  });

  it.each(['', 'success', ' success\n', '{"ok":true}', '<html><body>hello</body></html>'])(
    'the answer %j is no reply',
    async (body) => {
      const target = await startTarget(() => ({ body }));
      const world = await forwardingWorld({ targets: [target.url] });
      expect((await world.push(textPush())).body).toBe('success');
      const told = world.activity.filter(({ type }) => type === 'no-reply');
      expect(told).toHaveLength(/success|^$/.test(body) ? 0 : 1);
    },
  );

  it('events of the same person in the same second are two when they differ, one when they do not', async () => {
    const target = await startTarget();
    const world = await forwardingWorld({ targets: [target.url] });
    const click = (EventKey: string): Push =>
      sealed(
        { FromUserName: 'oFollower', CreateTime: 1700000001, MsgType: 'event', Event: 'CLICK', EventKey },
        { path: PATH },
      );
    for (const key of ['a', 'b', 'a', 'b']) expect((await world.push(click(key))).body).toBe('success');
    expect(target.got).toHaveLength(2);
  });
});

describe('forwarded as JSON', () => {
  it('is the opened fields, signed', async () => {
    const target = await startTarget();
    const world = await forwardingWorld({ targets: [`${target.url}/hook`], format: 'json' });
    await world.push(textPush({ Content: '你好 & <b>' }));
    const [got] = target.got;
    const body = got?.body ?? '';
    expect(JSON.parse(body)).toMatchObject({
      kind: 'message',
      componentAppId: COMPONENT.appId,
      appId: APPID,
      type: 'text',
      createTime: 1700000000,
      fields: { FromUserName: 'oFollower', Content: '你好 & <b>' },
    });
    const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(got?.headers['x-wxop-signature'])) ?? [];
    expect(signature).toBe(createHmac('sha256', SECRET).update(`${time}.${body}`).digest('hex'));
    expect(got?.url).toBe('/hook');
  });
});

describe('repeated elements', () => {
  const about = { componentAppId: COMPONENT.appId, appId: APPID, userName: 'gh_0123456789ab', openId: 'oFollower' };
  const sample = (name: string): string =>
    writeXml(sampleOf(name, { ...about, now: 1700000000, unique: 'x' })?.fields ?? {});

  it('of a message are taken and forwarded as a list', async () => {
    const target = await startTarget();
    const world = await forwardingWorld({ targets: [target.url], format: 'json' });
    const push = sealed(sample('pic_photo_or_album'), { path: PATH });
    expect(await world.push(push)).toMatchObject({ status: 200, body: 'success' });
    expect(await world.journal.list({})).toMatchObject([{ event: 'pic_photo_or_album' }]);
    const { fields } = JSON.parse(target.got[0]?.body ?? '') as { fields: unknown };
    expect(fields).toMatchObject({ SendPicsInfo: { PicList: { item: [{ PicMd5Sum: '0' }, { PicMd5Sum: '1' }] } } });
  });

  it('of a component event too, credentials in them masked', async () => {
    const target = await startTarget();
    const world = await forwardingWorld({ targets: [target.url], events: 'after', format: 'json' });
    const xml = sample('order_path_apply_result_notify').replace(
      '</list>',
      '<auth_code>SECRET</auth_code><auth_code>SECRET</auth_code></list>',
    );
    expect(await world.push(sealed(xml))).toMatchObject({ status: 200, body: 'success' });
    const { body } = await eventually(() => target.got[0]);
    const list = [{ appid: APPID, auth_code: ['***', '***'] }, { appid: 'wx0123456789abcdef' }];
    expect(JSON.parse(body)).toMatchObject({ type: 'order_path_apply_result_notify', fields: { list } });
    expect(body).not.toContain('SECRET');
  });
});

describe('component events', () => {
  it('are journaled and not forwarded, unless asked for', async () => {
    const target = await startTarget();
    const world = await forwardingWorld({ targets: [target.url] });
    await world.push(sealed(ticketEvent('ticket@@@secret')));
    await world.push(textPush());
    expect(target.got).toHaveLength(1);
    const entries = await world.journal.list({});
    expect(entries.map(({ type }) => type)).toEqual(['component_verify_ticket', 'text']);
    expect(JSON.stringify(entries)).not.toContain('secret');
  });

  it('with "after" come when our own exchange is done, their credentials masked in JSON', async () => {
    let accountsThen: string[] = [];
    const target = await startTarget(async () => {
      accountsThen = await world.store.list('account');
      return {};
    });
    const world = await forwardingWorld({ targets: [target.url], events: 'after', format: 'json' });
    await world.giveTicket();
    const { preAuthCode } = await world.attempt();
    const { appId, code } = world.consent(preAuthCode);
    await world.push(sealed(authorizedEvent({ appId, code, preAuthCode })));
    const got = await eventually(() => target.got[0]);
    expect(JSON.parse(got.body)).toMatchObject({ type: 'authorized', appId, fields: { AuthorizationCode: '***' } });
    expect(got.body).not.toContain(code);
    expect(accountsThen).toEqual([appId]);
  });

  it('with "handover" carry the code, which stays unused here', async () => {
    const target = await startTarget();
    const world = await forwardingWorld({ targets: [target.url], events: 'handover', format: 'json' });
    await world.giveTicket();
    const { preAuthCode } = await world.attempt();
    const { appId, code } = world.consent(preAuthCode);
    await world.push(sealed(authorizedEvent({ appId, code, preAuthCode })));
    const got = await eventually(() => target.got[0]);
    expect(JSON.parse(got.body)).toMatchObject({ fields: { AuthorizationCode: code } });
    expect(await world.store.list('account')).toEqual([]);
    expect(world.calls('api_query_auth')).toBe(0);
  });
});

describe('a target that fails', () => {
  it('and hangs keeps WeChat waiting for less than five seconds', async () => {
    const target = await startTarget(() => NEVER);
    const world = await forwardingWorld({ targets: [target.url], answerWithin: ANSWER_WITHIN });
    // It is answered although the target never answers.
    expect((await world.push(textPush())).body).toBe('success');
    expect(target.got).toHaveLength(1);
    // WeChat's own limit, less what the way there and back may take.
    expect(ANSWER_WITHIN).toBeLessThanOrEqual(4_500);
  });

  it('delays neither another target nor its answer', async () => {
    const [hanging, quick] = [await startTarget(() => NEVER), await startTarget()];
    const world = await forwardingWorld({ targets: [`${quick.url}/a`, hanging.url, 'http://127.0.0.1:1/'] });
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.push(textPush())));
    expect(answers.map(({ body }) => body)).toEqual(answers.map(() => 'success'));
    expect(quick.got).toHaveLength(20);
    const states = (await world.journal.deliveries()).filter(({ url }) => url.endsWith('/a'));
    expect(states.map(({ state }) => state)).toEqual(answers.map(() => 'done'));
  });

  it('but is only slow is asked for every reply that it can give in time, however many come at once', async () => {
    const reply = writeXml({ ToUserName: 'o', FromUserName: 'gh', MsgType: 'text', Content: '在' });
    const target = await startTarget(() => sleep(100).then(() => ({ body: reply })));
    const world = await forwardingWorld({ targets: [target.url], behind: HOUR });
    const answers = await Promise.all(Array.from({ length: 120 }, () => world.push(textPush())));
    expect(answers.filter(({ body }) => takeEncrypt(body) === undefined)).toEqual([]);
    expect(target.got).toHaveLength(120);
  });

  it('and gave no reply in time is reported, with the reason', async () => {
    const reply = writeXml({ ToUserName: 'o', FromUserName: 'gh', MsgType: 'text', Content: '在' });
    const gate = createGate();
    const target = await startTarget(() => gate.wait().then(() => ({ body: reply })));
    const world = await forwardingWorld({ targets: [target.url], answerWithin: ANSWER_WITHIN });
    const answers = await Promise.all(Array.from({ length: 70 }, () => world.push(textPush())));
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['success']));
    gate.open();
    const told = (reason: string) =>
      world.told.filter((activity) => activity.type === 'no-reply' && activity.reason === reason);
    // Those that were not asked at once are sent later, and their replies come too late as well.
    await eventually(() => (told('late').length === 70 ? true : undefined));
    expect([told('busy').length, target.got.length]).toEqual([6, 70]);
  });

  it('again and again is paused: nobody waits for it, and that is reported', async () => {
    const world = await forwardingWorld({ targets: ['http://127.0.0.1:1/'] });
    for (let count = 0; count < 4; count++) await world.push(textPush());
    expect(world.told).toContainEqual({ type: 'no-reply', appId: APPID, reason: 'resting' });
  });

  it('gets the push again, with pauses, until it takes it', async () => {
    let asked = 0;
    const target = await startTarget(() => ({ status: ++asked < 4 ? 500 : 200 }));
    const world = await forwardingWorld({ targets: [target.url], pauses: [10, 20, 30, 40] });
    expect((await world.push(textPush())).body).toBe('success');
    const done = await eventually(async () => (await world.journal.deliveries()).find(({ state }) => state === 'done'));
    expect(done).toMatchObject({ tries: 4, status: 200 });
    expect(new Set(target.got.map(({ body }) => body)).size).toBe(1);
    expect(new Set(target.got.map(({ headers }) => headers['x-wxop-event-id'])).size).toBe(1);
  });

  it('gets the push again although the clock was set back by days meanwhile', async () => {
    let [asked, behind] = [0, 0];
    const target = await startTarget(() => ({ status: ++asked > 1 ? 200 : 500 }));
    const world = await forwardingWorld({ targets: [target.url], pauses: [300], setBack: () => behind });
    await world.push(textPush());
    await eventually(() => world.told.find(({ type }) => type === 'forward-failed'));
    behind = 3 * 24 * HOUR;
    await eventually(async () => (await world.journal.deliveries()).find(({ state }) => state === 'done'));
  });

  it('is given up after the last try, which leaves a dead letter', async () => {
    const target = await startTarget(() => ({ status: 410, body: 'gone' }));
    const world = await forwardingWorld({ targets: [target.url], pauses: [1, 1] });
    await world.push(textPush());
    const dead = await eventually(async () => (await world.journal.deliveries()).find(({ state }) => state === 'dead'));
    expect(dead).toMatchObject({ tries: 3, status: 410, reason: 'HTTP 410' });
    expect(target.got).toHaveLength(3);
  });

  it('and cannot be reached gets all pushes when it comes back', async () => {
    const port = await freePort();
    const world = await forwardingWorld({
      targets: [`http://127.0.0.1:${port}/`],
      pauses: Array(50).fill(20) as number[],
    });
    const pushes = Array.from({ length: 30 }, () => textPush());
    for (const push of pushes) expect((await world.push(push)).body).toBe('success');
    expect(world.forwarder.waiting()[0]?.waiting).toBeGreaterThan(0);
    const target = await startTarget(() => ({}), port);
    await eventually(() => (target.got.length >= pushes.length ? true : undefined));
    expect(new Set(target.got.map(({ body }) => body))).toEqual(new Set(pushes.map(({ body }) => body)));
  });

  it('gets what a listener that died still owed, from the next one', async () => {
    const port = await freePort();
    const [folder, targets] = [temporaryFolder(), [`http://127.0.0.1:${port}/`]];
    const dying = await forwardingWorld({ folder, targets, pid: 1 });
    const push = textPush();
    await dying.push(push);
    await dying.forwarder.stop();
    const target = await startTarget(() => ({}), port);
    await forwardingWorld({ folder, targets, pid: 2, isAlive: (pid) => pid !== 1 });
    expect((await eventually(() => target.got[0])).body).toBe(push.body);
  });

  it('gets them even if its filter and format have changed by then', async () => {
    const port = await freePort();
    const [folder, url] = [temporaryFolder(), `http://127.0.0.1:${port}/k?token=t`];
    const dying = await forwardingWorld({ folder, targets: [`${url}#type=text`], pid: 1 });
    for (let count = 0; count < 5; count++) await dying.push(textPush());
    await dying.forwarder.stop();
    await dying.journal.close();
    const target = await startTarget(() => ({}), port);
    const targets = [`${url}#type=image&format=json`];
    const { warnings } = await forwardingWorld({ folder, targets, pid: 2, isAlive: (pid) => pid !== 1 });
    await eventually(() => (target.got.length === 5 ? true : undefined));
    expect(target.got.map(({ headers }) => headers['content-type'])).toEqual(Array(5).fill('application/json'));
    expect(warnings).toEqual([]);
  });

  it('and is no longer configured is warned of, with how much it is owed; that waits until it is configured again', async () => {
    const port = await freePort();
    const [folder, url] = [temporaryFolder(), `http://127.0.0.1:${port}/old`];
    const dying = await forwardingWorld({ folder, targets: [url], pid: 1 });
    const pushes = [textPush(), textPush()];
    for (const push of pushes) await dying.push(push);
    await dying.forwarder.stop();
    await dying.journal.close();
    const other = await startTarget();
    const without = { folder, targets: [other.url], isAlive: () => false };
    for (const pid of [2, 3]) {
      const world = await forwardingWorld({ ...without, pid });
      expect(await eventually(() => world.warnings[0])).toMatch(
        new RegExp(`^2 pushes are waiting for ${url}, .*--to URL`),
      );
      const states = (await world.journal.deliveries()).map(({ state, url: said }) => [state, said]);
      expect(states).toEqual([1, 2].map(() => ['stranded', url]));
      await world.forwarder.stop();
      await world.journal.close();
    }
    const target = await startTarget(() => ({}), port);
    await forwardingWorld({ folder, targets: [other.url, url], pid: 4, isAlive: () => false });
    await eventually(() => (target.got.length === 2 ? true : undefined));
    expect(new Set(target.got.map(({ body }) => body))).toEqual(new Set(pushes.map(({ body }) => body)));
    expect(other.got).toEqual([]);
  });

  it('and is configured twice gets a push once, in the first format that wants it', async () => {
    const target = await startTarget();
    const world = await forwardingWorld({
      targets: [`${target.url}#type=image`, `${target.url}#type=text&format=json`, `${target.url}#appid=${APPID}`],
    });
    await world.push(textPush());
    expect(target.got.map(({ headers }) => headers['content-type'])).toEqual(['application/json']);
  });

  it('is not forgotten in silence where what was owed is sealed and no key is set', async () => {
    const port = await freePort();
    const [folder, targets] = [temporaryFolder(), [`http://127.0.0.1:${port}/`]];
    const dying = await forwardingWorld({ folder, targets, pid: 1, sealer: createSealer('a'.repeat(64)) });
    await dying.push(textPush());
    await dying.forwarder.stop();
    const { warnings, forwarder } = await forwardingWorld({ folder, targets, pid: 2, isAlive: (pid) => pid !== 1 });
    await eventually(() => warnings[0]);
    // Each look finds the same: it was said.
    forwarder.begin();
    await forwarder.stop();
    expect(warnings).toEqual([expect.stringContaining('no key is set')]);
  });

  it('a journal that cannot be written refuses the push, so that WeChat sends it again', async () => {
    const journal = { append: () => Promise.reject(new Error('disk full')) } as unknown as Journal;
    const world = await listenerWorld({ outbox: createOutbox({ journal, events: 'never', now: Date.now }) });
    const push = textPush();
    expect((await world.push(push)).status).toBe(500);
    expect(world.rejected()).toEqual([{ reason: 'store-failure', status: 500 }]);
  });
});
