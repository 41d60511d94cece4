/** `wxop ticket show`: when the newest ticket came, and how long it works. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { TICKET_LIFE } from '../../protocol/lifetimes.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { ticketJson } from './ticket-json.ts';

export const command = defineCommand({
  flags: { reveal: parameter('--reveal', text('print the ticket itself', '显示 ticket 原文')) },
  examples: ['wxop ticket show', 'wxop ticket show --reveal --json | jq -r .ticket'],
  risk: 'reads',
  output: 'document',
  run: async (context, { reveal }) => {
    const { terminal } = context;
    const { ticket, ...times } = await (await context.keeper()).validTicket();
    const age = times.receivedAt === undefined ? undefined : context.now() - times.receivedAt;
    const summary = {
      ...ticketJson(context, { ticket, ...times }),
      ageSeconds: age === undefined ? null : Math.floor(age / 1000),
    };
    if (terminal.json && reveal) return terminal.reveal(`${JSON.stringify({ ...summary, ticket })}\n`);
    if (terminal.json) return terminal.printJson(summary);
    if (reveal) return terminal.reveal(`${ticket}\n`);
    terminal.print(age === undefined ? ofUnknownAge(summary.componentAppId) : ofAge(summary.componentAppId, age));
  },
});

const ofUnknownAge = (componentAppId: string) =>
  text(`Ticket of ${componentAppId}: its age is unknown.`, `${componentAppId} 的 ticket：收到时间未知。`);

function ofAge(componentAppId: string, age: number) {
  const [ago, left] = [formatDuration(age), formatDuration(TICKET_LIFE - age)];
  return text(
    en`Ticket of ${componentAppId}: received ${ago} ago, valid for another ${left}.`,
    zh`${componentAppId} 的 ticket：${ago}前收到，还有 ${left}有效。`,
  );
}
