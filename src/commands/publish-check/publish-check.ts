/** `wxop publish-check`: plays WeChat's side of the publish check (全网发布检测), offline, and judges each step. */
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { TEST_ACCOUNTS } from '../../protocol/publish-check.ts';
import { count } from '../arguments.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { startReceiver, usage, type ReceiverChoice } from '../../receiver-kit/checked-receiver.ts';
import { stepsOf } from '../../receiver-kit/publish-check-steps.ts';
import { finishPublishCheck, showStep } from './view.ts';

interface CheckOptions extends ReceiverChoice {
  appid?: string;
  transcript?: boolean;
}

export function declare(program: Command, { say, action, examples }: Declaring): void {
  examples(
    program
      .command('publish-check')
      .description(
        say(
          text(
            'rehearses the publish check (全网发布检测) with its ten test accounts, offline',
            '离线演练全网发布检测，使用其全部十个测试帐号',
          ),
        ),
      )
      .option(
        '--event-url <url>',
        say(
          text('授权事件接收URL to check (default: a listener of wxop)', '要检测的授权事件接收URL（默认：wxop 自身）'),
        ),
      )
      .option(
        '--message-url <url>',
        say(text('消息与事件接收URL to check, with $APPID$', '要检测的消息与事件接收URL，含 $APPID$')),
      )
      .option(
        '--api-port <port>',
        say(
          text('where the API is played on 127.0.0.1 (default: a free one)', '在 127.0.0.1 模拟接口的端口（默认自动）'),
        ),
        count(0),
        0,
      )
      .option('--appid <appid>', say(text('one of the test accounts only', '仅使用其中一个测试帐号')))
      .option('--transcript', say(text('shows what WeChat asked this listener so far', '显示微信此前的检测记录')))
      .action(action(run)),
    'wxop publish-check',
    'wxop publish-check --event-url "$EVENT" --message-url "$MESSAGE"',
    'wxop publish-check --transcript',
  );
}

async function run(context: Context, options: CheckOptions): Promise<void> {
  const { terminal } = context;
  if (options.transcript) return terminal.print(...(await (await context.listener()).readTranscript()));
  const accounts = TEST_ACCOUNTS.filter(({ appId }) => options.appid === undefined || appId === options.appid);
  if (accounts.length === 0) throw usage(text('That is none of the test accounts.', '该 AppID 不是检测帐号。'));
  const receiver = await startReceiver(context, options);
  const tally = { pass: 0, warn: 0, fail: 0 };
  try {
    if (options.eventUrl !== undefined && !terminal.json) {
      const note = text(
        `The API is played at ${receiver.sandbox.url}: the receiver must call it there.`,
        `接口模拟于 ${receiver.sandbox.url}：接收端须调用该地址。`,
      );
      terminal.note(terminal.say(note));
      terminal.warn(
        text(
          'The receiver takes the ticket of the rehearsal for its newest one, until the next real push.',
          '接收端会将演练的 ticket 当作最新 ticket，直到下次真实推送。',
        ),
      );
    }
    for (const step of stepsOf(context, receiver, accounts)) {
      const startedAt = context.now();
      const verdict = await step.run();
      if (context.runtime.signal.aborted) await context.sleep(0);
      tally[verdict.verdict]++;
      await showStep(context, step, verdict, context.now() - startedAt);
    }
  } finally {
    await receiver.stop();
  }
  finishPublishCheck(context, tally);
}
