/** The draft and the report of a dump: which parts of the menus can be pushed again, and why others cannot. */
import { text, type Text } from '../sentences/text.ts';
import type { Blocked } from './blocked.ts';
import { convertMenu } from './convert-menu.ts';
import type { MenuDraft } from './menu-draft.ts';
import { readMenu } from './menu.ts';
import type { LiveMenus } from './read-live-menus.ts';

export interface MenuReport {
  appId: string;
  nickName: string;
  /** False when the merchant switched the menu off. */
  menuOpen: boolean;
  /** Why there is no api.json; `unread`: whether there are conditional menus is not known. */
  noApi?: { errcode: number; means: Text; unread?: true };
  /** `whole`: a push of the draft restores everything. */
  draft: 'whole' | 'partial' | 'none';
  entries: Blocked[];
}

const NO_API = {
  46003: text('no menu was made by API', '没有用接口创建的菜单'),
  48001: text('this account has no menu API (unverified)', '该帐号没有菜单接口权限（未认证）'),
};
const UNREAD: Record<48001 | 61007, Text> = {
  48001: text(
    'conditional menus unknown: the account is not verified, or the permission set 15 is missing',
    '不确定是否有个性化菜单：帐号未认证，或未授予权限集 15',
  ),
  61007: text(
    'conditional menus unknown: the permission set 15 was not granted',
    '不确定是否有个性化菜单：未授予权限集 15',
  ),
};

function meaning(noApi: 46003 | 48001 | 61007, isUnread: boolean): { means: Text; unread?: true } {
  if (noApi === 61007 || (isUnread && noApi === 48001)) return { means: UNREAD[noApi], unread: true };
  return { means: NO_API[noApi] };
}

/** Reports are compared, so nothing in them differs from run to run, and they are in both languages. */
export function menuReport(
  { appId, nickName }: { appId: string; nickName: string },
  { self, api, noApi, unread }: LiveMenus,
): { draft?: MenuDraft; report: MenuReport } {
  const { draft, entries } = convertMenu({ self: self.document, api: api?.document });
  return {
    draft,
    report: {
      appId,
      nickName,
      menuOpen: readMenu(self.document).open,
      ...(noApi && { noApi: { errcode: noApi, ...meaning(noApi, unread !== undefined) } }),
      draft: !draft ? 'none' : entries.length === 0 && !unread ? 'whole' : 'partial',
      entries,
    },
  };
}
