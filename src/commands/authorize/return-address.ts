/** Where the merchant goes on to after the authorization: a page of the operator's own, and nobody else's. */
import type { Settings } from '../../settings/resolve-settings.ts';
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';

const LONGEST = 1_024;
const STATE = /^[ -~]{1,256}$/;
/** What the listener adds when the merchant goes there, and the state. */
const OURS = ['result', 'appid', 'reference', 'state'];

export interface ReturnFlags {
  returnUrl?: string;
  state?: string;
}

/** The address to keep with the attempt, the state in its query; undefined where none was given. */
export function returnAddress(
  { returnUrl, state }: ReturnFlags,
  settings: Settings,
  publicUrl: string,
): string | undefined {
  if (returnUrl === undefined) {
    if (state !== undefined)
      throw refusal(text('--state goes with --return-url.', '--state 须与 --return-url 一起使用。'));
    return undefined;
  }
  if (returnUrl.length > LONGEST || !/^https:\/\/[!-~]+$/i.test(returnUrl) || !URL.canParse(returnUrl))
    throw refusal(SHAPE, EXAMPLE);
  const url = new URL(returnUrl);
  if (url.username !== '' || url.password !== '') throw refusal(NO_USER, EXAMPLE);
  const hosts = [new URL(publicUrl).host, ...(settings.find('returnHosts')?.split(',') ?? [])];
  if (!hosts.includes(url.host)) throw foreign(url.host, hosts);
  const taken = OURS.filter((name) => url.searchParams.has(name));
  if (taken.length > 0)
    throw refusal(
      text(
        en`--return-url has ${listed(taken)} already: wxop adds that.`,
        zh`--return-url 已含有 ${listed(taken)}：该参数由 wxop 添加。`,
      ),
    );
  if (state === undefined) return url.href;
  if (!STATE.test(state)) throw refusal(STATE_SHAPE);
  url.searchParams.set('state', state);
  return url.href;
}

const refusal = (sentence: Text, hint?: Text): WxopError => new WxopError('USAGE', sentence, hint && { hint });

const SHAPE = text(
  '--return-url takes an address with https:// of at most 1024 characters.',
  '--return-url 须为 https:// 网址，不超过 1024 个字符。',
);
const EXAMPLE = text(
  'For example: --return-url https://shop.example.com/done.',
  '例如：--return-url https://shop.example.com/done。',
);
const NO_USER = text('--return-url must hold no user and no password.', '--return-url 不得含有用户名或密码。');
const STATE_SHAPE = text(
  '--state takes 1 to 256 printable ASCII characters.',
  '--state 须为 1 到 256 个可打印的 ASCII 字符。',
);

const foreign = (host: string, hosts: readonly string[]): WxopError =>
  refusal(
    text(
      en`--return-url leads to ${host}, which is not among ${listed(hosts)}.`,
      zh`--return-url 指向 ${host}，不在 ${listed(hosts)} 之中。`,
    ),
    text(
      en`Allow it, if it is yours: wxop config set returnHosts ${host}`,
      zh`若为您自己的域名，请允许：wxop config set returnHosts ${host}`,
    ),
  );
