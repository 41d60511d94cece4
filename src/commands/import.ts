/** `wxop import`: takes over from another library, once. */
import type { Command } from 'commander';
import type { Context } from '../cli/context.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { checkSetting, maskedSetting } from '../settings/setting-definitions.ts';
import type { Source } from '../migration/source.ts';
import { confirmInProduction, YES_IN_PRODUCTION } from './confirm.ts';
import type { Declaring } from '../cli/declaring.ts';
import { importItems, type ImportItem } from './import-items.ts';

export function declare(program: Command, { say, action, examples }: Declaring): void {
  examples(
    program
      .command('import')
      .argument('[source]', say(text('one of those below, or WXOP_IMPORT_FROM', '见下；或 WXOP_IMPORT_FROM')))
      .option('--overwrite', say(text('even over accounts that have another token here', '即使本地已有不同的 token')))
      .option('--yes', say(YES_IN_PRODUCTION))
      .description(
        say(
          text(
            'takes over refresh tokens and the ticket from another library, once; never writes there',
            '一次性接管其他程序库的 refresh_token 与 ticket，不写入对方',
          ),
        ),
      )
      .addHelpText('after', () => `\n${say(SOURCES)}`)
      .action(action(importFrom)),
    'wxop import "wxjava+redis://127.0.0.1:6379/0?prefix=wx"',
    'wxop import wego:./runtime/wego_storage',
  );
}

const SOURCES = text(
  `Sources:
  wxjava+redis://HOST:PORT/0?prefix=wx     WxJava, values as plain strings
  wechatpy+redis://HOST:PORT/0?prefix=…    wechatpy's Redis session
  wego:FOLDER                              wego's file storage
  easywechat:FOLDER                        node-easywechat: the ticket only
A URL with a password goes into WXOP_IMPORT_FROM or WXOP_IMPORT_FROM_FILE.`,
  `来源：
  wxjava+redis://主机:端口/0?prefix=wx     WxJava（纯文本值）
  wechatpy+redis://主机:端口/0?prefix=…    wechatpy 的 Redis session
  wego:目录                                wego 的文件存储
  easywechat:目录                          node-easywechat：仅 ticket
含密码的地址请放入 WXOP_IMPORT_FROM 或 WXOP_IMPORT_FROM_FILE。`,
);

async function importFrom(
  context: Context,
  options: { overwrite?: boolean; yes?: boolean },
  given?: string,
): Promise<void> {
  const { terminal } = context;
  const from = sourceOf(context, given);
  context.settings.need('componentAppId');
  const source = await context.openSource(from);
  const { library, place, keepsAccounts } = source;
  terminal.note(terminal.say(text(`Reading ${library.en} at ${place}.`, `正在读取 ${place} 的 ${library.zh}。`)));
  const question = text(`Take over what ${library.en} has stored?`, `接管 ${library.zh} 的数据？`);
  if (!(await confirmInProduction(context, options, question))) return;
  const { lookedFor } = source;
  const cargo = { ticket: () => source.ticket(), accounts: arrivals(source), lookedFor };
  const taken = await importItems(context, cargo, options.overwrite ?? false);
  const sync = '`wxop accounts sync`';
  if (!keepsAccounts) {
    const said = text(
      `${library.en} keeps no refresh tokens. ${sync} gets the accounts from the platform.`,
      `${library.zh} 不保存 refresh_token。请用 ${sync} 从平台取得帐号。`,
    );
    terminal.note(terminal.say(said));
  } else if (taken > 0) {
    const said = text(
      `Next: ${sync} for names and permission sets. Then let only one of the two programs fetch tokens.`,
      `下一步：用 ${sync} 取得名称与权限集。此后只应由其中一个程序换取 token。`,
    );
    terminal.note(terminal.say(said));
  }
}

/** The argument, or else the setting. A password on the command line is refused: others can see it. */
function sourceOf(context: Context, given: string | undefined): string {
  if (given === undefined) {
    const set = context.settings.find('importFrom');
    if (set !== undefined) return set;
    throw new WxopError('USAGE', text('From which library?', '从哪个程序库接管？'), {
      hint: text(
        'Name one of wxjava+redis://…, wechatpy+redis://…, wego:FOLDER, easywechat:FOLDER; see `wxop import --help`.',
        '请指定 wxjava+redis://…、wechatpy+redis://…、wego:目录 或 easywechat:目录；参见 `wxop import --help`。',
      ),
    });
  }
  if (maskedSetting('importFrom', given) !== given) {
    throw new WxopError('USAGE', text('A password does not belong on a command line.', '不应在命令行中填写密码。'), {
      hint: text(
        'Put the URL into WXOP_IMPORT_FROM, or into a file that WXOP_IMPORT_FROM_FILE names.',
        '请将地址放入 WXOP_IMPORT_FROM，或 WXOP_IMPORT_FROM_FILE 指定的文件。',
      ),
    });
  }
  const checked = checkSetting('importFrom', given);
  if (typeof checked === 'string') return checked;
  throw new WxopError('USAGE', text('Not a source that is known.', '无法识别的来源。'), {
    hint: text(`It must be ${checked.en}.`, `应为 ${checked.zh}。`),
  });
}

async function* arrivals(source: Source): AsyncGenerator<ImportItem> {
  // Nothing tells when that token was written: ours counts, where there is one.
  for await (const entry of source.accounts())
    yield 'error' in entry ? entry : { account: { value: entry, writtenAt: 0 } };
}
