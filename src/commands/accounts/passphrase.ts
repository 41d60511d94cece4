/** The passphrase of an exported file: from the environment or typed; never from a flag, which others could see. */
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { checkSetting } from '../../settings/setting-definitions.ts';

const NEEDED = text('A passphrase is needed.', '需要口令。');
const HOW_TO_SET = text(
  'Set WXOP_PASSPHRASE or WXOP_PASSPHRASE_FILE: at least 8 characters.',
  '请设置 WXOP_PASSPHRASE 或 WXOP_PASSPHRASE_FILE：至少 8 个字符。',
);
const FIRST = text('Passphrase of the file:', '文件口令：');
const AGAIN = text('The same again:', '请再次输入：');
const DIFFERS = text('not the same as before', '与前一次不同');

/** `isNew`: it is chosen now, and typed twice. Throws SETTINGS_MISSING where nobody can type it. */
export async function passphraseFor(context: Context, { isNew }: { isNew: boolean }): Promise<string> {
  const given = context.settings.find('passphrase');
  if (given !== undefined) return given;
  const { say, isInteractive } = context.terminal;
  if (!isInteractive) throw new WxopError('SETTINGS_MISSING', NEEDED, { hint: HOW_TO_SET });
  const prompts = await context.prompts();
  const check = (typed: string): string | undefined => {
    const checked = checkSetting('passphrase', typed);
    return typeof checked === 'string' ? undefined : say(checked);
  };
  const typed = (await prompts.askSecret({ message: say(FIRST), ...(isNew && { check }) })).trim();
  if (isNew) {
    const isSame = (again: string): string | undefined => (again.trim() === typed ? undefined : say(DIFFERS));
    await prompts.askSecret({ message: say(AGAIN), check: isSame });
  }
  context.redactor.learn(typed);
  return typed;
}
