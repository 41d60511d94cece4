/** `wxop profile`: several components side by side. */
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { text, WxopError } from '../errors.ts';
import { maskedSetting, PROFILE_SETTINGS, type ProfileValues } from '../settings.ts';
import { agrees } from './agree.ts';
import type { Declaring } from './declaring.ts';
import { readVerifyFile } from './verify-file.ts';

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const profile = program
    .command('profile')
    .description(say(text('several components side by side', '管理多个第三方平台的配置')));
  examples(profile, 'wxop profile list');
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
  examples(
    profile
      .command('remove')
      .argument('<name>', name)
      .option('--yes', say(text('do not ask', '不再确认')))
      .description(say(text('forgets the settings of a profile; its credentials stay', '删除配置（其凭据保留）')))
      .action(action(remove)),
    'wxop profile remove second --yes',
  );
  examples(
    profile
      .command('add-file')
      .argument('<file>', say(text('a 校验文件: letters, digits, - and _, then .txt', '校验文件，形如 0qwMjOAYmX.txt')))
      .description(
        say(text('keeps a verification file, which the listener serves', '保存校验文件，由监听服务在域名根目录提供')),
      )
      .action(action(addFile)),
    'wxop profile add-file 0qwMjOAYmX.txt',
  );
  examples(
    profile
      .command('remove-file')
      .argument('<name>', say(text('its name', '文件名')))
      .description(say(text('forgets a verification file', '删除校验文件')))
      .action(action(removeFile)),
    'wxop profile remove-file 0qwMjOAYmX.txt',
  );
}

function valuesOf(context: Context, name: string): ProfileValues {
  const values = context.readProfiles().profiles[name];
  if (values) return values;
  throw new WxopError('SETTINGS_INVALID', text(`There is no profile ${name}.`, `没有名为 ${name} 的配置。`), {
    hint: text(
      'See `wxop profile list`; make it with `wxop init --profile`.',
      '请查看 `wxop profile list`，或用 `wxop init --profile` 创建。',
    ),
  });
}

async function list(context: Context): Promise<void> {
  const { terminal } = context;
  const { current, profiles } = context.readProfiles();
  const rows = Object.entries(profiles).map(([name, { componentAppId }]) => ({
    name,
    componentAppId: componentAppId === undefined ? null : String(componentAppId),
    current: name === current,
  }));
  if (terminal.json) return terminal.printJson(rows);
  const { table } = await context.columns();
  const header = ['', terminal.say(text('profile', '配置')), 'appid'];
  terminal.print(
    ...table(
      header,
      rows.map((row) => [row.current ? '*' : '', row.name, row.componentAppId ?? '-']),
      terminal.out,
    ),
  );
}

async function show(context: Context, options: { reveal?: boolean }, given?: string): Promise<void> {
  const { terminal } = context;
  const name = given ?? context.profileName;
  const values = valuesOf(context, name);
  const shown = PROFILE_SETTINGS.flatMap((setting): [string, string][] => {
    const value = values[setting];
    if (value === undefined) return [];
    return [[setting, options.reveal ? String(value) : maskedSetting(setting, String(value))]];
  });
  const files = Object.keys(values.files ?? {});
  if (terminal.json) {
    const document = { name, ...Object.fromEntries(shown), ...(files.length > 0 && { files }) };
    return terminal.reveal(`${JSON.stringify(document)}\n`);
  }
  if (files.length > 0) shown.push(['files', files.join(' ')]);
  const { pad, widest } = await context.columns();
  const width = widest(shown.map(([setting]) => setting));
  terminal.reveal(shown.map(([setting, value]) => `${pad(setting, width)}  ${value}\n`).join(''));
}

async function use(context: Context, _options: object, name: string): Promise<void> {
  valuesOf(context, name);
  await context.useProfile(name);
  context.terminal.note(context.terminal.say(text(`Now using ${name}.`, `当前配置：${name}。`)));
}

async function remove(context: Context, options: { yes?: boolean }, name: string): Promise<void> {
  const { terminal } = context;
  const { componentAppId = '-' } = valuesOf(context, name);
  const question = text(
    `Forget the settings of ${name} (${componentAppId})? The credentials in state/${componentAppId} stay.`,
    `删除配置 ${name}（${componentAppId}）？state/${componentAppId} 中的凭据会保留。`,
  );
  if (!(await agrees(context, options, question))) return;
  await context.writeProfile(name, undefined);
  terminal.note(terminal.say(text(`Removed ${name}.`, `已删除 ${name}。`)));
}

async function addFile(context: Context, _options: object, path: string): Promise<void> {
  const { terminal, profileName } = context;
  const file = await readVerifyFile(path);
  const values = valuesOf(context, profileName);
  await context.writeProfile(profileName, { ...values, files: { ...values.files, ...file } });
  terminal.note(
    terminal.say(
      text(
        `Kept. A listener serves it at /${Object.keys(file)[0]}, one that runs already too.`,
        `已保存。监听服务（包括正在运行的）会在 /${Object.keys(file)[0]} 提供该文件。`,
      ),
    ),
  );
}

async function removeFile(context: Context, _options: object, name: string): Promise<void> {
  const { terminal, profileName } = context;
  const values = valuesOf(context, profileName);
  const { [name]: removed, ...files } = values.files ?? {};
  if (removed === undefined) {
    throw new WxopError('USAGE', text(`There is no file ${name}.`, `没有文件 ${name}。`), {
      hint: text('See `wxop profile show`.', '请查看 `wxop profile show`。'),
    });
  }
  await context.writeProfile(profileName, { ...values, files });
  terminal.note(terminal.say(text(`Removed ${name}.`, `已删除 ${name}。`)));
}
