/** One attached client, as the listener sees it: what it asked for, how far it is, what it has not acknowledged yet. */
import { wants } from '../delivery/forward-target.ts';
import type { Journal, JournalEntry } from '../delivery/journal.ts';
import type { Fields } from '../protocol/opened-push.ts';
import { MOST_UNACKNOWLEDGED, type AttachedEntry, type Hello, type ListenerWord } from './attach-words.ts';
import type { FedEntry, LiveFeed } from './live-feed.ts';

/** Bytes that may be unacknowledged, unless one push is larger. */
const WINDOW_BYTES = 1024 * 1024;
/** Milliseconds that are read again of the journal: entries of several listeners come in almost their order. */
const BACK = 10_000;
const TRY_AGAIN = 1_000;

export interface AttachSessionOptions {
  hello: Hello;
  journal: Journal;
  feed: LiveFeed;
  /** Whether its key may see an entry. */
  maySee: (entry: JournalEntry) => boolean;
  openFields: (entry: JournalEntry) => Fields | undefined;
  send: (word: Buffer) => void;
  now: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

export interface AttachSession {
  hello: Hello;
  wants(entry: JournalEntry): boolean;
  /** A push that comes now is sent now. */
  isPrompt(): boolean;
  /** Sends what there is. */
  pump(): void;
  acknowledge(ids: readonly string[]): void;
  beat(): void;
  close(): void;
}

export function createAttachSession(options: AttachSessionOptions): AttachSession {
  const { hello, journal, feed, maySee, send, now, sleep } = options;
  const targets = hello.filters.map((filter) => ({
    ...filter,
    id: '',
    name: '',
    url: '',
    format: 'raw' as const,
    kinds: filter.kinds as JournalEntry['kind'][],
  }));
  const closing = new AbortController();
  /** Bytes by id. */
  const unacknowledged = new Map<string, number>();
  let bytes = 0;
  let number = feed.head();
  let isBehind = false;
  /** When the newest entry that was looked at was received. */
  let seenAt = now();
  let onRoom: () => void = () => undefined;

  const isWanted = (entry: JournalEntry): boolean =>
    maySee(entry) && (targets.length === 0 || targets.some((target) => wants(target, entry)));

  const hasRoom = (): boolean =>
    unacknowledged.size === 0 || (unacknowledged.size < MOST_UNACKNOWLEDGED && bytes < WINDOW_BYTES);

  function sendEntry(fed: FedEntry): void {
    const { entry } = fed;
    if (unacknowledged.has(entry.id)) return;
    const word = hello.opened ? (fed.opened ??= wordOf(entry, true)) : (fed.plain ??= wordOf(entry, false));
    unacknowledged.set(entry.id, word.length);
    bytes += word.length;
    send(word);
  }

  function wordOf({ owed: _, ...entry }: JournalEntry, isOpened: boolean): Buffer {
    const fields = isOpened ? options.openFields({ ...entry, owed: [] }) : undefined;
    const whole: AttachedEntry = { ...entry, ...(fields && { fields }) };
    return toWord({ type: 'push', entry: whole });
  }

  function pump(): void {
    while (!isBehind && !closing.signal.aborted && number < feed.head() && hasRoom()) {
      const fed = feed.at(number);
      // It was slower than what came: the rest is read from the journal, at its pace.
      if (!fed) return void catchUp(seenAt - BACK, seenAt);
      number++;
      seenAt = fed.entry.receivedAt;
      if (isWanted(fed.entry)) sendEntry(fed);
    }
  }

  async function catchUp(from: number, readTo = from): Promise<void> {
    isBehind = true;
    const { signal } = closing;
    const reader = journal.read(from);
    while (!signal.aborted) {
      const head = feed.head();
      await tellGap(readTo, signal);
      if (signal.aborted) return;
      const found = await reader.next().catch(() => undefined);
      if (!found) {
        await sleep(TRY_AGAIN, signal).catch(() => undefined);
        continue;
      }
      for (const entry of found) {
        readTo = Math.max(readTo, entry.receivedAt);
        seenAt = Math.max(seenAt, entry.receivedAt);
        if (!isWanted(entry)) continue;
        while (!hasRoom() && !signal.aborted) await new Promise<void>((done) => (onRoom = done));
        if (signal.aborted) return;
        sendEntry({ entry });
      }
      if (found.length > 0) continue;
      // What came before this look was in the journal.
      number = head;
      isBehind = false;
      return pump();
    }
  }

  let toldGap = 0;
  /** What retention took away before it was read. */
  async function tellGap(after: number, signal: AbortSignal): Promise<void> {
    const lost = await journal.lostBefore().catch(() => 0);
    if (signal.aborted || lost <= Math.max(after, toldGap)) return;
    send(toWord({ type: 'gap', from: Math.max(after, toldGap), to: lost }));
    toldGap = lost;
  }

  const from = hello.from ?? (hello.ago === undefined ? undefined : now() - hello.ago);
  if (from !== undefined) void catchUp(from);
  return {
    hello,
    wants: isWanted,
    isPrompt: () => !isBehind && hasRoom(),
    pump,
    acknowledge: (ids) => {
      for (const id of ids) {
        bytes -= unacknowledged.get(id) ?? 0;
        unacknowledged.delete(id);
      }
      onRoom();
      pump();
    },
    beat: () => {
      if (!isBehind && unacknowledged.size === 0 && number === feed.head()) send(toWord({ type: 'at', at: now() }));
    },
    close: () => {
      closing.abort();
      onRoom();
    },
  };
}

export const toWord = (word: ListenerWord): Buffer => Buffer.from(JSON.stringify(word));
