/** `wxop profile show`: the settings of a profile. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { isProduction, profileNamed } from '../../settings/profile-named.ts';
import { maskedSetting, PROFILE_SETTINGS, secretIn } from '../../settings/setting-definitions.ts';
import { inColumns } from '../../terminal/columns.ts';
import { ABOUT_PROFILE } from './about-profile.ts';

const ASKS = text('yes: risky commands ask', '是：高风险命令须确认');

export const command = defineCommand({
  arguments: { name: parameter('[name]', ABOUT_PROFILE) },
  flags: { reveal: parameter('--reveal', text('show secrets too', '同时显示机密')) },
  examples: ['wxop profile show', 'wxop profile show second --reveal'],
  risk: 'reads',
  output: 'document',
  run: (context, { name: given, reveal }) => {
    const { terminal } = context;
    const name = given ?? context.profiles.name;
    const values = profileNamed(context.profiles.read(), name);
    const shown = PROFILE_SETTINGS.flatMap((setting): [string, string][] => {
      const value = values[setting];
      if (value === undefined || setting === 'production') return [];
      context.redactor.learn(secretIn(setting, String(value)));
      return [[setting, reveal ? String(value) : maskedSetting(setting, String(value))]];
    });
    const files = Object.keys(values.files ?? {});
    const production = isProduction(values);
    if (terminal.json) {
      const document = { name, ...Object.fromEntries(shown), production, ...(files.length > 0 && { files }) };
      return terminal.revealJson(document);
    }
    if (production) shown.unshift(['production', terminal.say(ASKS)]);
    if (files.length > 0) shown.push(['files', files.join(' ')]);
    const lines = inColumns(shown, { lang: terminal.lang, ...terminal.out });
    terminal.reveal(lines.map((line) => `${line}\n`).join(''));
  },
});
