/**
 * Forwards to one target: each push is sent at once, then again with growing pauses, until the target takes it or it
 * becomes a dead letter.
 */
import type { Delivery, JournalEntry, Journaled } from './journal.ts';
import { ANSWER_WITHIN } from '../protocol/lifetimes.ts';
import { isSilent } from './is-silent.ts';
import { createBoundedQueue } from './bounded-queue.ts';
import { forwardRequest, TRY, type ForwardTarget } from './forward-target.ts';
import type { ForwarderOptions, NoReply } from './forwarder.ts';

/** Milliseconds before the second try, the third, and so on: nine tries in about two hours. */
const RETRY_PAUSES = [1_000, 5_000, 30_000, 120_000, 300_000, 900_000, 1_800_000, 3_600_000];
/** Requests to one target at once: for pushes that just came in, and for those that are tried again. */
const LIVE_MOST = 64;
const RETRY_MOST = 4;
/** New pushes that may wait for their turn, as long as WeChat waits for the answer; any beyond are sent later. */
const QUEUE_MOST = 1_000;
/** Entries held in memory for a target that lags; the rest is read from the journal when its turn comes. */
const HELD_MOST = 1_000;
/** After this many failures in a row a target is paused, longer each time, so that WeChat does not wait for a dead one. */
const FAILURES_BEFORE_PAUSE = 3;
const LONGEST_PAUSE = 10_000;

/** An entry on its way to the target. */
interface Outgoing {
  id: string;
  place: string;
  entry?: JournalEntry;
  tries: number;
  /** By the clock that is never set back. */
  dueAt: number;
}

export interface ForwardLane {
  target: ForwardTarget;
  /** Sends a push that just came in; resolves with the target's answer, undefined when there is none in time. */
  live(journaled: Journaled): Promise<string | undefined>;
  again(outgoing: Outgoing): void;
  waiting(): number;
  stop(): void;
}

const answerBy = ({ receivedAt }: JournalEntry): number => receivedAt + ANSWER_WITHIN;

interface LaneOptions extends ForwarderOptions {
  track: <Value>(work: Promise<Value>) => Promise<Value>;
  signal: AbortSignal;
}

export function createForwardLane(target: ForwardTarget, options: LaneOptions): ForwardLane {
  const { journal, now, elapsed = now, onActivity, signal, pauses = RETRY_PAUSES, workers = 1 } = options;
  const partOf = (most: number): number => Math.max(1, Math.floor(most / workers));
  // One for each number of tries, so that each is sorted by due time.
  const queues = [0, ...pauses].map(() => new Set<Outgoing>());
  const waiting = (): number => queues.reduce((sum, queue) => sum + queue.size, 0);
  let live = 0;
  let retrying = 0;
  let failures = 0;
  let pausedUntil = -Infinity;
  const turns = createBoundedQueue(partOf(QUEUE_MOST));
  let timer: NodeJS.Timeout | undefined;

  async function send(outgoing: Outgoing, entry: JournalEntry): Promise<string | undefined> {
    const startedAt = now();
    const request = forwardRequest(target, entry, options.keys, startedAt);
    const tries = outgoing.tries + 1;
    const about = { id: outgoing.id, target: target.name, tries };
    if (!request) return bury({ ...outgoing, tries }, 'undecipherable');
    const { url, ...sent } = request;
    const { status, body } = await options.post(url, { ...sent, ...TRY, signal });
    if (signal.aborted && status === 0) return undefined;
    judgeTarget(status);
    if (status >= 200 && status < 300) {
      onActivity({ type: 'forwarded', ...about, status, milliseconds: now() - startedAt });
      if (now() > answerBy(entry) && !isSilent(body)) noteNoReply(entry, 'late');
      await note(outgoing.id, { state: 'done', tries, status });
      return body;
    }
    const reason = status === 0 ? body : `HTTP ${status}`;
    const pause = pauses[outgoing.tries];
    if (pause === undefined) return bury({ ...outgoing, tries }, reason, status);
    onActivity({ type: 'forward-failed', ...about, reason, again: true });
    again({ ...outgoing, entry, tries, dueAt: elapsed() + pause });
    await note(outgoing.id, { state: 'failed', tries, reason, ...(status && { status }) });
    return undefined;
  }

  async function bury({ id, tries }: Outgoing, reason: string, status = 0): Promise<undefined> {
    onActivity({ type: 'dead-letter', id, target: target.name, reason, tries });
    await note(id, { state: 'dead', tries, reason, ...(status && { status }) });
  }

  async function note(id: string, outcome: Omit<Delivery, 'id' | 'target' | 'url' | 'at'>): Promise<void> {
    // If this fails, the worst is that the entry is forwarded again after a restart.
    await journal?.note({ id, target: target.id, url: target.name, at: now(), ...outcome }).catch(() => undefined);
  }

  function judgeTarget(status: number): void {
    const isDown = status === 0 || (status >= 502 && status <= 504);
    failures = isDown ? failures + 1 : 0;
    pausedUntil =
      failures < FAILURES_BEFORE_PAUSE
        ? -Infinity
        : elapsed() + Math.min(1_000 * 2 ** (failures - FAILURES_BEFORE_PAUSE), LONGEST_PAUSE);
    if (pausedUntil > -Infinity) turns.clear();
  }

  /** Only the first target is asked for a reply, and component events get none. */
  function noteNoReply({ kind, appId, owed }: JournalEntry, reason: NoReply): void {
    if (kind === 'message' && owed[0] === target.id) onActivity({ type: 'no-reply', appId, reason });
  }

  function later(outgoing: Outgoing, entry: JournalEntry, reason: NoReply): undefined {
    noteNoReply(entry, reason);
    again(outgoing);
  }

  function again(outgoing: Outgoing): void {
    if (waiting() >= HELD_MOST) {
      // Without a journal the entry exists nowhere else.
      if (!journal) return void bury(outgoing, 'queue full');
      outgoing.entry = undefined;
    }
    queues[Math.min(outgoing.tries, pauses.length)]?.add(outgoing);
    pump();
  }

  async function retry(outgoing: Outgoing): Promise<void> {
    let entry = outgoing.entry;
    try {
      entry ??= await journal?.at(outgoing.place);
    } catch {
      // The journal cannot be read now, but the entry is still in it.
      return again({ ...outgoing, dueAt: elapsed() + 1_000 });
    }
    // No entry: retention has removed it.
    if (entry) await send(outgoing, entry);
    else await bury(outgoing, 'gone');
  }

  function pump(): void {
    clearTimeout(timer);
    const most = failures > 0 ? 1 : partOf(RETRY_MOST);
    let soonest = Infinity;
    for (const queue of queues) {
      for (const outgoing of queue) {
        const due = Math.max(outgoing.dueAt, pausedUntil);
        if (signal.aborted || retrying >= most) return;
        if (due > elapsed()) {
          soonest = Math.min(soonest, due);
          break;
        }
        queue.delete(outgoing);
        retrying++;
        const end = (): void => {
          retrying--;
          pump();
        };
        void options.track(retry(outgoing)).then(end, end);
      }
    }
    if (soonest < Infinity) timer = setTimeout(pump, soonest - elapsed()).unref();
  }

  return {
    target,
    again,
    waiting,
    live: async ({ entry, place }) => {
      const outgoing: Outgoing = { id: entry.id, place, entry, tries: 0, dueAt: elapsed() };
      if (signal.aborted) return undefined;
      if (pausedUntil > elapsed()) return later(outgoing, entry, 'resting');
      if (live >= partOf(LIVE_MOST) && !(await turns.turn(answerBy(entry) - now()))) {
        return later(outgoing, entry, pausedUntil > elapsed() ? 'resting' : 'busy');
      }
      live++;
      try {
        return await send(outgoing, entry);
      } finally {
        live--;
        turns.next();
      }
    },
    stop: () => {
      clearTimeout(timer);
      turns.clear();
    },
  };
}
