/** `wxop ticket show`: when the newest ticket came, and how long it works. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { TICKET_LIFE } from '../../protocol/lifetimes.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { durationArgument } from '../arguments.ts';
import { ticketJson } from './ticket-json.ts';

export const command = defineCommand({
  flags: {
    reveal: parameter('--reveal', text('print the ticket itself', '显示 ticket 原文')),
    maxAge: parameter(
      '--max-age <duration>',
      text('end with 4 if it is older: for a check that warns before it expires', '更旧则以 4 退出：用于过期前报警'),
      { parse: durationArgument },
    ),
  },
  examples: [
    'wxop ticket show',
    'wxop ticket show --max-age 30m --quiet',
    'wxop ticket show --reveal --json | jq -r .ticket',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { reveal, maxAge }) => {
    const { terminal } = context;
    const { ticket, ...times } = await (await context.keeper()).validTicket();
    const age = times.receivedAt === undefined ? undefined : context.now() - times.receivedAt;
    if (maxAge !== undefined && (age === undefined || age > maxAge)) throw overdue(age, maxAge);
    const summary = {
      ...ticketJson(context, { ticket, ...times }),
      ageSeconds: age === undefined ? null : Math.floor(age / 1000),
    };
    if (terminal.json && reveal) return terminal.revealJson({ ...summary, ticket });
    if (terminal.json) return terminal.printJson(summary);
    if (reveal) return terminal.reveal(`${ticket}\n`);
    terminal.print(age === undefined ? ofUnknownAge(summary.componentAppId) : ofAge(summary.componentAppId, age));
  },
});

const overdue = (age: number | undefined, maxAge: number): WxopError =>
  new WxopError('TICKET_OVERDUE', age === undefined ? UNKNOWN_AGE : olderThan(age, maxAge), { hint: DUE });

const UNKNOWN_AGE = text('Nothing tells how old the ticket is.', '无从得知 ticket 的时间。');
const olderThan = (age: number, maxAge: number) =>
  text(
    en`The newest ticket came ${formatDuration(age)} ago, more than ${formatDuration(maxAge)}.`,
    zh`最新的 ticket 是 ${formatDuration(age)}前收到的，超过 ${formatDuration(maxAge)}。`,
  );
const DUE = text(
  'One is due every ten minutes. Is `wxop listen` running and reachable? `wxop doctor` says; `wxop ticket start` asks for one.',
  'ticket 应每十分钟一次。`wxop listen` 是否在运行、能否从外网访问？请用 `wxop doctor` 检查；`wxop ticket start` 可请求推送。',
);

const ofUnknownAge = (componentAppId: string) =>
  text(`Ticket of ${componentAppId}: its age is unknown.`, `${componentAppId} 的 ticket：收到时间未知。`);

function ofAge(componentAppId: string, age: number) {
  const [ago, left] = [formatDuration(age), formatDuration(TICKET_LIFE - age)];
  return text(
    en`Ticket of ${componentAppId}: received ${ago} ago, valid for another ${left}.`,
    zh`${componentAppId} 的 ticket：${ago}前收到，还有 ${left}有效。`,
  );
}
