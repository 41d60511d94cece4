/** `wxop serve`: the token broker (中控服务器), its callers' keys, and who used it for what. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const serve: Noun = {
  about: text('the token broker (中控服务器) of a team, until Ctrl-C', '团队的中控服务器，直到 Ctrl-C'),
  group: 'tokens',
  manual: 'team.md',
  examples: [
    'wxop serve key add ci --accounts wx0123456789abcdef --scopes api --expires 90d',
    'wxop serve key list',
    'wxop serve log --key ci',
  ],
  load: () => import('./start.ts'),
  groups: { key: text('keys of those who call the broker', '调用方的密钥') },
  verbs: {
    'key add': {
      about: text('make a key for a caller; it is shown once', '为调用方新建密钥，仅显示一次'),
      load: () => import('./key-add.ts'),
    },
    'key list': {
      about: text('the keys: for what, until when, how often used', '密钥的权限、有效期与使用次数'),
      load: () => import('./key-list.ts'),
    },
    'key revoke': {
      about: text('end a key at once, with what it has under way', '立即吊销密钥，并中断其进行中的请求'),
      load: () => import('./key-revoke.ts'),
    },
    log: {
      about: text('who used the broker for what', '谁在何时调用了什么'),
      load: () => import('./log.ts'),
    },
  },
};
