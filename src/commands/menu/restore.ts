/** `wxop menu restore`, `wxop menu delete`: back to what was, or to nothing. */
import { basename } from 'node:path';
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Blocked } from '../../menu/blocked.ts';
import { convertMenu } from '../../menu/convert-menu.ts';
import { listBackups, readBackup, sourcesOf } from '../../menu/backups.ts';
import { carryOut, tellPush, type PushOneFlags } from './push.ts';
import { aimAt, listOf, namesOf, type MenuTarget } from './target.ts';
import { resolveAccount } from '../resolve-account.ts';

export interface RestoreFlags extends PushOneFlags {
  list?: boolean;
}

export async function restore(context: Context, flags: RestoreFlags, account: string, wanted?: string): Promise<void> {
  const { terminal } = context;
  const appId = await resolveAccount(context, account);
  if (flags.list) return list(context, appId);
  const backup = await readBackup(context, appId, wanted);
  terminal.note(
    terminal.say(text(`Backup of ${backup.takenAt}: ${backup.path}`, `备份 ${backup.takenAt}：${backup.path}`)),
  );
  const sources = sourcesOf(backup);
  const { draft, entries } = convertMenu(sources);
  // Where they could not be read, an empty backup does not say that there was no menu.
  const isNothingLeft = draft === undefined && (entries.length > 0 || backup.unread === true);
  if (isNothingLeft || (entries.length > 0 && !flags.acceptLoss)) throw loss(entries, isNothingLeft);
  // Whatever is live goes: that is what restoring is for. What could not be pushed again is still asked about.
  const force = { ...flags, force: true };
  const whole = draft && (backup.unread ? draft : { ...draft, conditionalmenu: draft.conditionalmenu ?? [] });
  const missing = entries.length > 0 ? missingOf(entries) : undefined;
  const outcome = await carryOut(context, force, () => aimAt(context, appId, whole, force, sources), {
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
  tellPush(context, outcome);
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

async function list(context: Context, appId: string): Promise<void> {
  const { terminal } = context;
  const files = await listBackups(context, appId);
  if (terminal.json) return terminal.printJson(files);
  if (files.length === 0) terminal.note(terminal.say(text('There are no backups.', '没有备份。')));
  terminal.print(...files.map((file) => `${basename(file)}\t${file}`));
}

const NO_MENU = text('Nothing to do: this account has no menu.', '无需操作：该帐号没有菜单。');
const deleted = (backup: string): Text =>
  text(
    `Deleted, and read back: there is no menu. Before: ${backup}`,
    `已删除，回读确认没有菜单。原菜单备份：${backup}`,
  );

/** Deleting takes everything, and says so: entries of the website need no flag of their own, but are named. */
export async function remove(context: Context, flags: PushOneFlags, account: string): Promise<void> {
  const { terminal } = context;
  const appId = await resolveAccount(context, account);
  const force = { ...flags, force: true, acceptLoss: true, acceptUnread: flags.acceptLoss === true };
  const { target, backup } = await carryOut(context, force, () => aimAt(context, appId, undefined, force), {
    question: (name) => text(`Delete the menus of ${name}?`, `删除 ${name} 的菜单？`),
    notes: whatGoes,
    nothing: NO_MENU,
    done: () =>
      text(
        `Deleted, and read back: there is no menu. Back again: \`wxop menu restore ${appId}\`.`,
        `已删除，回读确认没有菜单。恢复：\`wxop menu restore ${appId}\`。`,
      ),
  });
  if (!terminal.json) return;
  const conditional = conditionalsOf(target);
  terminal.printJson({
    appId,
    deleted: backup !== undefined,
    ...(backup && { ...(!target.live.unread && { conditional }), backup }),
  });
}

const conditionalsOf = ({ plan }: MenuTarget): number =>
  plan.changes.filter(({ button }) => button === undefined).length;

function whatGoes(target: MenuTarget): Text[] {
  const { unread } = target.live;
  const conditional = conditionalsOf(target);
  const { loses } = target.plan;
  const named = listOf(loses);
  return [
    unread
      ? text(
          'The default menu and every conditional menu go; these could not be read.',
          '默认菜单与全部个性化菜单都将删除；其中个性化菜单无法读取。',
        )
      : conditional > 0
        ? text(
            `The default menu and all ${conditional} conditional menus go.`,
            `默认菜单与全部 ${conditional} 个个性化菜单都将删除。`,
          )
        : text('The default menu goes; there are no conditional menus.', '默认菜单将删除；没有个性化菜单。'),
    ...(loses.length > 0
      ? [text(`Not to be restored from here as it is:${named.en}`, `以下内容无法从这里原样恢复：${named.zh}`)]
      : []),
  ];
}
