/** What WeChat remembers of refused requests, by the rid in their errmsg. */
import { randomBytes } from 'node:crypto';
import { ApiRefusal } from './api-refusal.ts';
import type { ApiCall } from './routes/route.ts';

const MOST = 1_000;
const KEPT = 7 * 24 * 3600;
const RID = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/;

export type Requests = ReturnType<typeof createRequests>;

export function createRequests({ seconds }: { seconds: () => number }) {
  const remembered = new Map<string, { holder: string; at: number; call: ApiCall; answer: string }>();

  return {
    /** A new rid for a request of this holder; `answerOf` makes the answer that names it. */
    remember<Answer extends object>(holder: string, call: ApiCall, answerOf: (rid: string) => Answer): Answer {
      const rid = [4, 4, 4].map((bytes) => randomBytes(bytes).toString('hex')).join('-');
      const answer = answerOf(rid);
      remembered.set(rid, { holder, at: seconds(), call, answer: JSON.stringify(answer) });
      const [oldest] = remembered.keys();
      if (remembered.size > MOST && oldest !== undefined) remembered.delete(oldest);
      return answer;
    },

    /** As openapi/rid/get answers; throws 76001 to 76004. */
    find(holder: string, rid: string): object {
      if (!RID.test(rid)) throw new ApiRefusal(76002);
      const found = remembered.get(rid);
      if (!found) throw new ApiRefusal(76001);
      if (found.holder !== holder) throw new ApiRefusal(76003);
      if (found.at < seconds() - KEPT) throw new ApiRefusal(76004);
      const { path, query, body, clientIp } = found.call;
      return {
        request: {
          invoke_time: found.at,
          cost_in_ms: 12,
          request_url: `${path}${query.size > 0 ? `?${query.toString()}` : ''}`,
          request_body: body.toString('utf8'),
          response_body: found.answer,
          client_ip: clientIp,
        },
      };
    },
  };
}
