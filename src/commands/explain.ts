/** `wxop explain`: what an error number or a pasted message means, and what to do about it. Offline. */
import { printable } from '../sentences/printable.ts';
import { table } from '../terminal/columns.ts';
import type { Command } from 'commander';
import type { Context } from '../cli/context.ts';
import { ERROR_CODES, type ErrorCode } from '../sentences/error-codes.ts';
import { text, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { withAddress, type RetryClass } from '../protocol/errcodes/errcodes.ts';
import {
  everyExplanation,
  explain,
  near,
  ownCodesIn,
  readPasted,
  sentencesIn,
  SPEAKERS,
  type Explanation,
} from '../protocol/errcodes/explain.ts';
import type { ErrorMessage } from '../protocol/errcodes/parse-error-message.ts';
import type { Declaring } from '../cli/declaring.ts';

export function declare(program: Command, { say, action, examples }: Declaring): void {
  examples(
    program
      .command('explain')
      .argument(
        '[what...]',
        say(
          text(
            'error numbers, or a message, answer or line of a log; - is stdin',
            '错误码，或错误信息、应答、日志（- 表示标准输入）',
          ),
        ),
      )
      .option('--list', say(text('every number that is known', '列出所有已知的错误码')))
      .description(
        say(
          text(
            'what an error of the platform means, and what to do about it; offline',
            '解释平台的错误码与处理方法（离线）',
          ),
        ),
      )
      .action(action(run)),
    'wxop explain 61004',
    'wxop explain -28',
    `wxop explain 'errcode: 61004, access clientip is not registered'`,
    'tail -1 app.log | wxop explain -',
  );
}

const RETRY: Record<RetryClass, Text> = {
  no: text('no, something must change first', '无效，须先解决问题'),
  backoff: text('yes, later', '可以，稍后再试'),
  'refresh-token': text(
    'yes, once, with a new token (wxop does this by itself)',
    '可以，换新 token 后重试一次（wxop 会自动处理）',
  ),
  'wait-ticket': text('yes, after the next ticket', '可以，等收到新的 ticket 后'),
};

/** More words than these are a log. */
const MOST_WORDS = 1_000;

async function run(context: Context, options: { list?: boolean }, what: string[]): Promise<void> {
  const { terminal } = context;
  if (options.list) return list(context);
  const pasted = what.length === 1 && what[0] === '-' ? await context.stdin.text() : what.join(' ');
  const words = pasted.split(/[\s,]+/, MOST_WORDS).filter(Boolean);
  const isNumbers = words.length > 0 && words.length < MOST_WORDS && words.every((word) => /^-?\d+$/.test(word));
  const said: ErrorMessage = isNumbers ? { numbers: [...new Set(words.map(Number))] } : readPasted(pasted);
  const own = said.numbers.length === 0 ? ownCodesIn(pasted) : [];
  const sentences = said.numbers.length === 0 ? sentencesIn(pasted) : [];
  const { requestIp, rid } = said;
  if (said.numbers.length + own.length + sentences.length === 0 && !requestIp && !rid) throw nothingIn(pasted);
  const codes = said.numbers.map((code) => ({
    code,
    known: explain(code).map((one) => (requestIp ? { ...one, next: withAddress(one.next, requestIp) } : one)),
  }));

  if (terminal.json) {
    const { numbers: _, ...found } = said;
    return terminal.printJson({
      ...found,
      codes: [
        ...codes.flatMap(({ code, known }): object[] =>
          known.length > 0 ? known.map((explanation) => json(explanation, terminal.say)) : [{ code, near: near(code) }],
        ),
        ...sentences.map((explanation) => json(explanation, terminal.say)),
        ...own.map((code) => ownJson(code, terminal.say)),
      ],
    });
  }
  const paragraphs = [
    ...codes.flatMap(({ code, known }) =>
      known.length > 0 ? known.map((explanation) => lines(explanation, terminal.say)) : [unknown(code, terminal.say)],
    ),
    ...sentences.map((explanation) => lines(explanation, terminal.say)),
    ...own.map((code) => ownLines(code, terminal.say)),
    ...(rid || requestIp || said.hint ? [foundLines(said, terminal.say).map(printable)] : []),
  ];
  terminal.print(...paragraphs.flatMap((paragraph, index) => (index === 0 ? paragraph : ['', ...paragraph])));
}

type Say = (sentence: Text) => string;

const capital = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);

const lines = ({ code, of, means, cause, next, retry }: Explanation, say: Say): string[] => [
  (code === undefined ? '' : `${code}  `) +
    say(text(`${capital(means.en)}.  (${SPEAKERS[of].en})`, `${means.zh}。（${SPEAKERS[of].zh}）`)),
  `  ${say(text('Cause:', '原因：'))} ${say(cause)}`,
  `  ${say(text('Next:', '处理：'))} ${say(next)}`,
  `  ${say(text('Trying again:', '重试：'))} ${say(RETRY[retry])}`,
];

const json = ({ code, of, means, cause, next, retry }: Explanation, say: Say) => ({
  ...(code !== undefined && { code }),
  of,
  means: say(means),
  cause: say(cause),
  next: say(next),
  retry,
});

const ownLines = (code: ErrorCode, say: Say): string[] => {
  const { exit, means, retryable } = ERROR_CODES[code];
  return [
    say(text(`${code}  ${capital(means.en)}.  (wxop itself)`, `${code}  ${means.zh}。（wxop 自身）`)),
    `  ${say(text('Exit code:', '退出码：'))} ${exit}`,
    `  ${say(text('Trying again:', '重试：'))} ${say(RETRY[retryable ? 'backoff' : 'no'])}`,
  ];
};

const ownJson = (code: ErrorCode, say: Say) => {
  const { exit, means, retryable } = ERROR_CODES[code];
  return { code, of: 'wxop', means: say(means), exitCode: exit, retryable };
};

function unknown(code: number, say: Say): string[] {
  const neighbours = near(code);
  const known = neighbours.join(', ');
  return [
    say(text(`${code}  Not known.`, `${code}  未知的错误码。`)),
    `  ${say(
      neighbours.length > 0
        ? text(
            `Known next to it: ${known}. The platform's documents may have it.`,
            `相近的已知错误码：${known}。请查阅平台文档。`,
          )
        : text("The platform's documents may have it.", '请查阅平台文档。'),
    )}`,
  ];
}

const foundLines = ({ rid, requestIp, hint }: ErrorMessage, say: Say): string[] => [
  ...(requestIp ? [say(text(`The platform saw the address ${requestIp}.`, `平台所见的 IP：${requestIp}。`))] : []),
  ...(rid
    ? [
        say(
          text(
            `What it saw of the request, for 7 days: wxop rid ${rid}`,
            `平台所见的请求（保留 7 天）：wxop rid ${rid}`,
          ),
        ),
      ]
    : []),
  ...(hint ? [say(text(`hint: ${hint}`, `hint：${hint}`))] : []),
];

function list(context: Context): void {
  const { terminal } = context;
  const all = everyExplanation();
  if (terminal.json) return terminal.printJson(all.map((explanation) => json(explanation, terminal.say)));
  const header = [text('code', '错误码'), text('of', '来源'), text('retry', '重试'), text('means', '含义')].map(
    terminal.say,
  );
  terminal.print(
    ...table(
      header,
      all.map(({ code, of, retry, means }) => [`${code}`, of, retry, terminal.say(means)]),
      terminal.out,
    ),
  );
}

const nothingIn = (pasted: string): WxopError =>
  new WxopError(
    'USAGE',
    pasted.trim() === ''
      ? text('There is nothing to explain.', '没有需要解释的内容。')
      : text('There is no error number in it.', '其中没有错误码。'),
    {
      hint: text(
        'Give a number, or the message as it came: `wxop explain 61004`. `wxop explain --list` shows all.',
        '请提供错误码，或原样粘贴错误信息：`wxop explain 61004`。`wxop explain --list` 列出全部。',
      ),
    },
  );
