/** The component's ticket: the newest one, and whether it still works. */
import { TICKET_LIFE } from '../protocol/lifetimes.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Store, TicketRecord } from '../store/store.ts';
import type { CompareAndSet } from './compare-and-set.ts';
import { credibleSeconds, isAhead } from './credible-time.ts';

/** The CreateTime of a ticket that was set by hand: it replaces any, and any pushed one replaces it. */
export const BY_HAND = 0;

export interface Tickets {
  /** The newest ticket, or undefined; expired ones too. */
  readTicket(): Promise<TicketRecord | undefined>;
  /** The newest ticket; throws NO_TICKET or TICKET_EXPIRED. */
  validTicket(): Promise<TicketRecord>;
  /** Keeps a ticket unless it is older than the one there is; says whether it was kept. */
  keepTicket(ticket: TicketRecord): Promise<boolean>;
}

export interface TicketsOptions {
  store: Store;
  update: CompareAndSet;
  now: () => number;
  learn: (...secrets: (string | undefined)[]) => void;
}

export function createTickets({ store, update, now, learn }: TicketsOptions): Tickets {
  async function validTicket(): Promise<TicketRecord> {
    const ticket = await readTicket();
    const hint = text(
      'Start `wxop listen` and wait for the next push (10 minutes at most), or hand one over: `wxop ticket set`.',
      '请启动 `wxop listen` 并等待下次推送（最多 10 分钟），或用 `wxop ticket set` 导入。',
    );
    if (!ticket) {
      const where = (await store.lookedFor?.()) ?? hint;
      throw new WxopError('NO_TICKET', text('No ticket has arrived yet.', '尚未收到 ticket。'), { hint: where });
    }
    const { receivedAt = now() } = ticket;
    if (receivedAt + TICKET_LIFE > now()) return ticket;
    const hours = Math.floor((now() - receivedAt) / 3_600_000);
    throw new WxopError(
      'TICKET_EXPIRED',
      text(
        `The newest ticket is ${hours} hours old; it worked for 12.`,
        `最新 ticket 已有 ${hours} 小时，有效期为 12 小时。`,
      ),
      { hint },
    );
  }

  async function readTicket(): Promise<TicketRecord | undefined> {
    const found = await store.read('ticket');
    learn(found?.value.ticket);
    return found?.value;
  }

  return {
    readTicket,
    validTicket,
    keepTicket: async (ticket) => {
      learn(ticket.ticket);
      const createTime = credibleSeconds(ticket.createTime, now());
      let kept = true;
      await update('ticket', (old) => {
        const isNewer = !old || createTime >= old.createTime || isAhead(old.createTime * 1000, now());
        kept = isNewer || createTime === BY_HAND;
        return kept ? { ...ticket, createTime } : undefined;
      });
      return kept;
    },
  };
}
