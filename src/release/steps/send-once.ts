/**
 * Sends what must not take effect twice. A lost answer is no failure: what WeChat shows then decides, and only what is
 * marked for it is sent again, once.
 */
import { UNCLEAR_ERRCODES, type AfterLoss } from '../../protocol/calls/after-loss.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { isUnsent } from '../../wechat-api/network-failure.ts';

/** What a look at WeChat tells of a request whose answer was lost. */
export type Seen<Answer> = { effect: 'there'; answer: Answer } | { effect: 'absent' | 'unclear' };

/** The answer is lost: the request may have taken effect, or may still. */
export const isAnswerLost = (error: unknown): error is WxopError =>
  error instanceof WxopError &&
  (error.errcode === undefined
    ? error.code === 'NETWORK' && !isUnsent(error.cause)
    : UNCLEAR_ERRCODES.includes(error.errcode));

export interface StepOptions {
  /** Rejects with CANCELLED when the run is interrupted. */
  sleep: (milliseconds: number) => Promise<void>;
  /** Told that an answer was lost and that wxop looks now. */
  onLost?: (error: WxopError) => void;
}

export interface Sending<Answer> {
  send: () => Promise<Answer>;
  afterLoss?: AfterLoss;
  /** Left out where nothing at WeChat shows the effect. */
  look?: () => Promise<Seen<Answer>>;
  /** Milliseconds before each look; the last one decides that there is no effect. */
  pauses: readonly number[];
  /** What the operator is told where nobody can say whether it took effect. */
  unknown: { message: Text; hint: Text };
}

export interface Sent<Answer> {
  answer: Answer;
  /** True when its answer was lost, and WeChat shows that it took effect. */
  wasLost: boolean;
}

/**
 * Throws what WeChat refuses with; OUTCOME_UNKNOWN where nobody can say whether it took effect; and the loss itself
 * where it certainly did not.
 */
export async function sendOnce<Answer>(
  { send, afterLoss = 'look-only', look, pauses, unknown }: Sending<Answer>,
  { sleep, onLost }: StepOptions,
): Promise<Sent<Answer>> {
  for (let mayRepeat = afterLoss === 'look-then-repeat-once'; ; mayRepeat = false) {
    try {
      return { answer: await send(), wasLost: false };
    } catch (error) {
      if (!isAnswerLost(error)) throw error;
      onLost?.(error);
      const seen = look ? await lookLong(look, pauses, sleep) : { effect: 'absent' as const };
      if (seen.effect === 'there') return { answer: seen.answer, wasLost: true };
      if (mayRepeat && seen.effect === 'absent') continue;
      if (seen.effect === 'absent' && look) throw withoutEffect(error);
      throw new WxopError('OUTCOME_UNKNOWN', unknown.message, { hint: unknown.hint, cause: error });
    }
  }
}

/** Ends at once where the effect is seen. Where a look fails, the next one may succeed. */
async function lookLong<Answer>(
  look: () => Promise<Seen<Answer>>,
  pauses: readonly number[],
  sleep: (milliseconds: number) => Promise<void>,
): Promise<Seen<Answer>> {
  let seen: Seen<Answer> = { effect: 'unclear' };
  for (const pause of pauses) {
    await sleep(pause);
    seen = await look().catch((error: unknown) => {
      if (isError(error, 'CANCELLED')) throw error;
      return { effect: 'unclear' as const };
    });
    if (seen.effect === 'there') return seen;
  }
  return seen;
}

const withoutEffect = (lost: WxopError): WxopError =>
  new WxopError(
    'NETWORK',
    text(
      en`The answer was lost, and WeChat shows that nothing changed. ${lost.text}`,
      zh`应答丢失，从微信查得操作未生效。${lost.text}`,
    ),
    { cause: lost, hint: text('Run the same command again.', '请重新运行该命令。'), retryable: true },
  );

/** What a person is told while wxop looks. */
export const ANSWER_LOST = text(
  'WeChat did not answer. Looking whether it took effect; nothing is sent again blindly…',
  '微信没有应答。正在查看操作是否已生效，不会盲目重发…',
);
