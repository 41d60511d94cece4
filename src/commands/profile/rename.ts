/** `wxop profile rename`: gives a profile another name. */
import { defineCommand, parameter, YES_ON_PRODUCTION } from '../../cli/command.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { isProduction, profileNamed } from '../../settings/profile-named.ts';
import { confirmInProduction } from '../confirm.ts';
import { ABOUT_PROFILE } from './about-profile.ts';

export const command = defineCommand({
  arguments: { name: parameter('<name>', ABOUT_PROFILE), new: parameter('<new>', text('its new name', '新名称')) },
  flags: { yes: YES_ON_PRODUCTION },
  examples: ['wxop profile rename default tea'],
  risk: 'writes',
  output: 'document',
  run: async (context, given) => {
    const { name, new: wanted } = given;
    const { terminal } = context;
    const values = profileNamed(context.profiles.read(), name);
    if (Object.hasOwn(context.profiles.read().profiles, wanted)) throw taken(wanted);
    if (!/^[^\s-]\S*$/.test(wanted)) throw noName();
    // A service that is started with --profile does not find it under its old name.
    if (
      !(await confirmInProduction(context, given, askToRename(name, wanted), {
        name,
        isProduction: isProduction(values),
      }))
    )
      return;
    await context.profiles.rename(name, wanted);
    if (terminal.json) return terminal.printJson({ name: wanted, was: name });
    terminal.note(renamed(name, wanted));
  },
});

const askToRename = (name: string, wanted: string): Text =>
  text(`Rename ${name} to ${wanted}?`, `将 ${name} 重命名为 ${wanted}？`);

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
