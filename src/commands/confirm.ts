/** The question before what cannot be undone, and before what must not happen to a production profile by accident. */
import type { ProfileAtStake } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { text, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

/** True when the person answers yes, or gave --yes. Throws USAGE where nobody can be asked. */
export async function confirm(
  context: Context,
  { yes }: { yes?: boolean },
  question: Text,
  profile = profileInUse(context),
): Promise<boolean> {
  const { terminal, prompts } = context;
  if (yes) return true;
  if (!terminal.isInteractive) throw cannotAsk(profile);
  const paint = await terminal.paint('err');
  const mark = profile.isProduction ? `${paint.red(terminal.say(markOf(profile)))} ` : '';
  return (await prompts()).confirm(mark + terminal.say(question), false);
}

/** Asks only on a profile with the production mark. Called by `runCommand` alone, for the risk `production`. */
export const confirmInProduction: typeof confirm = async (context, given, question, profile = profileInUse(context)) =>
  !profile.isProduction || confirm(context, given, question, profile);

const profileInUse = ({ profiles, settings }: Context): ProfileAtStake => ({
  name: profiles.name,
  isProduction: settings.get('production') === 'yes',
});

const markOf = ({ name }: ProfileAtStake): Text => text(`PRODUCTION (profile ${name})`, `生产环境（配置 ${name}）`);

const NEEDS_YES = text(
  'This needs --yes where nobody can be asked.',
  '该操作须确认，而此处没有终端可供询问：请加 --yes。',
);

const needsYesIn = ({ name }: ProfileAtStake): Text =>
  text(
    `Profile ${name} is marked as production: this needs --yes where nobody can be asked.`,
    `配置 ${name} 标记为生产环境：该操作须确认，而此处没有终端可供询问，请加 --yes。`,
  );

const cannotAsk = (profile: ProfileAtStake): WxopError =>
  new WxopError('USAGE', profile.isProduction ? needsYesIn(profile) : NEEDS_YES, {
    hint: text(
      'Nothing was changed. Run it again with --yes once you are sure, or in a terminal and answer.',
      '未作任何更改。确认无误后加 --yes 重新运行，或在终端中运行并作答。',
    ),
  });
