/** The passphrase of an exported file: from the environment, or typed; never a flag, which others can see. */
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { checkSetting } from '../../settings/setting-definitions.ts';

/** `isNew`: it is made here, and typed twice. Throws SETTINGS_MISSING where nobody can type it. */
export async function passphraseFor(context: Context, { isNew }: { isNew: boolean }): Promise<string> {
  const given = context.settings.find('passphrase');
  if (given !== undefined) return given;
  const { terminal } = context;
  if (!terminal.isInteractive) {
    throw new WxopError('SETTINGS_MISSING', text('A passphrase is needed.', '需要口令。'), {
      hint: text(
        'Set WXOP_PASSPHRASE or WXOP_PASSPHRASE_FILE: at least 8 characters.',
        '请设置 WXOP_PASSPHRASE 或 WXOP_PASSPHRASE_FILE：至少 8 个字符。',
      ),
    });
  }
  const prompts = await context.prompts();
  const check = (typed: string): string | undefined => {
    const checked = checkSetting('passphrase', typed);
    return typeof checked === 'string' ? undefined : terminal.say(checked);
  };
  const asked = { message: terminal.say(text('Passphrase of the file:', '文件口令：')), ...(isNew && { check }) };
  const typed = (await prompts.askSecret(asked)).trim();
  if (isNew) {
    const differs = terminal.say(text('not the same as before', '与前一次不同'));
    await prompts.askSecret({
      message: terminal.say(text('The same once more:', '请再次输入：')),
      check: (again) => (again.trim() === typed ? undefined : differs),
    });
  }
  context.redactor.learn(typed);
  return typed;
}
