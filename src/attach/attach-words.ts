/**
 * What an attached client and a listener say to each other over a WebSocket, each word one text message of JSON.
 *
 * The client begins with `hello`. The listener answers `attached`, then sends a `push` for each entry that the client
 * asked for, at least once each; the client acknowledges it with `ack` when its own service has taken it. `at` says that
 * everything received before has been sent and acknowledged. `reply` is the service's answer to a message.
 *
 * Or the client begins with `authorize`: the listener answers `link`, then `waiting` for each change, and last
 * `authorized` or `over`. `watch` begins anew after a break.
 */
import { asObject, type Json } from '../runtime/json-object.ts';
import type { LinkWishes } from '../credentials/link-terms.ts';
import type { PermissionChanges } from '../credentials/permission-changes.ts';
import { AUTH_TYPES } from '../protocol/links.ts';
import { ERROR_CODES, type ErrorCode } from '../sentences/error-codes.ts';
import type { Text } from '../sentences/text.ts';
import type { WxopError } from '../sentences/wxop-error.ts';
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

/** The first word of a client that has a link made. */
export interface Authorize extends LinkWishes {
  type: 'authorize';
  /** The only account that it is for: an appid or an alias. */
  bizAppId?: string;
}

export type ClientWord =
  | Hello
  | Authorize
  /** The first word of one that was away: what becomes of this link? */
  | { type: 'watch'; attempt: string }
  | { type: 'ack'; ids: string[] }
  /** Undefined: the service had no answer. */
  | { type: 'reply'; id: string; body?: string };

export type AttachedEntry = Omit<JournalEntry, 'owed'> & { fields?: Fields };

/** A link as its listener made it. */
export interface MadeLink {
  /** Of the attempt. */
  id: string;
  launchUrl: string;
  mobileUrl: string;
  pcUrl: string;
  /** Milliseconds that it still works. */
  left: number;
  returnUrl?: string;
  /** The only account that it is for. */
  bizAppId?: string;
}

/** An error of ours, on its way. */
export type SentError = Pick<WxopError, 'code' | 'text' | 'hint' | 'errcode' | 'retryable'>;

export type ListenerWord =
  | { type: 'link'; link: MadeLink }
  /** It cannot be made yet: WeChat has pushed no ticket that works. */
  | { type: 'no-ticket' }
  /** Why the newest code failed. */
  | { type: 'waiting'; failure?: SentError }
  /** `account` has no secrets; `expires_in`: seconds that its token still lives. */
  | { type: 'authorized'; account: Json; permissions?: PermissionChanges }
  /** Its time is over. */
  | { type: 'over'; failure?: SentError }
  | { type: 'refused'; error: SentError }
  | { type: 'attached'; at: number }
  | { type: 'push'; entry: AttachedEntry }
  | { type: 'at'; at: number }
  /** What was received between the two, by its clock, may be gone from its journal. */
  | { type: 'gap'; from: number; to: number };

const MOST_FILTERS = 32;
const MOST_NAMES = 500;
const LONGEST_NAME = 100;
/** Characters of an address, or of what is passed through. */
const MOST_OF_TEXT = 2_000;
/** The last moment that a Date knows. */
const LATEST = 8.64e15;

/** Undefined for what is no word of a client. */
export function readClientWord(said: string): ClientWord | undefined {
  const word = parsed(said);
  if (word.type === 'hello') return readHello(word);
  if (word.type === 'authorize') return readAuthorize(word);
  if (word.type === 'watch' && isName(word.attempt)) return { type: 'watch', attempt: word.attempt };
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

function readAuthorize(word: Record<string, unknown>): Authorize | undefined {
  const { authType, bizAppId, permissionSets, returnUrl, state } = word;
  const isText = (value: unknown): value is string | undefined =>
    value === undefined || (typeof value === 'string' && value.length <= MOST_OF_TEXT);
  const isSets = (value: unknown): value is number[] | undefined =>
    value === undefined || (Array.isArray(value) && value.length <= MOST_NAMES && value.every(isSet));
  const kind = AUTH_TYPES.find((known) => known === authType);
  if (!kind || !isText(bizAppId) || !isText(returnUrl) || !isText(state) || !isSets(permissionSets)) return undefined;
  return { type: 'authorize', authType: kind, bizAppId, permissionSets, returnUrl, state };
}

/** Undefined for what is no word of a listener. */
export function readListenerWord(said: string): ListenerWord | undefined {
  const word = parsed(said);
  if ((word.type === 'attached' || word.type === 'at') && typeof word.at === 'number')
    return { type: word.type, at: word.at };
  if (word.type === 'gap' && typeof word.from === 'number' && typeof word.to === 'number')
    return { type: 'gap', from: word.from, to: word.to };
  if (word.type !== 'push') return readLinkWord(word);
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

/** What a listener says of a link. */
function readLinkWord(word: Record<string, unknown>): ListenerWord | undefined {
  switch (word.type) {
    case 'no-ticket':
      return { type: word.type };
    case 'waiting':
    case 'over':
      return { type: word.type, failure: readError(word.failure) };
    case 'refused': {
      const error = readError(word.error);
      return error && { type: word.type, error };
    }
    case 'authorized':
      return {
        type: word.type,
        account: asObject(word.account),
        permissions: word.permissions as PermissionChanges | undefined,
      };
    case 'link': {
      const { id, launchUrl, mobileUrl, pcUrl, left, returnUrl, bizAppId } = asObject(word.link);
      const links = [launchUrl, mobileUrl, pcUrl, returnUrl ?? 'https://-'];
      const isWhole = links.every((one) => typeof one === 'string' && URL.canParse(one)) && typeof left === 'number';
      if (!isName(id) || !isWhole || !(bizAppId === undefined || isName(bizAppId))) return undefined;
      return { type: word.type, link: asObject(word.link) as unknown as MadeLink };
    }
  }
  return undefined;
}

function readError(sent: unknown): SentError | undefined {
  const { code, text, hint, errcode, retryable } = asObject(sent);
  const isText = (value: unknown): value is Text => {
    const { en, zh } = asObject(value);
    return typeof en === 'string' && typeof zh === 'string';
  };
  if (typeof code !== 'string' || !isText(text)) return undefined;
  return {
    code: Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'UNEXPECTED',
    text,
    hint: isText(hint) ? hint : undefined,
    errcode: typeof errcode === 'number' ? errcode : undefined,
    retryable: retryable === true,
  };
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
const isSet = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) < 10_000;
const isNames = (value: unknown, most: number): value is string[] =>
  Array.isArray(value) && value.length <= most && value.every(isName);
const isTime = (value: unknown): value is number | undefined =>
  value === undefined || (typeof value === 'number' && value >= 0 && value <= LATEST);
