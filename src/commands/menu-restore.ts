/** `wxop menu restore`, `wxop menu delete`: back to what was, or to nothing. */
import { basename } from 'node:path';
import type { Context } from '../context.ts';
import { text, WxopError } from '../errors.ts';
import { convertMenu } from '../protocol/menu-convert.ts';
import { deleteMenu } from '../protocol/menu-endpoints.ts';
import { liveMenu } from '../protocol/menu-live.ts';
import { agrees } from './agree.ts';
import { readLiveMenus } from './live-menus.ts';
import { listBackups, readBackup, saveBackup, sourcesOf } from './menu-backups.ts';
import { carryOut, type PushOneFlags } from './menu-push.ts';
import { aimAt } from './menu-target.ts';
import { whichAccount } from './which-account.ts';

export interface RestoreFlags extends PushOneFlags {
  list?: boolean;
}

export async function restore(context: Context, flags: RestoreFlags, account: string, wanted?: string): Promise<void> {
  const { terminal } = context;
  const appId = await whichAccount(context, account);
  if (flags.list) return list(context, appId);
  const backup = await readBackup(context, appId, wanted);
  terminal.note(
    terminal.say(text(`Backup of ${backup.takenAt}: ${backup.path}`, `备份 ${backup.takenAt}：${backup.path}`)),
  );
  const { draft, entries } = convertMenu(sourcesOf(backup));
  if (entries.length > 0 && !flags.acceptLoss) {
    const named = (lang: 'en' | 'zh'): string =>
      entries.map(({ name, path, reason }) => `${name || path}: ${reason[lang]}`).join(' ');
    throw new WxopError(
      'MENU_LOSS',
      text(`The backup holds what cannot be pushed. ${named('en')}`, `备份中有无法推送的内容。${named('zh')}`),
      { hint: text('Where the rest is enough: --accept-loss.', '只恢复其余部分：--accept-loss。') },
    );
  }
  if (!draft) return remove(context, flags, appId);
  // Whatever is live goes: that is what restoring is for. What could not be pushed again is still asked about.
  const whole = { ...draft, conditionalmenu: draft.conditionalmenu ?? [] };
  const force = { ...flags, force: true };
  const question = text(`Restore the menu of ${backup.takenAt}?`, `恢复 ${backup.takenAt} 的菜单？`);
  await carryOut(context, force, () => aimAt(context, appId, whole, force, sourcesOf(backup)), question);
}

async function list(context: Context, appId: string): Promise<void> {
  const { terminal } = context;
  const files = await listBackups(context, appId);
  if (terminal.json) return terminal.printJson(files);
  if (files.length === 0) terminal.note(terminal.say(text('There are no backups.', '没有备份。')));
  terminal.print(...files.map((file) => `${basename(file)}\t${file}`));
}

export async function remove(context: Context, flags: PushOneFlags, account: string): Promise<void> {
  const { terminal } = context;
  const appId = await whichAccount(context, account);
  const keeper = await context.keeper();
  const live = await readLiveMenus(keeper, appId);
  const sources = { self: live.self.document, api: live.api?.document };
  const menu = liveMenu(sources);
  if (!menu) {
    if (terminal.json) terminal.printJson({ appId, deleted: false });
    terminal.note(terminal.say(text('Nothing to do: this account has no menu.', '无需操作：该帐号没有菜单。')));
    return;
  }
  const conditional = menu.conditionalmenu?.length ?? 0;
  const others = convertMenu(sources).entries.length;
  terminal.note(
    terminal.say(
      conditional > 0
        ? text(
            `The default menu and all ${conditional} conditional menus go.`,
            `默认菜单与全部 ${conditional} 个个性化菜单都将删除。`,
          )
        : text('The default menu goes; there are no conditional menus.', '默认菜单将删除；没有个性化菜单。'),
    ),
    ...(others > 0
      ? [
          terminal.say(
            text(
              `${others} of its entries were set on the website and cannot be restored from here.`,
              `其中 ${others} 项在网页设置，无法从这里恢复。`,
            ),
          ),
        ]
      : []),
  );
  const question = text(`Delete the menus of ${appId}?`, `删除 ${appId} 的菜单？`);
  if (!(await agrees(context, flags, question))) {
    terminal.note(terminal.say(text('Nothing was changed.', '未作任何更改。')));
    return;
  }
  const backup = await saveBackup(context, appId, live);
  await keeper.call({ account: appId }, deleteMenu, undefined);
  if (terminal.json) terminal.printJson({ appId, deleted: true, conditional, backup });
  terminal.note(
    terminal.say(
      text(`Deleted. Back again: \`wxop menu restore ${appId}\`.`, `已删除。恢复：\`wxop menu restore ${appId}\`。`),
    ),
  );
}
