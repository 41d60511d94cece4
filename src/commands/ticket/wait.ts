/** `wxop ticket wait`: returns as soon as the store has a ticket. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { TICKET_INTERVAL, TICKET_LIFE } from '../../protocol/lifetimes.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { TicketRecord } from '../../store/store.ts';
import { durationArgument } from '../arguments.ts';
import { ticketJson } from './ticket-json.ts';

/** Milliseconds: one interval, and a minute more. */
const WAIT = TICKET_INTERVAL + 60_000;
const POLL = 200;

export const command = defineCommand({
  flags: {
    fresh: parameter('--fresh', text('wait for the next one, whatever is stored', '等待下一个新 ticket')),
    timeout: parameter('--timeout <duration>', text('maximum time to wait', '最长等待时间'), {
      parse: durationArgument,
      fallback: WAIT,
    }),
  },
  examples: ['wxop ticket wait --timeout 11m'],
  risk: 'reads',
  output: 'lines',
  run: async (context, { fresh, timeout }) => {
    const { terminal, now } = context;
    const keeper = await context.keeper();
    const since = now();
    const before = await keeper.readTicket();
    const isGood = ({ ticket, receivedAt }: TicketRecord): boolean =>
      fresh
        ? receivedAt !== before?.receivedAt || ticket !== before?.ticket
        : receivedAt === undefined || receivedAt + TICKET_LIFE > now();
    const progress = terminal.progress();
    for (;;) {
      const ticket = await keeper.readTicket();
      if (ticket && isGood(ticket)) {
        progress.done();
        if (terminal.json) return terminal.printJson({ type: 'ticket', ...ticketJson(context, ticket) });
        return terminal.print(found(ticket, now()));
      }
      const waited = now() - since;
      if (waited >= timeout) throw timedOut(timeout);
      progress.waited(waited, waiting);
      await context.sleep(Math.min(POLL, timeout - waited));
    }
  },
});

function found({ receivedAt }: TicketRecord, now: number) {
  if (receivedAt === undefined) return text('There is a ticket; its age is unknown.', '已有 ticket，收到时间未知。');
  const ago = formatDuration(now - receivedAt);
  return text(en`There is a ticket, received ${ago} ago.`, zh`已有 ticket，${ago}前收到。`);
}

const waiting = (time: Text): Text => text(en`Waiting for a ticket for ${time}…`, zh`等待 ticket（已 ${time}）…`);

function timedOut(timeout: number): WxopError {
  const time = formatDuration(timeout);
  return new WxopError('TIMEOUT', text(en`No ticket came within ${time}.`, zh`${time}内没有收到 ticket。`), {
    hint: text(
      'Is `wxop listen` running and reachable from outside? `wxop ticket start` switches the pushes on.',
      '`wxop listen` 是否在运行且外网可达？`wxop ticket start` 可启动推送。',
    ),
  });
}
