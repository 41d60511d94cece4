/** `wxop accounts remove`: marks an account first; deletes only one that is marked. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { iso } from '../../sentences/iso-time.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import { appIdAndName } from '../account-view.ts';
import { confirm } from '../confirm.ts';
import { ACCOUNT, YES } from '../flags.ts';
import { resolveAccount } from '../resolve-account.ts';

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  flags: {
    purge: parameter('--purge', text('delete an account that is already marked, for good', '彻底删除已标记的帐号')),
    yes: YES,
  },
  examples: ['wxop accounts remove wx0123456789abcdef', 'wxop accounts remove wx0123456789abcdef --purge'],
  risk: 'writes',
  output: 'document',
  run: async (context, { account: name, purge: isPurge, yes }) => {
    const appId = await resolveAccount(context, name);
    const account = await (await context.keeper()).account(appId);
    await (isPurge ? purge(context, account, { yes }) : mark(context, account, { yes }));
  },
});

async function mark(context: Context, account: AccountRecord, answer: { yes?: boolean }): Promise<void> {
  const { appId } = account;
  const name = appIdAndName(account);
  if (account.removedAt === undefined && !(await confirm(context, answer, mayRemove(name)))) return;
  const { removedAt = context.now() } = (await (await context.keeper()).remove(appId)) ?? account;
  if (context.terminal.json) return context.terminal.printJson({ appId, removedAt: iso(removedAt) });
  context.terminal.note(removed(name, appId));
}

async function purge(context: Context, account: AccountRecord, answer: { yes?: boolean }): Promise<void> {
  const { appId, removedAt } = account;
  const name = appIdAndName(account);
  if (removedAt === undefined) throw notMarked(appId);
  if (!(await confirm(context, answer, mayDelete(name)))) return;
  // A new authorization may have restored it while the question was open.
  if (!(await (await context.keeper()).purge(appId))) throw notMarked(appId);
  if (context.terminal.json) return context.terminal.printJson({ appId, purged: true });
  context.terminal.note(text(`Deleted ${name}.`, `已删除 ${name}。`));
}

const mayRemove = (name: string) =>
  text(
    `Remove ${name}? Its authorization at WeChat and its records here are kept.`,
    `移除 ${name}？其在微信的授权与本地记录都会保留。`,
  );

const mayDelete = (name: string) =>
  text(
    `Delete all records of ${name} for good? Afterwards its refresh token can only come from WeChat or a new authorization.`,
    `彻底删除 ${name} 的全部记录？之后只能从微信或重新授权取得 refresh_token。`,
  );

const removed = (name: string, appId: string) =>
  text(
    `Removed ${name}. To restore it: \`wxop accounts sync ${appId}\`; to delete it for good: --purge.`,
    `已移除 ${name}。恢复：\`wxop accounts sync ${appId}\`；彻底删除：--purge。`,
  );

const notMarked = (appId: string): WxopError =>
  new WxopError(
    'USAGE',
    text(`${appId} is not marked as removed, so it cannot be deleted.`, `${appId} 尚未移除，不能彻底删除。`),
    { hint: text(`First: wxop accounts remove ${appId}`, `请先运行：wxop accounts remove ${appId}`) },
  );
