/** Dates in the future, and clocks that are set: nothing that comes later is lost to them. */
import { describe, expect, it } from 'vitest';
import {
  authorizedEvent,
  listenerWorld,
  sealed,
  ticketEvent,
  unauthorizedEvent,
  type WorldOptions,
} from '../support/listener.ts';
import { isError } from '../../src/sentences/wxop-error.ts';
import { eventually } from '../support/processes.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A listener whose clock a test sets. */
async function world(options: WorldOptions = {}) {
  const clock = { now: Date.now(), elapsed: 0 };
  const listening = await listenerWorld({ now: () => clock.now, elapsed: () => clock.elapsed, ...options });
  const seconds = (ahead = 0): number => Math.floor((clock.now + ahead) / 1000);
  return {
    ...listening,
    send: listening.push,
    clock,
    /** Pushes an event that says it was made so much later than now. */
    push: (event: (createTime: number) => Record<string, string | number>, ahead = 0) =>
      listening.push(sealed(event(seconds(ahead)), { timestamp: seconds() })),
    told: (type: string) => listening.activity.filter((one) => one.type === type),
    ticket: async () => (await listening.keeper.readTicket())?.ticket,
  };
}

const ticket = (value: string) => (createTime: number) => ticketEvent(`ticket@@@${value}`, createTime);

describe('a ticket with a date in the future', () => {
  it('counts as made now, is told once, and is replaced by the next genuine one', async () => {
    const { push, clock, told, ticket: stored } = await world();
    for (const value of ['first', 'second']) {
      expect((await push(ticket(value), 11 * DAY)).body).toBe('success');
      expect(await stored()).toBe(`ticket@@@${value}`);
      clock.now += 10 * MINUTE;
    }
    expect(told('future-date')).toEqual([
      { type: 'future-date', infoType: 'component_verify_ticket', seconds: 11 * 24 * 60 * 60 },
    ]);
    await push(ticket('genuine'));
    expect(await stored()).toBe('ticket@@@genuine');
    await push(ticket('of-another-bad-day'), DAY);
    expect(told('future-date')).toHaveLength(2);
  });

  it('that an earlier version stored is replaced too', async () => {
    const { push, store, clock, ticket: stored } = await world();
    const createTime = Math.floor((clock.now + 11 * DAY) / 1000);
    const value = { ticket: 'ticket@@@stored', createTime, receivedAt: clock.now };
    await store.write('ticket', value, 0, { durable: true });
    await push(ticket('genuine'));
    expect(await stored()).toBe('ticket@@@genuine');
  });

  it('a few minutes ahead is no more than another clock: the order of tickets is kept', async () => {
    const { push, told, ticket: stored } = await world();
    await push(ticket('ahead'), 4 * MINUTE);
    await push(ticket('older'));
    expect(await stored()).toBe('ticket@@@ahead');
    expect(told('future-date')).toEqual([]);
  });
});

describe('an account whose newest event has a date in the future', () => {
  async function authorized() {
    const listening = await world();
    await listening.giveTicket();
    const authorize = async (): Promise<string> => {
      const { preAuthCode } = await listening.attempt();
      const consent = listening.consent(preAuthCode);
      await listening.push((createTime) => authorizedEvent({ ...consent, preAuthCode, createTime }));
      return consent.appId;
    };
    const isRevoked = async (appId: string): Promise<boolean> =>
      (await listening.keeper.account(appId)).revokedAt !== undefined;
    const appId = await authorize();
    await eventually(() => listening.keeper.account(appId).catch(() => undefined));
    return { ...listening, authorize, isRevoked, appId };
  }

  it('hears of a later authorization', async () => {
    const { push, clock, authorize, isRevoked, appId, told } = await authorized();
    clock.now += MINUTE;
    await push((createTime) => unauthorizedEvent(appId, createTime), 11 * DAY);
    expect(await isRevoked(appId)).toBe(true);
    expect(told('future-date')).toHaveLength(1);
    clock.now += MINUTE;
    await authorize();
    await eventually(async () => ((await isRevoked(appId)) ? undefined : true));
  });

  it('hears of a later cancellation, also where the date was stored by an earlier version or imported', async () => {
    const { push, clock, store, isRevoked, appId } = await authorized();
    const future = clock.now + 11 * DAY;
    const lastEvent = { createTime: Math.floor(future / 1000), digest: 'd' };
    // The listener may still be writing what it learned of the account.
    await eventually(async () => {
      const found = await store.read(`account/${appId}`);
      const value = { ...found!.value, authorizedAt: future, lastEvent };
      return store.write(`account/${appId}`, value, found?.version ?? 0, { durable: true }).catch((error: unknown) => {
        if (!isError(error, 'STORE_CONFLICT')) throw error;
        return undefined;
      });
    });
    clock.now += MINUTE;
    await push((createTime) => unauthorizedEvent(appId, createTime));
    expect(await isRevoked(appId)).toBe(true);
  });
});

describe('a record that is imported with dates in the future', () => {
  it('counts as written now: the next genuine event and ticket win', async () => {
    const { push, clock, keeper, ticket: stored } = await world();
    const [appId, future] = ['wx0123456789abcdef', clock.now + 11 * DAY];
    const seconds = Math.floor(future / 1000);
    const lastEvent = { createTime: seconds, digest: 'd' };
    await keeper.importAccount(
      { value: { appId, refreshToken: 'refreshtoken@@@x', authorizedAt: future, lastEvent }, writtenAt: future },
      true,
    );
    await keeper.importTicket({ ticket: 'ticket@@@imported', createTime: seconds, receivedAt: future }, true);
    expect(await keeper.account(appId)).toMatchObject({
      authorizedAt: clock.now,
      lastEvent: { createTime: Math.floor(clock.now / 1000) },
    });
    clock.now += MINUTE;
    await push((createTime) => unauthorizedEvent(appId, createTime));
    expect((await keeper.account(appId)).revokedAt).toBe(clock.now);
    await push(ticket('genuine'));
    expect(await stored()).toBe('ticket@@@genuine');
  });
});

describe('a clock that is set while the listener runs', () => {
  it.each([
    ['back', -3 * DAY],
    ['forward', 3 * DAY],
  ])('%s by days loses no ticket, and is told once', async (_, jump) => {
    const { push, send, clock, told, ticket: stored } = await world();
    await push(ticket('before'));
    clock.now += jump;
    const real = Math.floor((clock.now - jump) / 1000);
    for (let count = 1; count <= 3; count++) {
      const pushed = sealed(ticketEvent(`ticket@@@after-${count}`, real + count * 600), {
        timestamp: real + count * 600,
      });
      expect((await send(pushed)).body).toBe('success');
      expect(await stored()).toBe(`ticket@@@after-${count}`);
      clock.now += 10 * MINUTE;
      clock.elapsed += 10 * MINUTE;
    }
    expect(told('clock-skew')).toHaveLength(1);
  });
});
