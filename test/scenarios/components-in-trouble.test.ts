/** `wxop listen --profiles`: what befalls one component leaves the other as it was. Shop is well throughout; school is not. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  homeOf,
  keysOf,
  listenFor,
  MESSAGE_PATH,
  pushTo,
  sandboxOf,
  SCHOOL,
  SHOP,
  textMessage,
  ticketTo,
  told,
  valuesOf,
  type Values,
} from '../support/components.ts';
import { ask, authorizedEvent } from '../support/listener.ts';
import { eventually, freePort, wxop } from '../support/processes.ts';
import { hasRedis, ownRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/world.ts';

type Listening = Awaited<ReturnType<typeof listenFor>> & { env: Record<string, string>; state: string };

/** Both receive. */
async function listening(school: Values, { shop = {}, flags = [] as string[] } = {}): Promise<Listening> {
  const port = await freePort();
  const env = homeOf({ shop: { ...valuesOf(SHOP, port), ...shop }, school: { ...valuesOf(SCHOOL, port), ...school } });
  const state = join(env.WXOP_HOME ?? '', 'state', SCHOOL.appId);
  const listener = await listenFor(env, ...flags);
  await eventually(() => told(listener, 'listening').length === 2 || undefined);
  return { ...listener, env, state };
}

const wellOf = async (url: string): Promise<[number, Record<string, boolean>]> => {
  const { status, body } = await ask(`${url}/healthz`);
  const { components } = JSON.parse(body) as { components: { profile: string; isWell: boolean }[] };
  return [status, Object.fromEntries(components.map(({ profile, isWell }) => [profile, isWell]))];
};

const SCHOOL_ILL = [200, { shop: true, school: false }];
const BOTH_WELL = [200, { shop: true, school: true }];

/** Those of which the age of a ticket is known. */
const measured = async (url: string): Promise<(string | undefined)[]> => {
  const { body } = await ask(`${url}/metrics`);
  return [...body.matchAll(/^wxop_ticket_age_seconds\{profile="(\w+)"/gm)].map(([, profile]) => profile);
};

describe('the trouble of one component leaves the other as it was', () => {
  it.skipIf(!hasRedis)('when its Redis hangs, dies and comes back', async () => {
    const redis = await ownRedis();
    const listener = await listening({ store: redis.url });
    const { url } = listener;
    expect([await ticketTo(url, SHOP, 'ticket@@@1'), await ticketTo(url, SCHOOL, 'ticket@@@1')]).toEqual([200, 200]);
    redis.pause();
    const hanging = ticketTo(url, SCHOOL, 'ticket@@@2').catch(() => undefined);
    const both = Promise.all([wellOf(url), measured(url)]);
    expect(await ticketTo(url, SHOP, 'ticket@@@2')).toBe(200);
    expect(await both).toEqual([SCHOOL_ILL, ['shop']]);
    await redis.stop('SIGKILL');
    expect(await hanging).not.toBe(200);
    expect(await ticketTo(url, SHOP, 'ticket@@@3')).toBe(200);
    expect(await ticketTo(url, SCHOOL, 'ticket@@@3')).toBe(500);
    expect(await wellOf(url)).toEqual(SCHOOL_ILL);
    await eventually(() => told(listener, 'rejected').length > 0 || undefined);
    expect(new Set(told(listener, 'rejected').map(({ profile }) => profile))).toEqual(new Set(['school']));
    expect(listener.stderr()).toMatch(/^warning: school: redis:\/\//m);
    expect(listener.stderr()).not.toMatch(/^warning: shop: redis:\/\//m);
    const { stdout } = await wxop(['doctor', '--profile', 'shop', '--only', 'store', '--offline'], listener.env);
    expect(stdout).not.toMatch(/redis:/);
    await redis.start();
    await eventually(async () => ((await ticketTo(url, SCHOOL, 'ticket@@@4')) === 200 ? true : undefined));
    expect(await wellOf(url)).toEqual(BOTH_WELL);
  });

  it('when its folder cannot be read', async () => {
    const listener = await listening({});
    const { url, state } = listener;
    expect(await ticketTo(url, SCHOOL, 'ticket@@@1')).toBe(200);
    renameSync(state, `${state}.away`);
    writeFileSync(state, '', { mode: 0o600 });
    expect([await ticketTo(url, SHOP, 'ticket@@@1'), await ticketTo(url, SCHOOL, 'ticket@@@2')]).toEqual([200, 500]);
    expect([await wellOf(url), await measured(url)]).toEqual([SCHOOL_ILL, ['shop']]);
    rmSync(state);
    renameSync(`${state}.away`, state);
    expect(await ticketTo(url, SCHOOL, 'ticket@@@2')).toBe(200);
    expect(await wellOf(url)).toEqual(BOTH_WELL);
  });

  it('when its disk is full', async ({ skip }) => {
    const listener = await listening({});
    const { url, state } = listener;
    rmSync(state, { recursive: true, force: true });
    mkdirSync(state, { mode: 0o700 });
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', state]).status !== 0) skip();
    onTestFinished(() => void execFileSync('umount', ['-l', state]));
    const filler = join(state, 'filler');
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k', 'count=100']);
    const message = (component: typeof SHOP) =>
      pushTo(url, { ...textMessage('1'), Content: 'x'.repeat(9_000) }, { ...keysOf(component), path: MESSAGE_PATH });
    expect([await message(SHOP), await message(SCHOOL)]).toEqual([200, 500]);
    expect([await ticketTo(url, SHOP, 'ticket@@@1'), await ticketTo(url, SCHOOL, 'ticket@@@1')]).toEqual([200, 500]);
    await eventually(() => /^warning: school: .*ENOSPC/m.test(listener.stderr()) || undefined);
    expect(listener.stderr()).not.toMatch(/shop: .*ENOSPC/);
    rmSync(filler);
    expect([await message(SCHOOL), await ticketTo(url, SCHOOL, 'ticket@@@1')]).toEqual([200, 200]);
  });

  it('when its keys are wrong or WeChat does not answer it; who is called for it is told which one it is', async () => {
    const sandbox = await sandboxOf(SHOP);
    const called = join(temporaryFolder(), 'called');
    const { url, ...listener } = await listening(
      {},
      {
        shop: { apiUrl: sandbox.url },
        flags: ['--on-result', `env > '${called}.part'; mv '${called}.part' '${called}'`],
      },
    );
    expect(await ticketTo(url, SCHOOL, 'ticket@@@1', { aesKey: 'x'.repeat(43) })).toBe(400);
    expect(await ticketTo(url, SHOP, 'ticket@@@1')).toBe(200);
    await eventually(() => told(listener, 'rejected').length > 0 || undefined);
    expect(told(listener, 'rejected').map(({ profile }) => profile)).toEqual(['school']);
    for (const [component, ticket] of [
      [SHOP, sandbox.state().ticket ?? ''],
      [SCHOOL, 'ticket@@@2'],
    ] as const) {
      expect(await ticketTo(url, component, ticket)).toBe(200);
      const authorized = authorizedEvent({
        appId: sandbox.state().accounts[0]?.appId ?? '',
        code: 'queryauthcode@@@x',
      });
      expect(await pushTo(url, { ...authorized, AppId: component.appId }, keysOf(component))).toBe(200);
    }
    await eventually(() => /^warning: school: .*127\.0\.0\.1:1/m.test(listener.stderr()) || undefined);
    expect(listener.stderr()).not.toMatch(/^warning: shop: .*127\.0\.0\.1:1/m);
    const audited = { ...textMessage('9'), MsgType: 'event', Event: 'weapp_audit_success', SuccTime: '1700000000' };
    expect(await pushTo(url, audited, { ...keysOf(SCHOOL), path: MESSAGE_PATH })).toBe(200);
    const facts = await eventually(() => (existsSync(called) ? readFileSync(called, 'utf8') : undefined));
    expect(facts).toMatch(new RegExp(`^COMPONENT_APPID=${SCHOOL.appId}$`, 'm'));
    for (const [name, ticket] of [
      ['shop', sandbox.state().ticket],
      ['school', 'ticket@@@2'],
    ]) {
      const { stdout } = await wxop(['ticket', 'show', '--profile', name ?? '', '--reveal'], listener.env);
      expect(stdout).toContain(ticket);
    }
  });
});
