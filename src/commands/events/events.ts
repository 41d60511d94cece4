/** `wxop events`: the journal of what WeChat pushed: look, follow, send again. */
import { openingKeys } from '../../settings/opening-keys.ts';
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { cancelled, isError, WxopError } from '../../sentences/wxop-error.ts';
import { text, type Text } from '../../sentences/text.ts';
import type { Delivery, EntryFilter, JournalEntry } from '../../delivery/journal.ts';
import type { ForwardTarget } from '../../delivery/forward-target.ts';
import { maskPushFields, openFields } from '../../protocol/opened-push.ts';
import { count, duration } from '../arguments.ts';
import { confirmInProduction, YES_IN_PRODUCTION } from '../confirm.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { entryJson, entryLine, entryLines, entryTable } from './entry-view.ts';
import { resolveAccount } from '../resolve-account.ts';

interface FilterOptions {
  type?: string[];
  event?: string[];
  appid?: string[];
  since?: number;
  limit?: number;
  dead?: boolean;
}

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const events = program
    .command('events')
    .description(say(text('what WeChat pushed: the journal of the listener', '微信的推送：监听服务的日志')));
  examples(events, 'wxop events list --since 2h', 'wxop events tail --json', 'wxop events replay --dead');
  const names = (written: string): string[] => written.split(',').filter(Boolean);
  const filters = (command: Command): Command =>
    command
      .option(
        '--type <types>',
        say(text('MsgType or InfoType: text,event', '类型（MsgType 或 InfoType）：text,event')),
        names,
      )
      .option('--event <events>', say(text('Event: subscribe,CLICK', '事件：subscribe,CLICK')), names)
      .option('--appid <appids>', say(text('of these accounts', '这些帐号')), names)
      .option('--since <duration>', say(text('received in the last so long', '最近这段时间内')), duration);
  const past = (command: Command): Command =>
    filters(command).option(
      '--dead',
      say(text('given up on, or owed to what is no target now', '转发已放弃（死信）或目标已移除的')),
    );
  examples(
    past(events.command('list'))
      .option('--limit <number>', say(text('the newest so many (default 50)', '最新的若干条（默认 50）')), count(1), 50)
      .description(say(text('what was pushed, and what became of forwarding it', '推送列表及转发结果')))
      .action(action(list)),
    'wxop events list --type event --event subscribe --since 2h',
    'wxop events list --dead',
  );
  examples(
    events
      .command('show')
      .argument('<id>', say(text('of `events list`', '见 `events list`')))
      .description(say(text('one push with its fields, credentials masked', '一条推送的字段，凭据已隐去')))
      .action(action(show)),
    'wxop events show 0mibm4k2v00008f3k2x9a',
  );
  examples(
    past(events.command('replay').argument('[ids...]', say(text('of `events list`', '见 `events list`'))))
      .option('--limit <number>', say(text('the newest so many', '最新的若干条')), count(1))
      .option('--to <url>', say(text('a target; else those of --forward-to', '目标；默认为 --forward-to 的目标')))
      .option('--yes', say(YES_IN_PRODUCTION))
      .description(say(text('sends pushes to targets once more', '再次转发推送')))
      .action(action(replay)),
    'wxop events replay 0mibm4k2v00008f3k2x9a --to http://127.0.0.1:8080/',
    'wxop events replay --dead --since 24h',
  );
  examples(
    filters(events.command('tail'))
      .description(
        say(
          text(
            'pushes as they come, until Ctrl-C; with --since the last ones first',
            '实时显示推送，直到 Ctrl-C；--since 先显示已收到的',
          ),
        ),
      )
      .action(action(tail)),
    'wxop events tail --json | jq .type',
    'wxop events tail --since 10m',
  );
}

async function filterOf(context: Context, { type, event, appid, since }: FilterOptions): Promise<EntryFilter> {
  return {
    types: type,
    events: event,
    appIds: appid && (await Promise.all(appid.map((name) => resolveAccount(context, name)))),
    ...(since !== undefined && { since: context.now() - since }),
  };
}

interface ReplayOptions extends FilterOptions {
  to?: string;
  yes?: boolean;
}

interface Known {
  entry: JournalEntry;
  deliveries: Delivery[];
}

/** Nothing is forwarding it: the target failed too often, or is none any more. */
const isGivenUp = ({ state }: Delivery): boolean => state === 'dead' || state === 'stranded';

/** The entries that the options ask for, each with what became of it. */
async function select(context: Context, options: FilterOptions): Promise<Known[]> {
  const journal = await (await context.listener()).journal();
  const { limit, dead } = options;
  const byId = new Map<string, Delivery[]>();
  for (const delivery of await journal.deliveries()) {
    byId.set(delivery.id, [...(byId.get(delivery.id) ?? []), delivery]);
  }
  const entries = await journal.list({ ...(await filterOf(context, options)), ...(!dead && { limit }) });
  const known = entries.map((entry) => ({ entry, deliveries: byId.get(entry.id) ?? [] }));
  if (!dead) return known;
  const given = known.filter(({ deliveries }) => deliveries.some(isGivenUp));
  return limit === undefined ? given : given.slice(-limit);
}

async function list(context: Context, options: FilterOptions): Promise<void> {
  const { terminal } = context;
  const { limit = Infinity } = options;
  // One more than is shown says whether there is more.
  const found = await select(context, { ...options, limit: limit + 1 });
  const known = found.slice(-limit);
  if (found.length > limit) terminal.note(terminal.say(moreThan(limit)));
  if (terminal.json) return terminal.printJson(known.map(({ entry, deliveries }) => entryJson(entry, deliveries)));
  terminal.print(...entryTable(context, known));
  if (known.length === 0) terminal.note(terminal.say(text('Nothing found.', '没有符合条件的推送。')));
}

const moreThan = (limit: number): Text =>
  text(
    `The newest ${limit} only; there are more: --limit ${limit * 10}.`,
    `仅显示最新的 ${limit} 条，还有更多：--limit ${limit * 10}。`,
  );

async function entryOf(context: Context, id: string): Promise<JournalEntry> {
  const entry = await (await (await context.listener()).journal()).find(id);
  if (entry) return entry;
  throw new WxopError('NO_EVENT', text(`There is no push ${id}.`, `没有推送 ${id}。`), {
    hint: text('See `wxop events list`; old ones are removed.', '请查看 `wxop events list`；过期推送会被清除。'),
  });
}

async function show(context: Context, _options: object, id: string): Promise<void> {
  const { terminal } = context;
  const entry = await entryOf(context, id);
  const deliveries = (await (await (await context.listener()).journal()).deliveries()).filter(
    (delivery) => delivery.id === id,
  );
  const opened = openFields(entry.body, openingKeys(context.settings));
  const fields = opened && entry.kind === 'event' ? maskPushFields(opened) : opened;
  if (terminal.json) return terminal.printJson({ ...entryJson(entry, deliveries), fields: fields ?? null });
  terminal.print(...entryLines(context, entry, deliveries, fields));
}

interface Replayed {
  id: string;
  url: string;
  done: boolean;
  status?: number;
  reason?: string;
}

function checkChoice({ since, limit, dead }: ReplayOptions, ids: string[]): void {
  if (ids.length > 0 || dead || since !== undefined || limit !== undefined) return;
  throw new WxopError('USAGE', text('Say which pushes.', '请指定推送。'), {
    hint: text(
      'Ids of `wxop events list`, --since, --limit or --dead.',
      '可用 `wxop events list` 的编号、--since、--limit 或 --dead。',
    ),
  });
}

async function replay(context: Context, options: ReplayOptions, ids: string[]): Promise<void> {
  const { dead, to } = options;
  checkChoice(options, ids);
  const named = to === undefined ? undefined : await (await context.listener()).target(to);
  if (!named && (await (await context.listener()).targets()).length === 0) {
    throw new WxopError('USAGE', text('There is no target.', '没有转发目标。'), {
      hint: text('Name one with --to, or set WXOP_FORWARD_TO.', '请用 --to 指定，或设置 WXOP_FORWARD_TO。'),
    });
  }
  const chosen = ids.length > 0 ? await Promise.all(ids.map((id) => entryOf(context, id))) : undefined;
  const known = chosen?.map((entry): Known => ({ entry, deliveries: [] })) ?? (await select(context, options));
  const question = text(`Send ${known.length} pushes once more?`, `再次转发 ${known.length} 条推送？`);
  if (!(await confirmInProduction(context, options, question))) return;
  const results: Replayed[] = [];
  for (const { entry, deliveries } of known) {
    const wanting = named ? [named] : await (await context.listener()).targetsOf(entry);
    for (const target of wanting) {
      const last = deliveries.find((delivery) => delivery.target === target.id);
      // Dead letters go to who gave up on them; a target that was named gets all.
      if (!named && dead && !(last && isGivenUp(last))) continue;
      const result = await send(context, entry, target, last);
      results.push(result);
      if (dead && result.done) await revive(context, deliveries, target);
    }
  }
  await (await (await context.listener()).journal()).close();
  printReplayed(context, results);
  if (dead) warnOfLeft(context, known, results);
  const failed = results.filter(({ done }) => !done).length;
  if (failed === 0) return;
  throw new WxopError(
    'PARTLY_FAILED',
    text(`${failed} of ${results.length} were not taken.`, `${results.length} 条中有 ${failed} 条未被接收。`),
    { hint: text('What each failed of stands beside it; run it again.', '各自的原因见上；可重新运行。') },
  );
}

function printReplayed({ terminal }: Context, results: readonly Replayed[]): void {
  if (terminal.json) terminal.printJson(results);
  else terminal.print(...results.map(({ id, url, reason, status }) => [id, url, reason ?? String(status)].join('\t')));
  if (results.length === 0) terminal.note(terminal.say(text('Nothing to send.', '没有需要发送的推送。')));
}

function warnOfLeft({ terminal }: Context, known: readonly Known[], results: readonly Replayed[]): void {
  const left = known.filter(({ entry }) => results.every(({ id }) => id !== entry.id)).length;
  if (left === 0) return;
  terminal.warn(
    text(
      `${left} are owed to what is no target now: name one with --to.`,
      `有 ${left} 条的转发目标已移除：请用 --to 指定目标。`,
    ),
  );
}

async function send(context: Context, entry: JournalEntry, target: ForwardTarget, last?: Delivery): Promise<Replayed> {
  const { status, body } = await (await context.listener()).forwardOnce(entry, target);
  if (context.runtime.signal.aborted) throw cancelled();
  const sent = { id: entry.id, url: target.name };
  if (status < 200 || status >= 300) {
    return { ...sent, done: false, ...(status && { status }), reason: status ? `HTTP ${status}` : body };
  }
  const delivery = { state: 'done' as const, tries: (last?.tries ?? 0) + 1, at: context.now(), status };
  await (await (await context.listener()).journal()).note({ ...sent, target: target.id, ...delivery });
  return { ...sent, done: true, status };
}

/** What another target has taken in their stead is no dead letter any more. */
async function revive(context: Context, deliveries: readonly Delivery[], { id, name }: ForwardTarget): Promise<void> {
  const journal = await (await context.listener()).journal();
  for (const delivery of deliveries) {
    if (!isGivenUp(delivery) || delivery.target === id) continue;
    const { status: _, ...rest } = delivery;
    await journal.note({ ...rest, state: 'done', at: context.now(), reason: `replayed to ${name}` });
  }
}

async function tail(context: Context, options: FilterOptions): Promise<void> {
  const { terminal } = context;
  const journal = await (await context.listener()).journal();
  try {
    const tell = (outage: WxopError | undefined): void =>
      outage
        ? terminal.warn(text(`${outage.text.en} Trying again.`, `${outage.text.zh}正在重试。`))
        : terminal.note(terminal.say(text('It is back.', '已恢复。')));
    for await (const entry of journal.follow(await filterOf(context, options), context.runtime.signal, tell)) {
      if (terminal.json) terminal.printJson(entryJson(entry, []));
      else terminal.print(entryLine(entry));
    }
  } catch (error) {
    // Being stopped is how it ends, not how it fails.
    if (!isError(error, 'CANCELLED')) throw error;
  }
}
