/** `wxop link`: authorization links that somebody else built. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const link: Noun = {
  about: text('an authorization link that you built yourself', '自行拼接的授权链接'),
  group: 'authorize',
  manual: 'pages.md',
  examples: ['wxop link check - < link.txt'],
  verbs: {
    check: {
      about: text('say everything that is wrong with it; offline', '指出其中的全部问题（离线）'),
      load: () => import('./check.ts'),
    },
  },
};
