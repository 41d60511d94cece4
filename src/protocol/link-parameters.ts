/** The parameters of an authorization link, one by one. Source: as check-link.ts. */
import { closestName } from '../sentences/closest-name.ts';
import { en, listed, text, zh, type Text } from '../sentences/text.ts';
import { isPrivateHost } from '../runtime/hosts.ts';
import type { LinkFacts, LinkKind, LinkProblem } from './check-link.ts';
import { isKnownPermission } from './permissions.ts';

const REQUIRED = ['component_appid', 'pre_auth_code', 'redirect_uri'];
const OF_BOTH = [...REQUIRED, 'auth_type', 'biz_appid', 'category_id_list'];
const OF_MOBILE = { action: 'bindcomponent', no_scan: '1' };
const APPID = /^wx[0-9a-f]{16}$/;

export interface LinkParameter {
  name: string;
  /** As it was typed. */
  raw: string;
  /** Decoded once; as it was typed where that cannot be decoded. */
  value: string;
  column: number;
}

export type SayOfLink = (
  rule: string,
  column: number,
  message: Text,
  more?: Partial<Pick<LinkProblem, 'hint' | 'parameter' | 'severity'>>,
) => void;

/** As they stand in the query, which begins at that column. */
export function parametersOf(query: string, from: number): LinkParameter[] {
  let column = from;
  return query.split('&').flatMap((pair) => {
    const blanks = /^ */.exec(pair)?.[0].length ?? 0;
    const at = column + blanks;
    column += pair.length + 1;
    const [name = '', ...rest] = pair.trim().split('=');
    const raw = rest.join('=');
    return name === '' ? [] : [{ name, raw, value: decoded(raw), column: at }];
  });
}

function decoded(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

export interface LinkCircumstances {
  facts: LinkFacts;
  say: SayOfLink;
  link: string;
}

/** Everything that is wrong with the parameters of a link. */
export function checkParameters(
  kind: LinkKind,
  parameters: LinkParameter[],
  { facts, say, link }: LinkCircumstances,
): void {
  const known = kind === 'pc' ? OF_BOTH : [...OF_BOTH, ...Object.keys(OF_MOBILE)];
  const byName = new Map<string, LinkParameter>();
  for (const parameter of parameters) {
    const { name, column, raw } = parameter;
    const of = { parameter: name };
    if (!known.includes(name)) {
      const meant = closestName(name.toLowerCase().replaceAll('-', '_'), [...known, ...Object.keys(OF_MOBILE)]);
      sayUnknown(say, parameter, meant, byName.get('redirect_uri'));
    } else if (byName.has(name)) {
      say('duplicate', column, text(en`${name} stands there twice.`, zh`${name} 重复出现。`), of);
    } else {
      byName.set(name, parameter);
      if (raw === '') say('missing', column, text(en`${name} is empty.`, zh`${name} 为空。`), of);
      else if (/%(?![\da-f]{2})/i.test(raw))
        say('encoding', column, text(en`${name} has a % that begins no escape.`, zh`${name} 含有无效的 % 转义。`), of);
    }
  }
  const end = (link.includes('#') ? link.indexOf('#') : link.length) + 1;
  for (const name of REQUIRED) {
    if (byName.has(name)) continue;
    const hint = parameters.length < 2 ? QUOTE_IT : undefined;
    say('missing', end, text(en`${name} is missing.`, zh`缺少 ${name}。`), { parameter: name, ...(hint && { hint }) });
  }
  const given = (name: string): LinkParameter | undefined => (byName.get(name)?.raw ? byName.get(name) : undefined);
  if (kind !== 'pc') checkMobile(given, end, say);
  checkIds(given, facts, say);
  checkType(given, end, say);
  const redirect = given('redirect_uri');
  if (redirect) checkRedirect(redirect, facts, say);
  const sets = given('category_id_list');
  if (sets) checkSets(sets, say);
}

const QUOTE_IT = text(
  'A shell ends an unquoted link at its first &: put it in single quotes, or give it on stdin with -.',
  'shell 会在第一个 & 处截断未加引号的链接：请用单引号括起，或用 - 从标准输入提供。',
);

function sayUnknown(
  say: SayOfLink,
  { name, column }: LinkParameter,
  meant: string | undefined,
  redirect?: LinkParameter,
): void {
  const isTail = redirect !== undefined && /^https?:\/\/[^?]*\?/i.test(redirect.raw);
  const hint =
    meant !== undefined ? text(en`Do you mean ${meant}?`, zh`是否为 ${meant}？`) : isTail ? OF_THE_REDIRECT : undefined;
  say('unknown', column, text(en`WeChat knows no parameter ${name}.`, zh`微信没有参数 ${name}。`), {
    parameter: name,
    severity: meant === undefined && !isTail ? 'warning' : 'error',
    ...(hint && { hint }),
  });
}

const OF_THE_REDIRECT = text(
  'It belongs to the address in redirect_uri, which is not percent-encoded: WeChat cuts it off there.',
  '它属于 redirect_uri 中的网址；因未做百分号编码，会被微信截断。',
);

type Given = (name: string) => LinkParameter | undefined;

function checkMobile(given: Given, end: number, say: SayOfLink): void {
  for (const [parameter, wanted] of Object.entries(OF_MOBILE)) {
    const found = given(parameter);
    const should = text(
      en`The documents have ${parameter}=${wanted} in this link.`,
      zh`官方文档中该链接带有 ${parameter}=${wanted}。`,
    );
    if (!found) say('missing', end, should, { parameter, severity: 'warning' });
    else if (found.value !== wanted)
      say('value', found.column, should, { parameter, severity: parameter === 'action' ? 'error' : 'warning' });
  }
}

function checkIds(given: Given, { componentAppId }: LinkFacts, say: SayOfLink): void {
  const [component, code, biz] = [given('component_appid'), given('pre_auth_code'), given('biz_appid')];
  for (const one of [component, biz]) {
    if (!one || APPID.test(one.value)) continue;
    const hint = /^gh_/.test(one.value)
      ? ORIGINAL_ID
      : text('wx and 16 hexadecimal digits in lower case.', 'wx 加 16 位小写十六进制字符。');
    say('appid', one.column, text(en`${one.name} is no appid.`, zh`${one.name} 不是 AppID。`), {
      parameter: one.name,
      hint,
    });
  }
  if (component && componentAppId !== undefined && APPID.test(component.value) && component.value !== componentAppId) {
    say(
      'foreign-component',
      component.column,
      text(
        en`component_appid is not ${componentAppId}, the one of the settings.`,
        zh`component_appid 不是设置中的 ${componentAppId}。`,
      ),
      { parameter: component.name },
    );
  }
  if (biz && biz.value === component?.value) {
    say('appid', biz.column, BIZ_IS_COMPONENT, { parameter: biz.name });
  }
  if (code) checkCode(code, say);
}

function checkType(given: Given, end: number, say: SayOfLink): void {
  const [biz, type] = [given('biz_appid'), given('auth_type')];
  if (type && !/^[1-8]$/.test(type.value)) {
    say(
      'auth-type',
      type.column,
      text(en`auth_type ${type.value} does not exist.`, zh`不存在 auth_type ${type.value}。`),
      { parameter: type.name, hint: AUTH_TYPES_IN_WORDS },
    );
  } else if (type?.value === '7') {
    say(
      'auth-type',
      type.column,
      text('What auth_type 7 stands for is not documented.', 'auth_type 7 的含义没有文档说明。'),
      { parameter: type.name, severity: 'warning' },
    );
  }
  if (type && biz) {
    say('auth-type', type.column, BIZ_WINS, { parameter: type.name, severity: 'warning' });
  } else if (!type && !biz) {
    say('missing', end, TYPE_MISSING, { parameter: 'auth_type', severity: 'warning', hint: AUTH_TYPES_IN_WORDS });
  }
}

const ORIGINAL_ID = text(
  'This is an original id (原始 ID); the appid begins with wx.',
  '这是原始 ID；AppID 以 wx 开头。',
);
const BIZ_IS_COMPONENT = text(
  'biz_appid is the account that is to be authorized, not the component itself.',
  'biz_appid 应为待授权的帐号，而不是第三方平台自身。',
);
const BIZ_WINS = text(
  'biz_appid wins: auth_type has no effect beside it.',
  '与 biz_appid 同时使用时，auth_type 不起作用。',
);
const TYPE_MISSING = text(
  'auth_type is missing: newer documents require it; without it WeChat offered 公众号 and 小程序.',
  '缺少 auth_type：新版文档要求填写；缺省时为公众号与小程序。',
);
const AUTH_TYPES_IN_WORDS = text(
  '1 公众号, 2 小程序, 3 both, 4 小程序推客, 5 视频号, 6 公众号, 小程序 and 视频号, 8 带货助手.',
  '1 公众号，2 小程序，3 两者，4 小程序推客，5 视频号，6 公众号、小程序与视频号，8 带货助手。',
);

function checkCode({ name, raw, value, column }: LinkParameter, say: SayOfLink): void {
  const of = { parameter: name };
  if (/%25/.test(raw)) return say('encoding', column, twice(name), of);
  if (/^queryauthcode@@@/.test(value)) {
    return say(
      'code',
      column,
      text(
        'This is an authorization code (queryauthcode), not a pre-auth code.',
        '这是授权码（queryauthcode），而不是预授权码。',
      ),
      of,
    );
  }
  if (!/^preauthcode@@@./.test(value)) {
    say(
      'code',
      column,
      text(
        'This does not look like a pre-auth code: those begin with preauthcode@@@.',
        '看起来不是预授权码：预授权码以 preauthcode@@@ 开头。',
      ),
      { ...of, severity: 'warning' },
    );
  }
}

const twice = (name: string): Text => text(en`${name} is percent-encoded twice.`, zh`${name} 被重复编码。`);

function checkRedirect({ name, raw, value, column }: LinkParameter, { publicUrl }: LinkFacts, say: SayOfLink): void {
  const of = { parameter: name };
  if (/^https?%(?:25)*3a/i.test(value))
    return say('redirect-encoding', column, twice(name), { ...of, hint: ENCODE_ONCE });
  if (/[:/?#]/.test(raw)) say('redirect-encoding', column, NOT_ENCODED, { ...of, hint: ENCODE_ONCE });
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) {
    return say('redirect-scheme', column, NO_SCHEME, of);
  }
  const url = new URL(value);
  if (url.protocol === 'http:' && !publicUrl?.startsWith('http:')) {
    say(
      'redirect-scheme',
      column,
      text('redirect_uri is http: WeChat expects https.', 'redirect_uri 使用 http：微信要求 https。'),
      { ...of, severity: 'warning' },
    );
  }
  const own = publicUrl === undefined ? undefined : new URL(publicUrl).host;
  if (own !== undefined && url.host !== own) {
    say(
      'redirect-host',
      column,
      text(
        en`redirect_uri leads to ${url.host}, the 授权发起页域名 is ${own}: WeChat refuses it (-14).`,
        zh`redirect_uri 指向 ${url.host}，而授权发起页域名是 ${own}：微信会拒绝（-14）。`,
      ),
      { ...of, hint: SAME_HOST },
    );
  } else if (own === undefined && (isPrivateHost(url.hostname) || url.port !== '')) {
    say(
      'redirect-host',
      column,
      text(en`${url.host} can hardly be a 授权发起页域名.`, zh`${url.host} 不太可能是授权发起页域名。`),
      { ...of, severity: 'warning', hint: SAME_HOST },
    );
  }
  const taken = ['auth_code', 'expires_in'].filter((parameter) => url.searchParams.has(parameter));
  if (taken.length > 0) {
    say(
      'redirect-query',
      column,
      text(
        en`WeChat appends ${listed(taken)} itself: there would be two.`,
        zh`${listed(taken)} 由微信附加：将会重复。`,
      ),
      { ...of, severity: 'warning' },
    );
  }
  if (url.hash !== '') {
    say(
      'redirect-query',
      column,
      text(
        'redirect_uri has a fragment (#…): what WeChat appends may be lost in it.',
        'redirect_uri 含有片段（#…）：微信附加的参数可能因此丢失。',
      ),
      { ...of, severity: 'warning' },
    );
  }
}

const NOT_ENCODED = text(
  'redirect_uri is not percent-encoded: its query would be cut off.',
  'redirect_uri 未做百分号编码：其中的参数会被截断。',
);
const ENCODE_ONCE = text(
  'Encode it once, as encodeURIComponent does: https%3A%2F%2F…',
  '请编码一次（如 encodeURIComponent）：https%3A%2F%2F…',
);
const NO_SCHEME = text(
  'redirect_uri is no address with https://: the merchant would end on a page below mp.weixin.qq.com.',
  'redirect_uri 不是以 https:// 开头的网址：商家会被带到 mp.weixin.qq.com 之下的页面。',
);
const SAME_HOST = text(
  'The host must be the same to the letter, with or without www, and without a port.',
  '域名须完全一致（包括是否带 www），且不带端口。',
);

function checkSets({ name, value, column }: LinkParameter, say: SayOfLink): void {
  const of = { parameter: name };
  const ids = value.split('|');
  if (!ids.every((id) => /^[1-9]\d{0,3}$/.test(id))) {
    return say(
      'permission-sets',
      column,
      text('category_id_list has ids joined by | (%7C): 15|11.', 'category_id_list 应为以 |（%7C）连接的编号：15|11。'),
      of,
    );
  }
  const unknown = ids.filter((id) => !isKnownPermission(Number(id)));
  if (unknown.length > 0) {
    say(
      'permission-sets',
      column,
      text(en`No permission set is known by ${listed(unknown)}.`, zh`没有已知的权限集 ${listed(unknown)}。`),
      { ...of, severity: 'warning' },
    );
  }
  if (new Set(ids).size < ids.length) {
    say('permission-sets', column, text('An id stands there twice.', '有编号重复。'), { ...of, severity: 'warning' });
  }
}
