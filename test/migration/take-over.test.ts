import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { hasRedis, ownRedis, type TestRedis } from '../support/redis.ts';
import {
  accountOf,
  appIdOf,
  COMPONENT_APPID,
  openHome,
  tokenOf,
  verdictsOf,
  type TakenIn,
} from '../support/prepared-homes.ts';
import { temporaryFolder } from '../support/world.ts';

const TICKET = 'ticket@@@of-the-other-library';

/** Names, times, modes and content of everything in a folder. */
function snapshot(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mtimeMs, mode } = statSync(path);
      return [path, `${mtimeMs} ${mode} ${readFileSync(path, 'utf8')}`];
    }),
  );
}

/** Every key of a Redis, its value as the server packs it, and whether it stays for good. */
async function dump({ send }: TestRedis): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const key of (await send('KEYS', '*')) as string[]) {
    found[key] = [await send('DUMP', key), Number(await send('TTL', key)) < 0];
  }
  return found;
}

/** As wego writes: two spaces, a line's end, a time with nanoseconds. */
function wegoFolder(): string {
  const folder = temporaryFolder();
  const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  mkdirSync(join(folder, 'authorizer_tokens'));
  mkdirSync(join(folder, 'prev_encoding_aes_keys'));
  for (const index of [1, 2]) {
    writeFileSync(
      join(folder, 'authorizer_tokens', `${appIdOf(index)}.json`),
      json({
        authorizer_appid: appIdOf(index),
        authorizer_access_token: `access-${index}`,
        expires_in: 7200,
        expires_at: '2024-01-15T18:00:00.123456789+08:00',
        authorizer_refresh_token: tokenOf(index),
      }),
      { mode: 0o644 },
    );
  }
  writeFileSync(
    join(folder, 'component_verify_ticket.json'),
    json({
      ticket: TICKET,
      created_at: '2024-01-15T16:00:00.123456789+08:00',
      expires_at: '2024-01-16T04:00:00.123456789+08:00',
    }),
  );
  return folder;
}

describe('import from wego', () => {
  it('takes over the refresh tokens and the ticket, writes nothing there, and can be run again', async () => {
    const folder = wegoFolder();
    const before = snapshot(folder);
    const home = await openHome();
    const first = await home.run(['import', `wego:${folder}`]);
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('wxop accounts sync');
    expect(first.stdout + first.stderr).not.toMatch(/@@@/);
    const { [appIdOf(1)]: one } = await home.accounts();
    expect(one).toMatchObject({ appId: appIdOf(1), refreshToken: tokenOf(1), funcInfo: [], authorizedAt: 0 });
    expect((await home.store.read('ticket'))?.value).toEqual({
      ticket: TICKET,
      createTime: 0,
      receivedAt: Date.UTC(2024, 0, 15, 8, 0, 0, 123),
    });
    const again = await home.run(['import', `wego:${folder}`, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ ticket: { verdict: 'unchanged' } });
    expect(Object.values(verdictsOf(again))).toEqual(['unchanged', 'unchanged']);
    expect(snapshot(folder)).toEqual(before);
    const listed = await home.run(['accounts', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ authorizedAt: null }, { authorizedAt: null }]);
    expect((await home.run(['accounts', 'list'])).stdout).not.toContain('1970');
  });

  it('keeps an account that is known with another token, unless --overwrite is given', async () => {
    const home = await openHome([
      accountOf(1, { refreshToken: tokenOf(1, 2), revokedAt: 5 }),
      accountOf(2, { refreshToken: undefined }),
    ]);
    const folder = wegoFolder();
    const kept = await home.run(['import', `wego:${folder}`, '--json']);
    expect(verdictsOf(kept)).toEqual({ [appIdOf(1)]: 'kept', [appIdOf(2)]: 'updated' });
    expect((await home.accounts())[appIdOf(1)]).toEqual(accountOf(1, { refreshToken: tokenOf(1, 2), revokedAt: 5 }));
    expect((await home.accounts())[appIdOf(2)]).toEqual(accountOf(2));
    const forced = await home.run(['import', `wego:${folder}`, '--overwrite', '--json']);
    expect(verdictsOf(forced)).toEqual({ [appIdOf(1)]: 'updated', [appIdOf(2)]: 'unchanged' });
    expect((await home.accounts())[appIdOf(1)]).toEqual(accountOf(1));
  });

  it('lists what cannot be read, and takes over the rest', async () => {
    const folder = wegoFolder();
    const tokens = join(folder, 'authorizer_tokens');
    const other = readFileSync(join(tokens, `${appIdOf(1)}.json`), 'utf8');
    const bad: Record<string, string> = {
      'wxhalf.json': '{"authorizer_refresh_token":"refresht',
      'wxempty.json': '{"authorizer_refresh_token":""}',
      'wxnumber.json': '{"authorizer_refresh_token":7}',
      'wxcontrol.json': '{"authorizer_refresh_token":"a\\u0000b"}',
      'wxlarge.json': `"${'x'.repeat(2_000_000)}"`,
      'wxcopied.json': other,
    };
    for (const [name, content] of Object.entries(bad)) writeFileSync(join(tokens, name), content);
    for (const name of ['wxstale.json.tmp', '.DS_Store', 'a b.json']) writeFileSync(join(tokens, name), other);
    writeFileSync(join(folder, 'component_verify_ticket.json'), 'torn');
    const home = await openHome();
    const result = await home.run(['import', `wego:${folder}`, '--json']);
    expect([result.code, errorOf(result).code]).toEqual([3, 'PARTLY_FAILED']);
    const verdicts = verdictsOf(result);
    const failed = Object.keys(verdicts).filter((appId) => verdicts[appId] === 'failed');
    expect(failed.sort()).toEqual(
      Object.keys(bad)
        .map((name) => name.replace('.json', ''))
        .sort(),
    );
    expect((JSON.parse(result.stdout) as TakenIn).ticket).toMatchObject({ verdict: 'failed' });
    expect(Object.keys(await home.accounts())).toEqual([appIdOf(1), appIdOf(2)]);
    expect(result.stdout + result.stderr).not.toContain('@@@');
  });
});

describe.skipIf(!hasRedis)('import from Redis', () => {
  it('WxJava: plain strings are taken over, Redisson binary is listed', async () => {
    const redis = await ownRedis();
    const [C, P] = [COMPONENT_APPID, 'wx:open:'];
    const ttl = 2147483647 - 600;
    await redis.send('SET', `${P}wechat_component_verify_ticket:${C}`, TICKET, 'EX', String(ttl));
    await redis.send('SET', `${P}wechat_component_access_token:${C}`, 'component-token', 'EX', '7000');
    for (const index of [1, 2]) {
      await redis.send('SET', `${P}wechat_authorizer_refresh_token:${C}:${appIdOf(index)}`, tokenOf(index));
    }
    const binary = `${P}wechat_authorizer_refresh_token:${C}:${appIdOf(3)}`;
    await redis.send('SET', binary, `\u0004\t>\u001f${tokenOf(3)}`);
    await redis.send('SET', `${P}wechat_authorizer_refresh_token:wx00000000000000ff:${appIdOf(4)}`, tokenOf(4));
    const before = await dump(redis);
    const home = await openHome();
    const result = await home.run(['import', `wxjava+${redis.url}/0?prefix=wx:open`, '--json']);
    expect([result.code, errorOf(result).code]).toEqual([3, 'PARTLY_FAILED']);
    expect(verdictsOf(result)).toEqual({ [appIdOf(1)]: 'added', [appIdOf(2)]: 'added', [appIdOf(3)]: 'failed' });
    const { receivedAt = 0, ticket } = (await home.store.read('ticket'))?.value ?? {};
    expect([ticket, Math.round((Date.now() - receivedAt) / 60_000)]).toEqual([TICKET, 10]);
    expect((await home.accounts())[appIdOf(2)]?.refreshToken).toBe(tokenOf(2));
    expect(await dump(redis)).toEqual(before);
  });

  it.each([
    ['as it is', 'wechatpy', `${COMPONENT_APPID}_component_verify_ticket`, ''],
    ['with a prefix, in the older layout', 'shop', 'component_verify_ticket', '?prefix=shop'],
  ])('wechatpy %s: values are JSON', async (_name, prefix, ticketName, query) => {
    const redis = await ownRedis();
    const key = (name: string): string => `${prefix}:${name}`;
    await redis.send('SET', key(ticketName), JSON.stringify(TICKET));
    await redis.send('SET', key(`${appIdOf(1)}_refresh_token`), JSON.stringify(tokenOf(1)));
    await redis.send('SET', key(`${appIdOf(1)}_access_token`), JSON.stringify('access-1'), 'EX', '7000');
    await redis.send('SET', key(`${appIdOf(2)}_refresh_token`), tokenOf(2));
    await redis.send('HSET', key(`${appIdOf(3)}_refresh_token`), 'a', 'b');
    await redis.send('SET', key('user_openid_refresh_token'), JSON.stringify('of a user, not of an account'));
    await redis.send('SET', `other:${appIdOf(4)}_refresh_token`, JSON.stringify(tokenOf(4)));
    const before = await dump(redis);
    const home = await openHome();
    const result = await home.run(['import', `wechatpy+${redis.url}/0${query}`, '--json']);
    expect(result.code).toBe(3);
    expect(verdictsOf(result)).toEqual({ [appIdOf(1)]: 'added', [appIdOf(2)]: 'failed', [appIdOf(3)]: 'failed' });
    expect((await home.accounts())[appIdOf(1)]?.refreshToken).toBe(tokenOf(1));
    expect((await home.store.read('ticket'))?.value).toEqual({ ticket: TICKET, createTime: 0 });
    expect(result.stdout + result.stderr).not.toContain('@@@');
    expect(await dump(redis)).toEqual(before);
  });

  it('a password comes from the environment or a file, never from the command line', async () => {
    const redis = await ownRedis({ password: 'planted-Password' });
    await redis.send('SET', `wechatpy:${appIdOf(1)}_refresh_token`, JSON.stringify(tokenOf(1)));
    const url = `wechatpy+redis://:planted-Password@127.0.0.1:${redis.port}`;
    const home = await openHome();
    for (const flags of [[], ['--json'], ['--verbose']]) {
      const refused = await home.run(['import', url, ...flags]);
      expect([refused.code, refused.stdout]).toEqual([2, '']);
      expect(refused.stderr).toContain('WXOP_IMPORT_FROM');
      expect(refused.stderr).not.toContain('planted-Password');
    }
    const path = join(temporaryFolder(), 'from');
    writeFileSync(path, `${url}\n`);
    chmodSync(path, 0o600);
    for (const environment of [{ WXOP_IMPORT_FROM: url }, { WXOP_IMPORT_FROM_FILE: path }]) {
      const taken = await home.run(['import', '--verbose'], { environment });
      expect(taken.code).toBe(0);
      expect(taken.stdout + taken.stderr).not.toContain('planted-Password');
    }
    const wrong = await home.run(['import', '--json'], {
      environment: { WXOP_IMPORT_FROM: url.replace('planted', 'another') },
    });
    expect([wrong.code, errorOf(wrong).code]).toEqual([5, 'STORE_UNAVAILABLE']);
    expect(wrong.stderr).not.toContain('another-Password');
  });

  it('takes nothing over into a store of WxJava', async () => {
    const redis = await ownRedis();
    const home = await openHome();
    const environment = { WXOP_STORE: `wxjava+${redis.url}` };
    const result = await home.run(['import', `wego:${wegoFolder()}`, '--json'], { environment });
    expect([result.code, errorOf(result).code]).toEqual([2, 'STORE_READ_ONLY']);
    expect(await redis.send('DBSIZE')).toBe(0);
  });
});

describe('import refuses', () => {
  it.each([
    ['nothing named', [], 'USAGE'],
    ['an unknown kind', ['mysql://127.0.0.1/wxcomponent'], 'USAGE'],
    ['a store of our own', ['redis://127.0.0.1:6379'], 'USAGE'],
    ['a folder that is not there', ['wego:/nowhere/at/all'], 'USAGE'],
    ['a folder without a name', ['wego:'], 'USAGE'],
  ])('%s', async (_name, argv, code) => {
    const home = await openHome();
    const result = await home.run(['import', ...argv, '--json']);
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([2, '', code]);
  });

  it('a Redis that cannot be reached, with exit code 5', async () => {
    const home = await openHome();
    const result = await home.run(['import', 'wechatpy+redis://127.0.0.1:1', '--json']);
    expect([result.code, errorOf(result).code]).toEqual([5, 'STORE_UNAVAILABLE']);
  });
});
