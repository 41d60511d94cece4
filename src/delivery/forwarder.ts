/**
 * Forwards accepted pushes to the operator's own services. Each target has a lane of its own, so that none waits for
 * another.
 */
import { en, text, zh, type Text } from '../sentences/text.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import type { Journal, JournalEntry, Journaled } from './journal.ts';
import type { Poster } from '../wechat-api/poster.ts';
import { createForwardLane, type ForwardLane } from './forward-lane.ts';
import { wants, type ForwardKeys, type ForwardTarget } from './forward-target.ts';

/** Milliseconds between two searches for what dead listeners left. */
const TAKE_OVER_EVERY = 30_000;

/**
 * Why a user got no reply. The target's answer was not a reply (`not-a-reply`), was sealed wrongly (`not-opened`) or came
 * too late for WeChat (`late`); or the target was not asked: it was too busy (`busy`), or paused after failures
 * (`resting`).
 */
export type NoReply = 'not-a-reply' | 'not-opened' | 'late' | 'busy' | 'resting' | 'other-form';

/** What a forwarder reports, in the order in which it happens. */
export type ForwardActivity =
  | { type: 'no-reply'; appId: string; reason: NoReply }
  | { type: 'forwarded'; id: string; target: string; status: number; tries: number; milliseconds: number }
  | { type: 'forward-failed'; id: string; target: string; reason: string; tries: number; again: boolean }
  | { type: 'dead-letter'; id: string; target: string; reason: string; tries: number };

export interface ForwarderOptions {
  targets: readonly ForwardTarget[];
  keys: ForwardKeys;
  post: Poster['post'];
  /** If there is none, pushes that were not forwarded yet are lost with the process. */
  journal?: Journal;
  now: () => number;
  /** Milliseconds from any moment on, never set back: retries and pauses go by it. `now` where it is left out. */
  elapsed?: () => number;
  onActivity: (activity: ForwardActivity) => void;
  warn: (warning: Text) => void;
  pauses?: readonly number[];
  /** So many processes forward to the same targets, each its part of what a target gets at once. */
  workers?: number;
}

export interface Forwarder {
  /** Ids of the targets that want a push. */
  owed(push: Pick<JournalEntry, 'kind' | 'appId' | 'type' | 'event'>): string[];
  /** Sends a push to all targets that it is owed to; resolves with the answer of the first, without waiting for the rest. */
  forward(journaled: Journaled): Promise<string | undefined>;
  /** Takes over what dead listeners left undone, now and from time to time. */
  begin(): void;
  /** How many entries wait for each target. */
  waiting(): { target: string; waiting: number }[];
  stop(): Promise<void>;
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
  const lanes = targets.map((target) => createForwardLane(target, { ...options, track, signal: stopping.signal }));
  const ids = [...new Set(targets.map(({ id }) => id))];
  /** By target, how many unroutable entries the last warning named. */
  const warnedOf = new Map<string, number>();
  let takingOver: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isWarned = false;

  /** The first lane to this URL that wants the entry. If none wants it any more, it is still owed, so the first sends it. */
  function laneOf(id: string, entry: JournalEntry): ForwardLane | undefined {
    const candidates = lanes.filter(({ target }) => target.id === id);
    return candidates.find(({ target }) => wants(target, entry)) ?? candidates[0];
  }

  async function takeOver(): Promise<void> {
    if (!journal) return;
    for await (const { entry, place, target, tries } of journal.abandoned(ids)) {
      if (stopping.signal.aborted) return;
      laneOf(target, entry)?.again({ id: entry.id, place, tries, dueAt: (options.elapsed ?? options.now)() });
    }
    for (const { target, count } of await journal.unroutable(ids)) {
      if (count > (warnedOf.get(target) ?? 0)) options.warn(unroutableWarning(target, count));
      warnedOf.set(target, count);
    }
  }

  /** If the journal cannot be read, the next search tries again; only the first failure is reported. */
  function warnOnce(error: unknown): void {
    if (isWarned || stopping.signal.aborted) return;
    isWarned = true;
    options.warn(unreadable(toWxopError(error).text));
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
        looking ??= track(takeOver())
          .catch(warnOnce)
          .finally(() => (looking = undefined));
      };
      look();
      takingOver = setInterval(look, TAKE_OVER_EVERY).unref();
    },
    waiting: () => lanes.map((lane) => ({ target: lane.target.name, waiting: lane.waiting() })),
    stop: async () => {
      clearInterval(takingOver);
      stopping.abort();
      for (const lane of lanes) lane.stop();
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

const unreadable = (cause: Text): Text =>
  text(
    en`Pushes left by stopped listeners cannot be read and are not forwarded yet: ${cause}`,
    zh`已终止的监听服务遗留的转发任务无法读取，暂不转发：${cause}`,
  );

const unroutableWarning = (target: string, count: number): Text =>
  text(
    `${count} pushes are waiting for ${target}, which is no longer a forwarding target. Add it again with --forward-to, or send them elsewhere with wxop events replay --dead --to URL.`,
    `有 ${count} 条推送应转发到 ${target}，但它已不是转发目标。这些推送会保留：请用 --forward-to 重新指定，或用 wxop events replay --dead --to URL 转发到别处。`,
  );
