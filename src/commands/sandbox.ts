/** `wxop sandbox`: WeChat on this machine, for wxop and for services in any language. */
import { defineCommand, parameter } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { TICKET_INTERVAL } from '../protocol/lifetimes.ts';
import type { SandboxActivity } from '../sandbox/sandbox.ts';
import { decodeText } from '../runtime/decode-text.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { isError } from '../sentences/wxop-error.ts';
import { environmentSecrets } from '../settings/resolve-settings.ts';
import { countArgument, durationArgument } from './arguments.ts';
import { readInput } from './files.ts';

const PORT = 7789;
const PUSH_URL = 'http://127.0.0.1:7788/wechat/event';
const MESSAGE_URL = 'http://127.0.0.1:7788/wechat/message/$APPID$';
const FASTEST_TICKETS = 100;

const repeatable = { parse: (value: string, before: string[] = []): string[] => [...before, value], fallback: [] };

export const command = defineCommand({
  flags: {
    port: parameter('--port <port>', text('port on 127.0.0.1, 0 for a free one', '127.0.0.1 的端口，0 为自动'), {
      parse: countArgument(0),
      fallback: PORT,
    }),
    pushUrl: parameter('--push-url <url>', text('where tickets and events are pushed', '推送 ticket 与事件的地址'), {
      parse: String,
      fallback: PUSH_URL,
    }),
    messageUrl: parameter('--message-url <url>', text("where accounts' messages are pushed", '推送帐号消息的地址'), {
      parse: String,
      fallback: MESSAGE_URL,
    }),
    ticketInterval: parameter(
      '--ticket-interval <duration>',
      text('time between tickets, at least 100ms', 'ticket 推送间隔，最小 100ms'),
      { parse: durationArgument, fallback: TICKET_INTERVAL },
    ),
    accounts: parameter('--accounts <n>', text('merchants to choose from', '商家数量'), {
      parse: countArgument(0),
      fallback: 5,
    }),
    miniPrograms: parameter(
      '--mini-programs <n>',
      text('further mini programs, ready for releases', '另加的小程序数量，可用于发布'),
      { parse: countArgument(0), fallback: 0 },
    ),
    releaseScript: parameter(
      '--release-script <file>',
      text('how detections and audits go: docs/sandbox.md', '检测与审核的过程：见 docs/zh/sandbox.md'),
    ),
    domain: parameter(
      '--domain <host>',
      text('授权发起页域名 to enforce, with port', '要校验的授权发起页域名（含端口）'),
    ),
    rotate: parameter('--rotate', text('every refresh changes the refresh token', '每次刷新都更换 refresh_token')),
    ttl: parameter('--ttl <duration>', text('lifetime of access tokens', 'access_token 有效期'), {
      parse: durationArgument,
      fallback: 2 * 60 * 60 * 1000,
    }),
    latency: parameter('--latency <duration>', text('delay before every answer', '每次应答前的延迟'), {
      parse: durationArgument,
      fallback: 0,
    }),
    fault: parameter(
      '--fault <path=kind[*n]>',
      text(
        'busy, reset, slow, hang, truncated, html, late, silent, unsure, errcode',
        'busy, reset, slow, hang, truncated, html, late, silent, unsure, 错误码',
      ),
      repeatable,
    ),
    allowIp: parameter(
      '--allow-ip <ip>',
      text('白名单IP: others get 61004 (repeatable)', '白名单IP：其他地址返回 61004（可重复）'),
      repeatable,
    ),
    quota: parameter('--quota <n>', text('calls per path before 45009', '每个接口的调用上限，超出返回 45009'), {
      parse: countArgument(1),
    }),
  },
  examples: [
    'wxop sandbox',
    'wxop sandbox --push-url http://127.0.0.1:8080/wx/ticket --ticket-interval 5s',
    'wxop sandbox --mini-programs 20 --release-script releases.jsonc',
    'wxop sandbox --rotate --ttl 6m --fault api_authorizer_token=busy*2',
  ],
  risk: 'reads',
  output: 'lines',
  run: async (context, flags) => {
    const { runtime, terminal } = context;
    const { releaseScript } = flags;
    const sandbox = await context.startSandbox({
      ...flags,
      releases: releaseScript === undefined ? undefined : decodeText(await readInput(releaseScript)),
      ticketInterval: Math.max(FASTEST_TICKETS, flags.ticketInterval),
      faults: flags.fault,
      allowedIps: flags.allowIp.length > 0 ? flags.allowIp : undefined,
      onActivity: (activity) => printActivity(context, activity),
    });
    context.redactor.learn(...environmentSecrets(sandbox.env));
    try {
      // Everything here is fake, secrets too: a client needs them.
      if (terminal.json) terminal.revealJson({ type: 'sandbox', url: sandbox.url, env: sandbox.env });
      else {
        terminal.note(runsAt(sandbox.url), IN_ANOTHER_TERMINAL);
        const exports = Object.entries(sandbox.env).map(([name, value]) => `export ${name}='${value}'\n`);
        terminal.reveal(exports.join(''));
        terminal.note(THEN);
      }
      await new Promise<void>((resolve) => {
        if (runtime.signal.aborted) resolve();
        runtime.signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } catch (error) {
      if (!isError(error, 'CANCELLED')) throw error;
    } finally {
      await sandbox.close();
    }
  },
});

const runsAt = (url: string) => text(`The sandbox runs at ${url}. It is not WeChat.`, `沙箱运行于 ${url}，并非微信。`);
const IN_ANOTHER_TERMINAL = text('In every other terminal:', '请先在其他终端中执行：');
const THEN = text(
  'then `wxop listen` in one and `wxop authorize` in another.',
  '然后在一个终端运行 `wxop listen`，在另一个运行 `wxop authorize`。',
);
const DECIDED: Record<number, Text> = {
  0: text('approved', '审核通过'),
  1: text('rejected', '审核被拒绝'),
  4: text('delayed', '审核延后'),
};
const NO_ANSWER = text('no answer', '无人应答');

function printActivity({ terminal }: Context, activity: SandboxActivity): void {
  if (terminal.json) return terminal.printJson(activity);
  switch (activity.type) {
    case 'push': {
      const { event, status, url } = activity;
      const answer = status === 0 ? NO_ANSWER : status;
      return terminal.note(text(en`→ ${event}  ${answer}  ${url}`, zh`→ ${event}  ${answer}  ${url}`));
    }
    case 'call': {
      const { path, errcode, fault } = activity;
      return terminal.note(`← ${path}  ${errcode || 'ok'}${fault === undefined ? '' : `  (${fault})`}`);
    }
    case 'consent':
      return terminal.note(`✓ ${activity.nickName}  ${activity.appId}`);
    case 'audit': {
      const { appId, auditid, status } = activity;
      const outcome = DECIDED[status] ?? status;
      return terminal.note(
        text(en`✓ audit ${auditid} ${outcome}  ${appId}`, zh`✓ 审核单 ${auditid} ${outcome}  ${appId}`),
      );
    }
  }
}
