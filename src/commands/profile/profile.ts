/** `wxop profile`: several components side by side. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const profile: Noun = {
  about: text('several components side by side', '管理多个第三方平台的配置'),
  group: 'many',
  manual: 'profiles.md',
  examples: ['wxop profile list', 'wxop token list --profile second'],
  verbs: {
    list: {
      about: text('all profiles; * marks the current one', '全部配置，* 表示当前配置'),
      load: () => import('./list.ts'),
    },
    show: {
      about: text('the settings of a profile', '查看配置内容'),
      load: () => import('./show.ts'),
    },
    use: {
      about: text('make a profile the current one', '切换当前配置'),
      load: () => import('./use.ts'),
    },
    set: {
      about: text('mark a profile as production, or not', '设置或取消生产环境标记'),
      load: () => import('./set.ts'),
    },
    rename: {
      about: text('give a profile another name', '重命名配置'),
      load: () => import('./rename.ts'),
    },
    remove: {
      about: text('forget the settings of a profile; its credentials stay', '删除配置（其凭据保留）'),
      load: () => import('./remove.ts'),
    },
    'add-file': {
      about: text('keep a verification file, which the listener serves', '保存校验文件，由监听服务在域名根目录提供'),
      load: () => import('./add-file.ts'),
    },
    'remove-file': {
      about: text('forget a verification file', '删除校验文件'),
      load: () => import('./remove-file.ts'),
    },
  },
};
