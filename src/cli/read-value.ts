/** Reads the value of an argument or a flag as it was typed; errors come in both languages. */
import { en, text, zh, type Text } from '../sentences/text.ts';
import { isError, WxopError } from '../sentences/wxop-error.ts';
import type { AnyParameter } from './command.ts';

/** `before`: of one that may be repeated. Throws USAGE. */
export function readValue({ written, choices, parse }: AnyParameter, typed: string, before: unknown): unknown {
  if (choices && !choices.includes(typed)) throw invalidValue(written, typed, oneOf(choices));
  if (/\.\.\.[\]>]$/.test(written)) return [...((before as string[] | undefined) ?? []), typed];
  try {
    return parse ? (parse(typed, before) as unknown) : typed;
  } catch (error) {
    throw isError(error, 'USAGE') ? invalidValue(written, typed, error.text) : error;
  }
}

const oneOf = (choices: readonly string[]): Text =>
  text(`Choose one of ${choices.join(', ')}.`, `可选值：${choices.join('、')}。`);

/** A value that cannot be read: `written` is the flag or argument as help shows it. */
const invalidValue = (written: string, typed: string, expected: Text): WxopError => {
  const [kind, kindZh] = written.startsWith('-') ? ['option', '选项'] : ['argument', '参数'];
  return new WxopError(
    'USAGE',
    text(
      en`${kind} '${written}' cannot be '${typed}'. ${expected}`,
      zh`${kindZh} '${written}' 的值 '${typed}' 无效。${expected}`,
    ),
  );
};
