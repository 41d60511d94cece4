/** What WeChat answers this component: whitelist, AppSecret, component token, a pre-auth code as a dry run. */
import { en, text, zh, type Text } from '../sentences/text.ts';
import { toWxopError, type WxopError } from '../sentences/wxop-error.ts';
import { lazy } from '../runtime/lazy.ts';
import type { Probe } from '../wechat-api/probe.ts';
import type { AttemptRecord, TokenRecord } from '../store/store.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { failedWith, info, ok, same, skipped, type Finding, type Group } from './check.ts';
import { orUnreached } from './unreached.ts';
import { judgeGateway, wrongAnswer, type PublicAnswer } from './public-answer.ts';

export interface WechatFacts {
  /** Asks for pushes (api_start_push_ticket), which takes AppID and AppSecret but no ticket; or says why not. */
  startPush: () => Promise<Text | undefined>;
  componentToken: () => Promise<TokenRecord>;
  /** Makes one pre-auth code; undefined where the store cannot keep an attempt. */
  dryRun: () => Promise<AttemptRecord | undefined>;
  publicUrl: () => string | undefined;
  probe: () => Promise<Probe>;
  now: () => number;
}

type Pushed = { notAsked?: Text; error?: WxopError };
type Asked = {
  token?: TokenRecord;
  /** Exchanged just now, with the ticket. */
  isNew?: boolean;
  attempt?: AttemptRecord;
  tokenError?: WxopError;
  dryRunError?: WxopError;
};

/** Asking for pushes proves whitelist and AppSecret even while a token is cached; only an exchange proves the ticket. */
export function wechatChecks(facts: WechatFacts): Group[] {
  const pushed = lazy(() => push(facts));
  const asked = lazy(() => ask(facts));
  return [
    {
      id: 'platform',
      title: text('WeChat', '微信'),
      needs: ['settings.component-appid', 'settings.component-appsecret', 'store.reach', 'api.connection'],
      checks: [
        {
          id: 'platform.whitelist',
          title: text('IP whitelist', '白名单IP'),
          isRemote: true,
          run: async () => {
            const { error, notAsked } = await pushed();
            return notAsked ? judgeAddress(await asked()) : judgeAddress({ tokenError: error });
          },
        },
        {
          id: 'platform.appsecret',
          title: text('credentials', '凭据'),
          isRemote: true,
          needs: ['platform.whitelist'],
          run: async () => {
            const { error, notAsked } = await pushed();
            if (notAsked) return info(notAsked);
            return error ? failedWith(error) : ok(CREDENTIALS_ACCEPTED);
          },
        },
        {
          id: 'platform.component-token',
          title: text('component token', '第三方平台令牌'),
          isRemote: true,
          needs: ['platform.whitelist', 'platform.appsecret', 'ticket.age', 'store.writable'],
          run: async () => {
            const { token, isNew, tokenError } = await asked();
            if (tokenError?.code === 'HANDED_OVER') return skipped(tokenError.text);
            if (!token) return failedWith(tokenError);
            const left = formatDuration(token.expiresAt - facts.now());
            return ok(isNew ? newToken(left) : storedToken(left));
          },
        },
        {
          id: 'platform.pre-auth-code',
          title: text('pre-auth code', '预授权码'),
          isRemote: true,
          needs: ['platform.component-token'],
          run: async () => {
            const { dryRunError } = await asked();
            return dryRunError ? failedWith(dryRunError) : ok(text('made one, as a dry run', '试取成功'));
          },
        },
      ],
    },
    {
      id: 'authorization',
      title: text('Authorization', '授权'),
      needs: ['public.identity', 'platform.pre-auth-code'],
      checks: [
        {
          id: 'authorization.launch-page',
          title: text('launch page', '授权发起页'),
          isRemote: true,
          run: async () => {
            const url = facts.publicUrl();
            const { attempt } = await asked();
            if (url === undefined) return skipped(text('no public URL is set', '未设置公网地址'));
            if (!attempt) return skipped(text('no attempt can be kept in this store', '该存储无法保存授权流程'));
            return orUnreached(url, POLICY, async () =>
              judgeLaunchPage(await (await facts.probe()).get(`${url}/authorize/${attempt.id}`), url),
            );
          },
        },
      ],
    },
  ];
}

const CREDENTIALS_ACCEPTED = text(
  'AppID and AppSecret: accepted by api_start_push_ticket',
  'AppID 与 AppSecret：api_start_push_ticket 已接受',
);
const newToken = (left: Text): Text =>
  text(en`got with the ticket just now, works for ${left}`, zh`刚用 ticket 换取，有效期 ${left}`);
const storedToken = (left: Text): Text =>
  text(
    en`the stored one works for ${left} more; the ticket was not tried: only the next exchange uses it`,
    zh`已保存的还可用 ${left}；未验证 ticket：下次换取时才会用到`,
  );

async function push({ startPush }: WechatFacts): Promise<Pushed> {
  try {
    return { notAsked: await startPush() };
  } catch (error) {
    return { error: toWxopError(error) };
  }
}

async function ask({ componentToken, dryRun, now }: WechatFacts): Promise<Asked> {
  let token: TokenRecord;
  const askedAt = now();
  try {
    token = await componentToken();
  } catch (error) {
    return { tokenError: toWxopError(error) };
  }
  const isNew = token.obtainedAt >= askedAt;
  try {
    return { token, isNew, attempt: await dryRun() };
  } catch (error) {
    return { token, isNew, dryRunError: toWxopError(error) };
  }
}

/** Every answer but IP_NOT_ALLOWED shows that this address may call. */
function judgeAddress({ tokenError, dryRunError }: Asked): Finding {
  const error = tokenError ?? dryRunError;
  if (!error) return ok(text('calls from here are accepted', '接受本机的调用'));
  if (error.code === 'IP_NOT_ALLOWED' || error.code === 'NETWORK') return failedWith(error);
  if (error.errcode === undefined) return info(text('nothing could be asked', '无法验证'));
  return info(text('not what was refused', '并非因 IP 被拒'));
}

/** The policies under which WeChat sees at least the host of the page. */
const KEEPING = [
  'origin',
  'origin-when-cross-origin',
  'strict-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
  'no-referrer-when-downgrade',
];
const LONGEST_SHOWN = 200;

/** Three hosts must be the same: of the launch page (the Referer), of the redirect, and the configured 授权发起页域名. */
function judgeLaunchPage(answered: PublicAnswer, publicUrl: string): Finding {
  const { status, headers, body } = answered;
  if (status !== 200) return judgeGateway(answered) ?? wrongAnswer(same(`/authorize/…: HTTP ${status}`), POLICY);
  // Of several policies in one header the last known one holds.
  const policy = (headers['referrer-policy'] ?? '').split(',').at(-1)?.trim() ?? '';
  if (!KEEPING.includes(policy)) return refererLost(policy);
  const { host } = new URL(publicUrl);
  // Read as a parameter only: the page may be anybody's.
  const redirects = [...body.toString('utf8').matchAll(/redirect_uri=([^&"]+)/g)].map(
    ([found]) => new URLSearchParams(found).get('redirect_uri') ?? '',
  );
  const foreign = redirects.find((uri) => !URL.canParse(uri) || new URL(uri).host !== host)?.slice(0, LONGEST_SHOWN);
  if (foreign === undefined && redirects.length > 0) return ok(onOneHost(host));
  return otherRedirect(foreign !== undefined && URL.canParse(foreign) ? new URL(foreign).origin : foreign, host);
}

const refererLost = (policy: string): Finding =>
  wrongAnswer(
    text(
      `its Referrer-Policy is ${policy || 'missing'}: WeChat would see no domain (授权入口页所在域名：空)`,
      `Referrer-Policy 为 ${policy || '空'}：微信会提示“授权入口页所在域名：空”`,
    ),
    POLICY,
  );
const otherRedirect = (foreign: string | undefined, host: string): Finding =>
  wrongAnswer(
    text(
      `the redirect leads to ${foreign ?? 'nowhere'}, not to ${host}`,
      `回调域名为 ${foreign ?? '空'}，而不是 ${host}`,
    ),
    text(
      'The listener there has another public URL: set one for all (WXOP_PUBLIC_URL).',
      '该监听服务的公网地址不同：请统一设置（WXOP_PUBLIC_URL）。',
    ),
  );
const onOneHost = (host: string): Text =>
  text(
    `page and redirect on ${host}; the console's 授权发起页域名 must be the same`,
    `页面与回调均为 ${host}；控制台的授权发起页域名也须相同`,
  );
const POLICY = text(
  'Let the web server add no Referrer-Policy of its own, and pass /authorize/ on untouched.',
  '请勿在 Web 服务器上附加 Referrer-Policy，并原样转发 /authorize/。',
);
