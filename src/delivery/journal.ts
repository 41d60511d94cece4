/**
 * The Journal port: every push that was accepted, and what became of handing it on.
 * An entry holds the request as it came, which is cipher text: what stands in a journal opens with the platform's keys
 * only. Times are milliseconds since the epoch unless a name says seconds.
 */

import type { WxopError } from '../sentences/wxop-error.ts';

/** One accepted push. */
export interface JournalEntry {
  /** Unique; a later entry's id sorts after an earlier one's. */
  id: string;
  receivedAt: number;
  /** A component event (授权事件接收URL), or what came for an account (消息与事件接收URL). */
  kind: 'event' | 'message';
  /** Of the account; empty where a push is about none. */
  appId: string;
  /** InfoType of a component event, MsgType of a message. */
  type: string;
  /** Event of a message of the type `event`. */
  event?: string;
  /** Unix seconds, as the platform says. */
  createTime: number;
  /** The query as it stood in the address. */
  query: string;
  body: string;
  contentType: string;
  /** Ids of the targets that it is to be forwarded to. */
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
  /** The newest so many. */
  limit?: number;
}

/** An entry and how it can be found again without a search. */
export interface Journaled {
  entry: JournalEntry;
  place: string;
}

/** What a listener that is no more left undone. */
export interface AbandonedEntry extends Journaled {
  target: string;
  tries: number;
}

export interface UnroutableEntries {
  target: string;
  count: number;
}

export interface Journal {
  /** Resolves when the entry outlives this process. Throws STORE_NOT_WRITABLE. */
  append(entry: Omit<JournalEntry, 'id'>): Promise<Journaled>;
  /** Where listeners of several machines share it: undefined when any of them appended this message of late. */
  appendOnce?(entry: Omit<JournalEntry, 'id'>, identity: string): Promise<Journaled | undefined>;
  /** The entry at a place that `append` gave; undefined when retention has taken it. */
  at(place: string): Promise<JournalEntry | undefined>;
  note(delivery: Delivery): Promise<void>;
  /** Oldest first. */
  list(filter: EntryFilter): Promise<JournalEntry[]>;
  find(id: string): Promise<JournalEntry | undefined>;
  /**
   * Entries as they come, from now on or from `since` on, until the signal. `tell` hears of an outage of the store that
   * began, and of its end as undefined.
   */
  follow(
    filter: EntryFilter,
    signal: AbortSignal,
    tell?: (outage: WxopError | undefined) => void,
  ): AsyncIterable<JournalEntry>;
  /** The newest word on each entry and target. */
  deliveries(): Promise<Delivery[]>;
  /** Takes over what listeners that have died owed to these targets; gives it piece by piece: it may be a lot. */
  abandoned(targets: readonly string[]): AsyncIterable<AbandonedEntry>;
  /** What is owed to others than these and forwarded by nobody; each is noted as such. Ask it after `orphans`. */
  unroutable(targets: readonly string[]): Promise<UnroutableEntries[]>;
  /** What is still owed is free for others. */
  close(): Promise<void>;
}

/** True for what needs no more work. */
export const isOver = ({ state }: Delivery): boolean => state === 'done' || state === 'dead';

/** True for an entry that a filter asks for; names compare without case. */
export function fits(entry: JournalEntry, { types, events, appIds, since }: EntryFilter): boolean {
  if (since !== undefined && entry.receivedAt < since) return false;
  if (appIds?.length && !appIds.includes(entry.appId)) return false;
  return isAmong(entry.type, types) && isAmong(entry.event ?? '', events);
}

function isAmong(name: string, names: readonly string[] | undefined): boolean {
  return !names?.length || names.some((wanted) => wanted.toLowerCase() === name.toLowerCase());
}
