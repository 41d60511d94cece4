/** An entry of the journal for people and for scripts. The request in it is shown to nobody. */
import { inColumns } from '../../terminal/columns.ts';
import type { Rows, Tone } from '../../terminal/rows.ts';
import type { Context } from '../../cli/context.ts';
import { listed, text, type Hole, type Text } from '../../sentences/text.ts';
import type { Delivery, JournalEntry } from '../../delivery/journal.ts';
import type { Fields } from '../../protocol/opened-push.ts';
import { iso } from '../../sentences/iso-time.ts';
import { exactLocalTime, fromNow, timeOn } from '../../sentences/local-time.ts';
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

const isState =
  (...wanted: Delivery['state'][]) =>
  ({ state }: Delivery): boolean =>
    wanted.includes(state);

function toneOf({ deliveries }: SelectedEntry): Tone | undefined {
  if (deliveries.some(isState('dead', 'stranded'))) return 'failure';
  if (deliveries.some(isState('failed'))) return 'attention';
  return deliveries.length > 0 ? 'ok' : undefined;
}

const LABELS = {
  id: text('id', '编号'),
  received: text('received', '接收时间'),
  age: text('age', '多久前'),
  appid: text('appid', 'AppID'),
  type: text('type', '类型'),
  event: text('event', '事件'),
  forwarding: text('forwarding', '转发'),
  fields: text('fields', '字段'),
};
const SEALED = text('encrypted with a key that is not here', '加密密钥不在此处');

export const entryRowsAt = (now: number): Rows<SelectedEntry> => ({
  columns: [
    { title: LABELS.id, seen: ({ entry }) => entry.id, isKey: true },
    {
      title: LABELS.received,
      seen: ({ entry }) => exactLocalTime(entry.receivedAt),
      piped: ({ entry }) => iso(entry.receivedAt),
      spare: 1,
    },
    { title: LABELS.age, seen: ({ entry }) => fromNow(entry.receivedAt, now), piped: false },
    { title: LABELS.appid, seen: ({ entry }) => entry.appId || '-', spare: 2 },
    { title: LABELS.type, seen: ({ entry }) => entry.type, long: { become: 'cut', least: 12 } },
    { title: LABELS.event, seen: ({ entry }) => entry.event ?? '-', long: { become: 'cut', least: 9 }, spare: 4 },
    {
      title: LABELS.forwarding,
      seen: ({ entry, deliveries }) => stateOf(entry, deliveries),
      spare: 3,
      tone: toneOf,
    },
  ],
  csv: [
    ['id', ({ entry }) => entry.id],
    ['receivedAt', ({ entry }) => iso(entry.receivedAt)],
    ['kind', ({ entry }) => entry.kind],
    ['appId', ({ entry }) => entry.appId],
    ['type', ({ entry }) => entry.type],
    ['event', ({ entry }) => entry.event],
    ['createTime', ({ entry }) => iso(entry.createTime * 1000)],
    ['states', ({ deliveries }) => deliveries.map(({ state }) => state)],
  ],
});

/** One line of `events tail`. */
export function entryLine(entry: JournalEntry, { isTTY }: { isTTY: boolean }): string {
  const time = isTTY ? exactLocalTime(entry.receivedAt) : iso(entry.receivedAt);
  const name = [entry.type, entry.event].filter(Boolean).join(' ');
  return [entry.id, time, entry.appId || '-', name].join(' ').replaceAll('\t', ' ');
}

/** All of an entry, one thing a line. */
export function entryLines(
  context: Context,
  entry: JournalEntry,
  deliveries: readonly Delivery[],
  fields: Fields | undefined,
): string[] {
  const { terminal } = context;
  const rows: [Hole, Hole][] = [
    [LABELS.id, entry.id],
    [LABELS.received, timeOn(terminal.out, context.now())(entry.receivedAt)],
    [LABELS.appid, entry.appId || '-'],
    ...deliveries.map(({ state, url, tries, status, reason }): [Hole, Hole] => [
      STATES[state],
      `${url}  ${reason ?? status ?? ''}  (${tries})`,
    ]),
    ...leaves(fields ?? {}),
    ...(fields ? [] : [[LABELS.fields, SEALED] as [Hole, Hole]]),
  ];
  return inColumns(rows, { lang: terminal.lang, ...terminal.out });
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
