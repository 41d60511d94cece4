/** `wxop register`: mini programs for merchants who have none, registered through the component. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const register: Noun = {
  about: text('register mini programs for merchants (快速注册)', '为商家快速注册小程序'),
  group: 'authorize',
  manual: 'accounts.md',
  examples: [
    'wxop register company 示例茶饮有限公司 91500000MA00000000 张三 zhangsan_88',
    'wxop register personal 张三 zhangsan_88',
    'wxop register query personal 5f34ffda15f5225d',
  ],
  groups: { query: text('how far a registration is', '查询注册进度') },
  verbs: {
    company: {
      about: text("a company's mini program; its legal person confirms in WeChat", '企业小程序，由法人在微信中确认'),
      load: () => import('./company.ts'),
    },
    personal: {
      about: text("a person's mini program; prints the link that they open", '个人小程序，输出供本人打开的链接'),
      load: () => import('./personal.ts'),
    },
    trial: {
      about: text('a trial mini program; prints the link that its user opens', '试用小程序，输出供用户打开的链接'),
      load: () => import('./trial.ts'),
    },
    'query company': {
      about: text("how far a company's registration is", '企业小程序的注册进度'),
      load: () => import('./query-company.ts'),
    },
    'query personal': {
      about: text("how far a person's registration is", '个人小程序的注册进度'),
      load: () => import('./query-personal.ts'),
    },
  },
};
