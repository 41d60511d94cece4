/** `wxop profile`: several components side by side. */
import { pad, table, widest } from '../../terminal/columns.ts';
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { maskedSetting, PROFILE_SETTINGS, type ProfileValues } from '../../settings/setting-definitions.ts';
import { confirm } from '../confirm.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { declareFiles } from './files.ts';
import { declareChanges } from './changes.ts';
import { isProduction, profileNamed } from '../../settings/profile-named.ts';

export function declare(program: Command, declaring: Declaring): void {
  const { say, action, examples } = declaring;
  const profile = program
    .command('profile')
    .description(say(text('several components side by side', '管理多个第三方平台的配置')));
  examples(profile, 'wxop profile list', 'wxop token list --profile second');
  const name = say(text("the profile's name", '配置名称'));
  examples(
    profile
      .command('list')
      .description(say(text('all profiles; * marks the current one', '全部配置，* 表示当前配置')))
      .action(action(list)),
    'wxop profile list',
  );
  examples(
    profile
      .command('show')
      .argument('[name]', name)
      .option('--reveal', say(text('show secrets too', '同时显示机密')))
      .description(say(text('the settings of a profile', '查看配置内容')))
      .action(action(show)),
    'wxop profile show',
    'wxop profile show second --reveal',
  );
  examples(
    profile
      .command('use')
      .argument('<name>', name)
      .description(say(text('makes a profile the current one', '切换当前配置')))
      .action(action(use)),
    'wxop profile use second',
  );
  declareChanges(profile, declaring);
  examples(
    profile
      .command('remove')
      .argument('<name>', name)
      .option('--yes', say(text('do not ask', '不再确认')))
      .description(say(text('forgets the settings of a profile; its credentials stay', '删除配置（其凭据保留）')))
      .action(action(remove)),
    'wxop profile remove second --yes',
  );
  declareFiles(profile, declaring);
}

const rowOf = (name: string, current: string, values: ProfileValues) => ({
  name,
  componentAppId: values.componentAppId === undefined ? null : String(values.componentAppId),
  current: name === current,
  production: isProduction(values),
  publicUrl: values.publicUrl === undefined ? null : String(values.publicUrl),
  store: maskedSetting('store', String(values.store ?? 'file')),
});

function list(context: Context): void {
  const { terminal } = context;
  const { current, profiles } = context.profiles.read();
  const rows = Object.entries(profiles).map(([name, values]) => rowOf(name, current, values));
  if (terminal.json) return terminal.printJson(rows);
  if (rows.length === 0) {
    terminal.note(terminal.say(text('No profiles yet. `wxop init` makes one.', '尚无配置。请用 `wxop init` 创建。')));
  }
  const header = [
    '',
    terminal.say(text('profile', '配置')),
    'appid',
    '',
    terminal.say(text('public URL', '公网地址')),
    terminal.say(text('store', '存储')),
  ];
  const mark = terminal.say(text('production', '生产'));
  const lines = table(
    header,
    rows.map((row) => [
      row.current ? '*' : '',
      row.name,
      row.componentAppId ?? '-',
      row.production ? mark : '',
      row.publicUrl ?? '',
      row.store === 'file' ? '' : row.store,
    ]),
    terminal.out,
  );
  terminal.print(...lines.map((line) => line.trimEnd()));
}

function show(context: Context, options: { reveal?: boolean }, given?: string): void {
  const { terminal } = context;
  const name = given ?? context.profiles.name;
  const values = profileNamed(context.profiles.read(), name);
  const shown = PROFILE_SETTINGS.flatMap((setting): [string, string][] => {
    const value = values[setting];
    if (value === undefined || setting === 'production') return [];
    return [[setting, options.reveal ? String(value) : maskedSetting(setting, String(value))]];
  });
  const files = Object.keys(values.files ?? {});
  const production = isProduction(values);
  if (terminal.json) {
    const document = { name, ...Object.fromEntries(shown), production, ...(files.length > 0 && { files }) };
    return terminal.reveal(`${JSON.stringify(document)}\n`);
  }
  if (production) shown.unshift(['production', terminal.say(text('yes: risky commands ask', '是：高风险命令须确认'))]);
  if (files.length > 0) shown.push(['files', files.join(' ')]);
  const width = widest(shown.map(([setting]) => setting));
  terminal.reveal(shown.map(([setting, value]) => `${pad(setting, width)}  ${value}\n`).join(''));
}

async function use(context: Context, _options: object, name: string): Promise<void> {
  const { terminal, runtime } = context;
  const production = isProduction(profileNamed(context.profiles.read(), name));
  await context.profiles.use(name);
  if (runtime.environment.WXOP_PROFILE && runtime.environment.WXOP_PROFILE !== name) {
    terminal.warn(
      text(
        `WXOP_PROFILE is set to ${runtime.environment.WXOP_PROFILE}: that one is used as long as it is.`,
        `WXOP_PROFILE 已设为 ${runtime.environment.WXOP_PROFILE}，将优先使用该配置。`,
      ),
    );
  }
  if (terminal.json) return terminal.printJson({ name, current: true, production });
  terminal.note(
    terminal.say(
      production
        ? text(`Now using ${name}, a production profile.`, `当前配置：${name}（生产环境）。`)
        : text(`Now using ${name}.`, `当前配置：${name}。`),
    ),
  );
}

async function remove(context: Context, options: { yes?: boolean }, name: string): Promise<void> {
  const { terminal } = context;
  const values = profileNamed(context.profiles.read(), name);
  const { componentAppId = '-' } = values;
  const question = text(
    `Forget the settings of ${name} (${componentAppId})? The credentials in state/${componentAppId} stay.`,
    `删除配置 ${name}（${componentAppId}）？state/${componentAppId} 中的凭据会保留。`,
  );
  if (!(await confirm(context, options, question, { name, isProduction: isProduction(values) }))) return;
  const { current, profiles } = context.profiles.read();
  const others = Object.keys(profiles).filter((known) => known !== name);
  // Nobody asked for a production profile to be used from now on.
  const next = current === name ? others.find((known) => !isProduction(profiles[known] ?? {})) : current;
  await context.profiles.remove(name, next);
  if (terminal.json) return terminal.printJson({ name, removed: true, current: next ?? null });
  terminal.note(terminal.say(text(`Removed ${name}.`, `已删除 ${name}。`)));
  if (current !== name || others.length === 0) return;
  terminal.note(
    terminal.say(
      next === undefined
        ? text(
            `No profile is current now; the others are production: \`wxop profile use NAME\` (${others.join(', ')}).`,
            `现在没有当前配置，其余均为生产环境：请运行 \`wxop profile use 名称\`（${others.join('、')}）。`,
          )
        : text(`Now using ${next}.`, `当前配置：${next}。`),
    ),
  );
}
