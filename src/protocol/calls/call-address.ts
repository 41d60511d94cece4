/** A call as a person writes it: `[METHOD] PATH`, its query, its body. Nothing is sent here. */
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { knownPath, TOKEN_PARAMETERS } from './api-paths.ts';
import { insteadOf } from './exchanges.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];

const wrong = (en: string, zh: string, hintEn: string, hintZh: string): WxopError =>
  new WxopError('USAGE', text(en, zh), { hint: text(hintEn, hintZh) });

/** One operand is the path, two are method and path. Throws USAGE. */
export function methodAndPath(first: string, second: string | undefined): { method?: string; written: string } {
  if (second === undefined) {
    if (!METHODS.includes(first.toUpperCase())) return { written: first };
    throw wrong(
      `${first} what? The path is missing.`,
      `缺少接口路径。`,
      'wxop api GET /cgi-bin/menu/get',
      'wxop api GET /cgi-bin/menu/get',
    );
  }
  if (METHODS.includes(first.toUpperCase())) return { method: first.toUpperCase(), written: second };
  throw wrong(`${first} is no method.`, `${first} 不是 HTTP 方法。`, METHODS.join(', '), METHODS.join('、'));
}

export interface CallAddress {
  path: string;
  query: URLSearchParams;
}

/**
 * Reads a path with or without its leading slash, or a whole URL of this API. Throws USAGE for another host, for a path
 * that could be read in two ways, and for a token in the query.
 */
export function readAddress(written: string, apiUrl: string, further: [name: string, value: string][]): CallAddress {
  const api = new URL(apiUrl);
  const isWhole = /^[a-z][a-z0-9+.-]*:/i.test(written);
  const url = URL.canParse(written, api.origin + '/')
    ? new URL(isWhole ? written : `/${written.replace(/^[/\\]+/, '')}`, api)
    : undefined;
  if (url?.origin !== api.origin || url.username !== '' || url.password !== '') {
    throw wrong(
      `${api.host} is the only host that is called.`,
      `仅可调用 ${api.host}。`,
      'Name the path alone; the host is set by WXOP_API_URL.',
      '请仅填写路径；域名由 WXOP_API_URL 设置。',
    );
  }
  const path = url.pathname.replace(/\/{2,}/g, '/');
  // A path that is spelt otherwise than it is known could pass by what is known of it.
  if (/[^\w./-]/.test(path)) {
    throw wrong(
      `${path} holds characters that no path of WeChat has.`,
      `${path} 含有微信接口路径中没有的字符。`,
      'Write the path plainly.',
      '请直接书写路径。',
    );
  }
  const query = url.searchParams;
  for (const [name, value] of further) query.append(name, value);
  const token = [...query.keys()].find((name) => TOKEN_PARAMETERS.includes(name.toLowerCase()));
  if (token !== undefined) {
    throw wrong(
      `A token does not belong into the query (${token}).`,
      `参数中不应包含令牌（${token}）。`,
      'wxop adds the right one: `--as component` or `--as <appid>`.',
      'wxop 会自动添加：`--as component` 或 `--as <appid>`。',
    );
  }
  return { path, query };
}

/** Throws USAGE for a call that exchanges credentials behind the keeper's back, unless it is forced. */
export function checkExchange(path: string, force: boolean | undefined): void {
  const instead = insteadOf(path);
  if (!instead || force) return;
  const call = path.split('/').filter(Boolean).at(-1);
  throw new WxopError('USAGE', text(`${call} changes credentials.`, `${call} 会更换凭据。`), {
    hint: text(en`${instead} --force calls it all the same.`, zh`${instead}如仍要调用，请加 --force。`),
  });
}

/** The body with the component's appid in it, where the call names the component and the body does not; otherwise unchanged. */
export function withComponent(body: string, path: string, componentAppId: () => string): string {
  if (knownPath(path)?.namesComponent !== 'body') return body;
  const [, rest] = /^\s*\{([^]*)$/.exec(body) ?? [];
  if (rest === undefined || /"component_appid"\s*:/.test(body)) return body;
  // What was written stays as it was written, but for one field in front of it.
  const isEmpty = /^\s*\}/.test(rest);
  return `{"component_appid":${JSON.stringify(componentAppId())}${isEmpty ? '' : ','}${rest}`;
}
