/** `wxop menu`: what the followers of an account see at the bottom of its chat. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const menu: Noun = {
  about: text('custom menus', '菜单'),
  group: 'menus',
  manual: 'menus.md',
  examples: ['wxop menu get wx0123456789abcdef', 'wxop menu push wx0123456789abcdef draft.json'],
  verbs: {
    get: {
      about: text("print an account's current menu", '查看帐号的当前菜单'),
      load: () => import('./get.ts'),
    },
    dump: {
      about: text('save menus as files: raw, and ready to be pushed again', '将菜单导出为文件：原始内容与可推送的草稿'),
      load: () => import('./dump.ts'),
    },
    validate: {
      about: text(
        'check menu files offline: line, column, rule, and the errcode WeChat would return',
        '离线检查菜单文件：位置、规则与错误码',
      ),
      load: () => import('./validate.ts'),
    },
    diff: {
      about: text(
        'show what a push would change: added (+), removed (-), changed (~), moved (>)',
        '比较推送前后的变化：+ 新增、- 删除、~ 修改、> 移动',
      ),
      load: () => import('./diff.ts'),
    },
    push: {
      about: text('check a menu file, show the difference, back up, ask, push', '检查、比较、备份、确认后推送'),
      load: () => import('./push.ts'),
    },
    restore: {
      about: text('bring back the menus saved before a push or delete', '恢复推送或删除前的菜单'),
      load: () => import('./restore.ts'),
    },
    delete: {
      about: text('delete the default menu and every conditional menu', '删除默认菜单与全部个性化菜单'),
      load: () => import('./delete.ts'),
    },
    preview: {
      about: text("draw the menu for the merchant's approval", '生成菜单效果图，供商家确认'),
      load: () => import('./preview.ts'),
    },
  },
};
