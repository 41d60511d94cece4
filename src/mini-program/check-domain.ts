/**
 * Domains as they are typed, checked before anything is sent: WeChat takes some that are wrong, and shows no error.
 * Source: developers.weixin.qq.com, 第三方平台 → 小程序域名管理; 小程序 → 网络.
 */
import type { ServerKind } from '../protocol/calls/mini-program/domain-endpoints.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

export type DomainKind = ServerKind | 'webView';

const SCHEMES: Record<DomainKind, string> = {
  request: 'https://',
  socket: 'wss://',
  upload: 'https://',
  download: 'https://',
  udp: 'udp://',
  tcp: 'tcp://',
  webView: 'https://',
};
const WECHAT_HOST = 'api.weixin.qq.com';
const HOST = /^[a-z\d_](?:[a-z\d_-]*[a-z\d_])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)+$/;

/** In the form in which WeChat keeps it. Throws USAGE for what cannot be one of this kind. */
export function checkDomain(typed: string, kind: DomainKind): string {
  const scheme = SCHEMES[kind];
  const written = typed.trim().toLowerCase();
  if (!written.startsWith(scheme)) throw wrong(typed, withScheme(scheme, written), 86100);
  const rest = written.slice(scheme.length).replace(/\/$/, '');
  const [, host = '', port] = /^([^:]*)(?::(\d{1,5}))?$/.exec(rest) ?? [];
  if (/[/?#@]/.test(rest)) throw wrong(typed, NO_PATH);
  if (/^[\d.]+$/.test(host) || rest.startsWith('[')) throw wrong(typed, NO_ADDRESS);
  if (host === WECHAT_HOST) throw wrong(typed, NOT_WECHAT, 86101);
  if (!HOST.test(host) || Number(port ?? 1) > 65_535) throw wrong(typed, withScheme(scheme, ''));
  if (kind === 'webView' && port !== undefined) throw wrong(typed, NO_PORT);
  return scheme + rest;
}

/** A host of the component's own list, which has no scheme there. Throws USAGE. */
export function checkOwnDomain(typed: string): string {
  const host = typed
    .trim()
    .toLowerCase()
    .replace(/^(?:https|wss):\/\//, '')
    .replace(/\/$/, '');
  if (/^[\d.]+$/.test(host) || !HOST.test(host)) throw wrong(typed, withScheme('', ''));
  return host;
}

const withScheme = (scheme: string, written: string): Text => {
  const host = written.replace(/^(?:[a-z]+:\/\/)+/, '').replace(/[/?#].*$/, '') || 'shop.example.com';
  return text(en`Write it as ${scheme}${host}.`, zh`应写作 ${scheme}${host}。`);
};
const NO_PATH = text('Leave out the path: a domain only.', '请去掉路径，只写域名。');
const NO_ADDRESS = text('An IP address cannot be one.', '不能使用 IP 地址。');
const NOT_WECHAT = text(
  'WeChat itself must not be called from a mini program: call it from your server.',
  '小程序不能直接调用微信接口：请由服务器调用。',
);
const NO_PORT = text('Leave out the port: web views have none.', '业务域名不能带端口。');

const wrong = (typed: string, hint: Text, errcode?: number): WxopError =>
  new WxopError('USAGE', text(en`${typed} cannot be a domain here.`, zh`${typed} 不能作为此类域名。`), {
    hint,
    ...(errcode && { errcode }),
  });
