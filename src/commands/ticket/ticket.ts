/** `wxop ticket`: the component_verify_ticket that everything else grows from. */
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { TICKET_INTERVAL, TICKET_LIFE } from '../../protocol/lifetimes.ts';
import type { TicketRecord } from '../../store/store.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { confirmInProduction, YES_IN_PRODUCTION } from '../confirm.ts';
import { duration } from '../arguments.ts';
import { iso } from '../../sentences/iso-time.ts';
import type { Declaring } from '../../cli/declaring.ts';

/** Milliseconds: one interval, and a minute more. */
const WAIT = TICKET_INTERVAL + 60_000;
const POLL = 200;

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const ticket = program
    .command('ticket')
    .description(
      say(
        text(
          'the component_verify_ticket that WeChat pushes every ten minutes',
          '微信每十分钟推送的 component_verify_ticket',
        ),
      ),
    );
  examples(ticket, 'wxop ticket show', 'wxop ticket wait --timeout 11m');
  examples(
    ticket
      .command('show')
      .description(say(text('when the newest ticket came and how long it works', '最新 ticket 的接收时间与有效期')))
      .option('--reveal', say(text('print the ticket itself', '显示 ticket 原文')))
      .action(action(show)),
    'wxop ticket show',
    'wxop ticket show --reveal --json | jq -r .ticket',
  );
  examples(
    ticket
      .command('wait')
      .description(
        say(text('waits until there is an unexpired ticket; does not listen itself', '等待有效 ticket（自身不监听）')),
      )
      .option('--fresh', say(text('wait for the next one, whatever is stored', '等待下一个新 ticket')))
      .option('--timeout <duration>', say(text('give up after (default 11m)', '最长等待（默认 11m）')), duration, WAIT)
      .action(action(wait)),
    'wxop ticket wait --timeout 11m',
  );
  examples(
    ticket
      .command('set')
      .description(
        say(
          text(
            'stores the ticket on stdin; the next pushed one replaces it',
            '从标准输入导入 ticket，之后收到的推送会替换它',
          ),
        ),
      )
      .option('--yes', say(YES_IN_PRODUCTION))
      .action(action(set)),
    'printf %s "$TICKET" | wxop ticket set',
  );
  examples(
    ticket
      .command('start')
      .description(
        say(text('asks WeChat to push tickets (api_start_push_ticket)', '请求微信启动推送（api_start_push_ticket）')),
      )
      .option('--yes', say(YES_IN_PRODUCTION))
      .action(action(start)),
    'wxop ticket start',
  );
}

/** When it ends to work; undefined where nothing tells how old it is. */
const validUntil = ({ receivedAt }: TicketRecord): number | undefined =>
  receivedAt === undefined ? undefined : receivedAt + TICKET_LIFE;

const isoOrNull = (time: number | undefined): string | null => (time === undefined ? null : iso(time));

async function show(context: Context, options: { reveal?: boolean }): Promise<void> {
  const { terminal } = context;
  const ticket = await (await context.keeper()).validTicket();
  const age = ticket.receivedAt === undefined ? undefined : context.now() - ticket.receivedAt;
  const summary = {
    componentAppId: context.settings.need('componentAppId').componentAppId,
    receivedAt: isoOrNull(ticket.receivedAt),
    expiresAt: isoOrNull(validUntil(ticket)),
    ageSeconds: age === undefined ? null : Math.floor(age / 1000),
  };
  if (terminal.json) {
    if (options.reveal) terminal.reveal(`${JSON.stringify({ ...summary, ticket: ticket.ticket })}\n`);
    else terminal.printJson(summary);
    return;
  }
  if (options.reveal) return terminal.reveal(`${ticket.ticket}\n`);
  if (age === undefined) {
    return terminal.print(
      terminal.say(
        text(
          `Ticket of ${summary.componentAppId}: its age is not known.`,
          `${summary.componentAppId} 的 ticket：收到时间未知。`,
        ),
      ),
    );
  }
  const [ago, left] = [formatDuration(age), formatDuration(TICKET_LIFE - age)];
  terminal.print(
    terminal.say(
      text(
        `Ticket of ${summary.componentAppId}: received ${ago.en} ago, works for ${left.en} more.`,
        `${summary.componentAppId} 的 ticket：${ago.zh}前收到，还有 ${left.zh}有效。`,
      ),
    ),
  );
}

async function wait(context: Context, options: { fresh?: boolean; timeout: number }): Promise<void> {
  const { terminal } = context;
  const keeper = await context.keeper();
  const since = context.now();
  const before = await keeper.readTicket();
  const isGood = (ticket: TicketRecord | undefined): boolean =>
    ticket !== undefined &&
    (options.fresh
      ? ticket.receivedAt !== before?.receivedAt || ticket.ticket !== before?.ticket
      : (validUntil(ticket) ?? Infinity) > context.now());
  const progress = terminal.progress();
  for (;;) {
    const ticket = await keeper.readTicket();
    if (ticket && isGood(ticket)) {
      progress.done();
      const { componentAppId } = context.settings.need('componentAppId');
      if (terminal.json) {
        terminal.printJson({
          type: 'ticket',
          componentAppId,
          receivedAt: isoOrNull(ticket.receivedAt),
          expiresAt: isoOrNull(validUntil(ticket)),
        });
      } else {
        const ago =
          ticket.receivedAt === undefined ? text('?', '?') : formatDuration(context.now() - ticket.receivedAt);
        terminal.print(
          terminal.say(text(`There is a ticket, received ${ago.en} ago.`, `已有 ticket，${ago.zh}前收到。`)),
        );
      }
      return;
    }
    const waited = context.now() - since;
    if (waited >= options.timeout) throw timedOut(options.timeout);
    const { en, zh } = formatDuration(waited);
    progress.update(terminal.say(text(`Waiting for a ticket for ${en}…`, `等待 ticket，已 ${zh}…`)));
    await context.sleep(Math.min(POLL, options.timeout - waited));
  }
}

function timedOut(timeout: number): WxopError {
  const { en, zh } = formatDuration(timeout);
  return new WxopError('TIMEOUT', text(`No ticket came within ${en}.`, `${zh}内没有收到 ticket。`), {
    hint: text(
      'Is `wxop listen` running and reachable from outside? `wxop ticket start` switches the pushes on.',
      '`wxop listen` 是否在运行且外网可达？`wxop ticket start` 可启动推送。',
    ),
  });
}

async function set(context: Context, options: { yes?: boolean }): Promise<void> {
  const question = text('Replace the ticket that is stored?', '替换已保存的 ticket？');
  if (!(await confirmInProduction(context, options, question))) return;
  const ticket = (await context.stdin.text()).trim();
  if (!/^[\w@.~+/=-]{8,512}$/.test(ticket)) {
    throw new WxopError('USAGE', text('There is no ticket on stdin.', '标准输入中没有 ticket。'), {
      hint: text('printf %s "$TICKET" | wxop ticket set', 'printf %s "$TICKET" | wxop ticket set'),
    });
  }
  const { keepTicket } = await context.keeper();
  await keepTicket({ ticket, createTime: 0, receivedAt: context.now() });
  const { componentAppId } = context.settings.need('componentAppId');
  if (context.terminal.json) context.terminal.printJson({ componentAppId, receivedAt: iso(context.now()) });
  else
    context.terminal.note(
      context.terminal.say(text('Stored. The next pushed ticket replaces it.', '已保存，之后收到的推送会替换它。')),
    );
}

async function start(context: Context, options: { yes?: boolean }): Promise<void> {
  const { terminal } = context;
  const question = text('Ask WeChat to push tickets?', '请求微信启动推送？');
  if (!(await confirmInProduction(context, options, question))) return;
  // Where another program takes the pushes in, starting them is its business.
  await (await context.store()).proveWritable();
  const { startPush } = await context.keeper();
  await startPush();
  if (terminal.json) return terminal.printJson({ started: true });
  terminal.print(
    terminal.say(
      text(
        'WeChat pushes tickets: the next one comes within ten minutes, to a running `wxop listen`.',
        '微信已启动推送：十分钟内会送达正在运行的 `wxop listen`。',
      ),
    ),
  );
}
