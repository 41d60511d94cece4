/** `wxop accounts remove`: marks first; deletes only what is marked. */
import { printable } from '../../sentences/printable.ts';
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { AccountRecord } from '../../store/store.ts';
import { iso } from '../../sentences/iso-time.ts';
import { confirm } from '../confirm.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { ABOUT_ACCOUNT, resolveAccount } from '../resolve-account.ts';

interface Options {
  yes?: boolean;
  purge?: boolean;
}

export function declareRemove(accounts: Command, { say, action, examples }: Declaring): void {
  examples(
    accounts
      .command('remove')
      .argument('<appid>', say(ABOUT_ACCOUNT))
      .option('--purge', say(text('deletes one that is marked already, for good', '彻底删除已标记的帐号')))
      .option('--yes', say(text('do not ask', '不再确认')))
      .description(
        say(
          text(
            'marks an account as removed: hidden, no tokens, nothing lost; sync or a new authorization brings it back',
            '将帐号标记为已移除：隐藏且不再给出 token，记录保留；sync 或重新授权可恢复',
          ),
        ),
      )
      .action(action(remove)),
    'wxop accounts remove wx0123456789abcdef',
    'wxop accounts remove wx0123456789abcdef --purge',
  );
}

async function remove(context: Context, options: Options, given: string): Promise<void> {
  const appId = await resolveAccount(context, given);
  const keeper = await context.keeper();
  const account = await keeper.account(appId);
  const name = `${appId}${account.nickName ? ` (${printable(account.nickName)})` : ''}`;
  if (options.purge) return purge(context, options, account, name);

  if (account.removedAt === undefined) {
    const question = text(
      `Remove ${name}? It stays authorized at the platform, and its records stay here.`,
      `移除 ${name}？其在平台上的授权与本地记录都会保留。`,
    );
    if (!(await confirm(context, options, question))) return;
  }
  const { removedAt = context.now() } = (await keeper.remove(appId)) ?? account;
  if (context.terminal.json) return context.terminal.printJson({ appId, removedAt: iso(removedAt) });
  context.terminal.note(
    context.terminal.say(
      text(
        `Removed ${name}. Back with \`wxop accounts sync ${appId}\`; for good with --purge.`,
        `已移除 ${name}。恢复：\`wxop accounts sync ${appId}\`；彻底删除：--purge。`,
      ),
    ),
  );
}

async function purge(context: Context, options: Options, account: AccountRecord, name: string): Promise<void> {
  const { appId, removedAt } = account;
  if (removedAt === undefined) throw notMarked(appId);
  const question = text(
    `Delete all records of ${name} for good? Only the platform or a new authorization can give its refresh token again.`,
    `彻底删除 ${name} 的全部记录？之后只能从平台或重新授权取得 refresh_token。`,
  );
  if (!(await confirm(context, options, question))) return;
  // A new authorization may have brought it back while the question stood there.
  if (!(await (await context.keeper()).purge(appId))) throw notMarked(appId);
  if (context.terminal.json) return context.terminal.printJson({ appId, purged: true });
  context.terminal.note(context.terminal.say(text(`Deleted ${name}.`, `已删除 ${name}。`)));
}

const notMarked = (appId: string): WxopError =>
  new WxopError(
    'USAGE',
    text(`${appId} is not removed; only then it can be deleted.`, `${appId} 尚未移除，不能彻底删除。`),
    {
      hint: text(`First: wxop accounts remove ${appId}`, `请先运行：wxop accounts remove ${appId}`),
    },
  );
