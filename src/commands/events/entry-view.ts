/** An entry of the journal for people and for scripts. The request in it is shown to nobody. */
import { pad, table, widest } from '../../terminal/columns.ts';
import { printable } from '../../sentences/printable.ts';
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import type { Delivery, JournalEntry } from '../../delivery/journal.ts';
import type { Fields } from '../../protocol/opened-push.ts';
import { iso } from '../../sentences/iso-time.ts';

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

function stateOf({ terminal }: Context, entry: JournalEntry, deliveries: readonly Delivery[]): string {
  const waiting = entry.owed.filter((target) => deliveries.every((delivery) => delivery.target !== target)).length;
  const states = [...new Set(deliveries.map(({ state }) => terminal.say(STATES[state])))];
  if (waiting > 0) states.push(terminal.say(text('waiting', '等待转发')));
  return states.join(', ') || '-';
}

export function entryTable(context: Context, known: { entry: JournalEntry; deliveries: Delivery[] }[]): string[] {
  const { terminal } = context;
  const header = [
    text('id', '编号'),
    text('received', '接收时间'),
    text('appid', 'AppID'),
    text('type', '类型'),
    text('event', '事件'),
    text('forwarding', '转发'),
  ];
  const rows = known.map(({ entry, deliveries }) => [
    entry.id,
    iso(entry.receivedAt),
    entry.appId || '-',
    entry.type,
    entry.event ?? '-',
    stateOf(context, entry, deliveries),
  ]);
  return table(header.map(terminal.say), rows, terminal.out);
}

/** One line of `events tail`. */
export function entryLine(entry: JournalEntry): string {
  const name = [entry.type, entry.event].filter(Boolean).join(' ');
  return printable([entry.id, iso(entry.receivedAt), entry.appId || '-', name].join('\t').replaceAll('\t', '  '));
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
    [terminal.say(text('id', '编号')), entry.id],
    [terminal.say(text('received', '接收时间')), iso(entry.receivedAt)],
    [terminal.say(text('appid', 'AppID')), entry.appId || '-'],
    ...deliveries.map(({ state, url, tries, status, reason }): [string, string] => [
      terminal.say(STATES[state]),
      `${url}  ${reason ?? status ?? ''}  (${tries})`,
    ]),
    ...leaves(fields ?? {}),
  ];
  if (!fields)
    rows.push([
      terminal.say(text('fields', '字段')),
      terminal.say(text('encrypted with a key that is not here', '加密密钥不在此处')),
    ]);
  const width = widest(rows.map(([label]) => label));
  return rows.map(([label, value]) => `${pad(printable(label), width)}  ${printable(value)}`);
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
