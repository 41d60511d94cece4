import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { accountOf, appIdOf, change, openHome, tokenOf } from '../support/prepared-homes.ts';
import { authorizeMerchant, giveTicket, startPlatform } from '../support/wechat.ts';

const ONE = appIdOf(1);

describe('accounts remove', () => {
  it('marks, hides and stops the tokens, and loses nothing', async () => {
    const home = await openHome([accountOf(1), accountOf(2)]);
    const token = { accessToken: 'a-token-that-would-live', obtainedAt: Date.now(), expiresAt: Date.now() + 7_000_000 };
    await home.store.write(`token/${ONE}`, token, 0, { durable: false });
    const environment = { WXOP_COMPONENT_APPSECRET: 'secret' };
    expect((await home.run(['token', 'get', ONE], { environment })).stdout).toContain('a-token-that-would-live');

    const refused = await home.run(['accounts', 'remove', ONE, '--json']);
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'USAGE']);
    expect((await home.accounts())[ONE]?.removedAt).toBeUndefined();

    const removed = await home.run(['accounts', 'remove', ONE, '--yes', '--json']);
    expect(removed.code).toBe(0);
    const { removedAt, ...rest } = (await home.accounts())[ONE] ?? {};
    expect(rest).toEqual(accountOf(1));
    expect(JSON.parse(removed.stdout)).toEqual({ appId: ONE, removedAt: new Date(removedAt ?? 0).toISOString() });

    const listed = async (...flags: string[]) =>
      (JSON.parse((await home.run(['accounts', 'list', '--json', ...flags])).stdout) as { appId: string }[]).map(
        ({ appId }) => appId,
      );
    expect(await listed()).toEqual([appIdOf(2)]);
    expect(await listed('--removed')).toEqual([ONE]);
    expect(await listed('--all')).toEqual([ONE, appIdOf(2)]);
    expect((await home.run(['accounts', 'list', '--all'])).stdout).toContain('removed');
    expect((await home.run(['accounts', 'show', ONE])).stdout).toContain('removed');

    const get = await home.run(['token', 'get', ONE, '--json'], { environment });
    expect([get.code, get.stdout, errorOf(get).code]).toEqual([4, '', 'NO_ACCOUNT']);
    expect(errorOf(get).hint).toContain(`wxop accounts sync ${ONE}`);

    // Again: still so, and the mark keeps its time.
    expect((await home.run(['accounts', 'remove', ONE])).code).toBe(0);
    expect((await home.accounts())[ONE]?.removedAt).toBe(removedAt);
  });

  it('--purge deletes only what is marked, and asks again', async () => {
    const home = await openHome([accountOf(1), accountOf(2)]);
    await home.store.write(`token/${ONE}`, { accessToken: 'x', obtainedAt: 0, expiresAt: 0 }, 0, { durable: false });
    const early = await home.run(['accounts', 'remove', ONE, '--purge', '--yes', '--json']);
    expect([early.code, errorOf(early).code]).toEqual([2, 'USAGE']);
    expect((await home.accounts())[ONE]).toEqual(accountOf(1));
    await home.run(['accounts', 'remove', ONE, '--yes']);
    expect((await home.run(['accounts', 'remove', ONE, '--purge'])).code).toBe(2);
    expect((await home.accounts())[ONE]).toMatchObject(accountOf(1));
    const purged = await home.run(['accounts', 'remove', ONE, '--purge', '--yes', '--json']);
    expect([purged.code, JSON.parse(purged.stdout)]).toEqual([0, { appId: ONE, purged: true }]);
    expect(Object.keys(await home.accounts())).toEqual([appIdOf(2)]);
    expect(await home.store.history(`account/${ONE}`)).toEqual([]);
    expect(await home.store.list('token')).toEqual([]);
    const gone = await home.run(['accounts', 'remove', ONE, '--purge', '--yes', '--json']);
    expect([gone.code, errorOf(gone).code]).toEqual([4, 'NO_ACCOUNT']);
  });

  it('a new authorization brings it back', async () => {
    const platform = await startPlatform({ accounts: 2 });
    const party = platform.party();
    await giveTicket(platform, party);
    const appId = platform.merchant(0);
    await authorizeMerchant(platform, party, appId);
    await party.keeper.remove(appId);
    await expect(party.keeper.token({ account: appId })).rejects.toMatchObject({ code: 'NO_ACCOUNT' });
    await authorizeMerchant(platform, party, appId);
    expect((await party.keeper.account(appId)).removedAt).toBeUndefined();
    expect((await party.keeper.token({ account: appId })).accessToken).toMatch(/\w/);
  });
});

describe('accounts show --history', () => {
  const digest = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 8);

  it('says what changed and when, and shows tokens as digests only', async () => {
    const home = await openHome([accountOf(1)]);
    await change(home.store, 1, { nickName: '新\x1b[31m名', refreshToken: tokenOf(1, 2), funcInfo: [1, 3] });
    await change(home.store, 1, { revokedAt: Date.UTC(2024, 5, 1) });
    await change(home.store, 1, { revokedAt: undefined, removedAt: Date.UTC(2024, 6, 1) });
    const shown = await home.run(['accounts', 'show', ONE, '--history']);
    expect(shown.stdout).toMatch(/^\S+Z {2}version 4\n {2}/m);
    const { stdout } = await home.run(['accounts', 'show', ONE, '--history', '--json']);
    const { history } = JSON.parse(stdout) as { history: { version: number; writtenAt: string; changes: unknown }[] };
    expect(history.map(({ version }) => version)).toEqual([4, 3, 2]);
    for (const { writtenAt } of history) expect(Date.now() - Date.parse(writtenAt)).toBeLessThan(60_000);
    expect(history[0]?.changes).toEqual([{ what: 'restored' }, { what: 'removed', at: '2024-07-01T00:00:00.000Z' }]);
    expect(history[1]?.changes).toEqual([{ what: 'revoked', at: '2024-06-01T00:00:00.000Z' }]);
    // The oldest that is kept is told as it is.
    expect(history[2]?.changes).toContainEqual({ what: 'refreshToken', to: digest(tokenOf(1, 2)) });
    const human = await home.run(['accounts', 'show', ONE, '--history']);
    expect(human.stdout).toContain('version 4');
    expect(human.stdout).toContain('authorization cancelled 2024-06-01');
    for (const hidden of ['\x1b', '@@@']) expect(stdout + human.stdout).not.toContain(hidden);
  });

  it('tells the differences between two versions in words and numbers', async () => {
    const home = await openHome([accountOf(1)]);
    await change(home.store, 1, { nickName: '新名', refreshToken: tokenOf(1, 2), funcInfo: [1, 3] });
    const { stdout } = await home.run(['accounts', 'show', ONE, '--history', '--json']);
    const { history } = JSON.parse(stdout) as { history: { changes: { what: string }[] }[] };
    expect(history[0]?.changes).toEqual([
      { what: 'name', from: '茶店 1', to: '新名' },
      { what: 'refreshToken', from: digest(tokenOf(1)), to: digest(tokenOf(1, 2)) },
      { what: 'funcInfo', added: [3], removed: [15] },
    ]);
    expect(history[1]?.changes[0]).toEqual({ what: 'first' });
    const human = await home.run(['accounts', 'show', ONE, '--history']);
    expect(human.stdout).toContain('+ account service (3), - custom menus (15)');
    expect(human.stdout).toContain('stored for the first time');
  });
});
