/** `wxop menu delete`: an account without a menu. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { text, type Text } from '../../sentences/text.ts';
import { ACCOUNT, YES } from '../flags.ts';
import { resolveAccount } from '../resolve-account.ts';
import { changeMenu, HAS_NO_MENU } from './change-menu.ts';
import { describeBlocked, withItems } from '../../menu/blocked.ts';
import type { MenuTarget } from '../../menu/menu-target.ts';

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  flags: {
    yes: YES,
    acceptLoss: parameter(
      '--accept-loss',
      text('even if conditional menus could not be read for the backup', '即使无法读取个性化菜单并备份'),
    ),
  },
  examples: ['wxop menu delete wx0123456789abcdef'],
  risk: 'writes',
  output: 'document',
  run: async (context, { account, yes, acceptLoss }) => {
    const { terminal } = context;
    const appId = await resolveAccount(context, account);
    // Entries made on the website are named in the question: they need no flag of their own.
    const flags = { yes, force: true, acceptLoss: true, acceptUnread: acceptLoss === true };
    const { target, backup } = await changeMenu(
      context,
      flags,
      { appId },
      {
        question: (name) => text(`Delete the menus of ${name}?`, `删除 ${name} 的菜单？`),
        notes: whatIsDeleted,
        nothing: HAS_NO_MENU,
        done: () => deleted(appId),
      },
    );
    if (!terminal.json) return;
    const conditional = conditionalsOf(target);
    terminal.printJson({
      appId,
      deleted: backup !== undefined,
      ...(backup && { ...(!target.live.unread && { conditional }), backup }),
    });
  },
});

const deleted = (appId: string): Text =>
  text(
    `Deleted, and confirmed by reading back: there is no menu. Undo: \`wxop menu restore ${appId}\`.`,
    `已删除，回读确认没有菜单。恢复：\`wxop menu restore ${appId}\`。`,
  );

const conditionalsOf = ({ plan }: MenuTarget): number =>
  plan.changes.filter(({ button }) => button === undefined).length;

function whatIsDeleted(target: MenuTarget): Text[] {
  const { loses } = target.plan;
  return [menusOf(target), ...(loses.length > 0 ? [withItems(NOT_RESTORABLE, loses.map(describeBlocked)).lines] : [])];
}

function menusOf(target: MenuTarget): Text {
  if (target.live.unread) return DEFAULT_AND_UNREAD;
  const conditional = conditionalsOf(target);
  return conditional > 0 ? defaultAnd(conditional) : ONLY_DEFAULT;
}

const DEFAULT_AND_UNREAD = text(
  'The default menu and every conditional menu will be deleted; the conditional menus could not be read.',
  '默认菜单与全部个性化菜单都将删除；其中个性化菜单无法读取。',
);
const ONLY_DEFAULT = text(
  'The default menu will be deleted; there are no conditional menus.',
  '默认菜单将删除；没有个性化菜单。',
);
const defaultAnd = (conditional: number): Text =>
  text(
    `The default menu and all ${conditional} conditional menus will be deleted.`,
    `默认菜单与全部 ${conditional} 个个性化菜单都将删除。`,
  );
const NOT_RESTORABLE = text('These cannot be restored from here as they are:', '以下内容无法从这里原样恢复：');
