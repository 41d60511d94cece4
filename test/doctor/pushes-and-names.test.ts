/** What came in from outside, and what a public name leads to, as the doctor judges it. */
import { describe, expect, it } from 'vitest';
import type { Finding, Group } from '../../src/doctor/check.ts';
import { publicChecks } from '../../src/doctor/public-checks.ts';
import { pushChecks } from '../../src/doctor/push-checks.ts';
import { findingOf } from '../support/findings.ts';

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

describe('pushes', () => {
  const pushes = (newestMinutes: number | undefined, refusedMinutes: number[] = []): Group =>
    pushChecks({
      newestPush: () => Promise.resolve(undefined),
      ticketReceivedAt: () => Promise.resolve(newestMinutes === undefined ? undefined : NOW - newestMinutes * MINUTE),
      rejections: () =>
        Promise.resolve(
          refusedMinutes.map((minutes) => ({ at: NOW - minutes * MINUTE, kind: 'event', reason: 'bad-signature' })),
        ),
      keys: () => undefined,
      now: () => NOW,
    });

  it.each([
    [undefined, 'info'],
    [19, 'ok'],
    [20, 'warning'],
  ])('the newest %s minutes ago: %s', async (minutes, verdict) => {
    expect(await findingOf(pushes(minutes), 'pushes.newest')).toMatchObject({ verdict });
  });

  it.each([
    ['none', 5, [], 'ok'],
    ['longer ago than a day', 5, [25 * 60], 'ok'],
    ['before one that was accepted', 5, [10], 'info'],
    ['after the last that was accepted', 10, [5], 'warning'],
    ['and none accepted for long', 30, [5], 'failed'],
    ['and never one accepted', undefined, [5], 'failed'],
  ] as const)('refused, %s', async (_name, newest, refused, verdict) => {
    expect(await findingOf(pushes(newest, [...refused]), 'pushes.refused')).toMatchObject({ verdict });
  });
});

describe('the public name', () => {
  const named = (addresses: string[], isReal: boolean): Promise<Finding> =>
    findingOf(
      publicChecks({
        publicUrl: () => 'https://wx.example.com',
        localUrl: () => 'http://127.0.0.1:7788',
        eventUrl: () => 'https://wx.example.com/wechat/event',
        messageUrl: () => 'https://wx.example.com/wechat/message/$APPID$',
        messageToken: () => undefined,
        storeId: () => Promise.resolve(undefined),
        files: () => ({}),
        isReal: () => isReal,
        visit: () => Promise.resolve(undefined),
        probe: () =>
          Promise.resolve({
            proxyOf: () => undefined,
            addressesOf: () => Promise.resolve(addresses),
            reach: () => Promise.resolve(undefined),
            get: () => Promise.reject(new Error('not asked')),
          }),
        now: () => NOW,
        random: () => 'x',
      }),
      'public.name',
    );

  it.each([
    [['203.0.113.7'], true, 'ok'],
    [['192.168.1.5', '203.0.113.7'], true, 'ok'],
    [['192.168.1.5', '10.0.0.1'], true, 'warning'],
    [['2001:db8::7'], true, 'warning'],
    [['2001:db8::7', '203.0.113.7'], true, 'ok'],
    [['192.168.1.5'], false, 'ok'],
  ])('that resolves to %j, for WeChat itself: %s, is %s', async (addresses, isReal, verdict) => {
    expect(await named(addresses, isReal)).toMatchObject({ verdict });
  });
});
