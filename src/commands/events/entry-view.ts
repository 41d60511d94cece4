/** An entry of the journal for people and for scripts. The request in it is shown to nobody. */
import { pad, table, widest } from '../../terminal/columns.ts';
import type { Context } from '../../cli/context.ts';
import { listed, text, type Text } from '../../sentences/text.ts';
import type { Delivery, JournalEntry } from '../../delivery/journal.ts';
import type { Fields } from '../../protocol/opened-push.ts';
import { iso } from '../../sentences/iso-time.ts';
import type { SelectedEntry } from './select-entries.ts';

export function entryJson(entry: JournalEntry, deliveries: readonly Delivery[]) {
  const { id, receivedAt, kind, appId, type, event, createTime } = entry;
  return {
    id,
    receivedAt: iso(receivedAt),
    kind,
    ...(appId && { appId }),
    type,
    ...(event && { event }),
    createTime: iso(createTime * 1000),
    deliveries: deliveries.map(({ url, state, tries, at, status, reason }) => ({
      url,
      state,
      tries,
      at: iso(at),
      ...(status !== undefined && { status }),
      ...(reason !== undefined && { reason }),
    })),
  };
}

const STATES: Record<Delivery['state'], Text> = {
  done: text('forwarded', '已转发'),
  failed: text('trying again', '重试中'),
  dead: text('dead', '死信'),
  stranded: text('no target now', '目标已移除'),
};

const WAITING = text('waiting', '等待转发');

function stateOf(entry: JournalEntry, deliveries: readonly Delivery[]): Text {
  const isWaiting = entry.owed.some((target) => deliveries.every((delivery) => delivery.target !== target));
  const states = [...new Set(deliveries.map(({ state }) => STATES[state]))];
  const all = isWaiting ? [...states, WAITING] : states;
  return all.length > 0 ? listed(all, text(', ', ', ')) : text('-', '-');
}

const LABELS = {
  id: text('id', '编号'),
  received: text('received', '接收时间'),
  appid: text('appid', 'AppID'),
  type: text('type', '类型'),
  event: text('event', '事件'),
  forwarding: text('forwarding', '转发'),
  fields: text('fields', '字段'),
};
const SEALED = text('encrypted with a key that is not here', '加密密钥不在此处');

export function entryTable({ terminal }: Context, selected: readonly SelectedEntry[]): string[] {
  const { id, received, appid, type, event, forwarding } = LABELS;
  const rows = selected.map(({ entry, deliveries }) => [
    entry.id,
    iso(entry.receivedAt),
    entry.appId || '-',
    entry.type,
    entry.event ?? '-',
    terminal.say(stateOf(entry, deliveries)),
  ]);
  return table([id, received, appid, type, event, forwarding].map(terminal.say), rows, terminal.out);
}

/** One line of `events tail`. */
export function entryLine(entry: JournalEntry): string {
  const name = [entry.type, entry.event].filter(Boolean).join(' ');
  return [entry.id, iso(entry.receivedAt), entry.appId || '-', name].join(' ').replaceAll('\t', ' ');
}

/** All of an entry, one thing a line. */
export function entryLines(
  context: Context,
  entry: JournalEntry,
  deliveries: readonly Delivery[],
  fields: Fields | undefined,
): string[] {
  const { terminal } = context;
  const rows: [string, string][] = [
    [terminal.say(LABELS.id), entry.id],
    [terminal.say(LABELS.received), iso(entry.receivedAt)],
    [terminal.say(LABELS.appid), entry.appId || '-'],
    ...deliveries.map(({ state, url, tries, status, reason }): [string, string] => [
      terminal.say(STATES[state]),
      `${url}  ${reason ?? status ?? ''}  (${tries})`,
    ]),
    ...leaves(fields ?? {}),
  ];
  if (!fields) rows.push([terminal.say(LABELS.fields), terminal.say(SEALED)]);
  const width = widest(rows.map(([label]) => label));
  return rows.map(([label, value]) => `${pad(label, width)}  ${value}`);
}

function leaves(fields: Fields, above = ''): [string, string][] {
  const below = (path: string, value: string | Fields): [string, string][] =>
    typeof value === 'string' ? [[path, value]] : leaves(value, `${path}.`);
  return Object.entries(fields).flatMap(([name, value]) =>
    Array.isArray(value)
      ? value.flatMap((one, index) => below(`${above}${name}[${index}]`, one))
      : below(above + name, value),
  );
}
