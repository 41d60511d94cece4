/**
 * The Journal port: every push that was accepted, and what became of forwarding it.
 * An entry holds the request as it came, which is cipher text: only the component's keys open it. Times are milliseconds
 * since the epoch unless a name says seconds.
 *
 * Words of delivery, the same on files and on Redis. A listener *claims* what it is to forward, and *renews* the claim
 * while it lives. What a listener that died had claimed is *abandoned*: exactly one other *takes it over*. A claim that
 * is given back is *released*. An entry owed to a target that no listener has is *unroutable* (`stranded` in its
 * record); a target that fails again and again is *paused*.
 */

import type { WxopError } from '../sentences/wxop-error.ts';

/** One accepted push. */
export interface JournalEntry {
  /** Unique; a later entry's id sorts after an earlier one's. */
  id: string;
  receivedAt: number;
  /** A component event (授权事件接收URL), or what came for an account (消息与事件接收URL). */
  kind: 'event' | 'message';
  /** Of the account; empty for a push about none. */
  appId: string;
  /** InfoType of a component event, MsgType of a message. */
  type: string;
  /** Event of a message of the type `event`. */
  event?: string;
  /** Unix seconds, by WeChat's clock. */
  createTime: number;
  /** The query as it was in the address. */
  query: string;
  body: string;
  contentType: string;
  /** Ids of the targets that it must be forwarded to. */
  owed: string[];
}

/** What became of forwarding one entry to one target. */
export interface Delivery {
  id: string;
  target: string;
  /** Of the target, for people: without its query. */
  url: string;
  /** `failed` is tried again, `dead` is not; `stranded` waits for a listener that has the target. */
  state: 'done' | 'failed' | 'dead' | 'stranded';
  tries: number;
  at: number;
  /** What the target answered; absent when it did not. */
  status?: number;
  reason?: string;
}

export interface EntryFilter {
  /** InfoType or MsgType: any of these. */
  types?: readonly string[];
  events?: readonly string[];
  appIds?: readonly string[];
  since?: number;
  /** Only this many, the newest. */
  limit?: number;
}

/** An entry, and where it is: found again without a search. */
export interface Journaled {
  entry: JournalEntry;
  place: string;
}

/** An entry that a listener had claimed when it died. */
export interface AbandonedEntry extends Journaled {
  target: string;
  tries: number;
}

export interface UnroutableEntries {
  target: string;
  count: number;
}

/** Reads a journal piece by piece: what is not read yet takes no memory. */
export interface JournalReader {
  /** The next entries, oldest first; none when there are no more for now. Rejects where the journal cannot be read. */
  next(): Promise<JournalEntry[]>;
}

export interface Journal {
  /** Resolves when the death of this process can no longer lose the entry. Throws STORE_NOT_WRITABLE. */
  append(entry: Omit<JournalEntry, 'id'>): Promise<Journaled>;
  /** For a journal that several machines share; undefined if one of them has appended this message already. */
  appendOnce?(entry: Omit<JournalEntry, 'id'>, identity: string): Promise<Journaled | undefined>;
  /** The entry at a place that `append` gave; undefined when retention has removed it. */
  at(place: string): Promise<JournalEntry | undefined>;
  note(delivery: Delivery): Promise<void>;
  /** Oldest first. */
  list(filter: EntryFilter): Promise<JournalEntry[]>;
  find(id: string): Promise<JournalEntry | undefined>;
  /**
   * Entries as they come, from now on or from `since` on, until the signal. `onOutage` is called when the store can no
   * longer be reached, and with undefined when it can again.
   */
  follow(
    filter: EntryFilter,
    signal: AbortSignal,
    onOutage?: (outage: WxopError | undefined) => void,
  ): AsyncIterable<JournalEntry>;
  /** Reads what was received since then, by entries' own time, and then what comes. */
  read(since: number): JournalReader;
  /** What was received before this time may be gone, for its age or for its size; 0 as long as nothing is. */
  lostBefore(): Promise<number>;
  /** The newest delivery of each entry to each target. */
  deliveries(): Promise<Delivery[]>;
  /** Takes over what dead listeners owed to these targets, one by one: there may be many. */
  abandoned(targets: readonly string[]): AsyncIterable<AbandonedEntry>;
  /** Notes and counts what is owed to other targets than these and claimed by nobody. Call it after `abandoned`. */
  unroutable(targets: readonly string[]): Promise<UnroutableEntries[]>;
  /** Releases what is still owed. */
  close(): Promise<void>;
}

/** True when nothing is left to do. */
export const isOver = ({ state }: Delivery): boolean => state === 'done' || state === 'dead';

/** True for an entry that matches a filter; names compare without case. */
export function fits(entry: JournalEntry, { types, events, appIds, since }: EntryFilter): boolean {
  if (since !== undefined && entry.receivedAt < since) return false;
  if (appIds?.length && !appIds.includes(entry.appId)) return false;
  return isAmong(entry.type, types) && isAmong(entry.event ?? '', events);
}

function isAmong(name: string, names: readonly string[] | undefined): boolean {
  return !names?.length || names.some((wanted) => wanted.toLowerCase() === name.toLowerCase());
}
