/** The declaration of `wxop menu dump`; its work is loaded when it is asked for. */
import type { Command } from 'commander';
import { text } from '../../sentences/text.ts';
import { addBulkFlags } from '../flags.ts';
import type { Declaring } from '../../cli/declaring.ts';
import type { DumpFlags } from './dump.ts';
import { ABOUT_ACCOUNT } from '../resolve-account.ts';

/** So many accounts at once. */
const CONCURRENCY = 16;

export function declareDump(menu: Command, { say, action, examples }: Declaring): void {
  const command = menu
    .command('dump')
    .argument('[account...]', say(ABOUT_ACCOUNT))
    .option('--all', say(text('every account', '全部帐号')))
    .requiredOption('-o, --output <dir>', say(text('the folder to write to', '写入的目录')));
  examples(
    addBulkFlags(command, say, CONCURRENCY)
      .description(
        say(text('menus as files, raw and ready to be pushed again', '将菜单导出为文件：原始内容与可推送的草稿')),
      )
      .action(
        action(async (context, flags: DumpFlags, names: string[]) =>
          (await import('./dump.ts')).dump(context, flags, names),
        ),
      ),
    'wxop menu dump --all --output menus',
    'wxop menu dump wx0123456789abcdef --output menus --json',
  );
}
