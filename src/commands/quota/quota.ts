/** `wxop quota`: how many calls are left today, and clearing what was used. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const quota: Noun = {
  about: text("today's call quota, the component's or an account's", '第三方平台或帐号当日的调用额度'),
  group: 'diagnose',
  manual: 'errors.md',
  examples: ['wxop quota get', 'wxop quota clear --component'],
  verbs: {
    get: {
      about: text('limit, used and left', '上限、已用与剩余'),
      load: () => import('./get.ts'),
    },
    clear: {
      about: text("set today's used calls back to zero; ten times a month", '清零已用额度；每月 10 次'),
      load: () => import('./clear.ts'),
    },
  },
};
