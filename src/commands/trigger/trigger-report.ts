/** The report of `wxop trigger`: a verdict for each push, and a summary. */
import { cut, pad } from '../../terminal/columns.ts';
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { forgeryOf, type ForgeryKind } from '../../receiver-kit/forgeries.ts';
import type { ReceiverAnswer, AnswerVerdict } from '../../receiver-kit/judge-answer.ts';

export interface Judged {
  name: string;
  job: ForgeryKind | 'genuine';
  answered: ReceiverAnswer;
  verdict: AnswerVerdict;
}

export interface TriggerReport {
  show(judged: Judged): Promise<void>;
  /** Prints the summary; throws PARTLY_FAILED where an answer was wrong, NETWORK where nobody answered. */
  finish(): void;
}

/** After this many lines, people see only what did not pass. */
const MOST_LINES = 20;
const MOST_BODY = 200;
const MARKS = { pass: '✓', warn: '!', fail: '✗' } as const;

export function triggerReport(context: Context, { isSuite }: { isSuite: boolean }): TriggerReport {
  const { terminal } = context;
  const counted = { pass: 0, warn: 0, fail: 0 };
  const times: number[] = [];
  let unreachable = 0;

  async function show({ name, job, answered, verdict: { verdict, reason, reply } }: Judged): Promise<void> {
    counted[verdict]++;
    times.push(answered.milliseconds);
    if (answered.silence === 'unreachable') unreachable++;
    const milliseconds = Math.round(answered.milliseconds);
    const expected = job === 'genuine' ? 200 : forgeryOf(job).expects;
    if (terminal.json) {
      const { status, body, silence } = answered;
      const shown = body.slice(0, MOST_BODY);
      const opened = reply && { reply: { xml: reply.text, fields: reply.fields } };
      return terminal.printJson({
        type: 'push',
        name,
        forged: job !== 'genuine',
        verdict,
        expected,
        status,
        reason: terminal.say(reason),
        ...(silence && { silence }),
        body: shown,
        milliseconds,
        ...opened,
      });
    }
    if (times.length > MOST_LINES && !isSuite && verdict === 'pass') return;
    const paint = await terminal.paint('out');
    const color = { pass: paint.green, warn: paint.yellow, fail: paint.red }[verdict];
    terminal.print(
      `${color(MARKS[verdict])} ${pad(name, isSuite ? 22 : 0)}  ${terminal.say(reason)}  ${paint.dim(`${milliseconds} ms`)}`,
    );
    if (verdict !== 'pass') {
      const said = cut(answered.body, 60);
      terminal.print(`    ${terminal.say(correctAnswer(expected))}${said ? `; ${said}` : ''}`);
    }
    if (reply) terminal.print(...reply.text.split('\n').map((line) => `    ${line}`));
  }

  function finish(): void {
    const sorted = [...times].sort((a, b) => a - b);
    const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
    const milliseconds = { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
    const sent = times.length;
    const { pass: passed, warn: warned, fail: failed } = counted;
    if (terminal.json) terminal.printJson({ type: 'summary', sent, passed, warned, failed, milliseconds });
    else if (sent > 1) terminal.print(summary({ sent, passed, warned, failed, ...milliseconds }));
    if (unreachable === sent) throw noAnswer();
    if (failed > 0) throw wronglyAnswered(failed, sent);
  }

  return { show, finish };
}

const correctAnswer = (status: number): Text =>
  text(`a correct receiver answers ${status}`, `正确的接收端应答 ${status}`);

const summary = (of: Record<'sent' | 'passed' | 'warned' | 'failed' | 'p50' | 'p99' | 'max', number>): Text =>
  text(
    `${of.sent} sent: ${of.passed} correct, ${of.warned} doubtful, ${of.failed} wrong; p50 ${of.p50} ms, p99 ${of.p99} ms, max ${of.max} ms`,
    `共 ${of.sent} 次：${of.passed} 次正确，${of.warned} 次存疑，${of.failed} 次错误；p50 ${of.p50} ms，p99 ${of.p99} ms，最大 ${of.max} ms`,
  );

const noAnswer = (): WxopError =>
  new WxopError('NETWORK', text('Nobody answers there.', '该地址无服务应答。'), {
    hint: text('Is the receiver running, and is --to its URL?', '接收端是否在运行？--to 是否正确？'),
  });

const wronglyAnswered = (failed: number, sent: number): WxopError =>
  new WxopError(
    'PARTLY_FAILED',
    text(`${failed} of ${sent} pushes were answered wrongly.`, `${sent} 次推送中有 ${failed} 次应答不正确。`),
    {
      retryable: false,
      hint: text('Each line above says what a correct receiver answers.', '上文逐条列出了正确的应答。'),
    },
  );
