/** Runs a command that is data: asks first where its risk says so. */
import { text } from '../sentences/text.ts';
import { parameter, type AnyCommand, type AnyParameter } from './command.ts';
import type { Context } from './context.ts';

/** Of every command that asks only on a profile with the production mark. */
const YES_ON_PRODUCTION = parameter('--yes', text('do not ask on a production profile', '生产环境配置也不再确认'));

/** The flags of a command in the order of its help, the one included that its risk brings. */
export const flagsOf = ({ flags = {}, risk }: AnyCommand): AnyParameter[] => [
  ...Object.values(flags as Record<string, AnyParameter>),
  ...(risk === 'production' ? [YES_ON_PRODUCTION] : []),
];

export async function runCommand(
  context: Context,
  command: AnyCommand,
  given: Record<string, unknown>,
): Promise<number | void> {
  if (command.risk !== 'production') return command.run(context, given);
  const { question, profile, run } =
    'prepare' in command
      ? await command.prepare(context, given)
      : { question: command.question(given, context), run: () => command.run(context, given) };
  if (question) {
    const { confirmInProduction } = await import('../commands/confirm.ts');
    if (!(await confirmInProduction(context, given, question, profile))) return;
  }
  return run();
}
