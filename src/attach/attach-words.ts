/**
 * What an attached client and a listener say to each other over a WebSocket, each word one text message of JSON.
 *
 * The client begins with `hello`. The listener answers `attached`, then sends a `push` for each entry that the client
 * asked for, at least once each; the client acknowledges it with `ack` when its own service has taken it. `at` says that
 * everything received before has been sent and acknowledged. `reply` is the service's answer to a message.
 */
import { asObject } from '../runtime/json-object.ts';
import type { Fields } from '../protocol/opened-push.ts';
import type { JournalEntry } from '../delivery/journal.ts';

/** Bytes of a word of the client: a reply has up to 64 KiB, and JSON may write a byte of it as six. */
export const MOST_FROM_CLIENT = 512 * 1024;
/** Bytes of a word of the listener: the body of a push has up to 1 MiB. */
export const MOST_FROM_LISTENER = 8 * 1024 * 1024;
/** Pushes that a client may have unacknowledged. */
export const MOST_UNACKNOWLEDGED = 64;
/** Milliseconds between two signs of life, and the silence after which the other side counts as gone. */
export const HEARTBEAT = 15_000;
export const SILENCE = 40_000;

/** Why a listener closes a WebSocket: codes of our own (RFC 6455, section 7.4.2). */
export const CLOSED = { badWord: 4400, keyEnded: 4401, responder: 4409, workers: 4410, stopping: 1001 } as const;

/** Which pushes: each filter as a target of forwarding has it. */
export interface AttachFilter {
  kinds: string[];
  names: string[];
  appIds: string[];
}

export interface Hello {
  type: 'hello';
  /** What the client calls itself. */
  name: string;
  /** A push is wanted where one of them fits. */
  filters: AttachFilter[];
  /** By the listener's clock, in milliseconds: everything received since, too. */
  from?: number;
  /** The same, so many milliseconds ago. */
  ago?: number;
  /** Its service answers the users. */
  responds: boolean;
  /** The fields are wanted, too. */
  opened: boolean;
}

export type ClientWord =
  | Hello
  | { type: 'ack'; ids: string[] }
  /** Undefined: the service had no answer. */
  | { type: 'reply'; id: string; body?: string };

export type AttachedEntry = Omit<JournalEntry, 'owed'> & { fields?: Fields };

export type ListenerWord =
  | { type: 'attached'; at: number }
  | { type: 'push'; entry: AttachedEntry }
  | { type: 'at'; at: number }
  /** What was received between the two, by its clock, may be gone from its journal. */
  | { type: 'gap'; from: number; to: number };

const MOST_FILTERS = 32;
const MOST_NAMES = 500;
const LONGEST_NAME = 100;

/** Undefined for what is no word of a client. */
export function readClientWord(said: string): ClientWord | undefined {
  const word = parsed(said);
  if (word.type === 'hello') return readHello(word);
  if (word.type === 'ack' && isNames(word.ids, MOST_UNACKNOWLEDGED * 4)) return { type: 'ack', ids: word.ids };
  if (word.type === 'reply' && isName(word.id) && (word.body === undefined || typeof word.body === 'string'))
    return { type: 'reply', id: word.id, body: word.body };
  return undefined;
}

function readHello({ name, filters, from, ago, responds, opened }: Record<string, unknown>): Hello | undefined {
  if (!isName(name) || !Array.isArray(filters) || filters.length > MOST_FILTERS) return undefined;
  if (!isTime(from) || !isTime(ago)) return undefined;
  const read = filters.map((one) => asObject(one)).map(({ kinds, names, appIds }) => ({ kinds, names, appIds }));
  const isFilter = (one: (typeof read)[number]): one is AttachFilter =>
    [one.kinds, one.names, one.appIds].every((list) => isNames(list, MOST_NAMES));
  if (!read.every(isFilter)) return undefined;
  return { type: 'hello', name, filters: read, from, ago, responds: responds === true, opened: opened === true };
}

/** Undefined for what is no word of a listener. */
export function readListenerWord(said: string): ListenerWord | undefined {
  const word = parsed(said);
  if ((word.type === 'attached' || word.type === 'at') && typeof word.at === 'number')
    return { type: word.type, at: word.at };
  if (word.type === 'gap' && typeof word.from === 'number' && typeof word.to === 'number')
    return { type: 'gap', from: word.from, to: word.to };
  if (word.type !== 'push') return undefined;
  const entry = asObject(word.entry);
  const { id, receivedAt, kind, appId, type, event, createTime, query, body, contentType, fields } = entry;
  const isWhole =
    isName(id) &&
    typeof receivedAt === 'number' &&
    (kind === 'event' || kind === 'message') &&
    [appId, type, query, body, contentType, event ?? ''].every((one) => typeof one === 'string') &&
    typeof createTime === 'number' &&
    (fields === undefined || typeof fields === 'object');
  return isWhole ? { type: 'push', entry: entry as unknown as AttachedEntry } : undefined;
}

function parsed(said: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(said));
  } catch {
    return {};
  }
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= LONGEST_NAME;
const isNames = (value: unknown, most: number): value is string[] =>
  Array.isArray(value) && value.length <= most && value.every(isName);
const isTime = (value: unknown): value is number | undefined =>
  value === undefined || (typeof value === 'number' && Number.isFinite(value) && value >= 0);
