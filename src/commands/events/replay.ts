/** `wxop events replay`: forwards pushes of the journal once more. */
import { defineCommand, parameter, type Given, type Prepared } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import type { ForwardTarget } from '../../delivery/forward-target.ts';
import type { Delivery, JournalEntry } from '../../delivery/journal.ts';
import { text } from '../../sentences/text.ts';
import { cancelled, WxopError } from '../../sentences/wxop-error.ts';
import { printRows, type Format, type Rows } from '../../terminal/rows.ts';
import { countArgument } from '../arguments.ts';
import { FORMAT } from '../flags.ts';
import { DEAD, FILTER_FLAGS, findEntry, isGivenUp, selectEntries, type SelectedEntry } from './select-entries.ts';

interface Replayed {
  id: string;
  url: string;
  done: boolean;
  status?: number;
  reason?: string;
}

const ARGUMENTS = { ids: parameter('[ids...]', text('from `events list`', '见 `events list`')) };

const FLAGS = {
  ...FILTER_FLAGS,
  dead: DEAD,
  limit: parameter('--limit <number>', text('maximum number of pushes, newest first', '最多重放的条数，新的优先'), {
    parse: countArgument(1),
  }),
  to: parameter('--to <url>', text('target', '转发目标'), {
    byDefault: text('those of --forward-to', '--forward-to 的目标'),
  }),
  format: FORMAT,
};

type ReplayFlags = Given<typeof ARGUMENTS, typeof FLAGS>;

export const command = defineCommand({
  arguments: ARGUMENTS,
  flags: FLAGS,
  examples: [
    'wxop events replay 0mibm4k2v00008f3k2x9a --to http://127.0.0.1:8080/',
    'wxop events replay --dead --since 24h',
  ],
  risk: 'production',
  output: 'document',
  prepare: prepareReplay,
});

async function prepareReplay(context: Context, flags: ReplayFlags): Promise<Prepared> {
  const { ids, to } = flags;
  if (!isChoice(flags)) throw nothingChosen();
  const services = await context.listener();
  const named = to === undefined ? undefined : await services.target(to);
  if (!named && (await services.targets()).length === 0) throw noTarget();
  const chosen = await Promise.all(ids.map(async (id) => ({ entry: await findEntry(context, id), deliveries: [] })));
  const selected = ids.length > 0 ? chosen : await selectEntries(context, flags);
  return {
    question: text(`Send ${selected.length} pushes again?`, `再次转发 ${selected.length} 条推送？`),
    run: () => replay(context, selected, named, flags),
  };
}

async function replay(
  context: Context,
  selected: readonly SelectedEntry[],
  named: ForwardTarget | undefined,
  { dead, format }: ReplayFlags,
): Promise<void> {
  const services = await context.listener();
  const results: Replayed[] = [];
  for (const { entry, deliveries } of selected) {
    for (const target of named ? [named] : await services.targetsOf(entry)) {
      const last = deliveries.find((delivery) => delivery.target === target.id);
      // Dead letters go to the target that gave up on them; a target that was named gets all.
      if (!named && dead && !(last && isGivenUp(last))) continue;
      const result = await send(context, entry, target, last);
      results.push(result);
      if (dead && result.done) await revive(context, deliveries, target);
    }
  }
  await (await services.journal()).close();
  await printReplayed(context, results, format);
  if (dead) warnOfUnsent(context, selected, results);
  const failed = results.filter(({ done }) => !done).length;
  if (failed > 0) throw notAccepted(failed, results.length);
}

const isChoice = ({ ids, since, limit, dead }: ReplayFlags): boolean =>
  ids.length > 0 || dead === true || since !== undefined || limit !== undefined;

const ROWS: Rows<Replayed> = {
  columns: [
    { title: text('id', '编号'), seen: ({ id }) => id, isKey: true },
    { title: text('target', '目标'), seen: ({ url }) => url, long: { become: 'wrapped', least: 24 } },
    {
      title: text('answer', '应答'),
      seen: ({ reason, status }) => reason ?? String(status),
      long: { become: 'wrapped', least: 12 },
      tone: ({ done }) => (done ? 'ok' : 'failure'),
    },
  ],
  csv: ['id', 'url', 'done', 'status', 'reason'],
};

async function printReplayed(
  { terminal }: Context,
  rows: readonly Replayed[],
  format: Format | undefined,
): Promise<void> {
  await printRows(terminal, { ...ROWS, rows, format });
  if (rows.length === 0) terminal.note(text('Nothing to send.', '没有需要发送的推送。'));
}

function warnOfUnsent({ terminal }: Context, selected: readonly SelectedEntry[], results: readonly Replayed[]): void {
  const unsent = selected.filter(({ entry }) => results.every(({ id }) => id !== entry.id)).length;
  if (unsent > 0) terminal.warn(withoutTarget(unsent));
}

async function send(context: Context, entry: JournalEntry, target: ForwardTarget, last?: Delivery): Promise<Replayed> {
  const services = await context.listener();
  const { status, body } = await services.forwardOnce(entry, target);
  if (context.runtime.signal.aborted) throw cancelled();
  const sent = { id: entry.id, url: target.name };
  if (status < 200 || status >= 300) {
    return { ...sent, done: false, ...(status && { status }), reason: status ? `HTTP ${status}` : body };
  }
  const delivery = { state: 'done' as const, tries: (last?.tries ?? 0) + 1, at: context.now(), status };
  const journal = await services.journal();
  await journal.note({ ...sent, target: target.id, ...delivery });
  return { ...sent, done: true, status };
}

/** A push that another target accepted instead is no longer a dead letter. */
async function revive(context: Context, deliveries: readonly Delivery[], { id, name }: ForwardTarget): Promise<void> {
  const journal = await (await context.listener()).journal();
  for (const delivery of deliveries) {
    if (!isGivenUp(delivery) || delivery.target === id) continue;
    const { status: _, ...rest } = delivery;
    await journal.note({ ...rest, state: 'done', at: context.now(), reason: `replayed to ${name}` });
  }
}

const nothingChosen = (): WxopError =>
  new WxopError('USAGE', text('Say which pushes.', '请指定推送。'), {
    hint: text(
      'Ids of `wxop events list`, --since, --limit or --dead.',
      '可用 `wxop events list` 的编号、--since、--limit 或 --dead。',
    ),
  });

const noTarget = (): WxopError =>
  new WxopError('USAGE', text('There is no target.', '没有转发目标。'), {
    hint: text('Name one with --to, or set WXOP_FORWARD_TO.', '请用 --to 指定，或设置 WXOP_FORWARD_TO。'),
  });

const withoutTarget = (pushes: number) =>
  text(
    `${pushes} pushes are waiting for a target that was removed: name one with --to.`,
    `有 ${pushes} 条的转发目标已移除：请用 --to 指定目标。`,
  );

const notAccepted = (failed: number, all: number): WxopError =>
  new WxopError(
    'PARTLY_FAILED',
    text(`${failed} of ${all} pushes were not accepted.`, `${all} 条中有 ${failed} 条未被接收。`),
    {
      hint: text(
        'The reason is shown next to each push. Run the command again to retry.',
        '各自的原因见上；可重新运行。',
      ),
    },
  );
