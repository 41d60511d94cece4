/** `wxop events`: the journal of what WeChat pushed. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const events: Noun = {
  about: text("the listener's journal of pushes", '监听服务的推送日志'),
  group: 'diagnose',
  manual: 'listener.md',
  examples: ['wxop events list --since 2h', 'wxop events tail --json', 'wxop events replay --dead'],
  verbs: {
    list: {
      about: text('list pushes, and whether they were forwarded', '推送列表及转发结果'),
      load: () => import('./list.ts'),
    },
    show: {
      about: text('one push with its fields, credentials masked', '一条推送的字段，凭据已隐去'),
      load: () => import('./show.ts'),
    },
    replay: {
      about: text('forward pushes again', '再次转发推送'),
      load: () => import('./replay.ts'),
    },
    tail: {
      about: text(
        'show pushes as they arrive, until Ctrl-C; with --since, earlier ones first',
        '实时显示推送，直到 Ctrl-C；--since 先显示已收到的',
      ),
      load: () => import('./tail.ts'),
    },
  },
};
