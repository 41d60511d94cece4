/**
 * Hands accepted pushes on to the operator's own services: at once where somebody may reply, then again with pauses that
 * grow, until the target took it or it is a dead letter. Every target has a lane of its own: none waits for another.
 */
import { text, type Text } from '../sentences/text.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import type { Delivery, Journal, JournalEntry, Journaled } from './journal.ts';
import type { Poster } from '../wechat-api/transport.ts';
import { ANSWER_WITHIN } from '../protocol/lifetimes.ts';
import { isSilent } from './passive-reply.ts';
import { createBoundedQueue } from '../listener/http/bounded-queue.ts';
import { forwardRequest, TRY, wants, type ForwardKeys, type ForwardTarget } from './forward-target.ts';

/** Milliseconds before the second try, the third, and so on: nine tries in about two hours. */
export const RETRY_PAUSES = [1_000, 5_000, 30_000, 120_000, 300_000, 900_000, 1_800_000, 3_600_000];
/** At once, to one target: pushes that just came, and those that are tried again. */
const LIVE_MOST = 64;
const RETRY_MOST = 4;
/** Pushes that just came and wait for their turn as long as WeChat waits for them; more are sent later. */
const IN_LINE_MOST = 1_000;
/** Entries held in memory for a target that lags; the rest is read from the journal when its turn comes. */
const HELD_MOST = 1_000;
/** After so many failures in a row a target rests, longer each time: WeChat is not kept waiting for the dead. */
const PATIENCE = 3;
const LONGEST_REST = 10_000;
const ADOPT_EVERY = 30_000;

/**
 * Why a user got no reply: the target's was none (`not-a-reply`), was sealed wrongly (`not-opened`) or came after WeChat's time (`late`); it had too much to
 * do to be asked in time (`busy`), or rests after failures (`resting`).
 */
export type NoReply = 'not-a-reply' | 'not-opened' | 'late' | 'busy' | 'resting';

/** What forwarding tells of its work. */
export type ForwardActivity =
  | { type: 'no-reply'; appId: string; reason: NoReply }
  | { type: 'forwarded'; id: string; target: string; status: number; tries: number; milliseconds: number }
  | { type: 'forward-failed'; id: string; target: string; reason: string; tries: number; again: boolean }
  | { type: 'dead-letter'; id: string; target: string; reason: string; tries: number };

export interface ForwarderOptions {
  targets: readonly ForwardTarget[];
  keys: ForwardKeys;
  post: Poster['post'];
  /** Without one, what was not handed on is lost with the process. */
  journal?: Journal;
  now: () => number;
  onActivity: (news: ForwardActivity) => void;
  warn: (warning: Text) => void;
  pauses?: readonly number[];
}

export interface Forwarder {
  /** Ids of the targets that want a push. */
  owed(push: Pick<JournalEntry, 'kind' | 'appId' | 'type' | 'event'>): string[];
  /** Sends it to all that it is owed to; resolves with what the first of them answers, as soon as that one does. */
  forward(journaled: Journaled): Promise<string | undefined>;
  /** Takes up what listeners that died left undone, now and from time to time. */
  begin(): void;
  /** How many entries wait for each target. */
  waiting(): { target: string; waiting: number }[];
  stop(): Promise<void>;
}

interface Item {
  id: string;
  place: string;
  entry?: JournalEntry;
  tries: number;
  dueAt: number;
}

interface Lane {
  target: ForwardTarget;
  live(journaled: Journaled): Promise<string | undefined>;
  again(item: Item): void;
  waiting(): number;
  stop(): void;
}

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { targets, journal } = options;
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const track = <Value>(work: Promise<Value>): Promise<Value> => {
    const tracked: Promise<unknown> = work.catch(() => undefined).finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    return work;
  };
  const lanes = targets.map((target) => createLane(target, { ...options, track, signal: stopping.signal }));
  const ids = [...new Set(targets.map(({ id }) => id))];
  /** By target: how much of what it is owed strands, as far as it was said. */
  const said = new Map<string, number>();
  let adopting: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isWarned = false;

  /** Of several with one address the first that wants it; what was owed is sent though none does any more. */
  function laneOf(id: string, entry: JournalEntry): Lane | undefined {
    const there = lanes.filter(({ target }) => target.id === id);
    return there.find(({ target }) => wants(target, entry)) ?? there[0];
  }

  async function adopt(): Promise<void> {
    if (!journal) return;
    for await (const { entry, place, target, tries } of journal.abandoned(ids)) {
      if (stopping.signal.aborted) return;
      laneOf(target, entry)?.again({ id: entry.id, place, tries, dueAt: options.now() });
    }
    for (const { target, count } of await journal.unroutable(ids)) {
      if (count > (said.get(target) ?? 0)) options.warn(strandedWarning(target, count));
      said.set(target, count);
    }
  }

  /** A journal that cannot be read now is looked at again the next time; that it cannot is said the first time. */
  function warnOnce(error: unknown): void {
    if (isWarned || stopping.signal.aborted) return;
    isWarned = true;
    const { en, zh } = toWxopError(error).text;
    options.warn(
      text(
        `What listeners that died left to be forwarded cannot be read, and waits: ${en}`,
        `已终止的监听服务遗留的转发任务无法读取，暂不转发：${zh}`,
      ),
    );
  }

  return {
    owed: (push) => [...new Set(targets.filter((target) => wants(target, push)).map(({ id }) => id))],
    forward: async (journaled) => {
      const { entry } = journaled;
      const [first] = entry.owed.map((id) => track(laneOf(id, entry)?.live(journaled) ?? Promise.resolve(undefined)));
      return first;
    },
    begin: () => {
      const look = (): void => {
        looking ??= track(adopt())
          .catch(warnOnce)
          .finally(() => (looking = undefined));
      };
      look();
      adopting = setInterval(look, ADOPT_EVERY).unref();
    },
    waiting: () => lanes.map((lane) => ({ target: lane.target.name, waiting: lane.waiting() })),
    stop: async () => {
      clearInterval(adopting);
      stopping.abort();
      for (const lane of lanes) lane.stop();
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

const strandedWarning = (target: string, count: number): Text =>
  text(
    `${count} pushes are owed to ${target}, which is no target now. They wait: name it again with --forward-to, or send them elsewhere with wxop events replay --dead --to URL.`,
    `有 ${count} 条推送应转发到 ${target}，但它已不是转发目标。这些推送会保留：请用 --forward-to 重新指定，或用 wxop events replay --dead --to URL 转发到别处。`,
  );

const answerBy = ({ receivedAt }: JournalEntry): number => receivedAt + ANSWER_WITHIN;

interface LaneOptions extends ForwarderOptions {
  track: <Value>(work: Promise<Value>) => Promise<Value>;
  signal: AbortSignal;
}

function createLane(target: ForwardTarget, options: LaneOptions): Lane {
  const { journal, now, onActivity: tell, signal, pauses = RETRY_PAUSES } = options;
  // By tries made: within each, what comes later is due later.
  const queues = [0, ...pauses].map(() => new Set<Item>());
  const waiting = (): number => queues.reduce((sum, queue) => sum + queue.size, 0);
  let live = 0;
  let retrying = 0;
  let failures = 0;
  let restUntil = 0;
  const line = createBoundedQueue(IN_LINE_MOST);
  let timer: NodeJS.Timeout | undefined;

  async function attempt(item: Item, entry: JournalEntry): Promise<string | undefined> {
    const startedAt = now();
    const request = forwardRequest(target, entry, options.keys, startedAt);
    const tries = item.tries + 1;
    const about = { id: item.id, target: target.name, tries };
    if (!request) return bury({ ...item, tries }, 'undecipherable');
    const { url, ...sent } = request;
    const { status, body } = await options.post(url, { ...sent, ...TRY, signal });
    if (signal.aborted && status === 0) return undefined;
    judge(status);
    if (status >= 200 && status < 300) {
      tell({ type: 'forwarded', ...about, status, milliseconds: now() - startedAt });
      if (now() > answerBy(entry) && !isSilent(body)) miss(entry, 'late');
      await note(item.id, { state: 'done', tries, status });
      return body;
    }
    const reason = status === 0 ? body : `HTTP ${status}`;
    const pause = pauses[item.tries];
    if (pause === undefined) return bury({ ...item, tries }, reason, status);
    tell({ type: 'forward-failed', ...about, reason, again: true });
    again({ ...item, entry, tries, dueAt: now() + pause });
    await note(item.id, { state: 'failed', tries, reason, ...(status && { status }) });
    return undefined;
  }

  async function bury({ id, tries }: Item, reason: string, status = 0): Promise<undefined> {
    tell({ type: 'dead-letter', id, target: target.name, reason, tries });
    await note(id, { state: 'dead', tries, reason, ...(status && { status }) });
  }

  async function note(id: string, outcome: Omit<Delivery, 'id' | 'target' | 'url' | 'at'>): Promise<void> {
    // At worst it is forwarded once more after a restart.
    await journal?.note({ id, target: target.id, url: target.name, at: now(), ...outcome }).catch(() => undefined);
  }

  function judge(status: number): void {
    const isDown = status === 0 || (status >= 502 && status <= 504);
    failures = isDown ? failures + 1 : 0;
    restUntil = failures < PATIENCE ? 0 : now() + Math.min(1_000 * 2 ** (failures - PATIENCE), LONGEST_REST);
    if (restUntil > 0) line.dissolve();
  }

  /** Only the first target is asked for a reply, and events of the component have none. */
  function miss({ kind, appId, owed }: JournalEntry, reason: NoReply): void {
    if (kind === 'message' && owed[0] === target.id) tell({ type: 'no-reply', appId, reason });
  }

  function later(item: Item, entry: JournalEntry, reason: NoReply): undefined {
    miss(entry, reason);
    again(item);
  }

  function again(item: Item): void {
    if (waiting() >= HELD_MOST) {
      // Without a journal it is nowhere else.
      if (!journal) return void bury(item, 'queue full');
      item.entry = undefined;
    }
    queues[Math.min(item.tries, pauses.length)]?.add(item);
    pump();
  }

  async function retry(item: Item): Promise<void> {
    let entry = item.entry;
    try {
      entry ??= await journal?.at(item.place);
    } catch {
      // The journal cannot be read now; the entry is still in it.
      return again({ ...item, dueAt: now() + 1_000 });
    }
    // Retention has taken it.
    if (entry) await attempt(item, entry);
    else await bury(item, 'gone');
  }

  function pump(): void {
    clearTimeout(timer);
    const most = failures > 0 ? 1 : RETRY_MOST;
    let soonest = Infinity;
    for (const queue of queues) {
      for (const item of queue) {
        const due = Math.max(item.dueAt, restUntil);
        if (signal.aborted || retrying >= most) return;
        if (due > now()) {
          soonest = Math.min(soonest, due);
          break;
        }
        queue.delete(item);
        retrying++;
        const end = (): void => {
          retrying--;
          pump();
        };
        void options.track(retry(item)).then(end, end);
      }
    }
    if (soonest < Infinity) timer = setTimeout(pump, soonest - now()).unref();
  }

  return {
    target,
    again,
    waiting,
    live: async ({ entry, place }) => {
      const item: Item = { id: entry.id, place, entry, tries: 0, dueAt: now() };
      if (signal.aborted) return undefined;
      if (restUntil > now()) return later(item, entry, 'resting');
      if (live >= LIVE_MOST && !(await line.turn(answerBy(entry) - now()))) {
        return later(item, entry, restUntil > now() ? 'resting' : 'busy');
      }
      live++;
      try {
        return await attempt(item, entry);
      } finally {
        live--;
        line.next();
      }
    },
    stop: () => {
      clearTimeout(timer);
      line.dissolve();
    },
  };
}
