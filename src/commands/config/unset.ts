/** `wxop config unset`: removes a setting from the profile. */
import { defineCommand } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { isProduction } from '../../settings/profile-named.ts';
import { profileSetting, SETTING } from './setting-argument.ts';

export const command = defineCommand({
  arguments: { setting: SETTING },
  examples: ['wxop config unset publicUrl'],
  risk: 'production',
  output: 'document',
  prepare: ({ profiles, terminal }, { setting }) => {
    const name = profileSetting(setting);
    const { [name]: value, ...others } = profiles.read().profiles[profiles.name] ?? {};
    const isThere = value !== undefined;
    return {
      question: isThere
        ? text(`Remove ${name} from profile ${profiles.name}?`, `从配置 ${profiles.name} 中删除 ${name}？`)
        : undefined,
      profile: { name: profiles.name, isProduction: isProduction({ ...others, [name]: value }) },
      run: async () => {
        if (isThere) await profiles.write(profiles.name, others);
        if (terminal.json) return terminal.printJson({ profile: profiles.name, name, changed: isThere });
        terminal.note(
          isThere
            ? text(`Removed ${name} from profile ${profiles.name}.`, `已从配置 ${profiles.name} 中删除 ${name}。`)
            : text(`${name} was not set in profile ${profiles.name}.`, `配置 ${profiles.name} 中没有 ${name}。`),
        );
      },
    };
  },
});
