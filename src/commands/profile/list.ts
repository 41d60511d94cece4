/** `wxop profile list`: all profiles side by side. */
import { defineCommand } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { isProduction } from '../../settings/profile-named.ts';
import { maskedSetting, type ProfileValues } from '../../settings/setting-definitions.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import { FORMAT } from '../flags.ts';

const NONE = text('No profiles yet. `wxop init` creates one.', '尚无配置。请用 `wxop init` 创建。');
const PRODUCTION = text('production', '生产');

export const command = defineCommand({
  flags: { format: FORMAT },
  examples: ['wxop profile list', 'wxop profile list --json'],
  risk: 'reads',
  output: 'document',
  run: async (context, { format }) => {
    const { terminal } = context;
    const { current, profiles } = context.profiles.read();
    const rows = Object.entries(profiles).map(([name, values]) => rowOf(name, current, values));
    if (rows.length === 0 && !terminal.json) terminal.note(NONE);
    await printRows(terminal, { ...ROWS, rows, format });
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

const ROWS: Rows<ReturnType<typeof rowOf>> = {
  columns: [
    { title: text('', ''), seen: ({ current }) => (current ? '*' : ''), tone: () => 'ok' },
    { title: text('profile', '配置'), seen: ({ name }) => name, isKey: true },
    { title: text('appid', 'AppID'), seen: ({ componentAppId }) => componentAppId ?? '-', spare: 3 },
    { title: text('', ''), seen: ({ production }) => (production ? PRODUCTION : ''), tone: () => 'attention' },
    {
      title: text('public URL', '公网地址'),
      seen: ({ publicUrl }) => publicUrl ?? '',
      long: { become: 'wrapped', least: 20 },
      spare: 2,
    },
    {
      title: text('store', '存储'),
      seen: ({ store }) => (store === 'file' ? '' : store),
      long: { become: 'wrapped', least: 20 },
      spare: 1,
    },
  ],
  csv: ['name', 'componentAppId', 'current', 'production', 'publicUrl', 'store'],
};
