/** Waits until there is a component token to work with, and for that until WeChat has pushed a ticket. */
import type { Context } from '../../cli/context.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { TICKET_INTERVAL } from '../../protocol/lifetimes.ts';
import type { TicketRecord } from '../../store/store.ts';
import type { Progress } from '../../terminal/terminal.ts';
import { startPush } from '../../listener/start-push.ts';

const POLL = 200;
const NEEDS_TICKET = ['NO_TICKET', 'TICKET_EXPIRED', 'TICKET_INVALID'] as const;
/** One interval, and a minute more. */
export const TICKET_WAIT = TICKET_INTERVAL + 60_000;

/** A pre-auth code needs the component's token, and that needs a ticket: waits for the first one. */
export async function ensureTicket(context: Context, until: number | undefined): Promise<void> {
  const keeper = await context.keeper();
  const since = context.now();
  const deadline = until ?? since + TICKET_WAIT;
  const progress = context.terminal.progress();
  for (let asked = false; ; asked = true) {
    // Read first: a newer one may come while the request for it is still under way.
    const before = await keeper.readTicket();
    try {
      await keeper.token({ component: true });
      return progress.done();
    } catch (error) {
      if (!NEEDS_TICKET.some((code) => isError(error, code))) throw error;
      if (!asked) await startPush(context, undefined);
      await newTicket(context, { before, since, deadline }, progress);
    }
  }
}

async function newTicket(
  context: Context,
  { before, since, deadline }: { before: TicketRecord | undefined; since: number; deadline: number },
  progress: Pick<Progress, 'waited'>,
): Promise<void> {
  const keeper = await context.keeper();
  for (;;) {
    const ticket = await keeper.readTicket();
    if (ticket && ticket.ticket !== before?.ticket) return;
    if (context.now() >= deadline) throw noTicket(mustReach(context.publicUrl() + context.settings.get('eventPath')));
    progress.waited(context.now() - since, (waited) => waitingForTicket(since, waited));
    await context.sleep(POLL);
  }
}

export function waitingForTicket(since: number, waited: Text): Text {
  const start = new Date(since).toTimeString().slice(0, 8);
  return text(
    en`Waiting for WeChat's ticket since ${start} (${waited}); one comes every ten minutes…`,
    zh`自 ${start} 起等待微信 ticket（已 ${waited}），每十分钟一次…`,
  );
}

export const noTicket = (hint: Text): WxopError =>
  new WxopError('TIMEOUT', text('No ticket came.', '没有等到 ticket。'), { hint });

const mustReach = (eventUrl: string): Text =>
  text(
    `WeChat must reach ${eventUrl} (授权事件接收URL), on port 80 or 443.`,
    `微信须能访问 ${eventUrl}（授权事件接收URL，端口 80 或 443）。`,
  );
