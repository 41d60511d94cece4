/** `wxop menu restore`: an account's menus as they were before they were changed. */
import { basename } from 'node:path';
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { en, text, zh, type Hole, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { describeBlocked, withItems, type Blocked } from '../../menu/blocked.ts';
import { convertMenu } from '../../menu/convert-menu.ts';
import { listBackups, readBackup, sourcesOf } from '../../menu/backups.ts';
import { expectRows, FORMAT, ACCOUNT, YES } from '../flags.ts';
import { localTimeFromNow } from '../../sentences/local-time.ts';
import { printRows, type Format, type Rows } from '../../terminal/rows.ts';
import {
  ACCEPT_LOSS,
  changeMenu,
  backupsOf,
  DRY_RUN,
  HAS_NO_MENU,
  printChange,
  type ChangeFlags,
} from './change-menu.ts';
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
    format: FORMAT,
  },
  examples: ['wxop menu restore wx0123456789abcdef --list', 'wxop menu restore wx0123456789abcdef --yes'],
  risk: 'writes',
  output: 'document',
  run: async (context, { account, backup, list, format, ...flags }) => {
    if (!list) expectRows(format, '--list');
    const appId = await resolveAccount(context, account);
    if (list) await printBackups(context, appId, format);
    else await restore(context, flags, appId, backup);
  },
});

async function restore(context: Context, flags: ChangeFlags, appId: string, wanted?: string): Promise<void> {
  const { terminal } = context;
  const backup = await readBackup(backupsOf(context), appId, wanted);
  const taken = takenAt(backup, context.now());
  terminal.note(text(en`Backup of ${taken}: ${backup.path}`, zh`备份 ${taken}：${backup.path}`));
  const sources = sourcesOf(backup);
  const { draft, entries } = convertMenu(sources);
  // If conditional menus could not be read, an empty backup does not prove that there was no menu.
  const isNothingLeft = draft === undefined && (entries.length > 0 || backup.unread === true);
  if (isNothingLeft) throw nothingLeft(entries);
  if (entries.length > 0 && !flags.acceptLoss) throw partLeft(entries);
  // Restoring replaces whatever is live; what could not be pushed again is still asked about.
  const force = { ...flags, force: true };
  const whole = draft && (backup.unread ? draft : { ...draft, conditionalmenu: draft.conditionalmenu ?? [] });
  const missing = entries.length > 0 ? missingOf(entries) : undefined;
  const outcome = await changeMenu(
    context,
    force,
    { appId, draft: whole, dumped: sources },
    {
      question: (name) => text(en`Restore the menu of ${name} of ${taken}?`, zh`恢复 ${name} 在 ${taken} 的菜单？`),
      notes: () => [
        ...(draft ? [] : [text('In this backup the account has no menu.', '此备份时该帐号没有菜单。')]),
        ...(backup.unread ? [UNREAD] : []),
        ...(missing ? [missing] : []),
      ],
      ...(missing && { nothing: text(en`Nothing to do. ${missing}`, zh`无需操作。${missing}`) }),
      ...(!draft && { nothing: HAS_NO_MENU, done: deleted }),
    },
  );
  printChange(context, outcome);
}

const MISSING = text('These entries of the backup cannot be restored as they were:', '备份中的以下内容无法原样恢复：');
const missingOf = (entries: Blocked[]): Text => withItems(MISSING, entries.map(describeBlocked)).lines;

const UNREAD = text(
  'Conditional menus could not be read when this backup was made: those that are live stay.',
  '此备份时无法读取个性化菜单：当前的个性化菜单保持不变。',
);

const nothingLeft = (entries: Blocked[]): WxopError =>
  notRestorable(
    text('Nothing of this backup can be pushed.', '备份中没有可以推送的内容。'),
    entries,
    text('Set it again on the website, or name another backup.', '请在网页重新设置，或指定其他备份。'),
  );

const partLeft = (entries: Blocked[]): WxopError =>
  notRestorable(
    text('Some of the backup cannot be pushed.', '备份中有无法推送的内容。'),
    entries,
    text('To restore only the rest: --accept-loss.', '只恢复其余部分：--accept-loss。'),
  );

function notRestorable(sentence: Text, entries: Blocked[], hint: Text): WxopError {
  const { line, lines } = withItems(sentence, entries.map(describeBlocked));
  return new WxopError('MENU_LOSS', line, { lines, hint });
}

/** A backup is a file, which may say anything. */
function takenAt(backup: { takenAt: string }, now: number): Hole {
  const time = Date.parse(backup.takenAt);
  return Number.isNaN(time) ? backup.takenAt : localTimeFromNow(time, now);
}

const ROWS: Rows<string> = {
  columns: [
    { title: text('backup', '备份'), seen: (path) => basename(path), isKey: true },
    { title: text('file', '文件'), seen: (path) => path, spare: 1 },
  ],
  csv: [
    ['backup', (path) => basename(path)],
    ['file', (path) => path],
  ],
};

async function printBackups(context: Context, appId: string, format: Format | undefined): Promise<void> {
  const { terminal } = context;
  const files = await listBackups(backupsOf(context), appId);
  if (files.length === 0 && !terminal.json) terminal.note(NO_BACKUPS);
  await printRows(terminal, { ...ROWS, rows: files, format });
}

const NO_BACKUPS = text('There are no backups.', '没有备份。');
const deleted = (backup: string): Text =>
  text(
    `Deleted, and read back: there is no menu. Before: ${backup}`,
    `已删除，回读确认没有菜单。原菜单备份：${backup}`,
  );
