/** `wxop sandbox`: the platform on this machine, for wxop and for services in any language. */
import type { Command } from 'commander';
import type { Context } from '../cli/context.ts';
import { isError } from '../sentences/wxop-error.ts';
import { text } from '../sentences/text.ts';
import type { SandboxActivity } from '../sandbox/sandbox.ts';
import { count, duration } from './arguments.ts';
import type { Declaring } from '../cli/declaring.ts';

interface SandboxFlags {
  port: number;
  pushUrl: string;
  messageUrl: string;
  ticketInterval: number;
  accounts: number;
  domain?: string;
  rotate?: boolean;
  ttl: number;
  latency: number;
  fault: string[];
  allowIp: string[];
  quota?: number;
}

const PORT = 7789;
const PUSH_URL = 'http://127.0.0.1:7788/wechat/event';
const MESSAGE_URL = 'http://127.0.0.1:7788/wechat/message/$APPID$';
const TICKET_INTERVAL = 10 * 60 * 1000;
const FASTEST_TICKETS = 100;
const TTL = 2 * 60 * 60 * 1000;

const collect = (value: string, all: string[]): string[] => [...all, value];

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const sandbox = program
    .command('sandbox')
    .description(say(text('plays the WeChat platform on this machine until Ctrl-C', '在本机模拟微信平台，直到 Ctrl-C')))
    .option(
      '--port <port>',
      say(text(`port on 127.0.0.1, 0 for a free one (default ${PORT})`, `127.0.0.1 的端口，0 为自动（默认 ${PORT}）`)),
      count(0),
      PORT,
    )
    .option(
      '--push-url <url>',
      say(
        text(
          'where tickets and events are pushed (default: wxop listen)',
          '推送 ticket 与事件的地址（默认 wxop listen）',
        ),
      ),
      PUSH_URL,
    )
    .option('--message-url <url>', say(text("where accounts' messages are pushed", '推送帐号消息的地址')), MESSAGE_URL)
    .option(
      '--ticket-interval <duration>',
      say(text('time between tickets (default 10m, least 100ms)', 'ticket 推送间隔（默认 10m，最小 100ms）')),
      duration,
      TICKET_INTERVAL,
    )
    .option('--accounts <n>', say(text('merchants to choose from (default 5)', '商家数量（默认 5）')), count(0), 5)
    .option('--domain <host>', say(text('授权发起页域名 to enforce, with port', '要校验的授权发起页域名（含端口）')))
    .option('--rotate', say(text('every refresh changes the refresh token', '每次刷新都更换 refresh_token')))
    .option(
      '--ttl <duration>',
      say(text('life of access tokens (default 2h)', 'access_token 有效期（默认 2h）')),
      duration,
      TTL,
    )
    .option('--latency <duration>', say(text('delay before every answer', '每次应答前的延迟')), duration, 0)
    .option(
      '--fault <path=kind[*n]>',
      say(
        text('busy, reset, slow, hang, truncated, html, errcode', 'busy, reset, slow, hang, truncated, html, 错误码'),
      ),
      collect,
      [],
    )
    .option(
      '--allow-ip <ip>',
      say(text('白名单IP: others get 61004 (repeatable)', '白名单IP：其他地址返回 61004（可重复）')),
      collect,
      [],
    )
    .option('--quota <n>', say(text('calls per path before 45009', '每个接口的调用上限，超出返回 45009')), count(1));
  examples(
    sandbox,
    'wxop sandbox',
    'wxop sandbox --push-url http://127.0.0.1:8080/wx/ticket --ticket-interval 5s',
    'wxop sandbox --rotate --ttl 6m --fault api_authorizer_token=busy*2',
  );
  sandbox.action(action(run));
}

async function run(context: Context, flags: SandboxFlags): Promise<void> {
  const { terminal } = context;
  const sandbox = await context.startSandbox({
    ...flags,
    ticketInterval: Math.max(FASTEST_TICKETS, flags.ticketInterval),
    faults: flags.fault,
    allowedIps: flags.allowIp.length > 0 ? flags.allowIp : undefined,
    tell: (news) => printNews(context, news),
  });
  try {
    // Everything here is fake, secrets too: they are what a client has to be given.
    if (terminal.json) terminal.reveal(`${JSON.stringify({ type: 'sandbox', url: sandbox.url, env: sandbox.env })}\n`);
    else {
      terminal.note(
        terminal.say(
          text(`The sandbox runs at ${sandbox.url}. It is not WeChat.`, `沙箱运行于 ${sandbox.url}，并非微信。`),
        ),
        terminal.say(text('In another terminal:', '在另一个终端中执行：')),
      );
      terminal.reveal(
        Object.entries(sandbox.env)
          .map(([name, value]) => `export ${name}='${value}'\n`)
          .join(''),
      );
      terminal.note(
        terminal.say(text('then: wxop listen, and: wxop authorize', '然后运行：wxop listen，以及：wxop authorize')),
      );
    }
    await new Promise<void>((resolve) => {
      if (context.runtime.signal.aborted) resolve();
      context.runtime.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } catch (error) {
    if (!isError(error, 'CANCELLED')) throw error;
  } finally {
    await sandbox.close();
  }
}

function printNews({ terminal }: Context, news: SandboxActivity): void {
  if (terminal.json) return terminal.printJson(news);
  switch (news.type) {
    case 'push':
      return terminal.note(
        `→ ${news.event}  ${news.status === 0 ? terminal.say(text('nobody answered', '无人应答')) : news.status}  ${news.url}`,
      );
    case 'call':
      return terminal.note(
        `← ${news.path}  ${news.errcode === 0 ? 'ok' : news.errcode}${news.fault === undefined ? '' : `  (${news.fault})`}`,
      );
    case 'consent':
      return terminal.note(`✓ ${news.nickName}  ${news.appId}`);
  }
}
