/** `wxop import`: takes over the credentials that another library has stored, once. */
import { defineCommand, parameter } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import type { Source } from '../migration/source.ts';
import { en, listed, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { checkSetting, maskedSetting } from '../settings/setting-definitions.ts';
import { FORMAT } from './flags.ts';
import { importItems, type ImportItem } from './import-items.ts';

const SOURCES: [form: string, what: Text][] = [
  ['wxjava+redis://HOST:PORT/0?prefix=wx', text('WxJava, values as plain strings', 'WxJava（纯文本值）')],
  ['wechatpy+redis://HOST:PORT/0?prefix=…', text("wechatpy's Redis session", 'wechatpy 的 Redis session')],
  ['wxcomponent+mysql://HOST/wxcomponent', text('微管家 (wxcomponent) in MySQL', '微管家（wxcomponent）的 MySQL')],
  ['wego:FOLDER', text("wego's file storage", 'wego 的文件存储')],
];
const WIDTH = Math.max(...SOURCES.map(([form]) => form.length));
const SOURCE_LINES = listed(
  SOURCES.map(([form, what]) => text(en`  ${form.padEnd(WIDTH)}  ${what}`, zh`  ${form.padEnd(WIDTH)}  ${what}`)),
  text('\n', '\n'),
);

export const command = defineCommand({
  arguments: {
    source: parameter('[source]', text('one of those below, or WXOP_IMPORT_FROM', '见下；或 WXOP_IMPORT_FROM')),
  },
  flags: {
    overwrite: parameter(
      '--overwrite',
      text('replace accounts that have a different token here', '即使本地已有不同的令牌'),
    ),
    format: FORMAT,
  },
  notes: text(
    en`Sources:\n${SOURCE_LINES}\nA URL with a password goes into WXOP_IMPORT_FROM or WXOP_IMPORT_FROM_FILE.`,
    zh`来源：\n${SOURCE_LINES}\n含密码的地址请放入 WXOP_IMPORT_FROM 或 WXOP_IMPORT_FROM_FILE。`,
  ),
  examples: [
    'wxop import "wxjava+redis://127.0.0.1:6379/0?prefix=wx"',
    'wxop import wego:./runtime/wego_storage',
    'wxop import wxcomponent+mysql://127.0.0.1:3306/wxcomponent',
  ],
  risk: 'production',
  output: 'document',
  prepare: async (context, { source: given, overwrite = false, format }) => {
    const { terminal } = context;
    const from = sourceOf(context, given);
    context.settings.need('componentAppId');
    const source = await context.openSource(from);
    const { library, place, lookedFor } = source;
    terminal.note(text(en`Reading ${library} at ${place}.`, zh`正在读取 ${place} 的 ${library}。`));
    const items = { ticket: () => source.ticket(), accounts: itemsOf(source), lookedFor };
    return {
      question: text(en`Take over what ${library} has stored?`, zh`接管 ${library} 的数据？`),
      run: async () => {
        if ((await importItems(context, items, { overwrite, format })) > 0) terminal.note(NEXT);
      },
    };
  },
});

const NEXT = text(
  'Next: `wxop accounts sync` for names and permission sets. Then let only one of the two programs fetch tokens.',
  '下一步：用 `wxop accounts sync` 取得名称与权限集。此后只应由其中一个程序换取令牌。',
);

/** The argument, or else the setting. A password on the command line is refused: others can see it. */
function sourceOf({ settings }: Context, given: string | undefined): string {
  const from = given ?? settings.find('importFrom');
  if (from === undefined) throw sourceMissing();
  if (given === undefined) return from;
  if (maskedSetting('importFrom', given) !== given) throw passwordInSource();
  const checked = checkSetting('importFrom', given);
  if (typeof checked === 'string') return checked;
  throw new WxopError('USAGE', text('That is not a known source.', '无法识别的来源。'), {
    hint: text(en`It must be ${checked}.`, zh`应为 ${checked}。`),
  });
}

const sourceMissing = (): WxopError =>
  new WxopError('USAGE', text('Which library should be taken over?', '从哪个程序库接管？'), {
    hint: text(
      'Name one of wxjava+redis://…, wechatpy+redis://…, wxcomponent+mysql://… or wego:FOLDER; see `wxop import --help`.',
      '请指定 wxjava+redis://…、wechatpy+redis://…、wxcomponent+mysql://… 或 wego:目录；参见 `wxop import --help`。',
    ),
  });

const passwordInSource = (): WxopError =>
  new WxopError('USAGE', text('Do not put a password on the command line.', '不应在命令行中填写密码。'), {
    hint: text(
      'Put the URL into WXOP_IMPORT_FROM, or into a file that WXOP_IMPORT_FROM_FILE names.',
      '请将地址放入 WXOP_IMPORT_FROM，或 WXOP_IMPORT_FROM_FILE 指定的文件。',
    ),
  });

async function* itemsOf(source: Source): AsyncGenerator<ImportItem> {
  // When that token was written is unknown, so an account that is stored here is kept.
  for await (const entry of source.accounts())
    yield 'error' in entry ? entry : { account: { value: entry, writtenAt: 0 } };
}
