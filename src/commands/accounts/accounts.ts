/** `wxop accounts`: the accounts that authorized the component. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const accounts: Noun = {
  about: text('authorized accounts', '已授权帐号'),
  group: 'authorize',
  manual: 'accounts.md',
  examples: [
    'wxop accounts list',
    'wxop accounts show wx0123456789abcdef',
    'wxop accounts sync',
    'wxop accounts option get wx0123456789abcdef',
  ],
  groups: { option: text('location reporting, voice recognition, customer service', '地理位置上报、语音识别、多客服') },
  verbs: {
    list: {
      about: text('authorized accounts, and those that cancelled', '已授权与已取消授权的帐号'),
      load: () => import('./list.ts'),
    },
    show: {
      about: text('one account: permission sets by name, token lifetime', '单个帐号：权限集说明、令牌剩余时间'),
      load: () => import('./show.ts'),
    },
    sync: {
      about: text('restore all accounts from WeChat, refresh tokens too', '从微信恢复全部帐号，包括 refresh_token'),
      manual: 'bulk.md',
      load: () => import('./sync.ts'),
    },
    alias: {
      about: text(
        'give an account a short name for use in every command',
        '为帐号设置别名，所有命令均可用别名指定帐号',
      ),
      load: () => import('./alias.ts'),
    },
    export: {
      about: text(
        'all accounts with their refresh tokens, and the ticket, encrypted with a passphrase (typed, or WXOP_PASSPHRASE)',
        '导出全部帐号（含 refresh_token）与 ticket，用口令加密（键入，或 WXOP_PASSPHRASE）',
      ),
      manual: 'moving.md',
      load: () => import('./export.ts'),
    },
    import: {
      about: text(
        'import an exported file and show the result for each account; can be run again',
        '导入已导出的文件，逐个给出结果；可重复运行',
      ),
      manual: 'moving.md',
      load: () => import('./import.ts'),
    },
    'option get': {
      about: text('what an account has switched on, in words', '帐号的选项设置及其含义'),
      load: () => import('./option-get.ts'),
    },
    'option set': {
      about: text('switch an option of an account, and read it back', '设置帐号的选项，并读回核对'),
      load: () => import('./option-set.ts'),
    },
    remove: {
      about: text(
        'mark an account as removed: hidden, without tokens, its records kept; sync or a new authorization restores it',
        '将帐号标记为已移除：隐藏且不再给出令牌，记录保留；sync 或重新授权可恢复',
      ),
      load: () => import('./remove.ts'),
    },
  },
};
