import { describe, expect, it } from 'vitest';
import { text } from '../../src/sentences/text.ts';
import { createExternalTokens } from '../../src/credentials/external-tokens.ts';
import type { TokenRecord } from '../../src/store/store.ts';
import { createClock, failureOf, openFileStore } from '../support/wechat.ts';
import { temporaryFolder } from '../support/world.ts';

const HOLDER = { account: 'wx0000000000000001' };
const KEY = 'token/wx0000000000000001';

/** Tokens of another program, on a store that `owner` may write at each look; the clock moves only when somebody waits. */
function borrow(owner: (look: number, store: ReturnType<typeof openFileStore>) => Promise<unknown> | void) {
  const clock = createClock();
  const store = openFileStore(temporaryFolder(), { now: clock.now });
  const learned: string[] = [];
  const waits: number[] = [];
  const tokens = createExternalTokens({
    store,
    owner: text('WxJava', 'WxJava'),
    now: clock.now,
    sleep: async (milliseconds) => {
      clock.advance(milliseconds);
      waits.push(milliseconds);
      await owner(waits.length, store);
    },
    learn: (secret) => void learned.push(secret),
  });
  const token = (accessToken: string, life = 7_200_000): TokenRecord => ({
    accessToken,
    obtainedAt: clock.now(),
    expiresAt: clock.now() + life,
  });
  return { clock, store, tokens, learned, waits, token };
}

describe('the token of another owner', () => {
  it('is handed out at once while it lives, however long it was wanted for, and is learned as a secret', async () => {
    const { tokens, store, learned, waits, token } = borrow(() => undefined);
    const short = token('short', 1_000);
    await store.write(KEY, short, 0, { durable: true });
    expect(await tokens.token(HOLDER, 600_000)).toEqual(short);
    expect({ learned, waits }).toEqual({ learned: ['short'], waits: [] });
  });

  it('is waited for, and taken when it comes', async () => {
    const { tokens, waits, token } = borrow((look, store) =>
      look === 3 ? store.write(KEY, token('late'), 0, { durable: true }) : undefined,
    );
    expect((await tokens.token(HOLDER)).accessToken).toBe('late');
    expect(waits).toHaveLength(3);
  });

  it('that never comes is a wait that ran out, and names the owner', async () => {
    const { tokens, waits, clock } = borrow(() => undefined);
    const from = clock.now();
    const failure = await failureOf(tokens.token(HOLDER));
    expect(failure).toMatchObject({ code: 'TIMEOUT', exitCode: 5, retryable: true });
    expect(failure.message).toContain('WxJava');
    expect(failure.message).toContain(HOLDER.account);
    expect(clock.now() - from).toBe(6_000);
    expect(waits.length).toBeGreaterThan(5);
  });

  it('that expired is not handed out', async () => {
    const { tokens, store, token } = borrow(() => undefined);
    await store.write(KEY, token('dead', 0), 0, { durable: true });
    expect((await failureOf(tokens.token(HOLDER))).code).toBe('TIMEOUT');
  });

  it('that WeChat rejects is waited for until its owner replaced it', async () => {
    const { tokens, store, token } = borrow((look, its) =>
      look === 2 ? its.write(KEY, token('new'), 1, { durable: true }) : undefined,
    );
    await store.write(KEY, token('rejected'), 0, { durable: true });
    expect((await tokens.replace(HOLDER, 'rejected')).accessToken).toBe('new');
  });

  it('that stays the rejected one ends the wait, and does not show it', async () => {
    const { tokens, store, token } = borrow(() => undefined);
    await store.write(KEY, token('rejected-token'), 0, { durable: true });
    const failure = await failureOf(tokens.replace(HOLDER, 'rejected-token'));
    expect(failure.code).toBe('TIMEOUT');
    expect(failure.message).toContain('rejects');
    expect(failure.message + failure.hint!.en).not.toContain('rejected-token');
  });
});
