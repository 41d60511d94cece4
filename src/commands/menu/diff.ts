/** `wxop menu diff`: what a push of a file would change for the followers of an account. */
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { planMenu } from '../../menu/menu-plan.ts';
import { readMenu } from '../../menu/menu.ts';
import { readLiveMenus, unreadMenus } from '../../menu/read-live-menus.ts';
import { expectMenuAccount } from './expect-menu-account.ts';
import { changeLines } from './diff-view.ts';
import { loadMenu } from './menu-file.ts';
import { resolveAccount } from '../resolve-account.ts';

export interface DiffFlags {
  exitCode?: boolean;
}

export async function diff(context: Context, flags: DiffFlags, account: string, path: string): Promise<number> {
  const { terminal } = context;
  // What the file has wrong costs the account no call.
  const draft = await loadMenu(context, path);
  const appId = await resolveAccount(context, account);
  await expectMenuAccount(context, appId);
  const { self, api, unread } = await readLiveMenus(await context.keeper(), appId);
  const { changes } = planMenu({ self: self.document, api: api?.document }, draft);
  if (unread) terminal.warn(unreadMenus(appId, unread));
  if (terminal.json) {
    terminal.printJson({ appId, same: changes.length === 0, changes, ...(unread && { unread: true }) });
  } else {
    if (!readMenu(self.document).open) {
      terminal.note(terminal.say(text('The menu is switched off.', '菜单未启用。')));
    }
    terminal.print(...(await changeLines(context, changes)));
    if (changes.length === 0) terminal.note(terminal.say(text('No difference.', '没有差异。')));
  }
  return flags.exitCode && changes.length > 0 ? 1 : 0;
}
