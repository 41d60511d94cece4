/** `wxop profile set` and `rename`: what a profile is called, and whether it is production. */
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { confirm, confirmInProduction } from '../confirm.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { isProduction, profileNamed } from '../../settings/profile-named.ts';

export function declareChanges(profile: Command, { say, action, examples }: Declaring): void {
  examples(
    profile
      .command('set')
      .argument('<name>', say(text("the profile's name", '配置名称')))
      .option('--production', say(text('marks it: risky commands ask first', '标记为生产环境：高风险命令须确认')))
      .option('--no-production', say(text('takes the mark away', '取消生产环境标记')))
      .option('--yes', say(text('do not ask', '不再确认')))
      .description(say(text('marks a profile as production, or not', '设置或取消生产环境标记')))
      .action(action(set)),
    'wxop profile set default --production',
    'wxop profile set default --no-production --yes',
  );
  examples(
    profile
      .command('rename')
      .argument('<name>', say(text("the profile's name", '配置名称')))
      .argument('<new>', say(text('its new name', '新名称')))
      .option('--yes', say(text('do not ask on a production profile', '生产环境配置也不再确认')))
      .description(say(text('gives a profile another name', '重命名配置')))
      .action(action(rename)),
    'wxop profile rename default tea',
  );
}

async function set(context: Context, options: { production?: boolean; yes?: boolean }, name: string): Promise<void> {
  const { terminal } = context;
  const values = profileNamed(context.profiles.read(), name);
  const { production } = options;
  if (production === undefined) {
    throw new WxopError(
      'USAGE',
      text('Say what: --production or --no-production.', '请指定 --production 或 --no-production。'),
      {
        hint: text('Other settings: `wxop init --profile NAME`.', '其他设置：`wxop init --profile 名称`。'),
      },
    );
  }
  const was = isProduction(values);
  if (was && !production) {
    const question = text(
      `Take the production mark off ${name}? Risky commands will no longer ask.`,
      `取消 ${name} 的生产环境标记？高风险命令将不再确认。`,
    );
    if (!(await confirm(context, options, question, { name, isProduction: was }))) return;
  }
  const { production: _mark, ...others } = values;
  await context.profiles.write(name, production ? { ...others, production: 'yes' } : others);
  if (terminal.json) return terminal.printJson({ name, production });
  terminal.note(
    terminal.say(
      production
        ? text(`${name} is production now: risky commands ask.`, `${name} 已标记为生产环境：高风险命令须确认。`)
        : text(`${name} is not production any more.`, `${name} 已取消生产环境标记。`),
    ),
  );
}

async function rename(context: Context, options: { yes?: boolean }, name: string, wanted: string): Promise<void> {
  const { terminal } = context;
  const values = profileNamed(context.profiles.read(), name);
  if (Object.hasOwn(context.profiles.read().profiles, wanted)) {
    throw new WxopError('USAGE', text(`There is a profile ${wanted} already.`, `已有名为 ${wanted} 的配置。`), {
      hint: text('Nothing was changed.', '未作任何更改。'),
    });
  }
  if (!/^[^\s-]\S*$/.test(wanted)) {
    throw new WxopError(
      'USAGE',
      text(
        "A profile's name has no blanks, and does not begin with a hyphen.",
        '配置名称不能含空格，也不能以连字符开头。',
      ),
      {
        hint: text('Nothing was changed.', '未作任何更改。'),
      },
    );
  }
  // What is started with --profile does not find it under its old name.
  const question = text(`Rename ${name} to ${wanted}?`, `将 ${name} 重命名为 ${wanted}？`);
  if (!(await confirmInProduction(context, options, question, { name, isProduction: isProduction(values) }))) return;
  await context.profiles.rename(name, wanted);
  if (terminal.json) return terminal.printJson({ name: wanted, was: name });
  terminal.note(
    terminal.say(
      text(
        `${name} is ${wanted} now. What runs goes on; what is started with --profile ${name} needs the new name.`,
        `${name} 已重命名为 ${wanted}。正在运行的不受影响；以 --profile ${name} 启动的须改用新名称。`,
      ),
    ),
  );
}
