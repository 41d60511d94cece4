/** `wxop menu restore`: an account's menus as they were before they were changed. */
import { basename } from 'node:path';
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Blocked } from '../../menu/blocked.ts';
import { convertMenu } from '../../menu/convert-menu.ts';
import { listBackups, readBackup, sourcesOf } from '../../menu/backups.ts';
import { ACCOUNT, YES } from '../flags.ts';
import { ACCEPT_LOSS, changeMenu, DRY_RUN, NO_MENU, printChange, type ChangeFlags } from './change-menu.ts';
import { aimAt, listOf, namesOf } from './target.ts';
import { resolveAccount } from '../resolve-account.ts';

export const command = defineCommand({
  arguments: {
    account: ACCOUNT,
    backup: parameter('[backup]', text('its name or path; the newest by default', '备份名称或路径；默认最新')),
  },
  flags: {
    list: parameter('--list', text('list the backups, newest first', '列出备份，最新在前')),
    acceptLoss: ACCEPT_LOSS,
    dryRun: DRY_RUN,
    yes: YES,
  },
  examples: ['wxop menu restore wx0123456789abcdef --list', 'wxop menu restore wx0123456789abcdef --yes'],
  risk: 'writes',
  output: 'document',
  run: async (context, { account, backup, list, ...flags }) => {
    const appId = await resolveAccount(context, account);
    if (list) await printBackups(context, appId);
    else await restore(context, flags, appId, backup);
  },
});

async function restore(context: Context, flags: ChangeFlags, appId: string, wanted?: string): Promise<void> {
  const { terminal } = context;
  const backup = await readBackup(context, appId, wanted);
  terminal.note(text(`Backup of ${backup.takenAt}: ${backup.path}`, `备份 ${backup.takenAt}：${backup.path}`));
  const sources = sourcesOf(backup);
  const { draft, entries } = convertMenu(sources);
  // Where they could not be read, an empty backup does not say that there was no menu.
  const isNothingLeft = draft === undefined && (entries.length > 0 || backup.unread === true);
  if (isNothingLeft || (entries.length > 0 && !flags.acceptLoss)) throw loss(entries, isNothingLeft);
  // Whatever is live goes: that is what restoring is for. What could not be pushed again is still asked about.
  const force = { ...flags, force: true };
  const whole = draft && (backup.unread ? draft : { ...draft, conditionalmenu: draft.conditionalmenu ?? [] });
  const missing = entries.length > 0 ? missingOf(entries) : undefined;
  const outcome = await changeMenu(context, force, () => aimAt(context, appId, whole, force, sources), {
    question: (name) =>
      text(`Restore the menu of ${name} of ${backup.takenAt}?`, `恢复 ${name} 在 ${backup.takenAt} 的菜单？`),
    notes: () => [
      ...(draft ? [] : [text('In this backup the account has no menu.', '此备份时该帐号没有菜单。')]),
      ...(backup.unread ? [UNREAD] : []),
      ...(missing ? [missing] : []),
    ],
    ...(missing && { nothing: text(`Nothing to do. ${missing.en}`, `无需操作。${missing.zh}`) }),
    ...(!draft && { nothing: NO_MENU, done: deleted }),
  });
  printChange(context, outcome);
}

function missingOf(entries: Blocked[]): Text {
  const listed = listOf(entries);
  return text(
    `Of this backup these entries cannot be brought back as they were:${listed.en}`,
    `备份中的以下内容无法原样恢复：${listed.zh}`,
  );
}

const UNREAD = text(
  'Conditional menus could not be read when this backup was made: those that are live stay.',
  '此备份时无法读取个性化菜单：当前的个性化菜单保持不变。',
);

function loss(entries: Blocked[], isNothingLeft: boolean): WxopError {
  const why = isNothingLeft
    ? text('Nothing of this backup can be pushed.', '备份中没有可以推送的内容。')
    : text('The backup holds what cannot be pushed.', '备份中有无法推送的内容。');
  const [named, listed] = [namesOf(entries), listOf(entries)];
  return new WxopError('MENU_LOSS', text(`${why.en} ${named.en}`, `${why.zh}${named.zh}`), {
    lines: text(`${why.en}${listed.en}`, `${why.zh}${listed.zh}`),
    hint: isNothingLeft
      ? text('Set it again on the website, or name another backup.', '请在网页重新设置，或指定其他备份。')
      : text('Where the rest is enough: --accept-loss.', '只恢复其余部分：--accept-loss。'),
  });
}

async function printBackups(context: Context, appId: string): Promise<void> {
  const { terminal } = context;
  const files = await listBackups(context, appId);
  if (terminal.json) return terminal.printJson(files);
  if (files.length === 0) terminal.note(NO_BACKUPS);
  terminal.print(...files.map((file) => `${basename(file)}\t${file}`));
}

const NO_BACKUPS = text('There are no backups.', '没有备份。');
const deleted = (backup: string): Text =>
  text(
    `Deleted, and read back: there is no menu. Before: ${backup}`,
    `已删除，回读确认没有菜单。原菜单备份：${backup}`,
  );
