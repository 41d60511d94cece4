/** `wxop authorize`: one authorization, from link to stored account. */
import { isIP } from 'node:net';
import { Option, type Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { text } from '../../sentences/text.ts';
import type { Listener } from '../../listener/start-listener.ts';
import { readPastedCode, type AuthType } from '../../protocol/links.ts';
import type { AccountRecord } from '../../store/store.ts';
import { accountJson, accountLines } from '../account-view.ts';
import { duration } from '../arguments.ts';
import { waitForAttempt } from './wait-for-attempt.ts';
import { showLink, type LinkFlags } from './show-link.ts';
import { listenerOptions } from '../flags.ts';
import { warningOf } from '../activity-printer.ts';
import { changesInWords, changesOfAuthorization } from '../../credentials/permission-changes.ts';
import { ensureTicket } from './ensure-ticket.ts';
import { resolveAccount } from '../resolve-account.ts';
import type { Declaring } from '../../cli/declaring.ts';

interface AuthorizeOptions extends LinkFlags {
  type: AuthType;
  bizAppid?: string;
  code?: string;
  listen: boolean;
  timeout?: number;
}

const LISTENER_SETTINGS = ['messageToken', 'encodingAesKey'] as const;
const POLL = 200;
/** How long an event is waited for after the redirect. */
const EVENT_WAIT = 5_000;

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const authorize = program
    .command('authorize')
    .description(
      say(
        text(
          'shows a link and QR code, waits for the merchant, stores the account',
          '显示链接与二维码，等待商家授权并保存帐号',
        ),
      ),
    )
    .addOption(
      new Option('--type <kind>', say(text('accounts to choose from', '可选的帐号类型')))
        .choices(['mp', 'mini', 'all'])
        .default('all'),
    )
    .option('--biz-appid <appid>', say(text('only this account may be authorized', '仅允许授权此帐号')))
    .addOption(
      new Option('--link <link>', say(text('what the QR code holds', '二维码内容')))
        .choices(['launch', 'mobile'])
        .default('launch'),
    )
    .option(
      '--qr <file>',
      say(text('also write the QR code to FILE.svg or FILE.png', '同时将二维码写入 FILE.svg 或 FILE.png')),
    )
    .option(
      '--code <code>',
      say(text('finish with a code or redirect URL; - reads stdin', '用授权码或回调网址完成授权；- 表示标准输入')),
    )
    .option('--no-listen', say(text('do not open the listener', '不启动监听')))
    .option(
      '--no-wait',
      say(
        text('print the link and end; a running listener does the rest', '只输出链接，由运行中的 listen 完成其余步骤'),
      ),
    )
    .option('--timeout <duration>', say(text('give up after so long', '最长等待时间')), duration)
    .addOption(new Option('--draw').hideHelp());
  examples(
    listenerOptions(authorize, say),
    'wxop authorize --type mp --public-url https://wx.example.com',
    'wxop authorize --no-wait --qr scan-me.png',
    'wxop authorize --code - < redirect-url.txt',
  );
  authorize.action(action(run));
}

async function run(context: Context, options: AuthorizeOptions): Promise<void> {
  const opensListener = options.code === undefined && options.wait && options.listen;
  context.settings.need('componentAppId', 'componentAppSecret', ...(opensListener ? LISTENER_SETTINGS : []));
  if (options.code !== undefined) return finishWithCode(context, options.code);
  refuseUnreachable(context);
  if (options.qr !== undefined && !/\.(?:svg|png)$/i.test(options.qr)) {
    throw new WxopError(
      'USAGE',
      text('--qr takes a file that ends in .svg or .png.', '--qr 需要以 .svg 或 .png 结尾的文件。'),
      { hint: text('For example: --qr scan-me.png.', '例如：--qr scan-me.png。') },
    );
  }
  await (await context.store()).proveWritable();
  const bizAppId = options.bizAppid === undefined ? undefined : await resolveAccount(context, options.bizAppid);
  const until = options.timeout === undefined ? undefined : context.now() + options.timeout;
  const own = opensListener ? await openListener(context) : undefined;
  if (!options.wait) await findRunningListener(context);
  try {
    await ensureTicket(context, until);
    const attempts = await context.attempts();
    const attempt = await attempts.create({ authType: options.type, bizAppId });
    await showLink(context, attempt, options);
    if (!options.wait) return;
    const account = await waitForAttempt(context, attempt, Math.min(until ?? Infinity, attempt.expiresAt), until);
    await showAccount(context, account);
    if (own) await eventOf(context, attempt.id);
  } finally {
    await own?.stop();
  }
}

/** The merchant's phone cannot open this machine's own addresses; offline, against a sandbox, it need not. */
function refuseUnreachable(context: Context): void {
  const isReal = /(?:^|\.)qq\.com$/.test(new URL(context.settings.get('openUrl')).hostname);
  const { hostname } = new URL(context.publicUrl());
  if (!isReal || !isPrivate(hostname.replace(/^\[|\]$/g, ''))) return;
  throw new WxopError(
    'SETTINGS_INVALID',
    text(`The merchant's phone cannot open ${context.publicUrl()}.`, `商家的手机无法打开 ${context.publicUrl()}。`),
    {
      hint: text(
        'Set --public-url to the 授权发起页域名 of the console, with https://. To try it offline: `wxop demo`.',
        '请将 --public-url 设为控制台的「授权发起页域名」（带 https://）。离线体验：`wxop demo`。',
      ),
    },
  );
}

function isPrivate(hostname: string): boolean {
  if (isIP(hostname) === 6) return /^(?:::1$|::$|f[cde])/i.test(hostname);
  if (isIP(hostname) === 4) return /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(hostname);
  return hostname === 'localhost' || /\.(?:localhost|local|internal)$/.test(hostname) || !hostname.includes('.');
}

/** Opens our own listener; where the port is held by a listener of the same store, that one does the work. */
async function openListener(context: Context): Promise<Listener | undefined> {
  try {
    return await (await context.listener()).listen((news) => warningOf(context, news));
  } catch (error) {
    if (!isError(error, 'PORT_TAKEN') || !(await isOurs(context, localUrl(context)))) throw error;
    context.terminal.note(
      context.terminal.say(
        text(`Using the listener that runs at ${localUrl(context)}.`, `使用正在 ${localUrl(context)} 运行的监听服务。`),
      ),
    );
    return undefined;
  }
}

function localUrl({ settings }: Context): string {
  const host = settings.get('host');
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : isIP(host) === 6 ? `[${host}]` : host;
  return `http://${reachable}:${settings.get('port')}`;
}

async function isOurs(context: Context, url: string): Promise<boolean> {
  const health = await context.http.healthAt(url);
  return health !== undefined && health.storeId === (await (await context.store()).id());
}

async function findRunningListener(context: Context): Promise<void> {
  for (const url of [localUrl(context), context.publicUrl()]) if (await isOurs(context, url)) return;
  throw new WxopError(
    'NETWORK',
    text(
      `No listener of this store runs at ${localUrl(context)} or ${context.publicUrl()}: nobody would take the answer.`,
      `${localUrl(context)} 与 ${context.publicUrl()} 上没有使用同一存储的监听服务，无人接收授权结果。`,
    ),
    {
      hint: text('Start `wxop listen` first, or leave out --no-wait.', '请先启动 `wxop listen`，或不使用 --no-wait。'),
    },
  );
}

async function showAccount(context: Context, account: AccountRecord): Promise<void> {
  const { terminal } = context;
  const permissions = await changesOfAuthorization(context, account);
  if (terminal.json) {
    const document = { type: 'authorized', account: await accountJson(context, account) };
    return terminal.printJson({ ...document, ...(permissions && { permissions }) });
  }
  terminal.note(terminal.say(text('Authorized:', '授权成功：')));
  terminal.print(...accountLines(context, account));
  if (!permissions) return;
  const words = changesInWords(permissions, context);
  terminal.print(terminal.say(text(`since the last authorization: ${words}`, `与上次授权相比：${words}`)));
}

/** The event comes after the redirect, and WeChat wants it answered: our own listener stays for it. */
async function eventOf(context: Context, id: string): Promise<void> {
  const attempts = await context.attempts();
  const until = context.now() + EVENT_WAIT;
  while (context.now() < until) {
    const attempt = await attempts.read(id);
    if (attempt?.codes.some(({ event }) => event !== undefined)) return;
    await context.sleep(POLL).catch(() => undefined);
    if (context.runtime.signal.aborted) return;
  }
}

async function finishWithCode(context: Context, given: string): Promise<void> {
  const pasted = readPastedCode(given === '-' ? await context.stdin.text() : given);
  if (!pasted) {
    throw new WxopError('USAGE', text('There is no authorization code in that.', '其中没有授权码。'), {
      hint: text(
        'Give the value of auth_code, or the whole URL that the merchant was sent back to, in quotes.',
        '请提供 auth_code 的值，或商家跳转后的完整网址（加引号）。',
      ),
    });
  }
  context.redactor.learn(pasted.code);
  const attempts = await context.attempts();
  const id = pasted.attemptId ?? (await attempts.ofEvent(undefined, pasted.code));
  const offered = await attempts.offer(id, { code: pasted.code });
  if (offered === 'unknown' || offered === 'over') {
    throw new WxopError(
      'USAGE',
      offered === 'unknown'
        ? text('This URL belongs to no attempt of this store.', '该网址不属于本存储中的任何授权。')
        : text('That attempt is over: it was finished with another code.', '该次授权已用其他授权码完成。'),
      { hint: text('Start again with `wxop authorize`.', '请用 `wxop authorize` 重新开始。') },
    );
  }
  await showAccount(context, (await attempts.settle(id)).account);
}
