/** `wxop authorize`: one authorization, from link to stored account. */
import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createInterface } from 'node:readline';
import { Option, type Command } from 'commander';
import type { Context } from '../context.ts';
import { isError, text, WxopError } from '../errors.ts';
import type { Listener } from '../listener/server.ts';
import type { Declaring } from '../program.ts';
import { launchUrl, readPastedCode, type AuthType } from '../protocol/links.ts';
import { TICKET_INTERVAL } from '../protocol/lifetimes.ts';
import type { AccountRecord, AttemptRecord } from '../store/store.ts';
import { accountJson, accountLines } from './account-view.ts';
import { duration, iso, spoken } from './arguments.ts';
import { listenerOptions, startPush, warnOf } from './listen.ts';

interface AuthorizeOptions {
  type: AuthType;
  bizAppid?: string;
  link: 'launch' | 'mobile';
  qr?: string;
  code?: string;
  listen: boolean;
  wait: boolean;
  timeout?: number;
  draw?: boolean;
}

const LISTENER_SETTINGS = ['messageToken', 'encodingAesKey'] as const;
const POLL = 200;
/** How long a ticket is waited for, how long an event after the redirect, and how long another code after a refused one. */
const TICKET_WAIT = TICKET_INTERVAL + 60_000;
const EVENT_WAIT = 5_000;
const OTHER_CODE_WAIT = 5_000;

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
    );
  }
  const until = options.timeout === undefined ? undefined : context.now() + options.timeout;
  const own = opensListener ? await openListener(context) : undefined;
  if (!options.wait) await findRunningListener(context);
  try {
    await ensureTicket(context, until);
    const attempts = await context.attempts();
    const attempt = await attempts.create({ authType: options.type, bizAppId: options.bizAppid });
    await showLink(context, attempt, options);
    if (!options.wait) return;
    const account = await outcome(context, attempt, Math.min(until ?? Infinity, attempt.expiresAt), until);
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
    return await context.listen((news) => warnOf(context, news));
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
  const health = await context.healthAt(url);
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

/** A pre-auth code needs the component's token, and that needs a ticket: waits for the first one. */
async function ensureTicket(context: Context, until: number | undefined): Promise<void> {
  const keeper = await context.keeper();
  const since = context.now();
  const deadline = until ?? since + TICKET_WAIT;
  const progress = context.terminal.progress();
  for (let asked = false; ; asked = true) {
    try {
      await keeper.token({ component: true });
      return progress.done();
    } catch (error) {
      const isWaiting = ['NO_TICKET', 'TICKET_EXPIRED', 'TICKET_INVALID'].some((code) =>
        isError(error, code as 'NO_TICKET'),
      );
      if (!isWaiting) throw error;
      if (!asked) await startPush(context, undefined);
      await newTicket(context, since, deadline, progress);
    }
  }
}

async function newTicket(
  context: Context,
  since: number,
  deadline: number,
  progress: { update(line: string): void },
): Promise<void> {
  const keeper = await context.keeper();
  const before = await keeper.readTicket();
  const start = new Date(since).toTimeString().slice(0, 8);
  for (;;) {
    const ticket = await keeper.readTicket();
    if (ticket && ticket.ticket !== before?.ticket) return;
    if (context.now() >= deadline) {
      throw new WxopError('TIMEOUT', text('No ticket came.', '没有等到 ticket。'), {
        hint: text(
          `WeChat must reach ${context.publicUrl()}${context.settings.get('eventPath')} (授权事件接收URL), on port 80 or 443.`,
          `微信须能访问 ${context.publicUrl()}${context.settings.get('eventPath')}（授权事件接收URL，端口 80 或 443）。`,
        ),
      });
    }
    const waited = spoken(context.now() - since);
    progress.update(
      context.terminal.say(
        text(
          `Waiting for WeChat's ticket since ${start} (${waited}); one comes every ten minutes…`,
          `自 ${start} 起等待微信 ticket（已 ${waited}），每十分钟一次…`,
        ),
      ),
    );
    await context.sleep(POLL);
  }
}

async function showLink(context: Context, attempt: AttemptRecord, options: AuthorizeOptions): Promise<void> {
  const { terminal } = context;
  const launch = launchUrl(context.publicUrl(), attempt.id);
  const { mobileUrl = '', pcUrl = '' } = attempt.links ?? {};
  const link = options.link === 'mobile' ? mobileUrl : launch;
  if (terminal.json) {
    terminal.printJson({ type: 'link', launchUrl: launch, mobileUrl, pcUrl, expiresAt: iso(attempt.expiresAt) });
  } else if (options.wait) {
    terminal.note(
      terminal.say(
        text(
          "Send this link to the account's administrator, or let them scan the code with WeChat:",
          '请将此链接发给帐号管理员，或由其用微信扫描二维码：',
        ),
      ),
      '',
      link,
      '',
    );
  } else {
    terminal.print(link);
  }
  await showQr(context, link, options);
  const left = spoken(attempt.expiresAt - context.now());
  terminal.note(terminal.say(text(`It works once, for ${left}.`, `仅可使用一次，${left}内有效。`)));
}

async function showQr(context: Context, link: string, options: AuthorizeOptions): Promise<void> {
  const { terminal } = context;
  if (options.qr !== undefined) await writeQr(context, link, options.qr);
  const isWanted = (terminal.err.isTTY && !context.world.environment.CI) || options.draw;
  if (!isWanted || terminal.json || terminal.quiet) return;
  const { drawQr, qrModules, qrSize } = await context.qr();
  const modules = qrModules(link);
  const { columns, rows } = qrSize(modules);
  if (terminal.err.isTTY && (columns > terminal.err.columns || rows + 2 > terminal.err.rows)) {
    terminal.note(
      terminal.say(
        text(
          `The QR code needs ${columns} columns and ${rows + 2} rows: enlarge the terminal, use --qr FILE.png, or send the link.`,
          `二维码需要 ${columns} 列、${rows + 2} 行：请放大终端窗口，使用 --qr FILE.png，或直接发送链接。`,
        ),
      ),
    );
    return;
  }
  terminal.note(...drawQr(modules, { painted: terminal.err.color }), '');
  if (!terminal.err.color) {
    terminal.note(
      terminal.say(
        text(
          'Without colour the code is right on a dark background only; on a light one use --qr FILE.png.',
          '未使用颜色时二维码仅适合深色背景；浅色背景请用 --qr FILE.png。',
        ),
      ),
    );
  }
}

async function writeQr(context: Context, link: string, path: string): Promise<void> {
  const { qrModules } = await context.qr();
  const { qrPng, qrSvg } = await context.qrFile();
  const modules = qrModules(link);
  try {
    await writeFile(path, /\.svg$/i.test(path) ? qrSvg(modules) : qrPng(modules));
  } catch (error) {
    throw new WxopError('USAGE', text(`Cannot write ${path}.`, `无法写入 ${path}。`), {
      cause: error,
      hint: text('Name a file in a folder that exists and is yours.', '请指定一个存在且可写的目录中的文件。'),
    });
  }
  context.terminal.note(context.terminal.say(text(`QR code written to ${path}.`, `二维码已写入 ${path}。`)));
}

/** Watches the attempt, whichever process finishes it, until it is done, refused, or over. */
async function outcome(
  context: Context,
  { id }: AttemptRecord,
  deadline: number,
  timeout: number | undefined,
): Promise<AccountRecord> {
  const { terminal } = context;
  const attempts = await context.attempts();
  const typed = readTyped(context, id);
  const progress = terminal.progress();
  const since = context.now();
  let refusedAt: number | undefined;
  try {
    for (;;) {
      const attempt = await attempts.read(id);
      if (attempt?.appId !== undefined) return (await context.keeper()).account(attempt.appId);
      const failure = attempt && attempts.failureOf(attempt);
      if (failure && !failure.retryable) {
        refusedAt ??= context.now();
        if (context.now() - refusedAt >= OTHER_CODE_WAIT) throw failure;
      }
      // A code that came in time is exchanged although the pre-auth code has expired meanwhile.
      const isUnderWay = attempt?.codes.some(({ code }) => code !== undefined) ?? false;
      if (context.now() >= deadline && !(isUnderWay && timeout === undefined)) throw nobodyCame(since, context.now());
      const pasted = terminal.isInteractive
        ? text(' Or paste the code or redirect URL here.', '也可在此粘贴授权码或回调网址。')
        : text('', '');
      const waited = spoken(context.now() - since);
      progress.update(
        terminal.isInteractive
          ? terminal.say(text(`Waiting for the administrator.${pasted.en}`, `等待管理员确认。${pasted.zh}`))
          : terminal.say(text(`Waiting for the administrator (${waited})…`, `等待管理员确认（${waited}）…`)),
      );
      await context.sleep(POLL);
    }
  } finally {
    progress.done();
    typed.close();
  }
}

function nobodyCame(since: number, now: number): WxopError {
  return new WxopError(
    'TIMEOUT',
    text(`Nobody authorized within ${spoken(now - since)}.`, `${spoken(now - since)}内没有完成授权。`),
    {
      hint: text(
        'Run it again for a new link. WeChat does not say when a merchant declines; an error on its page tells more.',
        '请重新运行以获取新链接。商家拒绝时微信不会通知；授权页上的错误信息更具体。',
      ),
    },
  );
}

/** What a person types or pastes while we wait: a code, or the whole redirect URL. */
function readTyped(context: Context, id: string): { close(): void } {
  const { terminal } = context;
  if (!terminal.isInteractive) return { close: () => undefined };
  const lines = createInterface({ input: context.world.stdin });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    const pasted = readPastedCode(line);
    if (!pasted || (pasted.attemptId !== undefined && pasted.attemptId !== id)) {
      terminal.warn(text('That is no code of this attempt.', '这不是本次授权的授权码。'));
      return;
    }
    context.redactor.learn(pasted.code);
    void (async () => {
      const attempts = await context.attempts();
      await attempts.offer(id, { code: pasted.code });
      // Its failure stays with the attempt, and is shown from there.
      await attempts.settle(id).catch(() => undefined);
    })();
  });
  return lines;
}

async function showAccount(context: Context, account: AccountRecord): Promise<void> {
  const { terminal } = context;
  if (terminal.json) return terminal.printJson({ type: 'authorized', account: await accountJson(context, account) });
  terminal.note(terminal.say(text('Authorized:', '授权成功：')));
  terminal.print(...accountLines(account, context.lang));
}

/** The event comes after the redirect, and WeChat wants it answered: our own listener stays for it. */
async function eventOf(context: Context, id: string): Promise<void> {
  const attempts = await context.attempts();
  const until = context.now() + EVENT_WAIT;
  while (context.now() < until) {
    const attempt = await attempts.read(id);
    if (attempt?.codes.some(({ event }) => event !== undefined)) return;
    await context.sleep(POLL).catch(() => undefined);
    if (context.signal.aborted) return;
  }
}

async function finishWithCode(context: Context, given: string): Promise<void> {
  const pasted = readPastedCode(given === '-' ? await context.readStdin() : given);
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
