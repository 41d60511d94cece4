/** `wxop accounts`: who authorized this platform. */
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { confirmInProduction, YES_IN_PRODUCTION } from '../confirm.ts';
import { declareAlias } from './alias.ts';
import { declareExport } from './export.ts';
import { declareImport } from './import.ts';
import { declareList } from './list.ts';
import { declareRemove } from './remove.ts';
import { declareShow } from './show.ts';
import { addBulkFlags, type BulkFlags } from '../flags.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { resolveAccount } from '../resolve-account.ts';

export function declare(program: Command, declaring: Declaring): void {
  const { say, action, examples } = declaring;
  const accounts = program
    .command('accounts')
    .description(say(text('the accounts that authorized this platform', '已授权给本平台的帐号')));
  examples(accounts, 'wxop accounts list');
  declareList(accounts, declaring);
  declareShow(accounts, declaring);
  examples(
    addBulkFlags(
      accounts
        .command('sync')
        .argument(
          '[appid...]',
          say(text('only these; removed ones are brought back', '仅同步这些帐号；已移除的会恢复')),
        ),
      say,
    )
      .option('--yes', say(YES_IN_PRODUCTION))
      .description(
        say(
          text('restores everything from the platform, refresh tokens too', '从平台恢复全部帐号，包括 refresh_token'),
        ),
      )
      .action(action(sync)),
    'wxop accounts sync',
    'wxop accounts sync wx0123456789abcdef',
  );
  declareAlias(accounts, declaring);
  declareExport(accounts, declaring);
  declareImport(accounts, declaring);
  declareRemove(accounts, declaring);
}

async function sync(context: Context, flags: BulkFlags & { yes?: boolean }, names: string[]): Promise<void> {
  const question = text(
    'Replace what is stored of the accounts by what the platform says?',
    '用平台返回的内容更新本地帐号？',
  );
  if (!(await confirmInProduction(context, flags, question))) return;
  const { syncAll, syncNamed } = await import('./sync.ts');
  const appIds: string[] = [];
  for (const name of names) appIds.push(await resolveAccount(context, name));
  return appIds.length > 0 ? syncNamed(context, flags, appIds) : syncAll(context, flags);
}
