/** The report of `wxop publish-check`: a line for each step, and how it ended. */
import { pad } from '../../terminal/columns.ts';
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { AnswerVerdict } from '../../receiver-kit/judge-answer.ts';
import type { PublishCheckStep } from '../../receiver-kit/publish-check-steps.ts';

export interface PublishCheckReport {
  show(step: PublishCheckStep, verdict: AnswerVerdict, milliseconds: number): Promise<void>;
  /** Prints the summary; throws PARTLY_FAILED when a step would fail the real check. */
  finish(): void;
}

const NAMES: Record<PublishCheckStep['name'], Text> = {
  ticket: text('ticket', 'ticket'),
  authorized: text('authorization event', '授权事件'),
  text: text('text, replied to', '文本，被动回复'),
  event: text('event, replied to (no longer asked)', '事件，被动回复（现已不检测）'),
  api: text('text, answered by API', '文本，接口回复'),
};
const MARKS = { pass: '✓', warn: '!', fail: '✗' } as const;

export function publishCheckReport({ terminal }: Context): PublishCheckReport {
  const counted = { pass: 0, warn: 0, fail: 0 };

  async function show({ name, appId }: PublishCheckStep, { verdict, reason }: AnswerVerdict, milliseconds: number) {
    counted[verdict]++;
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

  function finish(): void {
    const { pass: passed, warn: warned, fail: failed } = counted;
    const steps = passed + warned + failed;
    if (terminal.json) terminal.printJson({ type: 'summary', steps, passed, warned, failed });
    if (failed > 0) throw wouldFail(failed, steps);
    if (!terminal.json) terminal.note(WOULD_PASS);
  }

  return { show, finish };
}

const WOULD_PASS = text('The check would pass.', '可以通过检测。');

const wouldFail = (failed: number, steps: number): WxopError =>
  new WxopError(
    'PARTLY_FAILED',
    text(`${failed} of ${steps} steps would fail the check.`, `${steps} 步中有 ${failed} 步无法通过检测。`),
    { retryable: false, hint: text('Each line above says what is wrong.', '上文逐条列出了问题。') },
  );
