/** What a link to authorize is to be like, and whether a merchant can use it. */
import { isPrivateHost } from '../runtime/hosts.ts';
import { en, listed, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { AuthType } from '../protocol/links.ts';

const LONGEST = 1_024;
const STATE = /^[ -~]{1,256}$/;
/** What the listener adds when the merchant goes there, and the state. */
const OURS = ['result', 'appid', 'reference', 'state'];

/** What is wished for a link. */
export interface LinkWishes {
  authType: AuthType;
  permissionSets?: readonly number[];
  /** A page of the operator's own where the merchant goes afterwards. */
  returnUrl?: string;
  /** Passed through to that page. */
  state?: string;
}

/** The listener that a link leads to. */
export interface LinkSite {
  publicUrl: string;
  /** WeChat's pages for phones. */
  openUrl: string;
  /** Hosts that merchants may be sent on to, with commas between them. */
  returnHosts?: string;
  /** It is not this machine's: its operator changes what is to be changed. */
  isElsewhere?: boolean;
}

export interface LinkTerms extends Pick<LinkWishes, 'authType' | 'permissionSets'> {
  /** The address to keep with the attempt, the state in its query. */
  returnTo?: string;
}

/** Throws SETTINGS_INVALID where no merchant could open the link, USAGE for a page that none may be sent to. */
export function linkTerms({ authType, permissionSets, ...wishes }: LinkWishes, place: LinkSite): LinkTerms {
  refuseUnreachable(place);
  return { authType, permissionSets, returnTo: returnAddress(wishes, place) };
}

/** The merchant's phone cannot open this machine's or its network's addresses; offline, against a sandbox, it need not. */
function refuseUnreachable({ publicUrl, openUrl, isElsewhere }: LinkSite): void {
  const isReal = /(?:^|\.)qq\.com$/.test(new URL(openUrl).hostname);
  if (!isReal || !isPrivateHost(new URL(publicUrl).hostname)) return;
  throw new WxopError(
    'SETTINGS_INVALID',
    text(`The merchant's phone cannot open ${publicUrl}.`, `商家的手机无法打开 ${publicUrl}。`),
    { hint: isElsewhere ? SET_THERE : SET_PUBLIC_URL },
  );
}

const SET_PUBLIC_URL = text(
  'Set --public-url to the 授权发起页域名 of the console, with https://. To try it offline: `wxop demo`.',
  '请将 --public-url 设为控制台的“授权发起页域名”（带 https://）。离线体验：`wxop demo`。',
);
const SET_THERE = text(
  'The operator of the listener sets its --public-url to the 授权发起页域名 of the console, with https://.',
  '请监听服务的管理员将其 --public-url 设为控制台的“授权发起页域名”（带 https://）。',
);

function returnAddress(
  { returnUrl, state }: Pick<LinkWishes, 'returnUrl' | 'state'>,
  { publicUrl, returnHosts, isElsewhere }: LinkSite,
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
  const hosts = [new URL(publicUrl).host, ...(returnHosts?.split(',') ?? [])];
  if (!hosts.includes(url.host)) throw foreign(url.host, hosts, isElsewhere);
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

const foreign = (host: string, hosts: readonly string[], isElsewhere = false): WxopError =>
  refusal(
    text(
      en`--return-url leads to ${host}, which is not among ${listed(hosts)}.`,
      zh`--return-url 指向 ${host}，不在 ${listed(hosts)} 之中。`,
    ),
    isElsewhere ? allowedThere(host) : allowedHere(host),
  );

const allowedHere = (host: string): Text =>
  text(
    en`Allow it, if it is yours: wxop config set returnHosts ${host}`,
    zh`若为您自己的域名，请允许：wxop config set returnHosts ${host}`,
  );
const allowedThere = (host: string): Text =>
  text(
    en`The operator of the listener can allow it there: wxop config set returnHosts ${host}`,
    zh`请监听服务的管理员在其机器上允许：wxop config set returnHosts ${host}`,
  );
