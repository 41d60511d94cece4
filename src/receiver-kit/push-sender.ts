/** Carries a push to a receiver and brings its answer back, whatever that is. Nothing here throws. */
import type { ForgedPush } from './forgeries.ts';
import type { ReceiverAnswer } from './judge-answer.ts';
import { sendHalfRequest } from './send-half-request.ts';
import type { Poster } from '../wechat-api/poster.ts';

/** Longer than WeChat waits, so that a late answer is not taken for none. */
const PATIENCE = 8_000;
const MOST_SHOWN = 64 * 1024;

export interface PushSender {
  /** One answer, or two where the push is sent twice. */
  deliver(delivery: ForgedPush): Promise<ReceiverAnswer[]>;
}

export interface PushSenderOptions {
  poster: Poster;
  /** Milliseconds, from any start. */
  clock: () => number;
  signal?: AbortSignal;
}

export function createPushSender({ poster, clock, signal }: PushSenderOptions): PushSender {
  async function timed(send: () => Promise<Omit<ReceiverAnswer, 'milliseconds'>>): Promise<ReceiverAnswer> {
    const start = clock();
    const answer = await send().catch(({ code = '' }: NodeJS.ErrnoException) => ({
      ...{ status: 0, body: '' },
      silence: silenceOf(code),
    }));
    return { ...answer, milliseconds: clock() - start };
  }

  const whole = ({ method, url, headers, body }: ForgedPush): Promise<ReceiverAnswer> =>
    timed(async () => {
      const sent = { method, headers, body, deadline: PATIENCE, limit: MOST_SHOWN, signal };
      const answer = await poster.post(url.href, sent);
      return answer.status === 0 ? { status: 0, body: '', silence: silenceOf(answer.body) } : answer;
    });

  const half = (delivery: ForgedPush): Promise<ReceiverAnswer> =>
    timed(async () => {
      const raw = await sendHalfRequest({ ...delivery, deadline: 2 * PATIENCE, signal });
      if (raw === undefined) return { status: 0, body: '', silence: 'timeout' };
      const [, status = '0'] = /^HTTP\/1\.[01] (\d{3})/.exec(raw) ?? [];
      return { status: Number(status), body: '', ...(status === '0' && { silence: 'closed' as const }) };
    });

  return {
    deliver: async (delivery) => {
      if (delivery.sending === 'half') return [await half(delivery)];
      const first = await whole(delivery);
      return delivery.sending === 'twice' ? [first, await whole(delivery)] : [first];
    },
  };
}

const UNREACHABLE =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$|CERT|TLS|SSL/;

/** `reason`: what the network said. */
function silenceOf(reason: string): NonNullable<ReceiverAnswer['silence']> {
  if (reason === 'timeout') return 'timeout';
  return UNREACHABLE.test(reason) ? 'unreachable' : 'closed';
}
