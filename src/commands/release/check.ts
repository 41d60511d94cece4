/** `wxop release check`: waits until WeChat has looked for private interfaces in the uploaded code. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import type { CodeCheck } from '../../protocol/calls/release/code-endpoints.ts';
import { foundInterfaces, isCheckClean, waitForDetection } from '../../release/steps/wait-for-detection.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { durationArgument } from '../arguments.ts';
import { ACCOUNT } from '../flags.ts';
import { openMiniProgram } from './mini-program.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

const TIMEOUT = 15 * 60_000;

export const DETECTION_TIMEOUT = parameter(
  '--timeout <duration>',
  text('how long to wait for the detection', '等待检测的最长时间'),
  { parse: durationArgument, fallback: TIMEOUT },
);

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  flags: { timeout: DETECTION_TIMEOUT },
  examples: ['wxop release check wx0123456789abcdef', 'wxop release check wx0123456789abcdef --timeout 5m'],
  risk: 'reads',
  output: 'document',
  run: async (context, { account, timeout }) => {
    const { terminal } = context;
    const { appId, call } = await openMiniProgram(context, account);
    const check = await detect(context, call, timeout);
    const isClean = isCheckClean(check);
    if (terminal.json && isClean) terminal.printJson({ appId, isClean, ...check });
    if (!isClean) throw foundInterfaces(check);
    terminal.note(CLEAN);
  },
});

const CLEAN = text(
  'The detection is over: every private interface is declared and granted.',
  '检测已结束：隐私接口均已声明并获授权。',
);

const detecting = (time: Text): Text =>
  text(en`WeChat checks the code (${time})…`, zh`微信正在检测代码（已 ${time}）…`);

/** Waits with a line that says how long already. */
export async function detect(context: Context, call: HolderCall, timeout: number): Promise<CodeCheck> {
  const { terminal, now, sleep } = context;
  const progress = terminal.progress();
  try {
    return await waitForDetection(call, {
      now,
      sleep,
      timeout,
      onWait: (elapsed) => progress.waited(elapsed, detecting),
    });
  } finally {
    progress.done();
  }
}
