import { chmodSync, chownSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { text } from '../../src/sentences/text.ts';
import { WxopError } from '../../src/sentences/wxop-error.ts';
import { COMPONENT } from '../../src/wechat-api/call.ts';
import { BY_HAND } from '../../src/credentials/tickets.ts';
import { LEASE, tokenKey } from '../../src/credentials/token-cache.ts';
import { authorizerToken, createPreAuthCode, getCurrentSelfMenu } from '../../src/protocol/calls/endpoints.ts';
import { SANDBOX_COMPONENT, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import type { Store } from '../../src/store/store.ts';
import { useActors } from '../support/child-process.ts';
import { accountsOf, authorizeMerchant, consented, failureOf, giveTicket, startPlatform } from '../support/wechat.ts';
import { isRoot, nobody } from '../support/rights.ts';

const startActor = useActors();

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A platform that has sent a ticket, and a party that keeps it. */
async function start(options: SandboxOptions = {}) {
  const platform = await startPlatform(options);
  const party = platform.party();
  await giveTicket(platform, party);
  return { ...platform, platform, party, keeper: party.keeper, store: party.store };
}

/** The same, with an authorized account. */
async function startAuthorized(options: SandboxOptions = {}) {
  const started = await start(options);
  const appId = started.merchant(0);
  await authorizeMerchant(started.platform, started.party, appId);
  const { keeper, store, clock, calls } = started;
  return {
    ...started,
    appId,
    holder: { account: appId },
    /** Lets both tokens die, but not the ticket. */
    expireTokens: () => clock.advance(2 * HOUR),
    account: () => keeper.account(appId),
    stored: async () => (await store.read(`account/${appId}`))?.value,
    /** How many calls an act makes, by name. */
    counting: async (names: string[], act: () => Promise<unknown>): Promise<number[]> => {
      const before = names.map((name) => calls(name));
      await act();
      return names.map((name, index) => calls(name) - (before[index] ?? 0));
    },
  };
}

/** Notes what is written in which order; `fails` may refuse a write. */
const watched =
  (log: string[], fails: (key: string) => boolean = () => false) =>
  (store: Store): Store => ({
    ...store,
    write: async (key, value, expected, options) => {
      if (fails(key)) throw new Error(`no write of ${key}`);
      const written = await store.write(key, value, expected, options);
      log.push(`${key}${options.durable ? ' durably' : ''}`);
      return written;
    },
  });

describe('the token of an account', () => {
  it('is exchanged once for fifty who ask one keeper', async () => {
    const { keeper, holder, expireTokens, counting } = await startAuthorized();
    expireTokens();
    const made = await counting(['api_authorizer_token', 'api_component_token'], async () => {
      const tokens = await Promise.all(Array.from({ length: 50 }, () => keeper.token(holder)));
      expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1);
    });
    expect(made).toEqual([1, 1]);
  });

  it('is exchanged once though the component token before it took most of the lease', async () => {
    const { platform, holder, clock, expireTokens, counting } = await startAuthorized();
    const other = platform.party();
    expireTokens();
    let asked: Promise<unknown> | undefined;
    const slow = platform.party((store) => ({
      ...store,
      write: async (key, value, expected, options) => {
        if (key === 'component-token') clock.advance(LEASE - MINUTE / 60);
        if (key === tokenKey(holder)) {
          // The lease as it was at first has ended here.
          clock.advance(MINUTE / 30);
          asked = other.keeper.token(holder);
          for (let look = 0; look < 100; look++) await other.store.read('ticket');
        }
        return store.write(key, value, expected, options);
      },
    }));
    const made = await counting(['api_authorizer_token', 'api_component_token'], async () => {
      const token = await slow.keeper.token(holder);
      expect(await asked).toEqual(token);
    });
    expect(made).toEqual([1, 1]);
  });

  it('is exchanged once for fifty who ask five keepers on one store', async () => {
    const { party, platform, holder, expireTokens, counting } = await startAuthorized({ latency: 10 });
    const keepers = [party, ...Array.from({ length: 4 }, () => platform.party())].map(({ keeper }) => keeper);
    expireTokens();
    const made = await counting(['api_authorizer_token', 'api_component_token'], async () => {
      const tokens = await Promise.all(Array.from({ length: 50 }, (_, index) => keepers[index % 5]!.token(holder)));
      expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1);
    });
    expect(made).toEqual([1, 1]);
  });

  it('comes with the authorization: the first who asks costs no call', async () => {
    const { keeper, holder, calls } = await startAuthorized();
    const before = calls();
    await keeper.token(holder);
    expect(calls()).toBe(before);
  });

  it('shorter than min-ttl is handed out, and not exchanged twice', async () => {
    const { keeper, holder, clock, calls } = await startAuthorized({ ttl: 2 * MINUTE });
    clock.advance(3 * MINUTE);
    const { accessToken } = await keeper.token(holder, 5 * MINUTE);
    clock.advance(MINUTE / 2);
    expect((await keeper.token(holder, 5 * MINUTE)).accessToken).toBe(accessToken);
    expect(calls('api_authorizer_token')).toBe(1);
  });

  it('fails once for all who wait, and is tried again by the next', async () => {
    const { keeper, sandbox, holder, expireTokens, calls } = await startAuthorized();
    expireTokens();
    sandbox.addFault('api_authorizer_token=45009*1');
    const ends = await Promise.allSettled(Array.from({ length: 10 }, () => keeper.token(holder)));
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
    expect(calls('api_authorizer_token')).toBe(1);
    await keeper.token(holder);
    expect(calls('api_authorizer_token')).toBe(2);
  });

  it('is not there for an account that never authorized', async () => {
    const { keeper, calls } = await start();
    const failure = await failureOf(keeper.token({ account: 'wx0000000000000000' }));
    expect(failure).toMatchObject({ code: 'NO_ACCOUNT', exitCode: 4 });
    expect(calls()).toBe(0);
  });
});

describe('a rejected token', () => {
  it.each([40001, 40014, 42001, 42006])('is replaced once, and the call repeated once (%i)', async (errcode) => {
    const { keeper, sandbox, holder, counting } = await startAuthorized();
    sandbox.addFault(`get_current_selfmenu_info=${errcode}*1`);
    const made = await counting(['get_current_selfmenu_info', 'api_authorizer_token'], async () => {
      expect((await keeper.call(holder, getCurrentSelfMenu, undefined)).document).toMatchObject({ is_menu_open: 1 });
    });
    expect(made).toEqual([2, 1]);
  });

  it('never makes a loop, though WeChat goes on rejecting', async () => {
    const { keeper, sandbox, holder, counting } = await startAuthorized();
    sandbox.addFault('get_current_selfmenu_info=42001');
    const made = await counting(['get_current_selfmenu_info', 'api_authorizer_token'], async () => {
      const failure = await failureOf(keeper.call(holder, getCurrentSelfMenu, undefined));
      expect(failure).toMatchObject({ code: 'PLATFORM_REFUSED', errcode: 42001, exitCode: 3 });
    });
    expect(made).toEqual([2, 1]);
  });

  it('never makes a loop for the component either', async () => {
    const { keeper, sandbox, calls } = await start();
    sandbox.addFault('api_create_preauthcode=40001');
    const asked = keeper.call(COMPONENT, createPreAuthCode, { appId: SANDBOX_COMPONENT.appId });
    expect((await failureOf(asked)).errcode).toBe(40001);
    expect([calls('api_create_preauthcode'), calls('api_component_token')]).toEqual([2, 2]);
  });

  it('never makes a loop when every call is rejected', async () => {
    const { keeper, sandbox, holder, counting } = await startAuthorized();
    for (const path of ['get_current_selfmenu_info', 'api_authorizer_token']) sandbox.addFault(`${path}=42001`);
    const names = ['get_current_selfmenu_info', 'api_authorizer_token', 'api_component_token'];
    const made = await counting(names, async () => {
      expect((await failureOf(keeper.call(holder, getCurrentSelfMenu, undefined))).errcode).toBe(42001);
    });
    expect(made).toEqual([1, 2, 1]);
  });

  it('is not what other refusals mean: they cost one call', async () => {
    const { keeper, sandbox, holder, counting } = await startAuthorized();
    sandbox.addFault('get_current_selfmenu_info=48001');
    const made = await counting(['get_current_selfmenu_info', 'api_authorizer_token'], async () => {
      expect((await failureOf(keeper.call(holder, getCurrentSelfMenu, undefined))).errcode).toBe(48001);
    });
    expect(made).toEqual([1, 0]);
  });

  it('was replaced already: the late complaint costs no call', async () => {
    const { keeper, holder, calls } = await startAuthorized();
    const { accessToken } = await keeper.token(holder);
    const replaced = await keeper.replace(holder, accessToken);
    const before = calls();
    expect(await keeper.replace(holder, accessToken)).toEqual(replaced);
    expect(calls()).toBe(before);
  });
});

describe('a refresh token', () => {
  it('that changed is on disk before the token is', async () => {
    const { platform, account, appId, holder, expireTokens } = await startAuthorized({ rotate: true });
    const { refreshToken: old } = await account();
    expireTokens();
    const log: string[] = [];
    await platform.party(watched(log)).keeper.token(holder);
    const records = log.filter((key) => key.startsWith('account/') || key.startsWith('token/'));
    expect(records).toEqual([`account/${appId} durably`, `token/${appId}`]);
    expect((await account()).refreshToken).not.toBe(old);
  });

  it('that changed survives a crash before the token was stored', async () => {
    const { platform, keeper, account, holder, expireTokens, calls } = await startAuthorized({ rotate: true });
    const { refreshToken: old } = await account();
    expireTokens();
    await failureOf(platform.party(watched([], (key) => key.startsWith('token/'))).keeper.token(holder));
    expect((await account()).refreshToken).not.toBe(old);
    const before = calls('api_get_authorizer_info');
    await keeper.token(holder);
    expect(calls('api_authorizer_token')).toBe(2);
    expect(calls('api_get_authorizer_info')).toBe(before);
  });

  it('that cannot be stored lets no token out', async () => {
    const { platform, holder, expireTokens } = await startAuthorized({ rotate: true });
    expireTokens();
    const broken = platform.party(watched([], (key) => key.startsWith('account/')));
    await failureOf(broken.keeper.token(holder));
    expect((await broken.store.read(`token/${holder.account}`))?.version).toBe(1);
  });

  it('of the authorization is on disk before its token is', async () => {
    const { platform, party, merchant } = await start();
    const log: string[] = [];
    const { id, code } = await consented(platform, party, merchant(1));
    const { attempts } = platform.party(watched(log));
    await attempts.offer(id, { code });
    await attempts.settle(id);
    const records = log.filter((key) => key.startsWith('account/') || key.startsWith('token/'));
    expect(records.slice(0, 2)).toEqual([`account/${merchant(1)} durably`, `token/${merchant(1)}`]);
  });

  it('that another consent made stale is read again from WeChat, once', async () => {
    const { keeper, sandbox, account, appId, holder, expireTokens, counting } = await startAuthorized();
    const { refreshToken: stale } = await account();
    await sandbox.push({ event: 'authorized', appId });
    expireTokens();
    const names = ['api_authorizer_token', 'api_get_authorizer_info'];
    expect(await counting(names, () => keeper.token(holder))).toEqual([2, 1]);
    expect((await account()).refreshToken).not.toBe(stale);
    expireTokens();
    expect(await counting(names, () => keeper.token(holder))).toEqual([1, 0]);
  });

  it('that WeChat has no other of is an error, and deletes nothing', async () => {
    const { keeper, sandbox, stored, holder, expireTokens, counting } = await startAuthorized();
    const before = await stored();
    expireTokens();
    sandbox.addFault('api_authorizer_token=61023');
    const names = ['api_authorizer_token', 'api_get_authorizer_info', 'api_get_authorizer_list'];
    const made = await counting(names, async () => {
      const failure = await failureOf(keeper.token(holder));
      expect(failure).toMatchObject({ code: 'PLATFORM_REFUSED', errcode: 61023, exitCode: 3 });
    });
    expect(made).toEqual([1, 1, 1]);
    expect(await stored()).toEqual(before);
    sandbox.clearFaults();
    await keeper.token(holder);
  });

  it('that is refused again after it was read again makes no loop', async () => {
    const { keeper, sandbox, appId, holder, expireTokens, counting } = await startAuthorized();
    await sandbox.push({ event: 'authorized', appId });
    expireTokens();
    sandbox.addFault('api_authorizer_token=61023');
    const made = await counting(['api_authorizer_token', 'api_get_authorizer_info'], async () => {
      expect((await failureOf(keeper.token(holder))).errcode).toBe(61023);
    });
    expect(made).toEqual([2, 1]);
  });

  it.each([
    ['the platform is out of reach', ['api_get_authorizer_info=reset', 'api_get_authorizer_list=reset'], 'NETWORK'],
    ['another answers in its place', ['api_get_authorizer_info=html'], 'NETWORK'],
    ['the quota is used up', ['api_get_authorizer_info=45009'], 'PLATFORM_REFUSED'],
  ])('stays as it is when it cannot be read again: %s', async (...[, faults, code]) => {
    const { keeper, sandbox, stored, appId, holder, expireTokens } = await startAuthorized();
    await sandbox.push({ event: 'authorized', appId });
    const before = await stored();
    expireTokens();
    for (const fault of faults) sandbox.addFault(fault);
    const { code: told, errcode } = await failureOf(keeper.token(holder));
    expect({ told, isStale: errcode === 61023 }).toEqual({ told: code, isStale: false });
    expect(await stored()).toEqual(before);
    sandbox.clearFaults();
    await keeper.token(holder);
    expect(await stored()).not.toEqual(before);
  });

  it('that was read again, but cannot be kept, is a failure of the store', async () => {
    const { platform, sandbox, appId, holder, expireTokens } = await startAuthorized();
    await sandbox.push({ event: 'authorized', appId });
    expireTokens();
    const { keeper } = platform.party((store) => ({
      ...store,
      write: (key, ...rest) =>
        key === `account/${appId}`
          ? Promise.reject(new WxopError('STORE_UNAVAILABLE', text('away', 'away')))
          : store.write(key, ...rest),
    }));
    expect((await failureOf(keeper.token(holder))).code).toBe('STORE_UNAVAILABLE');
  });
});

describe('a refresh token and two keepers', () => {
  it('that a stopped keeper brings too late costs it nothing: the other has exchanged it', async () => {
    const { platform, keeper, holder, clock, expireTokens, stored } = await startAuthorized({ rotate: true });
    expireTokens();
    await keeper.token(COMPONENT);
    let sleeps = 0;
    const late = platform.party(undefined, (send) => async (endpoint, args, token) => {
      // It sleeps when its call is made, after the lock was renewed.
      if (endpoint === authorizerToken && ++sleeps === 1) {
        clock.advance(LEASE);
        await keeper.token(holder);
      }
      return send(endpoint, args, token);
    });
    const token = await late.keeper.token(holder);
    expect(sleeps).toBeGreaterThan(0);
    expect(token.accessToken).toBe((await keeper.token(holder)).accessToken);
    const { refreshToken } = (await stored()) ?? {};
    await keeper.replace(holder, token.accessToken);
    expect((await stored())?.refreshToken).not.toBe(refreshToken);
    expect(platform.calls('api_get_authorizer_info')).toBe(1);
  });

  it('that was exchanged twice is not overwritten by the keeper that was late with the first', async () => {
    const { platform, keeper, holder, appId, clock, expireTokens, counting } = await startAuthorized({ rotate: true });
    expireTokens();
    let isOvertaken = false;
    const late = platform.party((store) => ({
      ...store,
      read: async (key) => {
        if (key === `account/${appId}` && platform.calls('api_authorizer_token') > 0 && !isOvertaken) {
          isOvertaken = true;
          clock.advance(LEASE);
          await keeper.token(holder);
        }
        return store.read(key);
      },
    }));
    const { accessToken } = await late.keeper.token(holder);
    expect(isOvertaken).toBe(true);
    const names = ['api_authorizer_token', 'api_get_authorizer_info'];
    expect(await counting(names, () => keeper.replace(holder, accessToken))).toEqual([1, 0]);
  });

  it('that was exchanged while the account was read again is not overwritten with the older one', async () => {
    const { platform, keeper, holder, appId, counting } = await startAuthorized({ rotate: true });
    const { accessToken } = await keeper.token(holder);
    const before = platform.calls('api_get_authorizer_info');
    let isOvertaken = false;
    const reader = platform.party((store) => ({
      ...store,
      read: async (key) => {
        if (key === `account/${appId}` && platform.calls('api_get_authorizer_info') > before && !isOvertaken) {
          isOvertaken = true;
          await keeper.replace(holder, accessToken);
        }
        return store.read(key);
      },
    }));
    await reader.keeper.restore(appId);
    expect(isOvertaken).toBe(true);
    const names = ['api_authorizer_token', 'api_get_authorizer_info'];
    const next = (await keeper.token(holder)).accessToken;
    expect(await counting(names, () => keeper.replace(holder, next))).toEqual([1, 0]);
  });
});

it('an account that authorizes while it is deleted for good stays', async () => {
  const { platform, keeper, appId, store } = await startAuthorized();
  await keeper.remove(appId);
  let isBack = false;
  const remover = platform.party((inner) => ({
    ...inner,
    remove: async (key, expected) => {
      if (key === `account/${appId}` && !isBack) {
        isBack = true;
        await authorizeMerchant(platform, platform.party(), appId);
      }
      return inner.remove(key, expected);
    },
  }));
  expect(await remover.keeper.purge(appId)).toBe(false);
  expect(isBack).toBe(true);
  expect((await store.read(`account/${appId}`))?.value).not.toHaveProperty('removedAt');
  await keeper.remove(appId);
  expect(await keeper.purge(appId)).toBe(true);
  expect(await store.read(`account/${appId}`)).toBeUndefined();
  expect(await store.list('account')).not.toContain(appId);
});

it('a lost store comes back from appid, secret and one ticket', async () => {
  const { platform, keeper, sandbox, folder, merchant, clock } = await startAuthorized({ rotate: true, accounts: 503 });
  for (const { appId } of sandbox.state().accounts) await sandbox.push({ event: 'authorized', appId });
  await keeper.restore(merchant(0));
  const { accessToken } = await keeper.token({ account: merchant(0) });
  await keeper.replace({ account: merchant(0) }, accessToken);
  rmSync(folder, { recursive: true });
  clock.advance(MINUTE);
  const party = platform.party();
  await giveTicket(platform, party);
  const appIds: string[] = [];
  for await (const { accounts } of party.keeper.listed()) {
    for (const { appId, authTime } of accounts) {
      appIds.push(appId);
      if (appIds.length % 50 === 1 || appIds.length > 500) await party.keeper.restore(appId, { authTime });
    }
  }
  expect(new Set(appIds)).toEqual(new Set(sandbox.state().accounts.map(({ appId }) => appId)));
  const before = platform.calls('api_get_authorizer_info');
  const restored = await accountsOf(party.keeper);
  expect(restored).toHaveLength(13);
  for (const { appId, nickName } of restored) {
    expect(nickName).not.toBe('');
    await party.keeper.token({ account: appId });
  }
  // Each with the refresh token that the platform knows: none had to be read again.
  expect(platform.calls('api_get_authorizer_info')).toBe(before);
});

describe('a cancelled authorization', () => {
  it('that only WeChat knew of (61003) is marked, and everything kept', async () => {
    const { keeper, sandbox, stored, appId, holder, clock, expireTokens, calls } = await startAuthorized();
    const before = await stored();
    await sandbox.push({ event: 'unauthorized', appId });
    expireTokens();
    const failure = await failureOf(keeper.token(holder));
    expect(failure).toMatchObject({ code: 'REVOKED', exitCode: 4 });
    expect(await stored()).toEqual({ ...before, revokedAt: clock.now() });
    const made = calls();
    expect((await failureOf(keeper.token(holder))).code).toBe('REVOKED');
    expect(calls()).toBe(made);
  });

  it('costs no call, though its last token may live on', async () => {
    const { keeper, appId, holder, calls } = await startAuthorized();
    const { accessToken } = await keeper.token(holder);
    expect(await keeper.revoke(appId)).toBe(true);
    const before = calls();
    expect((await failureOf(keeper.token(holder))).code).toBe('REVOKED');
    expect((await failureOf(keeper.call(holder, getCurrentSelfMenu, undefined))).code).toBe('REVOKED');
    expect((await failureOf(keeper.replace(holder, accessToken))).code).toBe('REVOKED');
    expect(calls()).toBe(before);
  });

  it('is listed, and over with the next authorization', async () => {
    const { platform, party, keeper, appId, holder } = await startAuthorized();
    await keeper.revoke(appId);
    expect((await accountsOf(party.keeper)).map((account) => account.appId)).toEqual([appId]);
    await authorizeMerchant(platform, party, appId);
    expect((await keeper.account(appId)).revokedAt).toBeUndefined();
    await keeper.token(holder);
  });

  it('that is older than the newest event is ignored', async () => {
    const { platform, keeper, party, merchant, clock } = await start();
    const appId = merchant(1);
    const createTime = Math.floor(clock.now() / 1000);
    const { code } = await consented(platform, party, appId);
    await keeper.authorize(code, { createTime, digest: 'consent' });
    expect(await keeper.revoke(appId, { createTime: createTime - 1, digest: 'unauthorized' })).toBe(false);
    expect((await keeper.account(appId)).revokedAt).toBeUndefined();
    expect(await keeper.revoke(appId, { createTime: createTime + 1, digest: 'unauthorized' })).toBe(true);
    expect((await keeper.account(appId)).revokedAt).toBe(clock.now());
  });

  it('that comes while the account is read again stays: what the platform answered was older', async () => {
    const { platform, keeper, appId, account } = await startAuthorized();
    const before = platform.calls('api_get_authorizer_info');
    const reader = platform.party((store) => ({
      ...store,
      read: async (key) => {
        const isRead = platform.calls('api_get_authorizer_info') > before;
        if (key === `account/${appId}` && isRead && (await account()).revokedAt === undefined) {
          await keeper.revoke(appId, {
            createTime: Math.ceil(platform.clock.now() / 1000) + 1,
            digest: 'unauthorized',
          });
        }
        return store.read(key);
      },
    }));
    await reader.keeper.restore(appId);
    const revoked = await account();
    expect(revoked).toMatchObject({ revokedAt: expect.any(Number) as number, nickName: '春风茶馆' });
    // The next look is newer than the event: now the platform's word counts.
    await keeper.restore(appId);
    expect((await account()).revokedAt).toBeUndefined();
  });

  it('of the same second as the consent counts: the order of two events says nothing then', async () => {
    const { platform, keeper, party, merchant, clock } = await start();
    const appId = merchant(1);
    const createTime = Math.floor(clock.now() / 1000);
    await keeper.authorize((await consented(platform, party, appId)).code, { createTime, digest: 'consent' });
    expect(await keeper.revoke(appId, { createTime, digest: 'unauthorized' })).toBe(true);
  });

  it('from before an authorization that came by redirect is ignored', async () => {
    const { keeper, appId, clock } = await startAuthorized();
    const before = Math.floor(clock.now() / 1000) - 60;
    expect(await keeper.revoke(appId, { createTime: before, digest: 'unauthorized' })).toBe(false);
    expect((await keeper.account(appId)).revokedAt).toBeUndefined();
  });

  it('that arrives again does not undo a later authorization', async () => {
    const { platform, keeper, party, merchant, clock } = await start();
    const appId = merchant(1);
    const seconds = (): number => Math.floor(clock.now() / 1000);
    const authorize = async (): Promise<void> => {
      const { code } = await consented(platform, party, appId);
      await keeper.authorize(code, { createTime: seconds(), digest: code });
    };
    await authorize();
    clock.advance(MINUTE);
    const cancelled = { createTime: seconds(), digest: 'unauthorized' };
    expect(await keeper.revoke(appId, cancelled)).toBe(true);
    clock.advance(MINUTE);
    await authorize();
    expect(await keeper.revoke(appId, cancelled)).toBe(false);
    expect((await keeper.account(appId)).revokedAt).toBeUndefined();
  });
});

describe('a ticket', () => {
  const ticket = (createTime: number, value = `ticket@@@${createTime}`) => ({
    ticket: value,
    createTime,
    receivedAt: 1_705_305_600_000,
  });

  it('is replaced by a newer one only', async () => {
    const { keeper } = (await startPlatform()).party();
    expect(await keeper.keepTicket(ticket(2000))).toBe(true);
    expect(await keeper.keepTicket(ticket(1999))).toBe(false);
    expect((await keeper.readTicket())?.ticket).toBe('ticket@@@2000');
    expect(await keeper.keepTicket(ticket(2001))).toBe(true);
    expect((await keeper.readTicket())?.ticket).toBe('ticket@@@2001');
  });

  it('of the same second is taken', async () => {
    const { keeper } = (await startPlatform()).party();
    await keeper.keepTicket(ticket(2000, 'ticket@@@one'));
    expect(await keeper.keepTicket(ticket(2000, 'ticket@@@two'))).toBe(true);
    expect((await keeper.readTicket())?.ticket).toBe('ticket@@@two');
  });

  it('that was set by hand replaces any, and any replaces it', async () => {
    const { keeper } = (await startPlatform()).party();
    await keeper.keepTicket(ticket(2000));
    expect(await keeper.keepTicket(ticket(BY_HAND, 'ticket@@@hand'))).toBe(true);
    expect((await keeper.readTicket())?.ticket).toBe('ticket@@@hand');
    expect(await keeper.keepTicket(ticket(1))).toBe(true);
    expect((await keeper.readTicket())?.ticket).toBe('ticket@@@1');
  });

  it('is the newest one, in whatever order they arrive and whoever takes them in', async () => {
    const platform = await startPlatform();
    const parties = [platform.party(), platform.party()];
    const order = [5, 3, 9, 1, 7, 8, 2, 6, 4, 0].map((time) => ticket(2000 + time));
    await Promise.all(order.map((one, index) => parties[index % 2]!.keeper.keepTicket(one)));
    expect((await platform.party().keeper.readTicket())?.createTime).toBe(2009);
  });

  it('that never came is NO_TICKET, without a call', async () => {
    const platform = await startPlatform();
    const failure = await failureOf(platform.party().keeper.token(COMPONENT));
    expect(failure).toMatchObject({ code: 'NO_TICKET', exitCode: 4 });
    expect(platform.calls()).toBe(0);
  });

  it('works for twelve hours, then it is TICKET_EXPIRED, without a call', async () => {
    const { keeper, clock, calls } = await start();
    clock.advance(12 * HOUR - 1000);
    await keeper.token(COMPONENT);
    expect(calls('api_component_token')).toBe(1);
    clock.advance(1000);
    const { accessToken } = await keeper.token(COMPONENT);
    const failure = await failureOf(keeper.replace(COMPONENT, accessToken));
    expect(failure).toMatchObject({ code: 'TICKET_EXPIRED', exitCode: 4 });
    expect(failure.message).toContain('12 hours');
    expect(calls()).toBe(1);
    expect(await keeper.readTicket()).toBeDefined();
  });
});

it('a store that has room for a lock, but not for a record, starts no exchange', async () => {
  const { platform, party, holder, merchant, expireTokens, calls } = await startAuthorized();
  const { code } = await consented(platform, party, merchant(1));
  expireTokens();
  const full = platform.party((store) => ({
    ...store,
    proveWritable: () => Promise.reject(new WxopError('STORE_NOT_WRITABLE', text('The disk is full.', '磁盘已满。'))),
  }));
  const before = calls();
  const refusal = { code: 'STORE_NOT_WRITABLE', exitCode: 1 };
  expect(await failureOf(full.keeper.token(COMPONENT))).toMatchObject(refusal);
  expect(await failureOf(full.keeper.token(holder))).toMatchObject(refusal);
  expect(await failureOf(full.keeper.authorize(code))).toMatchObject(refusal);
  expect(calls()).toBe(before);
});

describe('a program without rights starts no exchange', () => {
  /** A stored account, and a code of another; a ticket and an attempt of the present: the actor's clock is the real one. */
  async function startWithCode() {
    const started = await startAuthorized();
    const { platform, party, folder, store, merchant, appId } = started;
    const { id, code } = await consented(platform, party, merchant(1));
    await party.attempts.offer(id, { code });
    const [ticket, attempt] = [await store.read('ticket'), await store.read(`attempt/${id}`)];
    await store.write('ticket', { ...ticket!.value, receivedAt: Date.now() }, 1, { durable: true });
    await store.write(`attempt/${id}`, { ...attempt!.value, expiresAt: Date.now() + HOUR }, attempt!.version, {
      durable: true,
    });
    const paths = [
      folder,
      ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    ];
    if (isRoot) for (const path of paths) chownSync(path, nobody.uid, nobody.gid);
    const orders = { folder, apiUrl: platform.sandbox.url, attempt: id, account: appId };
    /** How both ended while these folders took no writes, and how many calls were made. */
    const refusedIn = async (folders: string[]) => {
      for (const path of folders) chmodSync(path, 0o500);
      const before = platform.calls();
      try {
        const actor = startActor('exchange', orders, { asNobody: true });
        const [token, settled] = [await actor.said('token'), await actor.said('settled')];
        return { token, settled, calls: platform.calls() - before };
      } finally {
        for (const path of folders) chmodSync(path, 0o700);
      }
    };
    return { ...started, paths, orders, refusedIn };
  }

  it('where nothing can be written', async () => {
    const { paths, orders, refusedIn } = await startWithCode();
    const folders = paths.filter((path) => lstatSync(path).isDirectory());
    const refused = 'STORE_NOT_WRITABLE';
    expect(await refusedIn(folders)).toEqual({ token: refused, settled: refused, calls: 0 });
    const actor = startActor('exchange', orders, { asNobody: true });
    expect([await actor.said('token'), await actor.said('settled')]).toEqual(['done', 'done']);
  });

  it('where the record of the account that it would change cannot be written', async () => {
    const { folder, appId, refusedIn, calls } = await startWithCode();
    const { token } = await refusedIn([join(folder, 'account', appId)]);
    expect({ token, exchanges: calls('api_authorizer_token') }).toEqual({ token: 'STORE_NOT_WRITABLE', exchanges: 0 });
  });

  it('where the token that it would get cannot be written', async () => {
    const { folder, appId, refusedIn, calls } = await startWithCode();
    const { token } = await refusedIn([join(folder, 'token', appId)]);
    expect({ token, exchanges: calls('api_authorizer_token') }).toEqual({ token: 'STORE_NOT_WRITABLE', exchanges: 0 });
  });

  it('of a code, where no new account can be written', async () => {
    const { folder, refusedIn, calls } = await startWithCode();
    const before = calls('api_query_auth');
    const { settled } = await refusedIn([join(folder, 'account')]);
    expect({ settled, exchanges: calls('api_query_auth') - before }).toEqual({
      settled: 'STORE_NOT_WRITABLE',
      exchanges: 0,
    });
  });
});

describe('a store that is away for a moment', () => {
  const away = (): WxopError => new WxopError('STORE_UNAVAILABLE', text('away', 'away'));

  it('loses no refresh token that the platform has just changed', async () => {
    const { platform, holder, appId, expireTokens, stored, counting } = await startAuthorized({ rotate: true });
    const before = (await stored())?.refreshToken;
    expireTokens();
    let refused = 0;
    const { keeper } = platform.party((store) => ({
      ...store,
      write: (key, value, expected, options) =>
        key === `account/${appId}` && refused++ < 5
          ? Promise.reject(away())
          : store.write(key, value, expected, options),
    }));
    const made = await counting(['api_authorizer_token'], () => keeper.token(holder));
    expect({ made, refused }).toEqual({ made: [1], refused: 6 });
    expect((await stored())?.refreshToken).not.toBe(before);
  });

  it('loses no account whose code was just exchanged', async () => {
    const { platform, party, merchant, calls, store } = await start();
    const { code } = await consented(platform, party, merchant(0));
    let refused = 0;
    const { keeper } = platform.party((its) => ({
      ...its,
      read: (key) => (key.startsWith('account/') && refused++ < 3 ? Promise.reject(away()) : its.read(key)),
    }));
    await keeper.authorize(code);
    expect(calls('api_query_auth')).toBe(1);
    expect((await store.read(`account/${merchant(0)}`))?.value.refreshToken).toBeDefined();
  });

  it('is not waited for without end', async () => {
    const { platform, holder, appId, expireTokens } = await startAuthorized({ rotate: true });
    expireTokens();
    const { keeper } = platform.party((store) => ({
      ...store,
      write: (key, ...rest) => (key === `account/${appId}` ? Promise.reject(away()) : store.write(key, ...rest)),
    }));
    expect((await failureOf(keeper.token(holder))).code).toBe('STORE_UNAVAILABLE');
  });
});

it.each(['STORE_NOT_WRITABLE', 'STORE_UNAVAILABLE'] as const)(
  'no exchange starts where the store says %s',
  async (code) => {
    const { platform, party, merchant, holder, expireTokens, calls } = await startAuthorized();
    const { code: authCode } = await consented(platform, party, merchant(1));
    expireTokens();
    const { keeper } = platform.party((store) => ({
      ...store,
      proveWritable: () => Promise.reject(new WxopError(code, text('no', 'no'))),
    }));
    const before = calls();
    for (const attempt of [
      () => keeper.token(COMPONENT),
      () => keeper.token(holder),
      () => keeper.authorize(authCode),
    ]) {
      expect((await failureOf(attempt())).code).toBe(code);
    }
    expect(calls()).toBe(before);
  },
);

it('a cancellation that two hear of at once is told by one of them', async () => {
  const { platform, party, appId } = await startAuthorized();
  const parties = [party, ...Array.from({ length: 3 }, () => platform.party())];
  const told = await Promise.all(parties.map(({ keeper }) => keeper.revoke(appId)));
  expect(told.filter(Boolean)).toHaveLength(1);
});
