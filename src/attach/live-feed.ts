/**
 * The newest entries of the journal in memory, in the order in which this process learned of them, for all attached
 * clients together. Its own come at once; those of other processes, and of other machines, are read from the journal.
 */
import type { Journal, JournalEntry } from '../delivery/journal.ts';

const MOST_ENTRIES = 4_096;
const MOST_BYTES = 32 * 1024 * 1024;
/** Milliseconds between two looks into the journal. */
const LOOK_EVERY = 100;
/** Milliseconds that the entries of another process may be younger or older than ours. */
const BACK = 5_000;

/** What an entry is on its way to a client; made for the first who gets it. */
export interface FedEntry {
  entry: JournalEntry;
  plain?: Buffer;
  opened?: Buffer;
}

export interface LiveFeed {
  /** Resolves when it holds what was in the journal at its start: what is numbered after that is new. */
  ready: Promise<void>;
  publish(entry: JournalEntry): void;
  /** The number of the next entry. */
  head(): number;
  /** Undefined when it is no longer held, or not there yet. */
  at(number: number): FedEntry | undefined;
  /** The oldest number that is held. */
  tail(): number;
  close(): void;
}

export interface LiveFeedOptions {
  journal: Journal;
  now: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** There is more. */
  onMore: () => void;
}

export function createLiveFeed({ journal, now, sleep, onMore }: LiveFeedOptions): LiveFeed {
  let held: FedEntry[] = [];
  let first = 0;
  let bytes = 0;
  const ids = new Set<string>();
  const closing = new AbortController();

  function publish(entry: JournalEntry): void {
    if (closing.signal.aborted || ids.has(entry.id)) return;
    ids.add(entry.id);
    held.push({ entry });
    bytes += entry.body.length;
    if (held.length > MOST_ENTRIES * 2 || bytes > MOST_BYTES) shrink();
    onMore();
  }

  function shrink(): void {
    let kept = held.length;
    let size = 0;
    while (kept > 0 && held.length - kept < MOST_ENTRIES && size < MOST_BYTES / 2) {
      size += held[--kept]?.entry.body.length ?? 0;
    }
    for (const { entry } of held.slice(0, kept)) ids.delete(entry.id);
    held = held.slice(kept);
    first += kept;
    bytes = size;
  }

  let isReady: () => void = () => undefined;
  const ready = new Promise<void>((done) => (isReady = done));

  async function look(): Promise<void> {
    const { signal } = closing;
    const reader = journal.read(now() - BACK);
    while (!signal.aborted) {
      // A store that is away for a moment is asked again.
      const found = await reader.next().catch((): JournalEntry[] => []);
      for (const entry of found) publish(entry);
      if (found.length > 0) continue;
      isReady();
      await sleep(LOOK_EVERY, signal).catch(() => undefined);
    }
  }

  void look();
  return {
    ready,
    publish,
    head: () => first + held.length,
    at: (number) => held[number - first],
    tail: () => first,
    close: () => closing.abort(),
  };
}
