import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { openFileStore } from '../support/wechat.ts';
import { eventually, startWxop, wxop } from '../support/processes.ts';
import { hasRedis, openRedisStore, ownRedis } from '../support/redis.ts';
import { accountOf, appIdOf, change, COMPONENT_APPID, openHome, TICKET, tokenOf } from '../support/prepared-homes.ts';
import { createSealer } from '../../src/store/seal.ts';

const KEY = 'ab'.repeat(32);
const withKey = { WXOP_STORE_KEY: KEY };
const otherKey = { WXOP_STORE_KEY: 'cd'.repeat(32) };

const contentOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

/** Two versions of each account, so that there is a history. */
async function stocked(count: number, key?: string) {
  const home = await openHome(
    Array.from({ length: count }, (_, index) => accountOf(index)),
    key,
  );
  for (let index = 0; index < count; index++) await change(home.store, index, { refreshToken: tokenOf(index, 2) });
  await home.store.write('ticket', TICKET, 0, { durable: false });
  await home.store.id();
  return { ...home, text: () => contentOf(home.environment.WXOP_HOME ?? '') };
}

interface Shown {
  encryption: string;
  storeId: string;
  records: object;
  versions: Record<string, number>;
}

describe('store encrypt and decrypt', () => {
  it('turn the form of everything, history too, and nothing else', async () => {
    const home = await stocked(3);
    const history = await home.store.history(`account/${appIdOf(1)}`);
    expect(home.text()).toContain(tokenOf(1));
    const show = async (environment = {}) =>
      JSON.parse((await home.run(['store', 'show', '--json'], { environment })).stdout) as Shown;
    const before = await show();
    expect(before).toMatchObject({ encryption: 'off', records: { accounts: 3, tokens: 0, attempts: 0, ticket: true } });

    const on = await home.run(['store', 'encrypt', '--json'], { environment: withKey });
    expect([on.code, JSON.parse(on.stdout)]).toMatchObject([0, { encrypted: true, changed: 7, left: 0, failures: [] }]);
    for (const secret of [tokenOf(1), tokenOf(1, 2), TICKET.ticket]) expect(home.text()).not.toContain(secret);
    expect(await show(withKey)).toMatchObject({ encryption: 'on', storeId: before.storeId, versions: { sealed: 7 } });
    expect(await show()).toMatchObject({ encryption: 'on', versions: { foreign: 7 } });
    const again = await home.run(['store', 'encrypt', '--json'], { environment: withKey });
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: 0, left: 0 });

    const off = await home.run(['store', 'decrypt', '--json'], { environment: withKey });
    expect([off.code, JSON.parse(off.stdout)]).toMatchObject([0, { encrypted: false, changed: 7, left: 0 }]);
    expect(await show()).toEqual(before);
    expect(await home.store.history(`account/${appIdOf(1)}`)).toEqual(history);
    for (const { stdout, stderr } of [on, off, await home.run(['store', 'show'])]) {
      expect(stdout + stderr).not.toMatch(/@@@|abababab/);
    }
  });

  it('says which secrets of config.json are not covered, and shows none', async () => {
    const home = await stocked(1);
    const settings = {
      WXOP_COMPONENT_APPSECRET: 'the-app-secret-itself',
      WXOP_MESSAGE_TOKEN: 'MessageTokenItself',
      WXOP_ENCODING_AES_KEY: 'AnotherKeyOfTheSameShapeButNotTheRightOne12',
    };
    await home.run(['init', '--from-env', '--no-check'], { environment: settings });
    const human = await home.run(['store', 'encrypt'], { environment: withKey });
    expect(human.stderr).toMatch(/config\.json .* plain text: AppSecret .*消息校验Token.*消息加解密Key/);
    expect(human.stderr).toContain('WXOP_COMPONENT_APPSECRET_FILE');
    const { stdout } = await home.run(['store', 'encrypt', '--json'], { environment: withKey });
    const { plainSettings } = JSON.parse(stdout) as { plainSettings: string[] };
    expect(plainSettings).toEqual(['componentAppSecret', 'messageToken', 'encodingAesKey']);
    for (const secret of Object.values(settings)) expect(human.stdout + human.stderr + stdout).not.toContain(secret);
    const none = await stocked(1);
    const without = await none.run(['store', 'encrypt'], { environment: { ...withKey, ...settings } });
    expect(without.stderr).not.toContain('config.json');
  });

  it.each([
    ['encrypt', {}, 'SETTINGS_MISSING', 'openssl rand -base64 32'],
    ['decrypt', {}, 'SETTINGS_MISSING', 'WXOP_STORE_KEY'],
    ['encrypt', otherKey, 'SETTINGS_INVALID', 'Nothing was changed'],
    ['decrypt', otherKey, 'SETTINGS_INVALID', 'Nothing was changed'],
  ])('%s with %j is refused, and changes nothing', async (verb, environment, code, hint) => {
    const home = await stocked(2, KEY);
    const before = home.text();
    const result = await home.run(['store', verb, '--json'], {
      environment: { WXOP_STORE_KEY: undefined, ...environment },
    });
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([2, '', code]);
    expect(errorOf(result).hint).toContain(hint);
    expect(home.text()).toBe(before);
  });

  it('where nothing is, show makes nothing', async () => {
    const home = await openHome();
    const { code, stdout } = await home.run(['store', 'show', '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { encryption: 'off', storeId: null }]);
    expect(readdirSync(home.environment.WXOP_HOME ?? '')).toEqual([]);
  });

  it('killed in the middle, every record can be read with the key, and the next run finishes', async () => {
    const home = await stocked(150);
    const expected = await home.accounts();
    const environment = { ...home.environment, ...withKey };
    await eventually(async () => {
      const running = startWxop(['store', 'encrypt'], environment);
      await eventually(async () =>
        (await home.store.forms(`account/${appIdOf(9)}`)).includes('foreign') ? true : undefined,
      );
      await running.stop('SIGKILL');
      const shown = await wxop(['store', 'show', '--json'], environment);
      if ((JSON.parse(shown.stdout) as Shown).encryption === 'mixed') return true;
      // It was quicker than our look: once more.
      expect((await wxop(['store', 'decrypt'], environment)).code).toBe(0);
      return undefined;
    });
    const listed = await wxop(['accounts', 'list', '--json'], environment);
    expect([listed.code, (JSON.parse(listed.stdout) as unknown[]).length]).toEqual([0, 150]);
    const finished = await wxop(['store', 'encrypt', '--json'], environment);
    expect([finished.code, JSON.parse(finished.stdout)]).toMatchObject([0, { left: 0, versions: { sealed: 301 } }]);
    expect(home.text()).not.toContain('@@@');
    expect((await wxop(['store', 'decrypt'], environment)).code).toBe(0);
    expect(await home.accounts()).toEqual(expected);
  });

  it('no write of a neighbour that has the key is lost meanwhile', async () => {
    const home = await stocked(20);
    const folder = join(home.environment.WXOP_HOME ?? '', 'state', COMPONENT_APPID);
    const writer = openFileStore(folder, { sealer: createSealer(KEY) });
    let stop = false;
    let round = 2;
    const writing = (async () => {
      while (!stop) {
        round++;
        for (let index = 0; index < 20; index++) await change(writer, index, { refreshToken: tokenOf(index, round) });
      }
    })();
    const environment = { ...home.environment, ...withKey };
    const on = await wxop(['store', 'encrypt', '--json'], environment);
    const off = await wxop(['store', 'decrypt', '--json'], environment);
    const back = await wxop(['store', 'encrypt', '--json'], environment);
    stop = true;
    await writing;
    expect([on.code, back.code]).toEqual([0, 0]);
    // The neighbour seals what it writes: decrypting under it is never done, and says so.
    expect([0, 3]).toContain(off.code);
    for (let index = 0; index < 20; index++) {
      const found = await writer.read(`account/${appIdOf(index)}`);
      expect(found?.value.refreshToken).toBe(tokenOf(index, round));
      expect(found?.version).toBe(round);
    }
  });

  it.skipIf(!hasRedis)('on Redis the same', async () => {
    const redis = await ownRedis();
    const environment = { ...withKey, WXOP_STORE: redis.url };
    const store = openRedisStore(redis.url, { componentAppId: COMPONENT_APPID });
    for (const index of [1, 2]) {
      await change(store, index, {});
      await change(store, index, { refreshToken: tokenOf(index, 2) });
    }
    const history = await store.history(`account/${appIdOf(1)}`);
    const values = async () =>
      String(await redis.send('HVALS', `wxop:{${COMPONENT_APPID}}:record:account/${appIdOf(1)}`));
    expect(await values()).toContain(tokenOf(1));
    const home = await openHome();
    const on = await home.run(['store', 'encrypt', '--json'], { environment });
    expect([on.code, JSON.parse(on.stdout)]).toMatchObject([0, { changed: 4, left: 0, versions: { sealed: 4 } }]);
    expect(await values()).not.toContain('@@@');
    const off = await home.run(['store', 'decrypt', '--json'], { environment });
    expect([off.code, JSON.parse(off.stdout)]).toMatchObject([0, { changed: 4, left: 0, versions: { plain: 4 } }]);
    expect(await store.history(`account/${appIdOf(1)}`)).toEqual(history);
  });
});
