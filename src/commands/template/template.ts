/** `wxop template`: the code templates of the component. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const template: Noun = {
  about: text('code templates of mini programs', '小程序代码模板'),
  group: 'programs',
  manual: 'releases.md',
  examples: ['wxop template drafts', 'wxop template add 3'],
  verbs: {
    drafts: {
      about: text('what the development mini programs uploaded last', '开发小程序最近上传的代码'),
      load: () => import('./drafts.ts'),
    },
    list: {
      about: text('the templates that can be uploaded to merchants', '可上传到商家小程序的模板'),
      load: () => import('./list.ts'),
    },
    add: {
      about: text('make a draft a template and print its id', '将草稿添加为模板，并给出模板 ID'),
      load: () => import('./add.ts'),
    },
    delete: {
      about: text('delete a template; what was made from it stays', '删除模板；已上传到商家的代码不受影响'),
      load: () => import('./delete.ts'),
    },
  },
};
