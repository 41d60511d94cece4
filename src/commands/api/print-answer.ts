/** What becomes of an answer of `wxop api`: on stdout or in a file, byte for byte. */
import type { Context } from '../../cli/context.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { secretFieldsIn } from '../../protocol/secret-fields.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { RawAnswer } from '../../wechat-api/transport.ts';
import { writeSecretOutput } from '../files.ts';

export interface AnswerFlags {
  output?: string;
  include?: boolean;
  paginate?: boolean;
  slurp?: boolean;
}

/** `-` is stdout, as if nothing was said. */
const fileOf = ({ output }: AnswerFlags): string | undefined => (output === '-' ? undefined : output);

/** Throws USAGE for flags that exclude each other. */
export function checkAnswerFlags(flags: AnswerFlags, isJson: boolean): void {
  const { include, paginate, slurp } = flags;
  if (slurp && !paginate) throw usage(SLURP_ALONE);
  if (include && (isJson || slurp || fileOf(flags) !== undefined)) throw usage(INCLUDE_WITH);
}

const SLURP_ALONE = text('--slurp goes with --paginate.', '--slurp 须与 --paginate 合用。');
const INCLUDE_WITH = text(
  '--include prints the head with the answer: not with --json, --slurp or --output.',
  '--include 会连同响应头一起输出，不能与 --json、--slurp 或 --output 合用。',
);
const usage = (sentence: Text): WxopError =>
  new WxopError('USAGE', sentence, { hint: text('See `wxop api --help`.', '请查看 `wxop api --help`。') });

/** Prints or writes one answer; throws WeChat's refusal. With --json nothing is printed of a refusal. */
export async function printAnswer(context: Context, answer: RawAnswer, flags: AnswerFlags): Promise<void> {
  const file = fileOf(flags);
  if (answer.refusal && (context.terminal.json || file !== undefined)) throw answer.refusal;
  if (file !== undefined) await write(context, file, answer.bytes);
  else show(context, answer, flags);
  if (answer.refusal) throw answer.refusal;
}

/** One page after the other as they come, or all of them in one array. */
export async function printPages(context: Context, pages: AsyncIterable<RawAnswer>, flags: AnswerFlags): Promise<void> {
  const isOneDocument = flags.slurp || context.terminal.json || fileOf(flags) !== undefined;
  const documents: string[] = [];
  for await (const page of pages) {
    if (page.refusal && isOneDocument) throw page.refusal;
    if (isOneDocument) documents.push(page.bytes.toString('utf8').trim());
    else await printAnswer(context, { ...page, bytes: withNewline(page.bytes) }, flags);
  }
  if (!isOneDocument) return;
  await printAnswer(context, { status: 200, headers: {}, bytes: Buffer.from(`[${documents.join(',')}]\n`) }, flags);
}

function show({ terminal, redactor }: Context, { status, headers, bytes }: RawAnswer, { include }: AnswerFlags): void {
  if (terminal.out.isTTY && !isText(bytes)) {
    const type = [headers['content-type'] ?? '']
      .flat()
      .join()
      .replace(/[^\w/.+-].*$/, '');
    throw notText(bytes.length, type);
  }
  if (include) {
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one) => `${name}: ${one}`),
    );
    terminal.reveal(`${[`HTTP ${status}`, ...lines].join('\n')}\n\n`);
  }
  redactor.learnReceived(...secretFieldsIn(bytes.toString('utf8')));
  // WeChat's own bytes: not parsed, not redacted; a terminal gets them spelled out, and its prompt on a line of its own.
  terminal.reveal(terminal.out.isTTY ? withNewline(bytes) : bytes);
}

function notText(length: number, type: string): WxopError {
  const size = text(`${length} bytes`, `${length} 字节`);
  const described = type ? text(en`${size}, ${type}`, zh`${size}，${type}`) : size;
  return new WxopError('USAGE', text(en`The answer is no text (${described}).`, zh`应答不是文本（${described}）。`), {
    hint: text('Write it to a file: -o FILE.', '请写入文件：-o FILE。'),
  });
}

const NEWLINE = 0x0a;

const withNewline = (bytes: Buffer): Buffer =>
  bytes.length === 0 || bytes.at(-1) === NEWLINE ? bytes : Buffer.concat([bytes, Buffer.of(NEWLINE)]);

/** A picture has bytes that no text has; control characters are spelled out. */
const isText = (bytes: Buffer): boolean => !/[\0\ufffd]/.test(bytes.toString('utf8'));

async function write({ terminal }: Context, path: string, bytes: Buffer): Promise<void> {
  // A list of accounts holds their refresh tokens.
  await writeSecretOutput(path, bytes);
  const size = bytes.length;
  terminal.note(text(`Written to ${path} (${size} bytes).`, `已写入 ${path}（${size} 字节）。`));
}
