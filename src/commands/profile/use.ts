/** `wxop profile use`: makes a profile the current one. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { isProduction, profileNamed } from '../../settings/profile-named.ts';
import { ABOUT_PROFILE } from './about-profile.ts';

export const command = defineCommand({
  arguments: { name: parameter('<name>', ABOUT_PROFILE) },
  examples: ['wxop profile use second'],
  risk: 'writes',
  output: 'document',
  run: async (context, { name }) => {
    const { terminal, runtime } = context;
    const production = isProduction(profileNamed(context.profiles.read(), name));
    await context.profiles.use(name);
    if (runtime.environment.WXOP_PROFILE && runtime.environment.WXOP_PROFILE !== name) {
      terminal.warn(overridden(runtime.environment.WXOP_PROFILE));
    }
    if (terminal.json) return terminal.printJson({ name, current: true, production });
    terminal.note(nowUsing(name, production));
  },
});

const overridden = (profile: string): Text =>
  text(
    `WXOP_PROFILE is set to ${profile}: that profile is used as long as the variable is set.`,
    `WXOP_PROFILE 已设为 ${profile}，将优先使用该配置。`,
  );

function nowUsing(name: string, production: boolean): Text {
  const mark = production ? text(', a production profile', '（生产环境）') : '';
  return text(en`Now using ${name}${mark}.`, zh`当前配置：${name}${mark}。`);
}
