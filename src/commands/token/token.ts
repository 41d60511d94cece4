/** `wxop token`: valid access tokens, and who holds which. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const token: Noun = {
  about: text('valid access tokens', '有效的 access_token'),
  group: 'tokens',
  manual: 'store.md',
  examples: ['wxop token get wx0123456789abcdef', 'wxop token list'],
  verbs: {
    get: {
      about: text("print an account's valid access token and nothing else", '输出帐号的有效 access_token，仅此而已'),
      load: () => import('./get.ts'),
    },
    component: {
      about: text(
        'print a valid component access token and nothing else',
        '输出有效的 component_access_token，仅此而已',
      ),
      load: () => import('./component.ts'),
    },
    refresh: {
      about: text('get new tokens, even if the current ones are still valid', '强制换取新的 access_token'),
      manual: 'bulk.md',
      load: () => import('./refresh.ts'),
    },
    list: {
      about: text('who holds a token, and for how long (no values)', '各令牌的持有者与剩余时间（不含内容）'),
      load: () => import('./list.ts'),
    },
  },
};
