/** The question before what cannot simply be undone. */
import type { Context } from '../context.ts';
import { text, WxopError, type Text } from '../errors.ts';

/** True when the person says yes, or said it with --yes. Throws USAGE where nobody can be asked. */
export async function agrees(
  { terminal, prompts }: Context,
  { yes }: { yes?: boolean },
  question: Text,
): Promise<boolean> {
  if (yes) return true;
  if (!terminal.isInteractive) {
    throw new WxopError('USAGE', text('This needs --yes where nobody can be asked.', '无法交互确认时需要 --yes。'), {
      hint: text('Nothing was changed.', '未作任何更改。'),
    });
  }
  return (await prompts()).confirm(terminal.say(question), false);
}
