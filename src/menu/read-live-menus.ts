/** An account's menus as they are now: both documents, or why there is only one. */
import { isError, type WxopError } from '../sentences/wxop-error.ts';
import { text, type Text } from '../sentences/text.ts';
import type { Keeper } from '../credentials/keeper.ts';
import { getCurrentSelfMenu, type MenuDocument } from '../protocol/calls/endpoints.ts';
import { getMenu } from '../protocol/calls/menu-endpoints.ts';

export interface LiveMenus {
  self: MenuDocument;
  /** Undefined if WeChat has none, or does not show it. */
  api?: MenuDocument;
  /** Why: 46003 no menu made by API, 48001 an account without the menu API, 61007 the permission set was not granted. */
  noApi?: 46003 | 48001 | 61007;
  /** The refusal that leaves open whether there are conditional menus: no other call shows them. */
  unread?: WxopError;
}

/** verify_type_info.id of an account without verification. */
const UNVERIFIED = -1;

/** Asks for both, one after the other, so that there is only one request at a time for each account. */
export async function readLiveMenus(keeper: Keeper, appId: string): Promise<LiveMenus> {
  const holder = { account: appId };
  // Once for both: with ten thousand accounts every look into the store counts.
  const token = await keeper.token(holder);
  const self = await keeper.call(holder, getCurrentSelfMenu, undefined, token);
  try {
    return { self, api: await keeper.call(holder, getMenu, undefined, token) };
  } catch (error) {
    if (isError(error, 'PLATFORM_REFUSED', 46003)) return { self, noApi: 46003 };
    // The current menu is shown with other permission sets too.
    if (isError(error, 'PLATFORM_REFUSED', 61007)) return { self, noApi: 61007, unread: error };
    if (!isError(error, 'PLATFORM_REFUSED', 48001)) throw error;
    // WeChat also returns it for a missing permission set: only an unverified account surely has none.
    const { verifyType } = await keeper.account(appId);
    return { self, noApi: 48001, ...(verifyType !== UNVERIFIED && { unread: error }) };
  }
}

/** Said if they could not be read. */
export const unreadMenus = (appId: string, { errcode }: WxopError): Text =>
  text(
    `${appId}: whether there are conditional menus could not be read (${errcode}).`,
    `${appId}：无法读取个性化菜单（${errcode}），不确定是否存在。`,
  );
