/** `wxop explain`: what an error number or a pasted message means, and what to do about it. Offline. */
import { printRows, type Format, type Rows } from '../../terminal/rows.ts';
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { ERROR_CODES, type ErrorCode } from '../../sentences/error-codes.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { expectRows, FORMAT } from '../flags.ts';
import { withAddress, type RetryClass } from '../../protocol/errcodes/errcodes.ts';
import {
  everyExplanation,
  explain,
  near,
  ownCodesIn,
  readPasted,
  sentencesIn,
  SPEAKERS,
  type Explanation,
} from '../../protocol/errcodes/explain.ts';
import type { ErrorMessage } from '../../protocol/errcodes/parse-error-message.ts';

const RETRY: Record<RetryClass, Text> = {
  no: text('no, something must change first', '无效，须先解决问题'),
  backoff: text('yes, later', '可以，稍后再试'),
  'refresh-token': text(
    'yes, once, with a new token (wxop does this by itself)',
    '可以，换新令牌后重试一次（wxop 会自动处理）',
  ),
  'wait-ticket': text('yes, after the next ticket', '可以，等收到新的 ticket 后'),
};

const ROWS: Rows<Explanation> = {
  columns: [
    { title: text('code', '错误码'), seen: ({ code }) => `${code}`, isKey: true },
    { title: text('of', '来源'), seen: ({ of }) => of, spare: 2 },
    { title: text('retry', '重试'), seen: ({ retry }) => retry, spare: 1 },
    { title: text('means', '含义'), seen: ({ means }) => means, long: { become: 'wrapped', least: 24 } },
  ],
  csv: ['code', 'of', 'retry', 'means', 'cause', 'next'],
};

/** More words than these are a log. */
const MOST_WORDS = 1_000;

export const command = defineCommand({
  arguments: {
    what: parameter(
      '[what...]',
      text(
        'error numbers, or a message, an answer or a line of a log; - is stdin',
        '错误码，或错误信息、应答、日志（- 表示标准输入）',
      ),
    ),
  },
  flags: { list: parameter('--list', text('list every known number', '列出所有已知的错误码')), format: FORMAT },
  examples: [
    'wxop explain 61004',
    'wxop explain -28',
    `wxop explain 'errcode: 61004, access clientip is not registered'`,
    'tail -1 app.log | wxop explain -',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { what, list, format }) => {
    if (list) return listAll(context, format);
    expectRows(format, '--list');
    explainPasted(context, what.length === 1 && what[0] === '-' ? await context.stdin.text() : what.join(' '));
  },
});

/** A number of WeChat's, or the name of an error of wxop. */
const isCode = (word: string): boolean => /^-?\d+$/.test(word) || Object.hasOwn(ERROR_CODES, word.toUpperCase());

function explainPasted({ terminal }: Context, pasted: string): void {
  const words = pasted.split(/[\s,]+/, MOST_WORDS).filter(Boolean);
  const numbers = words.filter((word) => /^-?\d+$/.test(word));
  const isCodes = words.length > 0 && words.length < MOST_WORDS && words.every((word) => isCode(word));
  const said: ErrorMessage = isCodes ? { numbers: [...new Set(numbers.map(Number))] } : readPasted(pasted);
  const own = isCodes || said.numbers.length === 0 ? ownCodesIn(pasted) : [];
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
    ...(rid || requestIp || said.hint ? [foundLines(said, terminal.say)] : []),
  ];
  terminal.print(...paragraphs.flatMap((paragraph, index) => (index === 0 ? paragraph : ['', ...paragraph])));
}

type Say = (sentence: Text) => string;

const capital = ({ en: english, zh: chinese }: Text): Text =>
  text(english.charAt(0).toUpperCase() + english.slice(1), chinese);

const again = (retry: Text): Text => text(en`Trying again: ${retry}`, zh`重试：${retry}`);

const lines = ({ code, of, means, cause, next, retry }: Explanation, say: Say): string[] => [
  (code === undefined ? '' : `${code}  `) +
    say(text(en`${capital(means)}.  (${SPEAKERS[of]})`, zh`${means}。（${SPEAKERS[of]}）`)),
  `  ${say(text(en`Cause: ${cause}`, zh`原因：${cause}`))}`,
  `  ${say(text(en`Next: ${next}`, zh`处理：${next}`))}`,
  `  ${say(again(RETRY[retry]))}`,
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
    say(text(en`${code}  ${capital(means)}.  (wxop itself)`, zh`${code}  ${means}。（wxop 自身）`)),
    `  ${say(text(`Exit code: ${exit}`, `退出码：${exit}`))}`,
    `  ${say(again(RETRY[retryable ? 'backoff' : 'no']))}`,
  ];
};

const ownJson = (code: ErrorCode, say: Say) => {
  const { exit, means, retryable } = ERROR_CODES[code];
  return { code, of: 'wxop', means: say(means), exitCode: exit, retryable };
};

function unknown(code: number, say: Say): string[] {
  const neighbours = near(code);
  return [
    say(text(`${code}  Not known.`, `${code}  未知的错误码。`)),
    `  ${say(neighbours.length > 0 ? knownNearby(neighbours) : IN_WECHATS_DOCUMENTS)}`,
  ];
}

const IN_WECHATS_DOCUMENTS = text("WeChat's documentation may list it.", '请查阅微信文档。');
const knownNearby = (codes: readonly number[]): Text =>
  text(
    en`Similar known numbers: ${codes.join(', ')}. ${IN_WECHATS_DOCUMENTS}`,
    zh`相近的已知错误码：${codes.join(', ')}。${IN_WECHATS_DOCUMENTS}`,
  );

const foundLines = ({ rid, requestIp, hint }: ErrorMessage, say: Say): string[] => [
  ...(requestIp ? [say(text(en`WeChat saw the address ${requestIp}.`, zh`微信所见的 IP：${requestIp}。`))] : []),
  ...(rid ? [say(moreAbout(rid))] : []),
  ...(hint ? [say(text(en`hint: ${hint}`, zh`微信的 hint：${hint}`))] : []),
];

const moreAbout = (rid: string): Text =>
  text(
    `For 7 days, \`wxop rid ${rid}\` shows the request as WeChat saw it.`,
    `微信所见的请求（保留 7 天）：\`wxop rid ${rid}\``,
  );

async function listAll({ terminal }: Context, format: Format | undefined): Promise<void> {
  const rows = everyExplanation();
  const document = rows.map((explanation) => json(explanation, terminal.say));
  await printRows(terminal, { ...ROWS, rows, format, document });
}

const NOTHING = text('There is nothing to explain.', '没有需要解释的内容。');
const NO_NUMBER = text('The text contains no error number.', '其中没有错误码。');
const nothingIn = (pasted: string): WxopError =>
  new WxopError('USAGE', pasted.trim() === '' ? NOTHING : NO_NUMBER, {
    hint: text(
      'Give a number or paste the whole message: `wxop explain 61004`. `wxop explain --list` lists all numbers.',
      '请提供错误码，或原样粘贴错误信息：`wxop explain 61004`。`wxop explain --list` 列出全部。',
    ),
  });
