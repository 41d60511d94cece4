import { describe, expect, it, onTestFinished } from 'vitest';
import type { Journal } from '../../src/journal/journal.ts';
import { createRedisJournal, type RedisJournalOptions } from '../../src/journal/redis-journal.ts';
import { openRedisConnection } from '../../src/store/redis-connection.ts';
import { createSealer } from '../../src/store/seal.ts';
import { all } from '../support/all.ts';
import { ask, COMPONENT, sealed } from '../support/listener.ts';
import { eventually, startWxop, wxop } from '../support/processes.ts';
import { APPID, delivered, idsOf, pushed } from '../support/pushed.ts';
import { hasRedis, ownRedis, type TestRedis } from '../support/redis.ts';
import { sleep } from '../support/sleep.ts';
import { startTarget } from '../support/target.ts';
import { temporaryFolder } from '../support/world.ts';

function journalOn(url: string, options: Partial<RedisJournalOptions> = {}): Journal {
  const connection = openRedisConnection({ url, elapsed: () => performance.now(), sleep });
  const journal = createRedisJournal({ connection, componentAppId: COMPONENT.appId, sleep, ...options });
  onTestFinished(async () => {
    await journal.close();
    await connection.close();
  });
  return journal;
}

const OWED = `wxop:{${COMPONENT.appId}}:owed`;

/** When the lease on each push that is still to be forwarded ends: Unix seconds. */
const leasesOn = async ({ send }: TestRedis): Promise<number[]> =>
  ((await send('ZRANGE', OWED, '0', '-1', 'WITHSCORES')) as string[]).filter((_, at) => at % 2 === 1).map(Number);

/** The server's own clock cannot be moved: all leases have ended in 1970. */
async function endLeases({ send }: TestRedis): Promise<void> {
  for (const member of (await send('ZRANGE', OWED, '0', '-1')) as string[]) await send('ZADD', OWED, 'XX', '0', member);
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

  it('what a dead machine owed goes to one other, once', async () => {
    const redis = await ownRedis();
    const { url } = redis;
    const owed = ['shop', 'other'];
    const dying = journalOn(url);
    const { entry: done } = await dying.append(pushed({ owed: ['shop'] }));
    const { entry: failed } = await dying.append(pushed({ owed }));
    await dying.note(delivered(done.id));
    await dying.note(delivered(failed.id, { state: 'failed', tries: 4 }));
    const others = [journalOn(url), journalOn(url), journalOn(url)];
    expect(await all(others[0]!.orphans(['shop']))).toEqual([]);
    // It renews no more: that is all that the others see of its death.
    await dying.close();
    await endLeases(redis);
    const taken = (await Promise.all(others.map((journal) => all(journal.orphans(['shop']))))).flat();
    expect(taken).toMatchObject([{ place: failed.id, target: 'shop', tries: 4 }]);
    expect((await Promise.all(others.map((journal) => all(journal.orphans(['shop']))))).flat()).toEqual([]);
    expect((await others[0]?.deliveries())?.map(({ state }) => state).sort()).toEqual(['done', 'failed']);
  });

  it('who lives renews its lease', async () => {
    const redis = await ownRedis();
    // Renewed three times in its time; long enough that the reading of it takes no part of it.
    const living = journalOn(redis.url, { lease: 3 });
    await living.append(pushed({ owed: ['shop'] }));
    await endLeases(redis);
    await eventually(async () => (await leasesOn(redis)).every((end) => end > 0) || undefined);
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
    for (let at = 0; at < 20; at++) {
      const fields = { FromUserName: 'o', CreateTime: 1700000000 + at, MsgType: 'text', MsgId: at };
      const { path, body } = sealed(fields, { path: `/wechat/message/${APPID}` });
      expect((await ask(`${urls[at % 2]}${path}`, { method: 'POST', body })).body).toBe('success');
    }
    expect(new Set(target.got.map(({ body }) => body)).size).toBe(20);
    expect(target.got).toHaveLength(20);
    const { stdout } = await wxop(['events', 'list', '--json'], environment);
    const entries = JSON.parse(stdout) as { deliveries: { state: string }[] }[];
    expect(entries.map(({ deliveries }) => deliveries.map(({ state }) => state))).toEqual(Array(20).fill(['done']));
  });
});
