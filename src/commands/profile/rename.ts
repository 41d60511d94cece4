/** `wxop profile rename`: gives a profile another name. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { isProduction, profileNamed } from '../../settings/profile-named.ts';
import { ABOUT_PROFILE } from './about-profile.ts';

export const command = defineCommand({
  arguments: { name: parameter('<name>', ABOUT_PROFILE), new: parameter('<new>', text('its new name', '新名称')) },
  examples: ['wxop profile rename default tea'],
  risk: 'production',
  output: 'document',
  prepare: (context, { name, new: wanted }) => {
    const values = profileNamed(context.profiles.read(), name);
    if (Object.hasOwn(context.profiles.read().profiles, wanted)) throw taken(wanted);
    if (!/^[^\s-]\S*$/.test(wanted)) throw noName();
    return {
      // A service that is started with --profile does not find it under its old name.
      question: text(`Rename ${name} to ${wanted}?`, `将 ${name} 重命名为 ${wanted}？`),
      profile: { name, isProduction: isProduction(values) },
      run: async () => {
        await context.profiles.rename(name, wanted);
        if (context.terminal.json) return context.terminal.printJson({ name: wanted, was: name });
        context.terminal.note(renamed(name, wanted));
      },
    };
  },
});

const UNCHANGED = text('Nothing was changed.', '未作任何更改。');

const taken = (name: string): WxopError =>
  new WxopError('USAGE', text(`There already is a profile ${name}.`, `已有名为 ${name} 的配置。`), { hint: UNCHANGED });

const noName = (): WxopError =>
  new WxopError(
    'USAGE',
    text(
      "A profile's name must not contain blanks or begin with a hyphen.",
      '配置名称不能含空格，也不能以连字符开头。',
    ),
    { hint: UNCHANGED },
  );

const renamed = (name: string, wanted: string): Text =>
  text(
    `${name} is now ${wanted}. Running programs are not affected; commands with --profile ${name} need the new name.`,
    `${name} 已重命名为 ${wanted}。正在运行的不受影响；以 --profile ${name} 启动的须改用新名称。`,
  );
