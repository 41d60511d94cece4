/** `wxop authorize`: one authorization, from link to stored account. */
import { defineCommand, parameter, type Given } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { en, text, zh } from '../../sentences/text.ts';
import type { Listener } from '../../listener/start-listener.ts';
import { localOriginOf } from '../../runtime/hosts.ts';
import { AUTH_TYPES, launchUrl, readPastedCode } from '../../protocol/links.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import { warningOf } from '../activity-printer.ts';
import { durationArgument } from '../arguments.ts';
import { LISTENER_FLAGS } from '../flags.ts';
import { resolveAccount } from '../resolve-account.ts';
import { linkTerms } from '../../credentials/link-terms.ts';
import { changesOfAuthorization } from '../../credentials/permission-changes.ts';
import { otherAccount } from '../../credentials/open-codes.ts';
import { ensureTicket } from './ensure-ticket.ts';
import { showAuthorized } from './show-authorized.ts';
import { expectPicture, showLink } from './show-link.ts';
import { waitForAttempt } from './wait-for-attempt.ts';

const LISTENER_SETTINGS = ['messageToken', 'encodingAesKey'] as const;
const POLL = 200;
/** How long to wait for the event after the redirect. */
const EVENT_WAIT = 5_000;

const FLAGS = {
  type: parameter('--type <kind>', text('accounts to choose from', '可选的帐号类型'), {
    choices: AUTH_TYPES,
    fallback: 'all',
  }),
  onlySets: parameter(
    '--only-sets <ids>',
    text('ask for these permission sets only: 15,11', '仅申请这些权限集：15,11'),
    { parse: permissionSetsArgument },
  ),
  bizAppid: parameter('--biz-appid <account>', text('allow only this account', '仅允许授权此帐号')),
  link: parameter('--link <link>', text('link in the QR code', '二维码内容'), {
    choices: ['launch', 'mobile'],
    fallback: 'launch',
  }),
  qr: parameter(
    '--qr <file>',
    text('also write the QR code to FILE.svg or FILE.png', '同时将二维码写入 FILE.svg 或 FILE.png'),
  ),
  returnUrl: parameter(
    '--return-url <url>',
    text('page of yours where the merchant goes afterwards', '授权后商家前往的您的页面'),
  ),
  state: parameter('--state <text>', text('passed through to that page', '原样传给该页面')),
  code: parameter(
    '--code <code>',
    text('finish with a code or redirect URL; - reads stdin', '用授权码或回调网址完成授权；- 表示标准输入'),
  ),
  via: parameter('--via <url>', text("have the team's listener there make the link", '由该处的团队监听服务生成链接')),
  listen: parameter('--no-listen', text('do not open the listener', '不启动监听')),
  wait: parameter(
    '--no-wait',
    text('print the link and end; a running listener does the rest', '只输出链接，由运行中的 listen 完成其余步骤'),
  ),
  timeout: parameter('--timeout <duration>', text('maximum time to wait', '最长等待时间'), { parse: durationArgument }),
  draw: {
    ...parameter('--draw', text('draw the QR code although stderr is no terminal', 'stderr 不是终端时也绘制二维码')),
    isHidden: true,
  },
  ...LISTENER_FLAGS,
};

function permissionSetsArgument(typed: string): number[] {
  const ids = typed.split(',').map((id) => id.trim());
  if (ids.every((id) => /^[1-9]\d{0,3}$/.test(id))) return [...new Set(ids.map(Number))];
  throw new WxopError(
    'USAGE',
    text(en`--only-sets ${typed}: these are no ids.`, zh`--only-sets ${typed}：不是权限集编号。`),
    {
      hint: text(
        'Numbers, joined by commas: 15,11. `wxop accounts show` prints those of an account.',
        '以逗号分隔的编号：15,11。`wxop accounts show` 会列出帐号的权限集编号。',
      ),
    },
  );
}

export const command = defineCommand({
  flags: FLAGS,
  notes: text(
    'Kinds: mp 公众号, mini 小程序, all both of them, promoter 小程序推客, channels 视频号, any all three, seller 带货助手. An account that is named wins over the kind. WeChat is reported to ignore --only-sets at times: `wxop accounts show` tells what was granted.',
    '类型：mp 公众号，mini 小程序，all 前两者，promoter 小程序推客，channels 视频号，any 公众号、小程序与视频号，seller 带货助手。指定帐号优先于类型。有报告称微信有时忽略 --only-sets：实际授予的权限集见 `wxop accounts show`。',
  ),
  examples: [
    'wxop authorize --type mp --public-url https://wx.example.com',
    'wxop authorize --no-wait --qr scan-me.png',
    'wxop authorize --via https://wx.example.com',
    'wxop authorize --code - < redirect-url.txt',
  ],
  risk: 'writes',
  output: 'lines',
  run: authorize,
});

async function authorize(context: Context, flags: Given<object, typeof FLAGS>): Promise<void> {
  const { via } = flags;
  if (via === undefined) {
    if (context.settings.get('store').startsWith('broker+')) throw notFromHere();
    return authorizeHere(context, flags);
  }
  const { authorizeVia } = await import('./authorize-via.ts');
  return authorizeVia(context, { ...flags, via });
}

async function authorizeHere(context: Context, flags: Given<object, typeof FLAGS>): Promise<void> {
  const opensListener = flags.code === undefined && flags.wait && flags.listen;
  context.settings.need('componentAppId', 'componentAppSecret', ...(opensListener ? LISTENER_SETTINGS : []));
  if (flags.code !== undefined && (flags.returnUrl ?? flags.state) !== undefined) throw noPageThere();
  if (flags.code !== undefined) return finishWithCode(context, flags.code, flags.bizAppid);
  if (flags.qr !== undefined) expectPicture(flags.qr);
  const terms = linkTerms(
    { authType: flags.type, permissionSets: flags.onlySets, returnUrl: flags.returnUrl, state: flags.state },
    {
      publicUrl: context.publicUrl(),
      openUrl: context.settings.get('openUrl'),
      returnHosts: context.settings.find('returnHosts'),
    },
  );
  await (await context.store()).proveWritable();
  const bizAppId = flags.bizAppid === undefined ? undefined : await resolveAccount(context, flags.bizAppid);
  const until = flags.timeout === undefined ? undefined : context.now() + flags.timeout;
  const own = opensListener ? await openListener(context) : undefined;
  if (!flags.wait) await findRunningListener(context);
  try {
    await ensureTicket(context, until);
    const attempts = await context.attempts();
    const attempt = await attempts.create({ ...terms, bizAppId });
    const { mobileUrl = '', pcUrl = '' } = attempt.links ?? {};
    const launch = launchUrl(context.publicUrl(), attempt.id);
    const { expiresAt, returnTo: returnUrl } = attempt;
    await showLink(context, { launchUrl: launch, mobileUrl, pcUrl, expiresAt, returnUrl }, flags);
    if (!flags.wait) return;
    const account = await waitForAttempt(context, attempt, Math.min(until ?? Infinity, attempt.expiresAt), until);
    await showAccount(context, account);
    if (own) await eventOf(context, attempt.id, account);
  } finally {
    await own?.stop();
  }
}

const notFromHere = (): WxopError =>
  new WxopError(
    'STORE_READ_ONLY',
    text(
      'A link is made where the component is, not through a broker.',
      '链接须在第三方平台处生成，不能经由中控服务器。',
    ),
    {
      hint: text(
        "Have the team's listener make it: `wxop authorize --via https://…`, with a key of the scope authorize.",
        '请由团队的监听服务生成：`wxop authorize --via https://…`，密钥须有 authorize 权限。',
      ),
    },
  );

const noPageThere = (): WxopError =>
  new WxopError(
    'USAGE',
    text('--return-url goes with a link, not with --code.', '--return-url 用于链接，不能与 --code 一起使用。'),
  );

/** Opens our own listener; where the port is held by a listener of the same store, that one does the work. */
async function openListener(context: Context): Promise<Listener | undefined> {
  try {
    return await (await context.listener()).listen((activity) => warningOf(context, activity));
  } catch (error) {
    if (!isError(error, 'PORT_TAKEN') || !(await isOurs(context, localUrl(context)))) throw error;
    const url = localUrl(context);
    context.terminal.note(text(`Using the listener at ${url}.`, `使用正在 ${url} 运行的监听服务。`));
    return undefined;
  }
}

const localUrl = ({ settings }: Context): string => localOriginOf(settings.get('host'), settings.get('port'));

async function isOurs(context: Context, url: string): Promise<boolean> {
  const health = await context.http.healthAt(url);
  return health !== undefined && health.storeIds.includes(await (await context.store()).id());
}

async function findRunningListener(context: Context): Promise<void> {
  const [local, outside] = [localUrl(context), context.publicUrl()];
  for (const url of [local, outside]) if (await isOurs(context, url)) return;
  throw new WxopError(
    'NETWORK',
    text(
      `No listener with this store runs at ${local} or ${outside}, so nobody would receive the result.`,
      `${local} 与 ${outside} 上没有使用同一存储的监听服务，无人接收授权结果。`,
    ),
    {
      hint: text('Start `wxop listen` first, or leave out --no-wait.', '请先启动 `wxop listen`，或不使用 --no-wait。'),
    },
  );
}

async function showAccount(context: Context, account: AccountRecord): Promise<void> {
  const store = await context.store();
  const permissions = await changesOfAuthorization(store, account);
  const token = await store.read(`token/${account.appId}`);
  showAuthorized(context, { account, expiresAt: token?.value.expiresAt, permissions });
}

/**
 * The event comes after the redirect, and WeChat wants it answered: our own listener stays for it. Where it names
 * another account than the redirect brought, WeChat's own word is shown too.
 */
async function eventOf(context: Context, id: string, shown: AccountRecord): Promise<void> {
  const attempts = await context.attempts();
  const until = context.now() + EVENT_WAIT;
  while (context.now() < until) {
    const attempt = await attempts.read(id);
    if (attempt?.appId !== undefined && attempt.appId !== shown.appId) {
      return showAccount(context, await (await context.keeper()).account(attempt.appId));
    }
    const signed = attempt?.codes.filter(({ event }) => event !== undefined) ?? [];
    if (signed.length > 0 && signed.every(({ state }) => state !== 'new')) return;
    await context.sleep(POLL).catch(() => undefined);
    if (context.runtime.signal.aborted) return;
  }
}

async function finishWithCode(context: Context, given: string, wanted: string | undefined): Promise<void> {
  const pasted = readPastedCode(given === '-' ? await context.stdin.text() : given);
  if (!pasted) throw noCode();
  context.redactor.learn(pasted.code);
  const attempts = await context.attempts();
  const id = pasted.attemptId ?? (await attempts.ofEvent(undefined, pasted.code));
  const offered = await attempts.offer(id, { code: pasted.code });
  if (offered === 'unknown' || offered === 'over' || offered === 'later') throw cannotFinish(offered);
  const { account } = await attempts.settle(id);
  const bizAppId = wanted === undefined ? account.appId : await resolveAccount(context, wanted);
  if (account.appId !== bizAppId) throw otherAccount(account.appId, bizAppId);
  await showAccount(context, account);
}

const noCode = (): WxopError =>
  new WxopError('USAGE', text('There is no authorization code in that.', '其中没有授权码。'), {
    hint: text(
      'Give the value of auth_code, or the whole URL that the merchant was sent back to, in quotes.',
      '请提供 auth_code 的值，或商家跳转后的完整网址（加引号）。',
    ),
  });

const CANNOT_FINISH = {
  unknown: text('This URL belongs to no attempt of this store.', '该网址不属于本存储中的任何授权。'),
  over: text('That attempt is over: it was finished with another code.', '该次授权已用其他授权码完成。'),
  later: text('Too many codes of that attempt wait to be exchanged.', '该次授权尚有过多授权码等待换取。'),
};

const cannotFinish = (state: keyof typeof CANNOT_FINISH): WxopError =>
  new WxopError('USAGE', CANNOT_FINISH[state], {
    hint: text('Start again with `wxop authorize`.', '请用 `wxop authorize` 重新开始。'),
  });
