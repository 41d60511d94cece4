/** `wxop profile set`: marks a profile as production, or takes the mark away. */
import { defineCommand, parameter, type Parameter } from '../../cli/command.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { isProduction, profileNamed } from '../../settings/profile-named.ts';
import { ABOUT_PROFILE } from './about-profile.ts';

/** False with --no-production; undefined with neither. */
const PRODUCTION: Parameter<boolean | undefined> = {
  written: '--production',
  about: text('mark it: risky commands ask first', '标记为生产环境：高风险命令须确认'),
};

export const command = defineCommand({
  arguments: { name: parameter('<name>', ABOUT_PROFILE) },
  flags: {
    production: PRODUCTION,
    noProduction: parameter('--no-production', text('remove the mark', '取消生产环境标记')),
  },
  examples: ['wxop profile set default --production', 'wxop profile set default --no-production --yes'],
  risk: 'production',
  output: 'document',
  prepare: ({ profiles, terminal }, { name, production }) => {
    const values = profileNamed(profiles.read(), name);
    if (production === undefined) throw neitherGiven();
    return {
      question: production ? undefined : askToUnmark(name),
      profile: { name, isProduction: isProduction(values) },
      run: async () => {
        const { production: _mark, ...others } = values;
        await profiles.write(name, production ? { ...others, production: 'yes' } : others);
        if (terminal.json) return terminal.printJson({ name, production });
        terminal.note(production ? nowProduction(name) : noLongerProduction(name));
      },
    };
  },
});

const neitherGiven = (): WxopError =>
  new WxopError('USAGE', text('Add --production or --no-production.', '请指定 --production 或 --no-production。'), {
    hint: text('Other settings: `wxop init --profile NAME`.', '其他设置：`wxop init --profile 名称`。'),
  });

const askToUnmark = (name: string): Text =>
  text(
    `Remove the production mark of ${name}? Risky commands will no longer ask.`,
    `取消 ${name} 的生产环境标记？高风险命令将不再确认。`,
  );

const nowProduction = (name: string): Text =>
  text(`${name} is now production: risky commands ask.`, `${name} 已标记为生产环境：高风险命令须确认。`);

const noLongerProduction = (name: string): Text =>
  text(`${name} is no longer production.`, `${name} 已取消生产环境标记。`);
