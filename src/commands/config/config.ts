/** `wxop config`: one setting at a time, and where each comes from. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const config: Noun = {
  about: text('one setting at a time, and where each comes from', '逐项查看与修改设置，并说明来源'),
  group: 'start',
  manual: 'profiles.md',
  examples: ['wxop config list', 'wxop config set publicUrl https://wx.example.com'],
  verbs: {
    list: {
      about: text('every setting, its value and where it comes from', '列出全部设置的值与来源'),
      load: () => import('./list.ts'),
    },
    get: {
      about: text('print the value of a setting; a secret is masked', '输出一项设置的值（机密会隐去）'),
      load: () => import('./get.ts'),
    },
    set: {
      about: text(
        'save a setting in the profile; secrets from stdin or a file',
        '将一项设置写入配置；机密从标准输入或文件读取',
      ),
      load: () => import('./set.ts'),
    },
    unset: {
      about: text('remove a setting from the profile', '从配置中删除一项设置'),
      load: () => import('./unset.ts'),
    },
  },
};
