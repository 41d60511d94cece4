import { describe, expect, it, onTestFinished } from 'vitest';
import { isError, toWxopError, type WxopError } from '../../src/sentences/wxop-error.ts';
import type { Journal } from '../../src/delivery/journal.ts';
import { createRedisJournal, type RedisJournalOptions } from '../../src/delivery/redis-journal.ts';
import { PUSH_DEADLINE, type RedisConnection } from '../../src/store/redis-connection.ts';
import { createSealer } from '../../src/store/seal.ts';
import { all } from '../support/to-array.ts';
import { ask, COMPONENT, sealed } from '../support/listener.ts';
import { eventually, startWxop, wxop } from '../support/processes.ts';
import { APPID, delivered, idsOf, pushed } from '../support/journal-samples.ts';
import { connectionTo, hasRedis, ownRedis, PATIENT, type TestRedis } from '../support/redis.ts';
import { sleep } from '../support/sleep.ts';
import { startTarget } from '../support/target.ts';
import { temporaryFolder } from '../support/world.ts';

/** A connection that a machine's death can cut. */
function connect(url: string): RedisConnection & { die: () => void } {
  const connection = connectionTo(url);
  let isDead = false;
  return {
    ...connection,
    send: (key, command) => (isDead ? Promise.reject(new Error('dead')) : connection.send(key, command)),
    die: () => void (isDead = true),
  };
}

function journalOn(url: string, options: Partial<RedisJournalOptions> = {}): Journal {
  const connection = connect(url);
  const journal = createRedisJournal({ connection, componentAppId: COMPONENT.appId, now: Date.now, sleep, ...options });
  onTestFinished(() => journal.close());
  return journal;
}

const OWED = `wxop:{${COMPONENT.appId}}:owed:`;

/** When the lease on each push that is still to be forwarded ends: Unix seconds, by key and id. */
async function leasesOn({ send }: TestRedis): Promise<{ key: string; id: string; end: number }[]> {
  const leases = [];
  for (const key of (await send('KEYS', `${OWED}*`)) as string[]) {
    const scored = (await send('ZRANGE', key, '0', '-1', 'WITHSCORES')) as string[];
    for (let at = 0; at < scored.length; at += 2)
      leases.push({ key, id: scored[at] ?? '', end: Number(scored[at + 1]) });
  }
  return leases;
}

/** The server's own clock cannot be moved: all leases have ended in 1970. */
async function endLeases(redis: TestRedis): Promise<void> {
  for (const { key, id } of await leasesOn(redis)) await redis.send('ZADD', key, 'XX', '1', id);
}

describe.skipIf(!hasRedis)('the journal on Redis', () => {
  it('is one for several machines: in order, filtered, found, followed', async () => {
    const url = (await ownRedis()).url;
    const [one, two] = [journalOn(url), journalOn(url)];
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const { id } of one.follow({ types: ['event'] }, stop.signal)) seen.push(id);
    })().catch(() => undefined);
    await one.list({});
    const appended: string[] = [];
    for (let at = 0; at < 1_200; at++) {
      const journal = at % 2 ? one : two;
      appended.push((await journal.append(pushed(at % 100 ? {} : { type: 'event', event: 'CLICK' }))).entry.id);
    }
    expect(idsOf(await one.list({}))).toEqual(appended);
    expect(idsOf(await two.list({ limit: 3 }))).toEqual(appended.slice(-3));
    const clicks = appended.filter((_, at) => at % 100 === 0);
    expect(idsOf(await two.list({ events: ['click'], since: Date.now() - 60_000 }))).toEqual(clicks);
    expect(await two.find(appended[7] ?? '')).toMatchObject({ id: appended[7], appId: APPID });
    expect(await two.find('nonsense')).toBeUndefined();
    await eventually(() => (seen.length >= clicks.length ? true : undefined));
    stop.abort();
    await following;
    expect(seen).toEqual(clicks);
  });

  it('is followed from a given time, and on after an outage, which is reported', async () => {
    const redis = await ownRedis();
    const writer = journalOn(redis.url);
    let deadline = PATIENT;
    const reader = journalOn(redis.url, { connection: connectionTo(redis.url, { deadline: () => deadline }) });
    const ids = [(await writer.append(pushed())).entry.id];
    const told: (string | undefined)[] = [];
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      const tell = (outage?: WxopError): void => void told.push(outage?.code);
      for await (const { id } of reader.follow({ since: Date.now() - 60_000 }, stop.signal, tell)) seen.push(id);
    })().catch((error: unknown) => error);
    await eventually(() => seen[0]);
    // It tells of an outage when it has waited that long.
    deadline = PUSH_DEADLINE;
    await redis.stop();
    await eventually(() => (told.length > 0 ? true : undefined));
    deadline = PATIENT;
    await redis.start();
    ids.push((await writer.append(pushed())).entry.id);
    await eventually(() => seen[1]);
    stop.abort();
    // Stopped while it waits, or while it asks.
    expect(isError(toWxopError(await following), 'CANCELLED')).toBe(true);
    expect([seen, told]).toEqual([ids, ['STORE_UNAVAILABLE', undefined]]);
  });

  it('takes a message once, whichever listener gets it; its identity is never taken without it', async () => {
    const url = (await ownRedis()).url;
    const [one, two] = [journalOn(url), journalOn(url)];
    const stream = `wxop:{${COMPONENT.appId}}:journal`;
    const { send } = connect(url);
    await send('', ['SET', stream, 'in the way']);
    await expect(one.appendOnce?.(pushed(), 'message 1')).rejects.toThrow();
    await send('', ['DEL', stream]);
    const once = async (journal: Journal) => journal.appendOnce?.(pushed(), 'message 1');
    const taken = await Promise.all([one, two, one, two].map(once));
    expect(taken.filter((journaled) => journaled !== undefined)).toHaveLength(1);
    expect(await two.appendOnce?.(pushed(), 'message 2')).toBeDefined();
    for (const journal of [one, two]) await journal.append(pushed());
    expect(await one.list({})).toHaveLength(4);
  });

  it('what a dead machine owed goes to one other, once', async () => {
    const redis = await ownRedis();
    const { url } = redis;
    const owed = ['shop', 'other'];
    const line = connect(url);
    const dying = journalOn(url, { connection: line });
    const { entry: done } = await dying.append(pushed({ owed: ['shop'] }));
    const { entry: failed } = await dying.append(pushed({ owed }));
    await dying.note(delivered(done.id));
    await dying.note(delivered(failed.id, { state: 'failed', tries: 4 }));
    const others = [journalOn(url), journalOn(url), journalOn(url)];
    expect(await all(others[0]!.abandoned(['shop']))).toEqual([]);
    // It renews no more: that is all that the others see of its death.
    line.die();
    await endLeases(redis);
    const taken = (await Promise.all(others.map((journal) => all(journal.abandoned(['shop']))))).flat();
    expect(taken).toMatchObject([{ place: failed.id, target: 'shop', tries: 4 }]);
    expect((await Promise.all(others.map((journal) => all(journal.abandoned(['shop']))))).flat()).toEqual([]);
    expect((await others[0]?.deliveries())?.map(({ state }) => state).sort()).toEqual(['done', 'failed']);
  });

  it('renews the lease of a listener that lives', async () => {
    const redis = await ownRedis();
    // Renewed three times in its time; long enough that the reading of it takes no part of it.
    const living = journalOn(redis.url, { lease: 3 });
    await living.append(pushed({ owed: ['shop'] }));
    await endLeases(redis);
    await eventually(async () => {
      const ends = (await leasesOn(redis)).map(({ end }) => end);
      return (ends.length === 1 && ends[0]! > 1) || undefined;
    });
  });

  it('what a listener still owes when it stops is free at once, all of it', async () => {
    const { url } = await ownRedis();
    const stopping = journalOn(url);
    const count = 1_200;
    await Promise.all(Array.from({ length: count }, () => stopping.append(pushed({ owed: ['shop'] }))));
    const next = journalOn(url);
    expect(await all(next.abandoned(['shop']))).toEqual([]);
    await stopping.close();
    const taken = await all(next.abandoned(['shop']));
    expect(new Set(taken.map(({ entry: { id } }) => id)).size).toBe(count);
    expect(await all(next.abandoned(['shop']))).toEqual([]);
  });

  it('keeps and counts what is owed to a target that no listener has, until one has it again', async () => {
    const { url } = await ownRedis();
    const stopping = journalOn(url);
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.push((await stopping.append(pushed({ owed: ['old'] }))).entry.id);
    await stopping.append(pushed({ owed: ['shop'] }));
    await stopping.note(delivered(ids[0] ?? '', { target: 'old', state: 'failed', tries: 4 }));
    const connection = connect(url);
    let asked: string[] = [];
    const send: RedisConnection['send'] = (key, command) => {
      asked.push(command[0] ?? '');
      return connection.send(key, command);
    };
    const other = journalOn(url, { connection: { ...connection, send } });
    expect(await other.unroutable(['shop'])).toEqual([]);
    await stopping.close();
    expect(await all(other.abandoned(['shop']))).toHaveLength(1);
    expect(await other.unroutable(['shop'])).toEqual([{ target: 'old', count: 3 }]);
    const noted = await other.deliveries();
    expect(noted.map(({ id, state, tries }) => [id, state, tries]).sort()).toEqual(
      ids.map((id, at) => [id, 'stranded', at === 0 ? 4 : 0]),
    );
    // Another look does not touch what rests: two keys are asked how much there is.
    asked = [];
    expect(await all(other.abandoned(['shop']))).toEqual([]);
    expect(await other.unroutable(['shop'])).toEqual([{ target: 'old', count: 3 }]);
    expect(asked).toEqual(['EVAL', 'SMEMBERS', 'EVAL', 'EVAL']);
    const heir = journalOn(url);
    const taken = await all(heir.abandoned(['old']));
    expect(taken.map(({ entry: { id }, tries }) => [id, tries])).toEqual(ids.map((id, at) => [id, at === 0 ? 4 : 0]));
    for (const id of ids) await heir.note(delivered(id, { target: 'old' }));
    expect(await other.unroutable(['shop'])).toEqual([]);
    expect(await connection.send('', ['SMEMBERS', `wxop:{${COMPONENT.appId}}:targets`])).toEqual(['shop']);
  });

  it('is sealed with the key of the store', async () => {
    const url = (await ownRedis()).url;
    const { entry } = await journalOn(url, { sealer: createSealer('a'.repeat(64)) }).append(pushed());
    await expect(journalOn(url).list({})).rejects.toMatchObject({ code: 'SETTINGS_MISSING' });
    expect(await journalOn(url, { sealer: createSealer('a'.repeat(64)) }).list({})).toEqual([entry]);
  });

  it('two listeners on one store forward each push once; both journals are one', async () => {
    const target = await startTarget();
    const environment = {
      WXOP_HOME: temporaryFolder(),
      WXOP_STORE: (await ownRedis()).url,
      WXOP_COMPONENT_APPID: COMPONENT.appId,
      WXOP_MESSAGE_TOKEN: COMPONENT.messageToken,
      WXOP_ENCODING_AES_KEY: COMPONENT.encodingAesKey,
      WXOP_FORWARD_TO: target.url,
    };
    const urls: string[] = [];
    for (let machine = 0; machine < 2; machine++) {
      const listener = startWxop(['listen', '--port', '0', '--no-start-push', '--json'], environment);
      urls.push((await listener.json<{ url: string }>('listening')).url);
    }
    const push = (at: number, machine: number): Promise<true> => {
      const fields = { FromUserName: 'o', CreateTime: 1700000000 + at, MsgType: 'text', MsgId: at };
      const { path, body } = sealed(fields, { path: `/wechat/message/${APPID}` });
      // As WeChat does, again where a slow Redis made it answer 500.
      return eventually(async () =>
        (await ask(`${urls[machine]}${path}`, { method: 'POST', body })).body === 'success' ? true : undefined,
      );
    };
    for (let at = 0; at < 20; at++) await push(at, at % 2);
    // The first one again, with another nonce, at the listener that has not seen it.
    await push(0, 1);
    await eventually(() => (target.got.length >= 20 ? true : undefined));
    expect(new Set(target.got.map(({ body: got }) => got)).size).toBe(20);
    expect(target.got).toHaveLength(20);
    await eventually(async () => {
      const { stdout } = await wxop(['events', 'list', '--json'], environment);
      const entries = JSON.parse(stdout) as { deliveries: { state: string }[] }[];
      const states = entries.map(({ deliveries }) => deliveries.map(({ state }) => state).join());
      return states.length === 20 && states.every((state) => state === 'done') ? true : undefined;
    });
  });
});
