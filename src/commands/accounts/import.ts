/** `wxop accounts import`: takes in what `wxop accounts export` wrote. */
import type { Command } from 'commander';
import { open } from 'node:fs/promises';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { readBundle } from '../../credentials/bundle.ts';
import { openExport, readExport } from '../../credentials/export-file.ts';
import { confirmInProduction, YES_IN_PRODUCTION } from '../confirm.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { unreadable } from '../files.ts';
import { passphraseFor } from './passphrase.ts';
import { importItems } from '../import-items.ts';

/** Bytes: a hundred thousand accounts and more. */
const LARGEST = 128 * 1024 * 1024;

interface Options {
  overwrite?: boolean;
  yes?: boolean;
}

export function declareImport(accounts: Command, { say, action, examples }: Declaring): void {
  examples(
    accounts
      .command('import')
      .argument('<file>', say(text('the exported file; - for stdin', '导出的文件；- 表示标准输入')))
      .option('--overwrite', say(text('even over accounts that are newer here', '即使本地的更新也覆盖')))
      .option('--yes', say(YES_IN_PRODUCTION))
      .description(
        say(
          text(
            'takes in an exported file, with a verdict for each account; can be run again',
            '导入已导出的文件，逐个给出结果；可重复运行',
          ),
        ),
      )
      .action(action(importAccounts)),
    'wxop accounts import accounts.wxop',
    'ssh old wxop accounts export | wxop accounts import -',
  );
}

async function importAccounts(context: Context, options: Options, path: string): Promise<void> {
  const { componentAppId } = context.settings.need('componentAppId');
  const file = readExport(path === '-' ? await context.stdin.text() : await readBounded(path), componentAppId);
  const passphrase = file.header.encryption ? await passphraseFor(context, { isNew: false }) : undefined;
  const { ticket, entries } = readBundle(await openExport(file, passphrase));
  const question = text(`Take in ${entries.length} accounts?`, `导入 ${entries.length} 个帐号？`);
  if (!(await confirmInProduction(context, options, question))) return;
  await importItems(context, { ticket: () => Promise.resolve(ticket), accounts: entries }, options.overwrite ?? false);
}

async function readBounded(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      if ((await file.stat()).size > LARGEST) throw new Error('too large');
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    const hint = text('Name a file that `wxop accounts export` wrote.', '请指定 `wxop accounts export` 导出的文件。');
    throw unreadable(path, error, hint);
  }
}
