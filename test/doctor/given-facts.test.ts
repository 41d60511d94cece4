/** Checks of the doctor on facts that are given: what is a warning, what is a failure, and what is neither. */
import { describe, expect, it } from 'vitest';
import type { CheckJson } from '../../src/commands/doctor/view.ts';
import { accountChecks, type AccountFacts } from '../../src/doctor/account-checks.ts';
import type { Finding, Group } from '../../src/doctor/check.ts';
import { ticketChecks } from '../../src/doctor/ticket-checks.ts';
import { text } from '../../src/sentences/text.ts';
import { WxopError } from '../../src/sentences/wxop-error.ts';
import { type ErrorCode } from '../../src/sentences/error-codes.ts';
import { findingOf } from '../support/findings.ts';
import { accountOf, appIdOf, COMPONENT_APPID } from '../support/prepared-homes.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';

it.each([
  ['settings.public-url', { WXOP_PUBLIC_URL: 'https://wx.example.com' }, 'ok'],
  ['settings.public-url', {}, 'warning'],
  ['settings.public-url', { WXOP_PUBLIC_URL: 'https://192.168.1.5' }, 'failed'],
  ['settings.public-url', { WXOP_PUBLIC_URL: 'http://localhost' }, 'failed'],
  ['settings.public-url', { WXOP_PUBLIC_URL: 'https://wx.example.com:8443' }, 'warning'],
  ['settings.public-url', { WXOP_PUBLIC_URL: 'http://wx.example.com' }, 'warning'],
  ['settings.message-path', { WXOP_MESSAGE_PATH: '/wechat/$APPID$/message' }, 'ok'],
  ['settings.message-path', { WXOP_MESSAGE_PATH: '/wechat/message' }, 'warning'],
  ['settings.previous-aes-key', { WXOP_PREVIOUS_ENCODING_AES_KEY: KEY }, 'warning'],
  ['settings.previous-aes-key', { WXOP_PREVIOUS_ENCODING_AES_KEY: KEY.toUpperCase() }, 'ok'],
])('%s, %j: %s', async (id, changes, verdict) => {
  const environment = {
    WXOP_HOME: temporaryFolder(),
    WXOP_COMPONENT_APPID: COMPONENT_APPID,
    WXOP_ENCODING_AES_KEY: KEY,
    ...changes,
  };
  const { stdout } = await runWxop(['doctor', '--json', '--offline', '--only', 'settings'], { environment });
  const { checks } = JSON.parse(stdout) as { checks: CheckJson[] };
  expect(checks.find((check) => check.id === id)).toMatchObject({ verdict });
});

describe('tickets', () => {
  const checks = (age: number, ...createTimes: number[]): Group => given(age, createTimes);
  const given = (age: number, createTimes: number[] = [], maxAge?: number): Group =>
    ticketChecks({
      maxAge,
      validTicket: () => Promise.resolve({ ticket: 't', createTime: 1, receivedAt: NOW - age }),
      history: () =>
        Promise.resolve(
          createTimes.map((createTime, index) => ({
            version: createTimes.length - index,
            writtenAt: NOW,
            value: { ticket: 't', createTime, receivedAt: NOW },
          })),
        ),
      now: () => NOW,
    });

  it.each([
    [19, 'ok'],
    [20, 'warning'],
  ])('of %i minutes ago: %s', async (minutes, verdict) => {
    expect(await findingOf(checks(minutes * MINUTE), 'ticket.age')).toMatchObject({ verdict });
  });

  it.each([
    [9, 'ok'],
    [11, 'failed'],
  ])('of %i minutes ago, where ten are allowed: %s', async (minutes, verdict) => {
    expect(await findingOf(given(minutes * MINUTE, [], 10 * MINUTE), 'ticket.age')).toMatchObject({ verdict });
  });

  it.each([
    [[3000, 2400, 1800], 'ok'],
    [[3000, 1800], 'warning'],
    [[4200, 1801, 1201], 'warning'],
    // Those that were set by hand tell nothing of the pushes.
    [[9000, 0, 8400], 'ok'],
    [[9000, 0], 'skipped'],
  ])('pushed at %j: %s', async (createTimes, verdict) => {
    expect(await findingOf(checks(0, ...createTimes), 'ticket.interval')).toMatchObject({ verdict });
  });
});

describe('accounts', () => {
  const refuses = (code: ErrorCode) => () => Promise.reject(new WxopError(code, text('no', '不')));
  const FACTS: AccountFacts = {
    accounts: () => Promise.resolve({ accounts: [accountOf(1), accountOf(2)], unreadable: [] }),
    isNamed: false,
    hasToken: (appId) => Promise.resolve(appId === appIdOf(2)),
    mayGet: () => Promise.resolve(true),
    getToken: () => Promise.resolve(),
    offline: false,
    now: () => NOW,
  };
  const tokens = (changes: Partial<AccountFacts>): Promise<Finding> =>
    findingOf(accountChecks({ ...FACTS, ...changes }), 'accounts.tokens');

  it('that cannot be read are one failure, which names the first', async () => {
    const error = new WxopError('RECORD_DAMAGED', text('torn', '损坏'));
    const accounts = () => Promise.resolve({ accounts: [accountOf(1)], unreadable: [{ appId: appIdOf(2), error }] });
    const found = await findingOf(accountChecks({ ...FACTS, accounts }), 'accounts.records');
    expect(found).toMatchObject({ verdict: 'failed', code: 'RECORD_DAMAGED' });
    expect(found.seen.en).toContain(appIdOf(2));
  });

  it('whose tokens can be had are ok', async () => {
    expect(await tokens({})).toMatchObject({ verdict: 'ok', seen: { en: '2 of 2 work' } });
  });

  it('whose token cannot be had are named, with the reason', async () => {
    const found = await tokens({ getToken: refuses('PLATFORM_REFUSED') });
    expect(found).toMatchObject({ verdict: 'failed', code: 'PLATFORM_REFUSED' });
    expect(found.seen.en).toMatch(new RegExp(`^1 of 2 work\\. ${appIdOf(1)} .*: no$`));
  });

  it('that cancelled are no failure of the tokens: another check reports them', async () => {
    expect(await tokens({ getToken: refuses('REVOKED') })).toMatchObject({ verdict: 'ok' });
  });

  it('get no token offline, or where another program owns the tokens', async () => {
    const getToken = refuses('UNEXPECTED');
    for (const changes of [{ offline: true }, { mayGet: () => Promise.resolve(false) }]) {
      expect(await tokens({ ...changes, getToken })).toMatchObject({ verdict: 'info' });
    }
  });
});
