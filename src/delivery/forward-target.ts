/** Where pushes are forwarded to, which ones, and the request that carries one. Pure. */
import { createHash, createHmac } from 'node:crypto';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { JournalEntry } from './journal.ts';
import { maskPushFields, openFields, type Fields, type OpeningKeys } from '../protocol/opened-push.ts';

/** `raw`: the request as WeChat sent it. `json`: the opened fields, signed. */
export type ForwardFormat = 'raw' | 'json';

/** Component events: not forwarded, forwarded after our own exchange, or handed over to the target. */
export type ForwardEvents = 'never' | 'after' | 'handover';

export interface ForwardTarget {
  /** Follows from the URL alone, so that what is owed survives a change of format or filter. */
  id: string;
  /** `$APPID$` stands for the account. */
  url: string;
  /** For people: without query. */
  name: string;
  format: ForwardFormat;
  kinds: readonly JournalEntry['kind'][];
  /** Types and events, in lower case; empty: all. */
  names: readonly string[];
  appIds: readonly string[];
}

/** Milliseconds and bytes of one try; WeChat takes far shorter replies. */
export const TRY = { deadline: 10_000, limit: 64 * 1024 };

const KEYS = ['type', 'event', 'appid', 'format', 'kind'];

/**
 * Reads `URL#filter`: the fragment, which no server ever sees, says which pushes the target gets, written like a query:
 * `#event=subscribe,CLICK&type=text&appid=wx…&kind=message&format=json`. Throws USAGE.
 */
export function parseForwardTarget(written: string, format: ForwardFormat): ForwardTarget {
  const [url = '', fragment = ''] = written.split(/#(.*)/s);
  const concrete = url.replaceAll('$APPID$', 'wx0123456789abcdef');
  const parsed = URL.canParse(concrete) ? new URL(concrete) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) throw notTarget(url);
  const filter = new URLSearchParams(fragment.replaceAll('+', '%2B'));
  const unknown = [...filter.keys()].find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw notFilter(unknown);
  const listed = (key: string): string[] =>
    filter
      .getAll(key)
      .flatMap((value) => value.split(','))
      .filter(Boolean);
  const choice = <Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined => {
    const [chosen] = listed(key);
    if (chosen !== undefined && !choices.includes(chosen as Choice)) throw notFilter(`${key}=${chosen}`);
    return chosen as Choice | undefined;
  };
  const kind = choice('kind', ['event', 'message'] as const);
  const chosenFormat = choice('format', ['raw', 'json'] as const) ?? format;
  return {
    id: idOf(url),
    url,
    name: url.split('?')[0] ?? url,
    format: chosenFormat,
    kinds: kind ? [kind] : ['event', 'message'],
    names: [...listed('type'), ...listed('event')].map((name) => name.toLowerCase()),
    appIds: listed('appid'),
  };
}

/** Its name for people. A query may be secret: only enough of it to tell two apart. */
function idOf(url: string): string {
  const [name = '', query] = url.replace(/\s/g, '%20').split(/\?(.*)/s);
  return query === undefined ? name : `${name}?${createHash('sha256').update(query).digest('hex').slice(0, 8)}`;
}

/** Without user, password and query: they may be secrets. */
const named = (url: string): string => url.replace(/\?.*$/s, '').replace(/\/\/[^/]*@/, '//***@');

function notTarget(url: string): WxopError {
  return new WxopError('USAGE', text(`Not a target: ${named(url)}`, `转发目标无效：${named(url)}`), {
    hint: text(
      'Write it as http://host:port/path, without a password; $APPID$ stands for the account.',
      '格式为 http://host:port/path，不含密码；$APPID$ 代表帐号的 AppID。',
    ),
  });
}

function notFilter(key: string): WxopError {
  return new WxopError('USAGE', text(`--forward-to: unknown filter: ${key}`, `--forward-to：未知的过滤条件：${key}`), {
    hint: text(
      'After #: type=…, event=…, appid=…, kind=event|message, format=raw|json, joined by &.',
      '# 之后可用：type=…、event=…、appid=…、kind=event|message、format=raw|json，以 & 连接。',
    ),
  });
}

/** True if a target wants a push. One whose address needs an account gets only pushes about an account. */
export function wants(target: ForwardTarget, push: Pick<JournalEntry, 'kind' | 'appId' | 'type' | 'event'>): boolean {
  if (!target.kinds.includes(push.kind)) return false;
  if (push.appId === '' && target.url.includes('$APPID$')) return false;
  if (target.appIds.length > 0 && !target.appIds.includes(push.appId)) return false;
  const names = [push.type, push.event ?? ''].map((name) => name.toLowerCase());
  return target.names.length === 0 || target.names.some((name) => names.includes(name));
}

export interface ForwardKeys extends OpeningKeys {
  /** Signs what is forwarded as JSON. */
  forwardSecret?: string;
  /** The target owns codes and tokens, so it gets them. */
  handover: boolean;
  /** Where another opened the pushes. */
  open?: (entry: JournalEntry) => Fields | undefined;
}

export interface ForwardRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/**
 * The request to a target; undefined if it cannot be made: JSON of a push whose key is gone. `now` in milliseconds.
 * JSON is signed as `X-Wxop-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`.
 */
export function forwardRequest(
  target: ForwardTarget,
  entry: JournalEntry,
  keys: ForwardKeys,
  now: number,
): ForwardRequest | undefined {
  const base = target.url.replaceAll('$APPID$', entry.appId);
  const headers = { 'user-agent': 'wxop', 'x-wxop-event-id': entry.id };
  if (target.format === 'raw') {
    const url = entry.query === '' ? base : `${base}${base.includes('?') ? '&' : '?'}${entry.query}`;
    return { url, headers: { ...headers, 'content-type': entry.contentType || 'text/xml' }, body: entry.body };
  }
  const opened = keys.open ? keys.open(entry) : openFields(entry.body, keys);
  if (!opened) return undefined;
  const fields = entry.kind === 'event' && !keys.handover ? maskPushFields(opened) : opened;
  const { id, kind, appId, type, event, createTime, receivedAt } = entry;
  const body = JSON.stringify({
    id,
    kind,
    componentAppId: keys.componentAppId,
    ...(appId && { appId }),
    type,
    ...(event && { event }),
    createTime,
    receivedAt: new Date(receivedAt).toISOString(),
    fields,
  });
  const seconds = Math.floor(now / 1000);
  const signature = createHmac('sha256', keys.forwardSecret ?? '')
    .update(`${seconds}.${body}`)
    .digest('hex');
  return {
    url: base,
    headers: { ...headers, 'content-type': 'application/json', 'x-wxop-signature': `t=${seconds},v1=${signature}` },
    body,
  };
}
