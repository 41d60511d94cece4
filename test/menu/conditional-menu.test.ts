/** Conditional menus, read for people: who sees each. */
import { describe, expect, test } from 'vitest';
import { readConditionalMenus } from '../../src/menu/conditional-menu.ts';
import { readMenu } from '../../src/menu/menu.ts';

const ruleOf = (matchrule: unknown) => readConditionalMenus({ conditionalmenu: [{ button: [], matchrule }] })[0]?.rule;

describe('the rule of a conditional menu is said in words', () => {
  test.each([
    [{ tag_id: '2' }, 'followers with tag 2', '标签为 2 的关注者'],
    [{ group_id: 2 }, 'followers with tag 2', '标签为 2 的关注者'],
    [{ client_platform_type: 1 }, 'followers on iOS', 'iOS 用户'],
    [{ client_platform_type: '3' }, 'followers on other devices', '其他系统用户'],
    [
      { client_platform_type: 'constructor' },
      'followers with client_platform_type constructor',
      'client_platform_type 为 constructor 的用户',
    ],
    [{ group_id: 2, client_platform_type: 2 }, 'followers with tag 2, on Android', '标签为 2 的 Android 用户'],
    [
      { tag_id: 2, language: 'zh_CN', sex: '1' },
      'nobody: WeChat withdrew the condition sex, language',
      '无人可见：微信已停用条件 sex, language',
    ],
    [{}, 'nobody: it has no condition', '无人可见：没有匹配条件'],
    [{ tag_id: '', sex: '' }, 'nobody: it has no condition', '无人可见：没有匹配条件'],
    [undefined, 'nobody: it has no condition', '无人可见：没有匹配条件'],
  ])('%j', (matchrule, en, zh) => {
    expect(ruleOf(matchrule)).toEqual({ en, zh });
  });
});

test.each([[{}], [{ conditionalmenu: null }], [{ conditionalmenu: [null, 'x'] }]])('%j has none', (document) => {
  expect(readConditionalMenus(document)).toEqual([]);
});

test('the three documents of one menu are read alike', () => {
  const button = [{ name: '网页', type: 'view', url: 'https://example.com/' }];
  const self = readMenu({ is_menu_open: 1, selfmenu_info: { button } });
  expect(self.buttons).toHaveLength(1);
  expect(readMenu({ menu: { button, menuid: 208396938 } })).toEqual(self);
  expect(readMenu({ button })).toEqual(self);
});
