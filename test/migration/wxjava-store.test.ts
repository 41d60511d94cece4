/** WxJava's own layout on a real Redis: key names, plain values and times to live as its 4.6 and 4.7 write them. */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { createWxJavaStore } from '../../src/migration/wxjava-store.ts';
import { COMPONENT, listenerWorld } from '../support/listener.ts';
import { failureOf } from '../support/wechat.ts';
import { here } from '../support/here.ts';
import { startWxop, type Environment } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';
import { connectionTo, everything, freshComponent, hasRedis, useRedis } from '../support/redis.ts';

const redis = useRedis();
const TICKET_SECONDS = 2_147_483_647;

/** What a running WxJava does to its Redis. */
function owner(componentAppId: string, start: string) {
  const key = (name: string, appId?: string): string =>
    `${start}wechat_${name}:${componentAppId}${appId === undefined ? '' : `:${appId}`}`;
  const set = (name: string, value: string, seconds?: number): Promise<unknown> =>
    redis().send('SET', name, value, ...(seconds === undefined ? [] : ['EX', String(seconds)]));
  return {
    key,
    ticket: (value: string) => set(key('component_verify_ticket'), value, TICKET_SECONDS),
    componentToken: (value: string, expiresIn = 7200) => set(key('component_access_token'), value, expiresIn - 200),
    refreshToken: (appId: string, value: string) => set(key('authorizer_refresh_token', appId), value),
    accessToken: (appId: string, value: string, expiresIn = 7200) =>
      set(key('authorizer_access_token', appId), value, expiresIn - 200),
  };
}

function attach(componentAppId: string, prefix: string, now = Date.now): Store {
  return createWxJavaStore({ connection: connectionTo(redis().url), componentAppId, prefix, now });
}

/** How often each command that writes has been run so far. */
async function writes(): Promise<Record<string, number>> {
  const writing = new Set((await redis().send('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'write')) as string[]);
  const stats = String(await redis().send('INFO', 'commandstats'));
  const calls = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name = '', count = '']) => ({
    name,
    count,
  }));
  const changing = calls.filter(({ name }) => writing.has(name) || /eval|function|fcall|script/.test(name));
  return Object.fromEntries(changing.map(({ name, count }) => [name, Number(count)]));
}

const expiries = async (): Promise<Record<string, boolean>> => {
  const keys = Object.keys(await everything(redis()));
  return Object.fromEntries(await Promise.all(keys.map(async (key): Promise<[string, boolean]> => [key, Number(await redis().send('PTTL', key)) < 0]))); // prettier-ignore
};

/** Everything that is there, and what was written so far: equal before and after means that nothing was. */
const untouched = async () => ({ all: await everything(redis()), expiries: await expiries(), writes: await writes() });

describe.skipIf(!hasRedis)('the store of a running WxJava', () => {
  it.each([
    ['wx:open', 'wx:open:'],
    ['wx:open:', 'wx:open:'],
    ['', ''],
    ['odd*[p]?', 'odd*[p]?:'],
  ])('with the prefix %j is read from keys that start with %j', async (prefix, start) => {
    const componentAppId = freshComponent();
    const java = owner(componentAppId, start);
    await java.ticket('ticket@@@abc');
    await java.componentToken('component-token');
    await java.refreshToken('wx00000000000000b2', 'refreshtoken@@@two');
    await java.refreshToken('wx00000000000000a1', 'refreshtoken@@@one');
    await java.accessToken('wx00000000000000a1', 'account-token');
    // Others on the same server.
    await owner(freshComponent(), start).refreshToken('wx00000000000000c3', 'foreign');
    await owner(componentAppId, 'other:').refreshToken('wx00000000000000d4', 'foreign');

    const before = await untouched();
    // Time passes on the server: a lifetime is compared with what is left of it there.
    const now = Date.now();
    const store = attach(componentAppId, prefix, () => now);
    expect((await store.read('ticket'))?.value).toMatchObject({ ticket: 'ticket@@@abc', createTime: 0 });
    const token = (await store.read('component-token'))!.value;
    expect(token.accessToken).toBe('component-token');
    // WxJava lets go of it 200 s before the platform does.
    const left = Number(await redis().send('PTTL', java.key('component_access_token')));
    expect(token.expiresAt - now - 200_000).toBeGreaterThanOrEqual(left);
    expect(token.expiresAt - now).toBeLessThanOrEqual(7_200_000);
    expect((await store.read('token/wx00000000000000a1'))?.value.accessToken).toBe('account-token');
    expect(await store.read('token/wx00000000000000b2')).toBeUndefined();
    expect((await store.read('account/wx00000000000000a1'))?.value).toEqual({
      appId: 'wx00000000000000a1',
      refreshToken: 'refreshtoken@@@one',
      nickName: '',
      userName: '',
      funcInfo: [],
      authorizedAt: 0,
    });
    expect(await store.read('account/wx00000000000000c3')).toBeUndefined();
    expect(await store.list('account')).toEqual(['wx00000000000000a1', 'wx00000000000000b2']);
    expect(await store.list('token')).toEqual(['wx00000000000000a1']);
    expect(await store.list('attempt')).toEqual([]);
    expect(await store.read('attempt/a')).toBeUndefined();
    expect(await store.history('ticket')).toEqual([]);
    expect(await store.id()).toBe(await attach(componentAppId, start).id());
    expect(await untouched()).toEqual(before);
  });

  it("tells a ticket's age from its time to live, and that it is unknown where there is none", async () => {
    const componentAppId = freshComponent();
    const java = owner(componentAppId, '');
    const now = Date.now();
    const store = attach(componentAppId, '', () => now);
    await redis().send('SET', java.key('component_verify_ticket'), 't', 'EX', String(TICKET_SECONDS - 3_600));
    const { receivedAt } = (await store.read('ticket'))!.value;
    const left = Number(await redis().send('PTTL', java.key('component_verify_ticket')));
    const age = now - (receivedAt ?? 0);
    expect(age).toBeGreaterThanOrEqual(3_600_000);
    expect(age).toBeLessThanOrEqual(TICKET_SECONDS * 1000 - left);
    await redis().send('PERSIST', java.key('component_verify_ticket'));
    expect((await store.read('ticket'))!.value.receivedAt).toBeUndefined();
  });

  it('has no token where WxJava would see none: gone, without a time to live, or with less than two seconds', async () => {
    const componentAppId = freshComponent();
    const java = owner(componentAppId, '');
    const store = attach(componentAppId, '');
    expect(await store.read('component-token')).toBeUndefined();
    await redis().send('SET', java.key('component_access_token'), 't');
    expect(await store.read('component-token')).toBeUndefined();
    await redis().send('PEXPIRE', java.key('component_access_token'), '1900');
    expect(await store.read('component-token')).toBeUndefined();
    await redis().send('SET', java.key('component_access_token'), '', 'EX', '7000');
    expect(await store.read('component-token')).toBeUndefined();
  });

  it.each([
    ['a Redisson value', Buffer.from([0xfc, 0x01, 0x74, 0x69]).toString('latin1')],
    ['a value in quotes of another codec', '\u0000"ticket"'],
  ])('refuses %s, and says what to do', async (_what, value) => {
    const componentAppId = freshComponent();
    const java = owner(componentAppId, '');
    await redis().send('SET', java.key('component_verify_ticket'), value);
    const failure = await failureOf(attach(componentAppId, '').read('ticket'));
    expect(failure).toMatchObject({ code: 'STORE_UNREADABLE', exitCode: 1 });
    expect(failure.hint?.en).toContain('StringCodec');
  });

  it('refuses a key of another type', async () => {
    const componentAppId = freshComponent();
    const java = owner(componentAppId, '');
    await redis().send('HSET', java.key('component_verify_ticket'), 'a', 'b');
    expect((await failureOf(attach(componentAppId, '').read('ticket'))).code).toBe('STORE_UNREADABLE');
  });

  it('refuses every write and lock', async () => {
    const store = attach(freshComponent(), '');
    const before = await untouched();
    const ticket = { ticket: 't', createTime: 1, receivedAt: 1 };
    for (const attempt of [
      store.write('ticket', ticket, 0, { durable: true }),
      store.remove('account/wx1'),
      store.lock('component', { lease: 1 }),
      store.proveWritable(),
      store.reseal('ticket'),
    ]) {
      expect(await failureOf(attempt)).toMatchObject({ code: 'STORE_READ_ONLY', exitCode: 2 });
    }
    expect(await untouched()).toEqual(before);
  });
});

/** A sandbox with one authorized account, whose tokens a WxJava holds. */
async function deployment(prefix: string) {
  const world = await listenerWorld({ started: false });
  await world.giveTicket();
  const { id, preAuthCode } = await world.attempt();
  const { code, appId } = world.consent(preAuthCode);
  await world.attempts.offer(id, { code });
  await world.attempts.settle(id);
  const accountToken = (await world.keeper.token({ account: appId })).accessToken;
  const componentToken = (await world.keeper.token({ component: true })).accessToken;
  const java = owner(COMPONENT.appId, `${prefix}:`);
  const ticket = world.sandbox.state().ticket ?? '';
  await java.ticket(ticket);
  await java.componentToken(componentToken);
  await java.refreshToken(appId, 'refreshtoken@@@theirs');
  const env: Environment = {
    ...world.sandbox.env,
    WXOP_STORE: `wxjava+${redis().url}/0?prefix=${encodeURIComponent(prefix)}`,
  };
  const calls = (): number => Object.values(world.sandbox.state().calls).reduce((sum, count) => sum + count, 0);
  return { world, java, appId, accountToken, componentToken, ticket, env, calls };
}

describe.skipIf(!hasRedis)('the command beside a running WxJava', () => {
  it('reads what is there, and never writes', async () => {
    const { java, appId, accountToken, componentToken, ticket, env, calls } = await deployment('wx:reads');
    await java.accessToken(appId, accountToken);
    const before = await untouched();
    const called = calls();

    const shown = await here(['ticket', 'show', '--json'], env);
    expect(JSON.parse(shown.stdout)).toMatchObject({ componentAppId: COMPONENT.appId });
    expect((JSON.parse(shown.stdout) as { ageSeconds: number }).ageSeconds).toBeLessThan(60);
    expect(shown.stdout).not.toContain(ticket);
    expect((await here(['ticket', 'show', '--reveal'], env)).stdout).toBe(`${ticket}\n`);
    expect(await here(['token', 'get', appId], env)).toMatchObject({ code: 0, stdout: `${accountToken}\n` });
    expect(await here(['token', 'component'], env)).toMatchObject({ code: 0, stdout: `${componentToken}\n` });

    const listed = await here(['accounts', 'list', '--json'], env);
    expect(JSON.parse(listed.stdout)).toEqual([
      {
        appId,
        nickName: null,
        kind: null,
        funcInfo: null,
        authorizedAt: null,
        expiresAt: expect.any(String) as string,
      },
    ]);
    const list = await here(['accounts', 'list'], env);
    expect(list.stdout.trim().split('\t')).toEqual(
      // A nameless account of unknown kind: what the table of another program tells is how long its token lives.
      [appId, '-', '-', '-', '-', 'authorized', '-', expect.stringMatching(/^(?:2 h|1 h 5\d min)$/), '-', '-'],
    );
    const account = await here(['accounts', 'show', appId], env);
    expect(account).toMatchObject({ code: 0 });
    expect(account.stdout).not.toMatch(/1970|official/);
    expect(account.stdout + list.stdout + listed.stdout).not.toContain('theirs');
    expect(calls()).toBe(called);

    const menu = await here(['menu', 'get', appId, '--json'], env);
    expect(JSON.parse(menu.stdout)).toMatchObject({ is_menu_open: 1 });
    expect(calls()).toBe(called + 1);
    expect(await untouched()).toEqual(before);
  });

  it('names the keys that it looked for where it finds none, and the prefix that there is', async () => {
    const componentAppId = freshComponent();
    const env = { WXOP_COMPONENT_APPID: componentAppId, WXOP_STORE: `wxjava+${redis().url}` };
    const looked = `wechat_component_verify_ticket:${componentAppId}`;
    const nothing = await here(['ticket', 'show'], env);
    expect([nothing.code, nothing.stderr]).toEqual([4, expect.stringContaining(`looked for as ${looked}: check`)]);
    await owner(componentAppId, 'wx:open:').ticket('ticket@@@abc');
    const token = await here(['token', 'get', 'wx00000000000000a1'], env);
    expect([token.code, token.stderr]).toEqual([4, expect.stringContaining('?prefix=wx%3Aopen%3A')]);
    const list = await here(['accounts', 'list'], env);
    expect([list.code, list.stderr]).toEqual([0, expect.stringContaining('?prefix=wx%3Aopen%3A')]);
    const found = await here(['ticket', 'show'], { ...env, WXOP_STORE: `${env.WXOP_STORE}?prefix=wx%3Aopen%3A` });
    expect(found.code).toBe(0);
    const taken = await here(['import', env.WXOP_STORE], {
      WXOP_COMPONENT_APPID: componentAppId,
      WXOP_HOME: temporaryFolder(),
    });
    expect([taken.code, taken.stderr]).toEqual([0, expect.stringContaining('?prefix=wx%3Aopen%3A')]);
  });

  it('waits for a token that its owner stores meanwhile', async () => {
    const { java, appId, accountToken, env, calls } = await deployment('wx:waits');
    const called = calls();
    const asked = startWxop(['token', 'get', appId], env);
    const { finished } = asked;
    // It has looked at least once before the owner acts.
    const looked = async () => /cmdstat_get:calls=(\d+)/.exec(String(await redis().send('INFO', 'commandstats')))?.[1];
    for (const first = await looked(); (await looked()) === first;);
    await java.accessToken(appId, accountToken);
    expect(await finished).toMatchObject({ code: 0, stdout: `${accountToken}\n` });
    expect(calls()).toBe(called);
  });

  it('ends with exit code 5 when no token comes', async () => {
    const { appId, env, calls } = await deployment('wx:none');
    const called = calls();
    const { code, stdout, stderr } = await here(['token', 'get', appId], env);
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain('WxJava');
    expect(calls()).toBe(called);
  });

  it('refuses what would make a second owner, before any call', async () => {
    const { java, appId, accountToken, env, calls } = await deployment('wx:refuses');
    await java.accessToken(appId, accountToken);
    const before = await untouched();
    const called = calls();
    for (const argv of [
      ['listen', '--port', '0'],
      ['ticket', 'set'],
      ['ticket', 'start'],
      ['token', 'refresh', appId],
      ['token', 'refresh', '--all'],
      ['accounts', 'sync'],
      ['authorize', '--no-listen', '--timeout', '1s'],
      ['authorize', '--code', 'queryauthcode@@@1'],
    ]) {
      const { code, stdout, stderr } = await here([...argv, '--json'], env, 'a-ticket');
      expect({ argv, code, stdout }).toEqual({ argv, code: 2, stdout: '' });
      expect(stderr).toContain('STORE_READ_ONLY');
    }
    expect(calls()).toBe(called);
    expect(await untouched()).toEqual(before);
  });
});
