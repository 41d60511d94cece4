/** `wxop profile list`: all profiles side by side. */
import { defineCommand } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { isProduction } from '../../settings/profile-named.ts';
import { maskedSetting, type ProfileValues } from '../../settings/setting-definitions.ts';
import { table } from '../../terminal/columns.ts';

const HEADER = [
  text('', ''),
  text('profile', '配置'),
  text('appid', 'appid'),
  text('', ''),
  text('public URL', '公网地址'),
  text('store', '存储'),
];
const NONE = text('No profiles yet. `wxop init` creates one.', '尚无配置。请用 `wxop init` 创建。');
const PRODUCTION = text('production', '生产');

export const command = defineCommand({
  examples: ['wxop profile list'],
  risk: 'reads',
  output: 'document',
  run: (context) => {
    const { terminal } = context;
    const { current, profiles } = context.profiles.read();
    const rows = Object.entries(profiles).map(([name, values]) => rowOf(name, current, values));
    if (terminal.json) return terminal.printJson(rows);
    if (rows.length === 0) {
      terminal.note(NONE);
    }
    const mark = terminal.say(PRODUCTION);
    const lines = table(
      HEADER.map(terminal.say),
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
  },
});

const rowOf = (name: string, current: string, values: ProfileValues) => ({
  name,
  componentAppId: values.componentAppId === undefined ? null : String(values.componentAppId),
  current: name === current,
  production: isProduction(values),
  publicUrl: values.publicUrl === undefined ? null : String(values.publicUrl),
  store: maskedSetting('store', String(values.store ?? 'file')),
});
