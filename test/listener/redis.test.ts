import { describe, expect, it } from 'vitest';
import { PUSH_DEADLINE } from '../../src/store/redis-connection.ts';
import { listenerWorld, sealed, ticketEvent } from '../support/listener.ts';
import { eventually } from '../support/processes.ts';
import { connectionTo, hasRedis, openRedisStore, ownRedis, PATIENT } from '../support/redis.ts';

describe.skipIf(!hasRedis)('a listener whose Redis goes away', () => {
  it.each(['down', 'hung'] as const)(
    'answers 500 while it is %s, so that the push comes again, and works on by itself',
    async (how) => {
      const redis = await ownRedis();
      let deadline = PATIENT;
      const connection = connectionTo(redis.url, { deadline: () => deadline });
      const world = await listenerWorld({ wrapStore: () => openRedisStore(redis.url, { connection }) });
      expect((await world.push(sealed(ticketEvent('first')))).status).toBe(200);
      if (how === 'down') await redis.stop();
      else redis.pause();
      deadline = PUSH_DEADLINE;
      const push = sealed(ticketEvent('second'));
      for (let time = 0; time < 2; time++) expect(await world.push(push)).toMatchObject({ status: 500 });
      expect(world.rejected().map(({ reason }) => reason)).toEqual(['store-failure', 'store-failure']);
      expect((await world.get('/healthz')).status).toBe(500);
      if (how === 'down') await redis.start();
      else redis.resume();
      deadline = PATIENT;
      // The same push, as WeChat repeats it.
      await eventually(async () => (await world.push(push)).status === 200 || undefined);
      expect((await world.store.read('ticket'))?.value.ticket).toBe('second');
      expect((await world.get('/healthz')).status).toBe(200);
    },
  );
});
