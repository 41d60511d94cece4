/**
 * The calls on an account's menus that are made by API: the default one and the conditional ones.
 * Source: developers.weixin.qq.com, 公众号 → 自定义菜单 → 查询自定义菜单的信息, 创建菜单, 删除菜单, 个性化菜单.
 */
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Json } from '../../runtime/json-object.ts';
import type { Endpoint, MenuDocument } from './endpoints.ts';

/** The menus made by API; refused with 46003 where there are none, a menu made on the website is not shown. */
export const getMenu: Endpoint<void, MenuDocument> = {
  method: 'GET',
  path: '/cgi-bin/menu/get',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({}),
  read: (document, raw) => ({ document, raw }),
};

/** Replaces the default menu as a whole, one made on the website too. */
export const createMenu: Endpoint<{ button: unknown[] }, void> = {
  method: 'POST',
  path: '/cgi-bin/menu/create',
  tokenOf: 'account',
  repeatable: true,
  write: ({ button }) => ({ button }),
  read: () => undefined,
};

/** Removes the default menu and every conditional one. */
export const deleteMenu: Endpoint<void, void> = {
  method: 'GET',
  path: '/cgi-bin/menu/delete',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({}),
  read: () => undefined,
};

/** Adds a conditional menu, and gives its menuid: twice the same request would be two menus. */
export const addConditional: Endpoint<{ button: unknown[]; matchrule: Json }, string> = {
  method: 'POST',
  path: '/cgi-bin/menu/addconditional',
  tokenOf: 'account',
  repeatable: false,
  write: ({ button, matchrule }) => ({ button, matchrule }),
  read: ({ menuid }) => {
    if ((typeof menuid === 'string' && menuid !== '') || typeof menuid === 'number') return String(menuid);
    throw new WxopError('PLATFORM_REFUSED', text("WeChat's answer has no menuid.", '微信的应答中缺少 menuid。'), {
      hint: text(
        'See what is there now: `wxop menu get --source api`.',
        '请用 `wxop menu get --source api` 查看现状。',
      ),
    });
  },
};

/** Removes one conditional menu: the second time it is refused with 65301. */
export const delConditional: Endpoint<{ menuId: string }, void> = {
  method: 'POST',
  path: '/cgi-bin/menu/delconditional',
  tokenOf: 'account',
  repeatable: false,
  write: ({ menuId }) => ({ menuid: menuId }),
  read: () => undefined,
};
