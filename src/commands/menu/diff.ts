/** `wxop menu diff`: what a push of a file would change for the followers of an account. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { planMenu } from '../../menu/menu-plan.ts';
import { readMenu } from '../../menu/menu.ts';
import { readLiveMenus, unreadMenus } from '../../menu/read-live-menus.ts';
import { expectMenuAccount } from './expect-menu-account.ts';
import { changeLines } from './change-lines.ts';
import { ACCOUNT } from '../flags.ts';
import { ABOUT_MENU_FILE, loadMenu } from './menu-file.ts';
import { resolveAccount } from '../resolve-account.ts';

const SWITCHED_OFF = text('The menu is switched off.', '菜单未启用。');
const NO_DIFFERENCE = text('No difference.', '没有差异。');

export const command = defineCommand({
  arguments: { account: ACCOUNT, file: parameter('<file>', ABOUT_MENU_FILE) },
  flags: { exitCode: parameter('--exit-code', text('exit with 1 if there is a difference', '有差异时以 1 结束')) },
  examples: [
    'wxop menu diff wx0123456789abcdef draft.json',
    'wxop menu diff wx0123456789abcdef draft.json --exit-code --quiet',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { account, file, exitCode }) => {
    const { terminal } = context;
    // A file with errors costs the account no call.
    const draft = await loadMenu(context, file);
    const appId = await resolveAccount(context, account);
    await expectMenuAccount(context, appId);
    const { self, api, unread } = await readLiveMenus(await context.keeper(), appId);
    const { changes } = planMenu({ self: self.document, api: api?.document }, draft);
    if (unread) terminal.warn(unreadMenus(appId, unread));
    if (terminal.json) {
      terminal.printJson({ appId, same: changes.length === 0, changes, ...(unread && { unread: true }) });
    } else {
      if (!readMenu(self.document).open) terminal.note(SWITCHED_OFF);
      terminal.print(...(await changeLines(context, changes)));
      if (changes.length === 0) terminal.note(NO_DIFFERENCE);
    }
    return exitCode && changes.length > 0 ? 1 : 0;
  },
});
