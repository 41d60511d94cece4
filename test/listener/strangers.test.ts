/** An authorization that somebody else wants to spoil: he knows the link, and has an account of his own. */
import { describe, expect, it } from 'vitest';
import { PER_NETWORK } from '../../src/listener/http/fair-shares.ts';
import { authorizedEvent, listenerWorld, sealed, type ListenerWorld, type WorldOptions } from '../support/listener.ts';
import { eventually } from '../support/processes.ts';

const VICTIM = 0;
const STRANGER = 1;
const [PER_ADDRESS] = PER_NETWORK;

/** A link for the victim, which the stranger knows; and codes of both. */
async function start({ isFor, ...options }: WorldOptions & { isFor?: 'victim' } = {}) {
  const world = await listenerWorld({ trustedProxies: ['loopback'], ...options });
  await world.giveTicket();
  const { accounts } = world.sandbox.state();
  const bizAppId = isFor && accounts[VICTIM]?.appId;
  const made = await world.attempts.create({ authType: 'all', bizAppId });
  const preAuthCode = new URL(made.links?.pcUrl ?? '').searchParams.get('pre_auth_code') ?? '';
  const victim = world.consent(preAuthCode, VICTIM);
  const other = await world.attempt();
  const stranger = world.consent(other.preAuthCode, STRANGER);
  const redirect = (code: string, from = '203.0.113.66') =>
    world.get(`/authorize/callback?attempt=${made.id}&auth_code=${code}`, { 'x-forwarded-for': from });
  const event = sealed(authorizedEvent({ ...victim, preAuthCode }));
  const outcome = async () => (await world.attempts.read(made.id))?.appId;
  return { world, id: made.id, victim, stranger, redirect, event, outcome };
}

const told = ({ activity }: ListenerWorld, type: string) => activity.filter((one) => one.type === type);
const junk = (count: number): string[] => Array.from({ length: count }, (_, index) => `queryauthcode@@@junk-${index}`);

describe('a link that was made for one account', () => {
  it('is not finished by the code of another: that is stored, the operator is warned, and the genuine redirect still counts', async () => {
    const { world, victim, stranger, redirect, outcome } = await start({ isFor: 'victim' });
    const page = await redirect(stranger.code);
    expect(page.status).toBe(400);
    expect(page.body).not.toContain(victim.appId);
    expect(await outcome()).toBeUndefined();
    expect(await world.keeper.account(stranger.appId)).toMatchObject({ appId: stranger.appId });
    expect(told(world, 'other-account')).toEqual([
      { type: 'other-account', appId: stranger.appId, insteadOf: { appId: victim.appId, why: 'made-for' } },
    ]);
    expect((await redirect(victim.code, '198.51.100.1')).status).toBe(200);
    expect(await outcome()).toBe(victim.appId);
  });

  it('is finished by the signed event, whatever a redirect brought before', async () => {
    const { world, victim, stranger, redirect, event, outcome } = await start({ isFor: 'victim' });
    await redirect(stranger.code);
    await world.push(event);
    await eventually(async () => ((await outcome()) === victim.appId ? true : undefined));
    expect(await world.keeper.account(victim.appId)).toMatchObject({ appId: victim.appId });
  });
});

describe('a link for any account', () => {
  it('that a stranger finished first loses nothing: the signed event stores the other account too, with a warning', async () => {
    const { world, victim, stranger, redirect, event, outcome } = await start();
    expect((await redirect(stranger.code)).status).toBe(200);
    expect(await outcome()).toBe(stranger.appId);
    await world.push(event);
    await eventually(async () => ((await outcome()) === victim.appId ? true : undefined));
    for (const { appId } of [victim, stranger]) expect(await world.keeper.account(appId)).toMatchObject({ appId });
    await eventually(() => told(world, 'other-account').length || undefined);
    expect(told(world, 'other-account')).toEqual([
      { type: 'other-account', appId: victim.appId, insteadOf: { appId: stranger.appId, why: 'brought-before' } },
    ]);
    // The merchant's own page, reloaded.
    expect((await redirect(victim.code)).body).toContain(victim.appId);
  });

  it('takes the other account from the event although WeChat was busy at first', async () => {
    const { world, victim, stranger, redirect, event, outcome } = await start({ sleep: () => Promise.resolve() });
    await redirect(stranger.code);
    world.sandbox.addFault('api_query_auth=busy*4');
    await world.push(event);
    await eventually(async () => ((await outcome()) === victim.appId ? true : undefined));
  });
});

describe('codes that WeChat refuses', () => {
  it('end nothing and use nothing up: the genuine redirect after many of them is exchanged', async () => {
    const { victim, redirect, outcome } = await start();
    for (const [index, code] of junk(12).entries()) {
      expect((await redirect(code, `203.0.${index * 16}.1`)).status).toBe(400);
    }
    expect((await redirect(victim.code, '198.51.100.1')).status).toBe(200);
    expect(await outcome()).toBe(victim.appId);
  });

  it('are tried only so often for one address, and the merchant at the same address is not turned away', async () => {
    const { world, victim, redirect, event } = await start();
    for (const code of junk(40)) await redirect(code);
    expect(world.calls('api_query_auth')).toBe(PER_ADDRESS);
    const page = await redirect(victim.code);
    expect([page.status, page.body.includes('http-equiv="refresh"')]).toEqual([200, true]);
    await world.push(event);
    await eventually(async () => ((await redirect(victim.code)).body.includes(victim.appId) ? true : undefined));
  });

  it('are tried only so often for one link, from however many addresses', async () => {
    const { world, victim, redirect, event, outcome } = await start();
    for (const [index, code] of junk(60).entries()) await redirect(code, `${index + 1}.0.0.1`);
    expect(world.calls('api_query_auth')).toBe(20);
    await world.push(event);
    await eventually(async () => ((await outcome()) === victim.appId ? true : undefined));
  });

  it('are not stored by the dozen, nor exchanged or told again when the page is reloaded', async () => {
    const { world, id, redirect } = await start();
    for (const [index, code] of junk(20).entries()) await redirect(code, `${index + 1}.0.0.1`);
    const exchanges = world.calls('api_query_auth');
    for (let time = 0; time < 3; time++) await redirect('queryauthcode@@@junk-19');
    expect(world.calls('api_query_auth')).toBe(exchanges);
    expect(told(world, 'exchange-failed')).toHaveLength(exchanges);
    expect((await world.attempts.read(id))?.codes.length).toBeLessThan(10);
  });

  it('say nothing internal on the page, only a number that is in the log too', async () => {
    const { world, redirect } = await start();
    world.sandbox.addFault('api_query_auth=61004*1');
    const { status, body } = await redirect('queryauthcode@@@junk');
    const [failed] = world.activity.flatMap((one) => (one.type === 'exchange-failed' ? [one] : []));
    expect(failed?.error.requestIp ?? failed?.error.message).toBeTruthy();
    expect(status).toBe(400);
    expect(body).not.toMatch(/61004|127\.0\.0\.1|whitelist|access clientip/);
    expect(body).toContain(failed?.reference);
    expect(failed?.reference).toMatch(/^[0-9a-f]{8}$/);
  });

  it('are no codes at all where no code looks so: 400, and WeChat is not asked', async () => {
    const { world, redirect } = await start();
    for (const code of ['a'.repeat(600), 'a%20b', '%3Cscript%3E', '%E7%A0%81', 'a%00']) {
      expect((await redirect(code)).status).toBe(400);
    }
    expect(world.calls('api_query_auth')).toBe(0);
  });
});

it('an attempt that is over in time is not kept open by the codes of strangers', async () => {
  let now = Date.now();
  const { victim, redirect } = await start({ now: () => now });
  await redirect('queryauthcode@@@junk');
  now += 700_000;
  expect((await redirect(victim.code)).status).toBe(410);
});
