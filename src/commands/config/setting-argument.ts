/** A setting as people name it: its key in the profile, its variable, or its flag. */
import { parameter } from '../../cli/command.ts';
import { closestName } from '../../sentences/closest-name.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { definitionOf, PROFILE_SETTINGS, SETTING_NAMES, type SettingName } from '../../settings/setting-definitions.ts';

export const SETTING = parameter(
  '<setting>',
  text(
    'publicUrl, WXOP_PUBLIC_URL or public-url: see `wxop config list`',
    'publicUrl、WXOP_PUBLIC_URL 或 public-url：见 `wxop config list`',
  ),
);

/** Throws USAGE for what is none. */
export function settingArgument(written: string): SettingName {
  const found = SETTING_NAMES.find((name) => {
    const { environment, flag } = definitionOf(name);
    return [name, environment, flag?.slice(2)].includes(written.replace(/^--/, ''));
  });
  if (found) return found;
  const meant = closestName(written, SETTING_NAMES);
  throw new WxopError('USAGE', text(`There is no setting ${written}.`, `没有名为 ${written} 的设置。`), {
    hint: meant
      ? text(`Did you mean ${meant}?`, `您是否要输入 ${meant}？`)
      : text('See `wxop config list`.', '请查看 `wxop config list`。'),
  });
}

/** One that a profile may keep. Throws USAGE for the others. */
export function profileSetting(written: string): SettingName {
  const name = settingArgument(written);
  if (PROFILE_SETTINGS.includes(name)) return name;
  const { environment } = definitionOf(name);
  throw new WxopError(
    'USAGE',
    text(
      `${name} is never kept in a profile: it would lie beside what it protects.`,
      `${name} 不会保存在配置中：否则将与其所保护的内容放在一起。`,
    ),
    { hint: text(en`Set ${environment} or ${environment}_FILE.`, zh`请设置 ${environment} 或 ${environment}_FILE。`) },
  );
}
