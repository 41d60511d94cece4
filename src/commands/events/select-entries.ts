/** Which pushes of the journal a command is about: its flags, and what they choose. */
import { parameter, type Given } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import type { Delivery, EntryFilter, JournalEntry } from '../../delivery/journal.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { durationArgument } from '../arguments.ts';
import { resolveAccount } from '../resolve-account.ts';

const names = { parse: (written: string): string[] => written.split(',').filter(Boolean) };

export const FILTER_FLAGS = {
  type: parameter(
    '--type <types>',
    text('MsgType or InfoType: text,event', '类型（MsgType 或 InfoType）：text,event'),
    names,
  ),
  event: parameter('--event <events>', text('Event: subscribe,CLICK', '事件：subscribe,CLICK'), names),
  appid: parameter('--appid <accounts>', text('of these accounts', '这些帐号'), names),
  since: parameter('--since <duration>', text('received within this period', '最近这段时间内'), {
    parse: durationArgument,
  }),
};

export const DEAD = parameter(
  '--dead',
  text('no longer forwarded: given up, or without a target', '转发已放弃（死信）或目标已移除的'),
);

export async function entryFilter(
  context: Context,
  { type, event, appid, since }: Given<object, typeof FILTER_FLAGS>,
): Promise<EntryFilter> {
  return {
    types: type,
    events: event,
    appIds: appid && (await Promise.all(appid.map((name) => resolveAccount(context, name)))),
    ...(since !== undefined && { since: context.now() - since }),
  };
}

export interface SelectedEntry {
  entry: JournalEntry;
  deliveries: Delivery[];
}

/** Nothing is forwarding it: the target failed too often, or was removed. */
export const isGivenUp = ({ state }: Delivery): boolean => state === 'dead' || state === 'stranded';

/** The entries that the flags ask for, oldest first, each with its deliveries. */
export async function selectEntries(
  context: Context,
  flags: Given<object, typeof FILTER_FLAGS> & { limit?: number; dead?: boolean },
): Promise<SelectedEntry[]> {
  const journal = await (await context.listener()).journal();
  const { limit, dead } = flags;
  const byId = new Map<string, Delivery[]>();
  for (const delivery of await journal.deliveries()) {
    byId.set(delivery.id, [...(byId.get(delivery.id) ?? []), delivery]);
  }
  const entries = await journal.list({ ...(await entryFilter(context, flags)), ...(!dead && { limit }) });
  const selected = entries.map((entry) => ({ entry, deliveries: byId.get(entry.id) ?? [] }));
  if (!dead) return selected;
  const given = selected.filter(({ deliveries }) => deliveries.some(isGivenUp));
  return limit === undefined ? given : given.slice(-limit);
}

/** Throws NO_EVENT where the journal has no entry with this id. */
export async function findEntry(context: Context, id: string): Promise<JournalEntry> {
  const entry = await (await (await context.listener()).journal()).find(id);
  if (entry) return entry;
  throw new WxopError('NO_EVENT', text(`There is no push ${id}.`, `没有推送 ${id}。`), {
    hint: text('See `wxop events list`; old ones are removed.', '请查看 `wxop events list`；过期推送会被清除。'),
  });
}
