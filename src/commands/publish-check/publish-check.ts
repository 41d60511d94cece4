/** `wxop publish-check`: plays WeChat's side of the publish check (全网发布检测), offline, and judges each step. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { PUBLISH_CHECK_ACCOUNTS } from '../../protocol/publish-check.ts';
import { senselessChoice, startCheckedReceiver } from '../../receiver-kit/checked-receiver.ts';
import { publishCheckSteps } from '../../receiver-kit/publish-check-steps.ts';
import { text, type Text } from '../../sentences/text.ts';
import { countArgument } from '../arguments.ts';
import { publishCheckReport } from './publish-check-report.ts';

export const command = defineCommand({
  flags: {
    eventUrl: parameter('--event-url <url>', text('授权事件接收URL to check', '要检测的授权事件接收URL'), {
      byDefault: text('a listener of wxop', 'wxop 自身的监听'),
    }),
    messageUrl: parameter(
      '--message-url <url>',
      text('消息与事件接收URL to check, with $APPID$', '要检测的消息与事件接收URL，含 $APPID$'),
    ),
    apiPort: parameter('--api-port <port>', text('port of the mock API on 127.0.0.1', '在 127.0.0.1 模拟接口的端口'), {
      parse: countArgument(0),
      fallback: 0,
      byDefault: text('a free one', '自动选择'),
    }),
    appid: parameter('--appid <appid>', text('only this test account', '仅使用其中一个测试帐号')),
    transcript: parameter(
      '--transcript',
      text('show what WeChat has asked this listener so far', '显示微信此前的检测记录'),
    ),
  },
  examples: [
    'wxop publish-check',
    'wxop publish-check --event-url "$EVENT" --message-url "$MESSAGE"',
    'wxop publish-check --transcript',
  ],
  risk: 'reads',
  output: 'lines',
  run: async (context, flags) => {
    const { terminal } = context;
    if (flags.transcript) {
      const asked = await (await context.listener()).readTranscript();
      if (!terminal.json) return terminal.print(...asked);
      return terminal.printJson(...asked.map((line) => ({ type: 'asked', ...(JSON.parse(line) as object) })));
    }
    const accounts = PUBLISH_CHECK_ACCOUNTS.filter(({ appId }) => flags.appid === undefined || appId === flags.appid);
    if (accounts.length === 0) throw senselessChoice(NO_TEST_ACCOUNT);
    const receiver = await startCheckedReceiver(context, flags);
    const report = publishCheckReport(context);
    try {
      if (flags.eventUrl !== undefined && !terminal.json) {
        terminal.note(apiAt(receiver.sandbox.url));
        terminal.warn(TICKET_REPLACED);
      }
      for (const step of publishCheckSteps(context, receiver, accounts)) {
        const startedAt = context.now();
        const verdict = await step.run();
        if (context.runtime.signal.aborted) await context.sleep(0);
        await report.show(step, verdict, context.now() - startedAt);
      }
    } finally {
      await receiver.stop();
    }
    report.finish();
  },
});

const NO_TEST_ACCOUNT = text('This is not a test account.', '该 AppID 不是检测帐号。');
const TICKET_REPLACED = text(
  "The receiver takes the rehearsal's ticket for its newest one, until the next real push.",
  '接收端会将演练的 ticket 当作最新 ticket，直到下次真实推送。',
);

const apiAt = (url: string): Text =>
  text(`The mock API is at ${url}: the receiver must call it there.`, `接口模拟于 ${url}：接收端须调用该地址。`);
