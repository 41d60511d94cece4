/** The calls on an account's menus, as the sandbox answers them. */
import { takeMenu, takeConditionalMenu } from '../take-menu.ts';
import { apiDocument, menuOf, selfDocument } from '../menus.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { Account, WechatState } from '../wechat-state.ts';
import type { Followers } from './followers.ts';
import { OK, string, type Route } from './route.ts';
import { NO_MENU } from '../sample-menus.ts';

/** get_current_selfmenu_info works with any of these permission sets, the other calls with 自定义菜单 only. */
const SELF_SETS = [1, 3, 15];
const MENU_SETS = [15];
const FIRST_MENUID = 208400001;

/** `o…-tag2-android`: a follower with this tag and this phone. */
const FOLLOWER = /^o[\w-]+$/;
const PHONES: Record<string, number> = { ios: 1, android: 2 };

export function menuRoutes(wechat: WechatState, followers: Followers): Record<string, Route> {
  let menuid = FIRST_MENUID;

  function holder(token: string, sets: number[]): Account {
    const account = wechat.holderOf(token);
    if (account.kind === 'mini') throw new ApiRefusal(48001);
    // Without verification the menu can be read, and only made on the website.
    if (!account.isVerified && sets === MENU_SETS) throw new ApiRefusal(48001);
    if (!sets.some((id) => account.funcInfo.includes(id))) throw new ApiRefusal(61007);
    return account;
  }

  const made = (account: Account) => {
    if (!account.menus.created) throw new ApiRefusal(46003);
    return account.menus;
  };

  return {
    '/cgi-bin/get_current_selfmenu_info': {
      method: 'GET',
      token: 'account',
      answer: (_, token) => selfDocument(holder(token, SELF_SETS).menus),
    },
    '/cgi-bin/menu/get': {
      method: 'GET',
      token: 'account',
      answer: (_, token) => apiDocument(made(holder(token, MENU_SETS))) ?? {},
    },
    '/cgi-bin/menu/create': {
      method: 'POST',
      token: 'account',
      answer: (body, token) => {
        const account = holder(token, MENU_SETS);
        const button = takeMenu(body.button);
        const { conditional } = account.menus;
        account.menus = { isOpen: true, created: { button, menuid: menuid++ }, conditional };
        return OK;
      },
    },
    '/cgi-bin/menu/delete': {
      method: 'GET',
      token: 'account',
      answer: (_, token) => {
        holder(token, MENU_SETS).menus = NO_MENU;
        return OK;
      },
    },
    '/cgi-bin/menu/addconditional': {
      method: 'POST',
      token: 'account',
      answer: (body, token) => {
        const account = holder(token, MENU_SETS);
        if (!account.menus.created) throw new ApiRefusal(65303);
        const { conditional } = account.menus;
        const added = { ...takeConditionalMenu(body, conditional), menuid: menuid++ };
        account.menus = { ...account.menus, conditional: [...conditional, added] };
        return { menuid: String(added.menuid) };
      },
    },
    '/cgi-bin/menu/delconditional': {
      method: 'POST',
      token: 'account',
      answer: (body, token) => {
        const account = holder(token, MENU_SETS);
        const wanted = String(body.menuid);
        const left = account.menus.conditional.filter((menu) => String(menu.menuid) !== wanted);
        if (left.length === account.menus.conditional.length) throw new ApiRefusal(65301);
        account.menus = { ...account.menus, conditional: left };
        return OK;
      },
    },
    '/cgi-bin/menu/trymatch': {
      method: 'POST',
      token: 'account',
      answer: (body, token) => {
        const account = holder(token, MENU_SETS);
        const menus = made(account);
        const openId = string(body, 'user_id');
        if (!FOLLOWER.test(openId)) throw new ApiRefusal(65302);
        // Of several tags the newest counts.
        const tag = followers.tagsOf(account.appId, openId).at(-1);
        const phone = /-(ios|android)\b/.exec(openId)?.[1];
        return {
          button: menuOf(menus, {
            ...(tag !== undefined && { group_id: tag }),
            ...(phone !== undefined && { client_platform_type: PHONES[phone] }),
          }),
        };
      },
    },
  };
}
