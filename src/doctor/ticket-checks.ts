/** The ticket: whether there is one, how old it is, and whether it comes as often as it should. */
import { isError } from '../sentences/wxop-error.ts';
import { en, text, zh } from '../sentences/text.ts';
import type { PastVersion, TicketRecord } from '../store/store.ts';
import { TICKET_LIFE, TICKET_OVERDUE } from '../protocol/lifetimes.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { failed, failedWith, info, ok, skipped, warning, type Finding, type Group } from './check.ts';

export interface TicketFacts {
  /** Throws NO_TICKET or TICKET_EXPIRED. */
  validTicket: () => Promise<TicketRecord>;
  /** Up to three versions, newest first. */
  history: () => Promise<PastVersion<TicketRecord>[]>;
  now: () => number;
  /** Milliseconds: an older ticket fails; without it, only an expired one does. */
  maxAge?: number;
}

export function ticketChecks({ validTicket, history, now, maxAge }: TicketFacts): Group {
  return {
    id: 'ticket',
    title: text('Ticket', 'Ticket'),
    needs: ['store.reach'],
    checks: [
      {
        id: 'ticket.age',
        title: text('newest ticket', '最新 ticket'),
        run: async () => {
          try {
            return judgeTicket(await validTicket(), now(), maxAge);
          } catch (error) {
            const found = failedWith(error);
            return isError(error, 'NO_TICKET') || isError(error, 'TICKET_EXPIRED') ? { ...found, next: START } : found;
          }
        },
      },
      {
        id: 'ticket.interval',
        title: text('interval', '间隔'),
        needs: ['ticket.age'],
        run: async () => judgeInterval(await history()),
      },
    ],
  };
}

function judgeTicket({ receivedAt, createTime }: TicketRecord, now: number, maxAge = TICKET_LIFE): Finding {
  if (receivedAt === undefined) {
    const seen = text('present, age unknown', '已有，但无从得知其时间');
    return maxAge < TICKET_LIFE ? failed('TICKET_OVERDUE', seen, KEPT_AWAY) : info(seen);
  }
  const [age, left] = [formatDuration(now - receivedAt), formatDuration(receivedAt + TICKET_LIFE - now)];
  const byHand = createTime === 0 ? text(', set by hand', '，手动导入') : '';
  const seen = text(en`${age} old${byHand}, works for ${left} more`, zh`${age}前${byHand}，还可用 ${left}`);
  if (now - receivedAt > maxAge) return failed('TICKET_OVERDUE', seen, KEPT_AWAY);
  return now - receivedAt < TICKET_OVERDUE ? ok(seen) : warning(seen, KEPT_AWAY);
}

function judgeInterval(history: PastVersion<TicketRecord>[]): Finding {
  const pushed = history.map(({ value }) => value).filter(({ createTime }) => createTime > 0);
  const gaps = pushed.slice(1).map(({ createTime }, index) => ((pushed[index]?.createTime ?? 0) - createTime) * 1000);
  if (gaps.length === 0) return skipped(text('too few pushed tickets to tell', '推送次数太少，无法判断'));
  const longest = Math.max(...gaps);
  const gap = formatDuration(longest);
  if (longest < TICKET_OVERDUE) return ok(text(en`${gap} at most between the newest`, zh`最近的间隔不超过 ${gap}`));
  return warning(text(en`${gap} passed between two of the newest`, zh`最近两次相隔 ${gap}`), SOME_LOST);
}

const START = text(
  'Run `wxop listen`; it asks WeChat to push. None within 10 minutes: WeChat does not reach the event URL, see above.',
  '请运行 `wxop listen`（会请求微信推送）。若 10 分钟内仍没有，则微信无法访问授权事件接收URL，请看上文。',
);
const KEPT_AWAY = text(
  'One is due every ten minutes: see what keeps it away above, and `wxop ticket start`.',
  'ticket 应每十分钟一次：请看上文的原因，并运行 `wxop ticket start`。',
);
const SOME_LOST = text(
  'Some were lost: keep one `wxop listen` running all the time.',
  '有推送丢失：请保持 `wxop listen` 持续运行。',
);
