import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LEASE } from '../../src/credentials/token-cache.ts';
import { attemptIdOf } from '../../src/protocol/links.ts';
import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { consented, failureOf, giveTicket, startPlatform } from '../support/wechat.ts';

const MINUTE = 60_000;

async function start(options: SandboxOptions = {}) {
  const platform = await startPlatform(options);
  const party = platform.party();
  await giveTicket(platform, party);
  const appId = platform.merchant(0);
  const createTime = Math.floor(platform.clock.now() / 1000);
  return {
    ...platform,
    platform,
    party,
    ...party,
    appId,
    /** What the event of a consent says. */
    event: { appId, createTime, updated: false },
    exchanges: () => platform.calls('api_query_auth'),
    consent: () => consented(platform, party, appId),
  };
}

describe('old attempts', () => {
  const WEEK = 7 * 24 * 60 * MINUTE;

  it('are forgotten in the course of time, a few with each new one, and their locks', async () => {
    const platform = await startPlatform();
    const read: string[] = [];
    const party = platform.party((store) => ({
      ...store,
      read: (key) => {
        read.push(key);
        return store.read(key);
      },
    }));
    const { attempts, store } = party;
    await giveTicket(platform, party);
    const locks = (): string[] =>
      readdirSync(join(platform.folder, 'lock')).filter((name) => name.startsWith('attempt-'));
    const { id, code } = await consented(platform, party, platform.merchant(0));
    await attempts.offer(id, { code });
    await attempts.settle(id);
    expect(locks()).toEqual([`attempt-${id}`]);
    for (let number = 1; number < 200; number++) await attempts.ofEvent(undefined, `queryauthcode@@@${number}`);

    platform.clock.advance(WEEK + 2 * 60 * MINUTE);
    await platform.sandbox.push({ event: 'component_verify_ticket' });
    await giveTicket(platform, party);
    let [made, most] = [0, 0];
    for (; made < 60 && (await store.list('attempt')).length - made >= 100; made++) {
      read.length = 0;
      await attempts.create({ authType: 'all' });
      most = Math.max(most, read.filter((key) => key.startsWith('attempt/')).length);
    }
    expect(made).toBeLessThan(60);
    expect(most).toBeLessThanOrEqual(16);
    expect(locks()).toEqual((await store.list('attempt')).includes(id) ? [`attempt-${id}`] : []);
    await store.remove(`attempt/${id}`);
    expect(locks()).toEqual([]);
  });
});

describe('an attempt', () => {
  it('goes from links to an account that can be used', async () => {
    const { attempts, keeper, appId, consent, sandbox, clock, calls } = await start();
    const { id, code } = await consent();
    const open = await attempts.read(id);
    expect(open).toMatchObject({ id, codes: [], expiresAt: clock.now() + 10 * MINUTE });
    expect(open?.links?.pcUrl.startsWith(`${sandbox.url}/cgi-bin/componentloginpage?`)).toBe(true);
    expect(open?.links?.mobileUrl).toContain(encodeURIComponent(`/authorize/callback?attempt=${id}`));
    expect(await attempts.offer(id, { code })).toBe('new');
    const settled = await attempts.settle(id);
    expect(settled).toMatchObject({ isNew: true, wasAuthorized: false, account: { appId, kind: 'mp' } });
    expect(settled.account.nickName).toBe(sandbox.state().accounts[0]?.nickName);
    expect(settled.account.refreshToken).toBeDefined();
    expect((await attempts.read(id))?.appId).toBe(appId);
    await keeper.token({ account: appId });
    expect(calls('api_authorizer_token')).toBe(0);
  });

  it('forgets the code once it was exchanged', async () => {
    const { attempts, consent } = await start();
    const { id, code } = await consent();
    await attempts.offer(id, { code });
    await attempts.settle(id);
    expect(JSON.stringify(await attempts.read(id))).not.toContain(code);
  });

  it('of a second consent says that the account was authorized before', async () => {
    const { attempts, consent } = await start();
    for (const wasAuthorized of [false, true]) {
      const { id, code } = await consent();
      await attempts.offer(id, { code });
      expect(await attempts.settle(id)).toMatchObject({ isNew: true, wasAuthorized });
    }
  });

  it('that nobody made is unknown', async () => {
    const { attempts, calls } = await start();
    for (const id of ['0123456789abcdef0123', '../ticket', '']) {
      expect(await attempts.offer(id, { code: 'queryauthcode@@@x' })).toBe('unknown');
      expect(await attempts.read(id)).toBeUndefined();
    }
    expect((await failureOf(attempts.settle('0123456789abcdef0123'))).code).toBe('UNEXPECTED');
    expect(calls()).toBe(0);
  });
});

describe('one code through two doors', () => {
  it('is exchanged once by one process', async () => {
    const { attempts, consent, event, exchanges } = await start();
    const { id, code } = await consent();
    const offers = await Promise.all([attempts.offer(id, { code }), attempts.offer(id, { code, event })]);
    expect(offers.sort()).toEqual(['known', 'new']);
    const settled = await Promise.all([attempts.settle(id), attempts.settle(id)]);
    expect(settled.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
    expect(exchanges()).toBe(1);
  });

  it('is exchanged once by two processes', async () => {
    const { attempts, platform, consent, event, exchanges } = await start({ latency: 10 });
    const other = platform.party().attempts;
    const { id, code } = await consent();
    const settled = await Promise.all([
      attempts.offer(id, { code }).then(() => attempts.settle(id)),
      other.offer(id, { code, event }).then(() => other.settle(id)),
    ]);
    expect(settled.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
    expect(settled[0].account.refreshToken).toBe(settled[1].account.refreshToken);
    expect(exchanges()).toBe(1);
  });

  it('is a success for a process that slept while the other exchanged it', async () => {
    const { attempts, platform, clock, consent, appId, exchanges } = await start();
    const { id, code } = await consent();
    await attempts.offer(id, { code });
    let slept = false;
    const late = platform.party((store) => ({
      ...store,
      proveWritable: async () => {
        if (!slept) {
          slept = true;
          clock.advance(LEASE * 2);
          await attempts.settle(id);
        }
        return store.proveWritable();
      },
    }));
    expect(await late.attempts.settle(id)).toMatchObject({ isNew: false, account: { appId } });
    expect(exchanges()).toBe(2);
    const { codes, failure } = (await attempts.read(id))!;
    expect({ states: codes.map(({ state }) => state), failure }).toEqual({ states: ['used'], failure: undefined });
  });

  it('has its links, though the event came before the attempt was written', async () => {
    const { platform, sandbox, appId, event, exchanges } = await start();
    const other = platform.party().attempts;
    let brought: { id: string; code: string } | undefined;
    const { attempts } = platform.party((store) => ({
      ...store,
      write: async (key, value, expected, options) => {
        if (key.startsWith('attempt/') && !brought) {
          const preAuthCode = sandbox.state().preAuthCodes.at(-1) ?? '';
          const code = new URL(sandbox.consent({ preAuthCode, appId }).redirectUrl).searchParams.get('auth_code') ?? '';
          brought = { id: await other.ofEvent(preAuthCode, code), code };
          await other.offer(brought.id, { code, event });
        }
        return store.write(key, value, expected, options);
      },
    }));
    const attempt = await attempts.create({ authType: 'all' });
    expect(attempt.id).toBe(brought?.id);
    expect(attempt.links?.pcUrl).toContain('pre_auth_code=');
    expect(attempt.codes).toEqual([expect.objectContaining({ code: brought?.code, event, state: 'new' })]);
    expect(await attempts.read(attempt.id)).toEqual(attempt);
    expect((await attempts.settle(attempt.id)).account.appId).toBe(appId);
    expect(exchanges()).toBe(1);
  });

  it('finds the same attempt: the event brings the pre-auth code, the redirect the id', async () => {
    const { attempts, sandbox, appId, event, exchanges } = await start();
    const { id } = await attempts.create({ authType: 'all' });
    const preAuthCode = sandbox.state().preAuthCodes[0] ?? '';
    const { redirectUrl } = sandbox.consent({ preAuthCode, appId });
    const { searchParams } = new URL(redirectUrl);
    const code = searchParams.get('auth_code') ?? '';
    expect(searchParams.get('attempt')).toBe(id);
    expect(await attempts.ofEvent(preAuthCode, code)).toBe(id);
    await attempts.offer(id, { code, event });
    await attempts.settle(id);
    expect(exchanges()).toBe(1);
  });

  it('needs no attempt of ours: an event makes one', async () => {
    const { attempts, platform, consent, event, appId, store, exchanges } = await start();
    const { code } = await consent();
    const [id, again] = await Promise.all([
      attempts.ofEvent(undefined, code),
      platform.party().attempts.ofEvent(undefined, code),
    ]);
    expect(id).toBe(attemptIdOf(code));
    expect(again).toBe(id);
    await attempts.offer(id, { code, event });
    expect((await attempts.settle(id)).account.appId).toBe(appId);
    expect(exchanges()).toBe(1);
    expect((await store.read(`account/${appId}`))?.value.lastEvent?.createTime).toBe(event.createTime);
  });

  it('is offered by many at once: one of them brought it', async () => {
    const { attempts, platform, consent, event } = await start();
    const parties = [attempts, platform.party().attempts, platform.party().attempts];
    for (let round = 0; round < 10; round++) {
      const { id, code } = await consent();
      const offers = await Promise.all(
        Array.from({ length: 9 }, (_, door) => parties[door % 3]!.offer(id, door % 2 ? { code } : { code, event })),
      );
      expect(offers.filter((offer) => offer === 'new')).toHaveLength(1);
      expect((await attempts.read(id))?.codes).toEqual([expect.objectContaining({ code, event, state: 'new' })]);
    }
  });
});

describe('two codes', () => {
  const FORGED = 'queryauthcode@@@forged-by-a-visitor';

  it('are tried in turn: the second when the platform refuses the first, each once', async () => {
    const { attempts, consent, event, appId, exchanges } = await start();
    const { id, code } = await consent();
    expect(await attempts.offer(id, { code: FORGED })).toBe('new');
    expect((await failureOf(attempts.settle(id))).errcode).toBe(61009);
    expect(exchanges()).toBe(1);
    expect(await attempts.offer(id, { code, event })).toBe('new');
    expect((await attempts.settle(id)).account.appId).toBe(appId);
    expect(exchanges()).toBe(2);
    const states = (await attempts.read(id))?.codes.map(({ state }) => state);
    expect(states).toEqual(['refused', 'used']);
  });

  it('are both tried by one settling', async () => {
    const { attempts, consent, appId, exchanges } = await start();
    const { id, code } = await consent();
    await attempts.offer(id, { code: FORGED });
    await attempts.offer(id, { code });
    expect((await attempts.settle(id)).account.appId).toBe(appId);
    expect(exchanges()).toBe(2);
    expect((await attempts.read(id))?.failure).toBeUndefined();
  });

  it('begin with the one of the signed event, which needs no other', async () => {
    const { attempts, consent, event, appId, exchanges } = await start();
    const { id, code } = await consent();
    await attempts.offer(id, { code: FORGED });
    await attempts.offer(id, { code, event });
    expect((await attempts.settle(id)).account.appId).toBe(appId);
    expect(exchanges()).toBe(1);
    expect((await attempts.read(id))?.failure).toBeUndefined();
  });

  it('that are both refused are not tried again', async () => {
    const { attempts, consent, exchanges } = await start();
    const { id } = await consent();
    await attempts.offer(id, { code: FORGED });
    await attempts.offer(id, { code: `${FORGED}-2` });
    for (let time = 0; time < 2; time++) {
      expect((await failureOf(attempts.settle(id))).errcode).toBe(61009);
      expect(exchanges()).toBe(2);
    }
    expect(await attempts.offer(id, { code: FORGED })).toBe('known');
  });

  it('mean nothing after the first succeeded', async () => {
    const { attempts, consent, event, appId, exchanges } = await start();
    const { id, code } = await consent();
    await attempts.offer(id, { code });
    await attempts.settle(id);
    expect(await attempts.offer(id, { code: FORGED })).toBe('over');
    expect(await attempts.offer(id, { code: FORGED, event })).toBe('over');
    expect(await attempts.offer(id, { code })).toBe('known');
    expect(await attempts.settle(id)).toMatchObject({ isNew: false, account: { appId } });
    expect((await attempts.read(id))?.codes).toHaveLength(1);
    expect(exchanges()).toBe(1);
  });

  it('leave none behind once one succeeded: an event for the refused one opens nothing', async () => {
    const { attempts, consent, event } = await start();
    const { id, code } = await consent();
    await attempts.offer(id, { code: FORGED });
    await attempts.offer(id, { code });
    await attempts.settle(id);
    await attempts.offer(id, { code: FORGED, event });
    expect((await attempts.read(id))?.codes.map((offered) => offered.code)).toEqual([undefined, undefined]);
  });

  it('from strangers do not pile up, and do not keep the event out', async () => {
    const { attempts, consent, event, appId } = await start();
    const { id, code } = await consent();
    for (let stranger = 0; stranger < 30; stranger++) await attempts.offer(id, { code: `${FORGED}-${stranger}` });
    expect((await attempts.read(id))?.codes.length).toBeLessThan(10);
    expect(await attempts.offer(id, { code, event })).toBe('new');
    expect((await attempts.settle(id)).account.appId).toBe(appId);
  });
});

describe('an exchange that went wrong', () => {
  it('with its answer lost is healed when the event names the account', async () => {
    const { attempts, keeper, sandbox, consent, event, appId, clock, calls, exchanges } = await start();
    const { id, code } = await consent();
    sandbox.addFault('api_query_auth=reset*1');
    await attempts.offer(id, { code });
    expect(await failureOf(attempts.settle(id))).toMatchObject({ code: 'NETWORK', retryable: true });
    expect(exchanges()).toBe(1);
    expect(await attempts.offer(id, { code, event })).toBe('known');
    const settled = await attempts.settle(id);
    expect(settled).toMatchObject({ isNew: true, account: { appId, authorizedAt: clock.now() } });
    expect(exchanges()).toBe(2);
    expect((await attempts.read(id))?.appId).toBe(appId);
    await keeper.token({ account: appId });
    expect(calls('api_authorizer_token')).toBe(1);
  });

  it('with its answer lost is healed by the event alone', async () => {
    const { attempts, sandbox, consent, event, appId } = await start();
    const { id, code } = await consent();
    sandbox.addFault('api_query_auth=reset*1');
    await attempts.offer(id, { code, event });
    expect((await failureOf(attempts.settle(id))).code).toBe('NETWORK');
    expect((await attempts.settle(id)).account.appId).toBe(appId);
  });

  it('with its answer lost is healed later where the platform cannot be reached meanwhile', async () => {
    const { attempts, sandbox, consent, event, appId } = await start();
    const { id, code } = await consent();
    sandbox.addFault('api_query_auth=reset*1');
    sandbox.addFault('api_get_authorizer_info=html*3');
    await attempts.offer(id, { code, event });
    await failureOf(attempts.settle(id));
    // It is the outage that is told, and the code is not put down as refused.
    expect((await failureOf(attempts.settle(id))).code).toBe('NETWORK');
    expect(await attempts.unsettled()).toEqual([id]);
    expect((await attempts.settle(id)).account.appId).toBe(appId);
  });

  it('with its answer lost stays a failure when nothing says which account it was', async () => {
    const { attempts, keeper, sandbox, consent, exchanges } = await start();
    const { id, code } = await consent();
    sandbox.addFault('api_query_auth=reset*1');
    await attempts.offer(id, { code });
    await failureOf(attempts.settle(id));
    expect((await failureOf(attempts.settle(id))).errcode).toBe(61010);
    expect(exchanges()).toBe(2);
    for await (const account of keeper.accounts()) expect.unreachable(account.appId);
  });

  it('with its answer lost is healed by an event that comes after the refusal, without another exchange', async () => {
    const { attempts, sandbox, consent, event, appId, exchanges } = await start();
    const { id, code } = await consent();
    sandbox.addFault('api_query_auth=reset*1');
    await attempts.offer(id, { code });
    await failureOf(attempts.settle(id));
    await failureOf(attempts.settle(id));
    expect(await attempts.unsettled()).toEqual([]);
    await attempts.offer(id, { code, event });
    expect((await attempts.read(id))?.failure).toBeUndefined();
    expect(await attempts.unsettled()).toEqual([id]);
    expect((await attempts.settle(id)).account.appId).toBe(appId);
    expect(exchanges()).toBe(2);
  });

  it('with its answer lost is healed by an event that comes while the code is refused', async () => {
    const { platform, attempts, sandbox, consent, event, appId, exchanges } = await start();
    const { id, code } = await consent();
    sandbox.addFault('api_query_auth=reset*1');
    await attempts.offer(id, { code });
    await failureOf(attempts.settle(id));
    let offered: unknown;
    const other = platform.party((store) => ({
      ...store,
      write: async (...args) => {
        offered ??= await attempts.offer(id, { code, event });
        return store.write(...args);
      },
    }));
    // What it writes first is that the code was refused.
    expect((await other.attempts.settle(id)).account.appId).toBe(appId);
    expect(offered).toBe('known');
    expect(exchanges()).toBe(2);
  });

  it('with its answer lost is healed by whoever comes after a process that died over the healing', async () => {
    const { platform, attempts, sandbox, consent, event, appId, exchanges } = await start();
    const { id, code } = await consent();
    sandbox.addFault('api_query_auth=reset*1');
    await attempts.offer(id, { code, event });
    await failureOf(attempts.settle(id));
    const died = new Error('died');
    const dying = platform.party((store) => ({
      ...store,
      write: (...args) => (args[0].startsWith('account/') ? Promise.reject(died) : store.write(...args)),
    }));
    await failureOf(dying.attempts.settle(id));
    expect(exchanges()).toBe(2);
    expect((await attempts.settle(id)).account.appId).toBe(appId);
    expect(exchanges()).toBe(2);
  });

  it('with its answer lost is refused for what it is, whatever happens to another code', async () => {
    const { platform, attempts, sandbox, consent, event } = await start();
    const { id, code } = await consent();
    await attempts.offer(id, { code: 'queryauthcode@@@of-a-visitor' });
    await attempts.offer(id, { code, event });
    for (const fault of ['api_query_auth=61010*1', 'api_query_auth=reset*1']) sandbox.addFault(fault);
    const died = new Error('died');
    const dying = platform.party((store) => ({
      ...store,
      write: (...args) => (args[0].startsWith('account/') ? Promise.reject(died) : store.write(...args)),
    }));
    await failureOf(dying.attempts.settle(id));
    for (const fault of ['api_query_auth=reset*1', 'api_get_authorizer_info=61003*1']) sandbox.addFault(fault);
    const failures: (number | undefined)[] = [];
    const settling = attempts.settle(id, { onFailed: ({ errcode }) => void failures.push(errcode) });
    // Of the two it is the outage that is worth another try.
    expect(await failureOf(settling)).toMatchObject({ code: 'NETWORK', retryable: true });
    expect(failures).toEqual([61010, undefined]);
    expect((await attempts.read(id))?.codes.map(({ state }) => state)).toEqual(['new', 'refused']);
  });

  it('is kept with the attempt, for whoever reads it', async () => {
    const { attempts, platform, consent } = await start({ faults: ['api_query_auth=61004*1'] });
    const { id, code } = await consent();
    await attempts.offer(id, { code });
    const failure = await failureOf(attempts.settle(id));
    const { attempts: other } = platform.party();
    const read = await other.read(id);
    expect(read?.appId).toBeUndefined();
    expect(other.failureOf(read!)).toMatchObject({
      code: 'IP_NOT_ALLOWED',
      errcode: 61004,
      text: failure.text,
      hint: failure.hint,
    });
    // The code was not refused: the same one works once the cause is gone.
    expect((await other.settle(id)).isNew).toBe(true);
    expect(other.failureOf((await other.read(id))!)).toBeUndefined();
  });

  it('leaves no failure behind when a new code is offered', async () => {
    const { attempts, consent } = await start();
    const { id, code } = await consent();
    await attempts.offer(id, { code: 'queryauthcode@@@mistyped' });
    await failureOf(attempts.settle(id));
    expect((await attempts.read(id))?.failure?.errcode).toBe(61009);
    await attempts.offer(id, { code });
    expect((await attempts.read(id))?.failure).toBeUndefined();
  });
});

describe('unsettled', () => {
  it('finds codes that nobody exchanged before the process died', async () => {
    const { attempts, platform, consent, appId } = await start();
    const { id, code } = await consent();
    const waiting = await consent();
    expect(await attempts.unsettled()).toEqual([]);
    await attempts.offer(id, { code });
    const { attempts: next } = platform.party();
    expect(await next.unsettled()).toEqual([id]);
    expect((await next.settle(id)).account.appId).toBe(appId);
    expect(await next.unsettled()).toEqual([]);
    expect((await next.read(waiting.id))?.codes).toEqual([]);
  });

  it('finds a code whose exchange failed, and none that was refused', async () => {
    const { attempts, sandbox, consent } = await start();
    const [busy, refused] = [await consent(), await consent()];
    sandbox.addFault('api_query_auth=45009*1');
    await attempts.offer(busy.id, { code: busy.code });
    await attempts.offer(refused.id, { code: 'queryauthcode@@@mistyped' });
    await failureOf(attempts.settle(busy.id));
    await failureOf(attempts.settle(refused.id));
    expect(await attempts.unsettled()).toEqual([busy.id]);
  });

  it('leaves codes alone that have stopped working', async () => {
    const { attempts, consent, clock } = await start();
    const { id, code } = await consent();
    await attempts.offer(id, { code });
    clock.advance(60 * MINUTE);
    expect(await attempts.unsettled()).toEqual([id]);
    clock.advance(1);
    expect(await attempts.unsettled()).toEqual([]);
  });
});
