/** `wxop ticket`: the component_verify_ticket, without which WeChat issues no token. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const ticket: Noun = {
  about: text('the component_verify_ticket that WeChat pushes', '微信推送的 component_verify_ticket'),
  group: 'authorize',
  manual: 'listener.md',
  examples: ['wxop ticket show', 'wxop ticket wait --timeout 11m'],
  verbs: {
    show: {
      about: text('when the newest ticket came and how long it works', '最新 ticket 的接收时间与有效期'),
      load: () => import('./show.ts'),
    },
    wait: {
      about: text('wait for a valid ticket; does not listen itself', '等待有效 ticket（自身不监听）'),
      load: () => import('./wait.ts'),
    },
    set: {
      about: text(
        'store the ticket on stdin; the next push replaces it',
        '从标准输入导入 ticket，之后收到的推送会替换它',
      ),
      load: () => import('./set.ts'),
    },
    start: {
      about: text('ask WeChat to push tickets (api_start_push_ticket)', '请求微信启动推送（api_start_push_ticket）'),
      load: () => import('./start.ts'),
    },
  },
};
