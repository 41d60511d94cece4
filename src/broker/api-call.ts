/** A call through the broker, as the caller addressed it: which path, for whom, with which query. Nothing is sent here. */
import type { Query } from '../listener/http/request-target.ts';
import { knownPath, tokenNameOf, TOKEN_PARAMETERS } from '../protocol/calls/api-paths.ts';
import { insteadOf } from '../protocol/calls/exchanges.ts';
import { handsOutTokens, pathRefused, takesNoToken, whichAccount, type Refusal } from './refusals.ts';

export interface BrokeredCall {
  path: string;
  /** Whose right it takes: an appid, or `component`. */
  account: string;
  /** Whose token it carries. */
  holder: 'component' | 'account';
  tokenName: string;
}

/** Each path has one spelling: nothing is decoded or resolved on the way, so nothing can mean two things. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_-][\w.-]*)+$/;
/** Asked with the component's token about one account, which the query names. */
const ABOUT_ACCOUNT = '/sns/component/jscode2session';
/** They answer with tokens of users. */
const TOKENS_IN_ANSWER = /^\/sns\/(?:oauth2|auth)(?:\/|$)/i;

/** `account`: as `X-Account` names it, or undefined; `only`: the one that the key is for, if it is one. */
export function readApiCall(
  path: string,
  query: Query,
  { account, only }: { account?: string; only?: string },
): BrokeredCall | Refusal {
  if (!PLAIN_PATH.test(path)) return pathRefused();
  if (insteadOf(path) !== undefined || TOKENS_IN_ANSWER.test(path)) return handsOutTokens();
  const tokenOf = knownPath(path)?.tokenOf;
  if (tokenOf === 'none') return takesNoToken();
  const named = account ?? (tokenOf === 'component' ? 'component' : only);
  if (named === undefined) return whichAccount();
  const isAbout = path === ABOUT_ACCOUNT && query.getAll('appid').join() === named;
  const holder = named === 'component' || tokenOf === 'component' ? 'component' : 'account';
  return {
    path,
    account: holder === 'component' && !isAbout ? 'component' : named,
    holder,
    tokenName: tokenNameOf(path, holder === 'component'),
  };
}

/** The query as it was written, with this token instead of any that it had. */
export function queryWith(search: string, name: string, token: string): string {
  const kept = search.split('&').filter((pair) => pair !== '' && !isToken(pair));
  return [...kept, `${name}=${encodeURIComponent(token)}`].join('&');
}

function isToken(pair: string): boolean {
  const [name = ''] = pair.replaceAll('+', ' ').split('=');
  try {
    return TOKEN_PARAMETERS.includes(decodeURIComponent(name).trim().toLowerCase());
  } catch {
    // Undecodable: WeChat could still read it as one.
    return /token/i.test(name);
  }
}

/** Up to the value, whose end is looked for letter by letter: no expression reads megabytes without filling its stack. */
const SECRET_FIELDS = /"\w*(?:access_token|refresh_token|component_verify_ticket)"\s*:\s*"/g;
/** In addresses of calls, which WeChat shows for a rid. Nothing before it is looked at: it could be long. */
const SECRET_PARAMETERS = /(access_token=)[\w-]+/g;

/** A document without tokens: neither those that it has fields for, nor those that were sent. */
export function withoutTokens(document: string, sent: readonly string[]): string {
  let shown = '';
  let from = 0;
  for (const { 0: start, index } of document.matchAll(SECRET_FIELDS)) {
    if (index < from) continue;
    shown += `${document.slice(from, index)}${start}***`;
    from = index + start.length;
    while (from < document.length && document[from] !== '"') from += document[from] === '\\' ? 2 : 1;
  }
  const named = `${shown}${document.slice(from)}`.replace(SECRET_PARAMETERS, '$1***');
  return sent.reduce((text, token) => text.replaceAll(token, '***'), named);
}
