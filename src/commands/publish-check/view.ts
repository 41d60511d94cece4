/** A publish check as it is shown: a line for each step, and how it ended. */
import { pad } from '../../terminal/columns.ts';
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { AnswerVerdict } from '../../receiver-kit/judge-answer.ts';
import type { PublishCheckStep } from '../../receiver-kit/publish-check-steps.ts';

const NAMES: Record<PublishCheckStep['name'], Text> = {
  ticket: text('ticket', 'ticket'),
  authorized: text('authorization event', '授权事件'),
  text: text('text, replied to', '文本，被动回复'),
  event: text('event, replied to (no longer asked)', '事件，被动回复（现已不检测）'),
  api: text('text, answered by API', '文本，接口回复'),
};
const MARKS = { pass: '✓', warn: '!', fail: '✗' } as const;

export async function showStep(
  context: Context,
  step: PublishCheckStep,
  { verdict, reason }: AnswerVerdict,
  milliseconds: number,
): Promise<void> {
  const { terminal } = context;
  const { name, appId } = step;
  if (terminal.json) {
    return terminal.printJson({
      type: 'step',
      step: name,
      ...(appId && { appId }),
      verdict,
      reason: terminal.say(reason),
      milliseconds,
    });
  }
  const paint = await terminal.paint('out');
  const color = { pass: paint.green, warn: paint.yellow, fail: paint.red }[verdict];
  const about = `${pad(appId ?? '', 18)}  ${pad(terminal.say(NAMES[name]), 35)}  ${terminal.say(reason)}`;
  terminal.print(`${color(MARKS[verdict])} ${about}  ${paint.dim(`${milliseconds} ms`)}`);
}

/** Throws PARTLY_FAILED when a step would fail the real check. */
export function finishPublishCheck({ terminal }: Context, tally: Record<AnswerVerdict['verdict'], number>): void {
  const { pass: passed, warn: warned, fail: failed } = tally;
  const steps = passed + warned + failed;
  if (terminal.json) terminal.printJson({ type: 'summary', steps, passed, warned, failed });
  if (failed > 0) throw wouldFail(failed, steps);
  if (!terminal.json) terminal.note(text('The check would pass.', '可以通过检测。'));
}

const wouldFail = (failed: number, steps: number): WxopError =>
  new WxopError(
    'PARTLY_FAILED',
    text(`${failed} of ${steps} steps would fail the check.`, `${steps} 步中有 ${failed} 步无法通过检测。`),
    { retryable: false, hint: text('Each line above says what is wrong.', '上文逐条列出了问题。') },
  );
