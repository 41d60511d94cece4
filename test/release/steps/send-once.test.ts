/** A request whose effect must not happen twice: what becomes of it when its answer is lost. */
import { describe, expect, test } from 'vitest';
import type { AfterLoss } from '../../../src/protocol/calls/after-loss.ts';
import { sendOnce, type Seen } from '../../../src/release/steps/send-once.ts';
import { text } from '../../../src/sentences/text.ts';
import { cancelled, WxopError } from '../../../src/sentences/wxop-error.ts';
import { failureOf } from '../../support/wechat.ts';

const SENTENCE = text('a', '甲');
const lost = new WxopError('NETWORK', SENTENCE);
const unsent = new WxopError('NETWORK', SENTENCE, { cause: { code: 'ECONNREFUSED' } });
const refused = (errcode: number): WxopError => new WxopError('PLATFORM_REFUSED', SENTENCE, { errcode });

type Look = Seen<string>['effect'] | 'fails';

/** Each sending and each look as it ends; the last one for all others. */
function send(afterLoss: AfterLoss, sendings: (WxopError | string)[], looks: Look[]) {
  const counts = { sent: 0, looked: 0, slept: 0 };
  const nth = <One>(all: One[], at: number): One => all[Math.min(at, all.length - 1)] as One;
  const sending = sendOnce<string>(
    {
      send: () => {
        const end = nth(sendings, counts.sent++);
        return typeof end === 'string' ? Promise.resolve(end) : Promise.reject(end);
      },
      afterLoss,
      look: () => {
        const effect = nth(looks, counts.looked++);
        if (effect === 'fails') return Promise.reject(lost);
        return Promise.resolve(effect === 'there' ? { effect, answer: 'seen' } : { effect });
      },
      pauses: [1, 2, 3],
      unknown: { message: text('nobody knows', '未知'), hint: SENTENCE },
    },
    {
      sleep: (milliseconds) => {
        counts.slept += milliseconds;
        return Promise.resolve();
      },
    },
  );
  return { sending, counts };
}

describe('an answer that came', () => {
  test('is the answer, without a look', async () => {
    const { sending, counts } = send('look-only', ['done'], ['there']);
    expect(await sending).toEqual({ answer: 'done', wasLost: false });
    expect(counts).toEqual({ sent: 1, looked: 0, slept: 0 });
  });

  test.each([refused(85085), refused(45011), unsent, cancelled()])('that is a failure stays one: %s', async (error) => {
    const { sending, counts } = send('look-then-repeat-once', [error], ['there']);
    expect(await failureOf(sending)).toBe(error);
    expect(counts).toEqual({ sent: 1, looked: 0, slept: 0 });
  });
});

describe.each([
  ['no answer', lost],
  ['-1', refused(-1)],
  ['another upload under way', refused(9402202)],
])('a lost answer (%s)', (_, error) => {
  test('whose effect is seen is a success, and nothing is sent again', async () => {
    const { sending, counts } = send('look-only', [error], ['absent', 'fails', 'there']);
    expect(await sending).toEqual({ answer: 'seen', wasLost: true });
    expect(counts).toEqual({ sent: 1, looked: 3, slept: 6 });
  });

  test('without effect is sent once more where its mark allows it, and only once', async () => {
    const { sending, counts } = send('look-then-repeat-once', [error, 'done'], ['absent']);
    expect(await sending).toEqual({ answer: 'done', wasLost: false });
    expect(counts).toMatchObject({ sent: 2, looked: 3 });
    const twice = send('look-then-repeat-once', [error], ['absent']);
    expect(await failureOf(twice.sending)).toMatchObject({ code: 'NETWORK', retryable: true });
    expect(twice.counts.sent).toBe(2);
  });

  test('without effect is not sent again where a look is all that its mark allows', async () => {
    const { sending, counts } = send('look-only', [error], ['absent']);
    expect(await failureOf(sending)).toMatchObject({ code: 'NETWORK', retryable: true });
    expect(counts.sent).toBe(1);
  });

  test.each<[AfterLoss, Look[]]>([
    ['look-only', ['unclear']],
    ['look-then-repeat-once', ['unclear']],
    ['look-then-repeat-once', ['fails']],
    ['look-then-repeat-once', ['absent', 'absent', 'fails']],
  ])('of which nobody can say what became of it is never sent again: %s, %j', async (afterLoss, looks) => {
    const { sending, counts } = send(afterLoss, [error], looks);
    expect(await failureOf(sending)).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
    expect(counts.sent).toBe(1);
  });
});
