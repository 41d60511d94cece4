/** An account's menus as they are now: both documents, or why there is only one. */
import { isError } from '../errors.ts';
import type { Keeper } from '../platform/keeper.ts';
import { getCurrentSelfMenu, type MenuDocument } from '../protocol/endpoints.ts';
import { getMenu } from '../protocol/menu-endpoints.ts';

export interface LiveMenus {
  self: MenuDocument;
  /** Undefined where the platform has none. */
  api?: MenuDocument;
  /** Why: 46003 no menu made by API, 48001 an account without the menu API. */
  noApi?: 46003 | 48001;
}

/** Asks for both, one after the other: at no moment more than one request for each account. */
export async function readLiveMenus(keeper: Keeper, appId: string): Promise<LiveMenus> {
  const holder = { account: appId };
  // Once for both: with ten thousand accounts every look into the store counts.
  const token = await keeper.token(holder);
  const self = await keeper.call(holder, getCurrentSelfMenu, undefined, token);
  try {
    return { self, api: await keeper.call(holder, getMenu, undefined, token) };
  } catch (error) {
    if (!isError(error, 'PLATFORM_REFUSED')) throw error;
    const { errcode } = error;
    if (errcode !== 46003 && errcode !== 48001) throw error;
    return { self, noApi: errcode };
  }
}
