/** `wxop config get`: the value of a setting. */
import { defineCommand } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { definitionOf, maskedSetting, type SettingName } from '../../settings/setting-definitions.ts';
import { SETTING, settingArgument } from './setting-argument.ts';

export const command = defineCommand({
  arguments: { setting: SETTING },
  examples: ['wxop config get publicUrl', 'wxop config get store --json'],
  risk: 'reads',
  output: 'document',
  run: ({ settings, terminal }, { setting }) => {
    const name = settingArgument(setting);
    const given = settings.given(name);
    if (!given) throw notSet(name);
    const value = maskedSetting(name, given.value);
    if (terminal.json) return terminal.printJson({ name, value, origin: given.origin });
    terminal.print(value);
  },
});

const notSet = (name: SettingName): WxopError =>
  new WxopError('SETTINGS_MISSING', text(`${name} is not set.`, `${name} 未设置。`), {
    hint: text(
      `Save it: \`wxop config set ${name}\`, or set ${definitionOf(name).environment}.`,
      `保存：\`wxop config set ${name}\`，或设置 ${definitionOf(name).environment}。`,
    ),
  });
