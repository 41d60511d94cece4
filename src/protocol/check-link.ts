/**
 * What is wrong with an authorization link that somebody built: read as it was typed, so that each problem has a place.
 * Source: developers.weixin.qq.com, 第三方平台 → 授权流程技术说明.
 */
import { en, text, zh, type Text } from '../sentences/text.ts';
import { checkParameters, parametersOf, type LinkCircumstances, type SayOfLink } from './link-parameters.ts';

/** The PC link, the mobile link, and the mobile link of older documents. */
export type LinkKind = 'pc' | 'mobile' | 'old-mobile';

/** Where somebody opens it: clicked on a page on a computer, pasted into a browser there, in WeChat, or scanned. */
export const LINK_PLACES = ['page', 'browser', 'wechat', 'qr'] as const;
export type LinkPlace = (typeof LINK_PLACES)[number];

export interface LinkProblem {
  rule: string;
  severity: 'error' | 'warning';
  /** From 1, in the link as it was typed. */
  column: number;
  parameter?: string;
  message: Text;
  hint?: Text;
}

export interface LinkFacts {
  mpUrl: string;
  openUrl: string;
  componentAppId?: string;
  /** The 授权发起页域名, as an origin. */
  publicUrl?: string;
  place?: LinkPlace;
}

export interface CheckedLink {
  kind?: LinkKind;
  preAuthCode?: { value: string; column: number };
  problems: LinkProblem[];
}

const PATHS: Record<LinkKind, string> = {
  pc: '/cgi-bin/componentloginpage',
  mobile: '/wxaopen/safe/bindcomponent',
  'old-mobile': '/safe/bindcomponent',
};
const FRAGMENT = '#wechat_redirect';

/** Everything that is wrong with the link, from its beginning to its end. */
export function checkLink(link: string, facts: LinkFacts): CheckedLink {
  const problems: LinkProblem[] = [];
  const [beforeFragment = '', ...fragments] = link.split('#');
  const questionMark = beforeFragment.indexOf('?');
  const query = questionMark < 0 ? '' : beforeFragment.slice(questionMark + 1);
  const address = questionMark < 0 ? beforeFragment : beforeFragment.slice(0, questionMark);
  const say = (
    rule: string,
    column: number,
    message: Text,
    more: Partial<Pick<LinkProblem, 'hint' | 'parameter' | 'severity'>> = {},
  ): void => void problems.push({ rule, severity: 'error', column, message, ...more });

  const strange = /[^!-~]/.exec(link);
  if (strange) say('characters', strange.index + 1, STRANGE);
  const escaped = link.indexOf('&amp;');
  if (escaped >= 0) say('html', escaped + 1, HTML, { hint: PLAIN_AMPERSAND });

  const kind = checkAddress(address, facts, say);
  const parameters = parametersOf(query.replaceAll('&amp;', '&    '), questionMark + 2);
  if (kind) checkParameters(kind, parameters, { facts, say, link });
  if (kind) checkFragment(kind, fragments, { link, say });
  if (kind && facts.place) checkPlace(kind, facts, say);
  const code = parameters.find(({ name }) => name === 'pre_auth_code');
  problems.sort((a, b) => a.column - b.column);
  return {
    ...(kind && { kind }),
    ...(code && { preAuthCode: { value: code.value, column: code.column } }),
    problems,
  };
}

const STRANGE = text(
  'A blank or a character that no link has: it was broken over lines, or copied with what stood around it.',
  '含有链接中不应有的空白或字符：可能被折行，或复制时带上了其他内容。',
);
const HTML = text(
  '&amp; is HTML for &: WeChat reads none of the parameters after it.',
  '&amp; 是 & 的 HTML 写法：其后的参数微信均无法识别。',
);
const PLAIN_AMPERSAND = text('Write & in the link itself.', '链接中请写 &。');

function checkAddress(address: string, facts: LinkFacts, say: SayOfLink): LinkKind | undefined {
  const { mpUrl, openUrl } = facts;
  const [, scheme = '', host = '', path = ''] = /^([a-z][a-z\d+.-]*):\/\/([^/]*)(.*)$/i.exec(address) ?? [];
  if (scheme === '' && address !== '') {
    say('scheme', 1, text('There is no https:// at the beginning.', '开头缺少 https://。'));
    return checkAddress(`https://${address}`, facts, (rule, column, ...rest) =>
      say(rule, Math.max(1, column - 'https://'.length), ...rest),
    );
  }
  const kind = (Object.keys(PATHS) as LinkKind[]).find((one) => PATHS[one] === path.replace(/\/$/, ''));
  const expected =
    kind === 'mobile' ? openUrl : kind ? mpUrl : [mpUrl, openUrl].find((url) => new URL(url).host === host);
  const pathColumn = address.length - path.length + 1;
  if (expected !== undefined && `${scheme.toLowerCase()}:` !== new URL(expected).protocol) {
    say(
      'scheme',
      1,
      text(
        en`The link begins with ${scheme}: instead of ${new URL(expected).protocol}`,
        zh`链接以 ${scheme}: 开头，应为 ${new URL(expected).protocol}`,
      ),
    );
  }
  if (kind === undefined) {
    if (/^\/authorize(?:\/|$)/.test(path)) return void say('address', 1, NOT_A_LINK, { hint: LAUNCH_PAGE });
    const wanted = host === new URL(openUrl).host ? PATHS.mobile : PATHS.pc;
    if (expected === undefined)
      say('address', 1, NOT_A_LINK, {
        hint: text(
          en`${mpUrl}${PATHS.pc}?… or ${openUrl}${PATHS.mobile}?…`,
          zh`${mpUrl}${PATHS.pc}?… 或 ${openUrl}${PATHS.mobile}?…`,
        ),
      });
    else
      say(
        'path',
        pathColumn,
        text(en`This host has no page ${path || '/'} for authorizations.`, zh`该域名没有授权页 ${path || '/'}。`),
        { hint: text(en`The path is ${wanted}.`, zh`路径应为 ${wanted}。`) },
      );
    return undefined;
  }
  if (expected !== undefined && host.toLowerCase() !== new URL(expected).host) {
    const right = new URL(expected).host;
    say(
      'host',
      scheme.length + 4,
      text(en`The host is ${host}: this page is at ${right}.`, zh`域名为 ${host}：该页面位于 ${right}。`),
    );
  }
  if (kind === 'old-mobile') {
    say('path', pathColumn, OLD_PATH, {
      severity: 'warning',
      hint: text(en`Now: ${openUrl}${PATHS.mobile}`, zh`现为 ${openUrl}${PATHS.mobile}`),
    });
  }
  return kind;
}

const NOT_A_LINK = text('This is no authorization link of WeChat.', '这不是微信的授权链接。');
const LAUNCH_PAGE = text(
  'This is a launch page of wxop, which makes the links itself: `wxop authorize --json` prints them.',
  '这是 wxop 的授权发起页，链接由它生成：`wxop authorize --json` 会输出。',
);
const OLD_PATH = text('This is the mobile link of older documents.', '这是旧版文档中的手机版链接。');

function checkFragment(
  kind: LinkKind,
  fragments: string[],
  { link, say }: Pick<LinkCircumstances, 'link' | 'say'>,
): void {
  const fragment = fragments.length === 0 ? '' : `#${fragments.join('#')}`;
  const column = link.length - fragment.length + 1;
  if (kind === 'pc') {
    if (fragment !== '')
      say('wechat-redirect', column, text('Only the mobile link ends with a fragment.', '只有手机版链接以片段结尾。'), {
        severity: 'warning',
      });
    return;
  }
  if (fragment === FRAGMENT) return;
  const encoded = link.indexOf('%23wechat_redirect');
  if (encoded >= 0)
    say(
      'wechat-redirect',
      encoded + 1,
      text('#wechat_redirect is encoded: it must stay #.', '#wechat_redirect 被编码：须保留 #。'),
    );
  else
    say(
      'wechat-redirect',
      column,
      text('The link does not end with #wechat_redirect.', '链接末尾不是 #wechat_redirect。'),
    );
}

function checkPlace(kind: LinkKind, { place = 'page', publicUrl }: LinkFacts, say: SayOfLink): void {
  const page = publicUrl ?? text('the 授权发起页域名', '授权发起页域名');
  if (kind === 'pc' && place !== 'page') {
    const hint =
      place === 'browser'
        ? text(en`Put it as a link on a page of ${page}, to be clicked there.`, zh`请放在 ${page} 的页面上供点击。`)
        : TAKE_MOBILE;
    say('place', 1, PC_ELSEWHERE, { hint });
  }
  if (kind !== 'pc' && (place === 'page' || place === 'browser')) say('place', 1, MOBILE_ON_PC, { hint: TAKE_PC });
}

const PC_ELSEWHERE = text(
  'A PC link works only by a click on a page of the 授权发起页域名: pasted, sent, scanned or redirected to, it has no Referer, and WeChat says 授权入口页所在域名：空.',
  'PC 版链接只能在授权发起页域名的页面上点击打开：粘贴、转发、扫码或跳转都不带 Referer，微信会提示“授权入口页所在域名：空”。',
);
const MOBILE_ON_PC = text(
  'A mobile link opens inside WeChat on a phone only; a browser on a computer is told to open it in WeChat.',
  '手机版链接只能在手机微信中打开；电脑浏览器会提示“请在微信客户端打开链接”。',
);
const TAKE_MOBILE = text(
  'Take the mobile link, or the launch page: `wxop authorize` prints both.',
  '请使用手机版链接或授权发起页：`wxop authorize` 会给出。',
);
const TAKE_PC = text(
  'Take the PC link, or the launch page, which suits both.',
  '请使用 PC 版链接，或两者皆宜的授权发起页。',
);
