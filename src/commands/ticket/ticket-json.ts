/** A ticket for scripts, without the ticket itself. */
import type { Context } from '../../cli/context.ts';
import { TICKET_LIFE } from '../../protocol/lifetimes.ts';
import { iso } from '../../sentences/iso-time.ts';
import type { TicketRecord } from '../../store/store.ts';

/** Null where another program stored the ticket and no time with it. */
export function ticketJson({ settings }: Context, { receivedAt }: TicketRecord) {
  return {
    componentAppId: settings.need('componentAppId').componentAppId,
    receivedAt: receivedAt === undefined ? null : iso(receivedAt),
    expiresAt: receivedAt === undefined ? null : iso(receivedAt + TICKET_LIFE),
  };
}
