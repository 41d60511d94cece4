/** `wxop ticket start`: asks WeChat to push tickets. */
import { defineCommand } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

const QUESTION = text('Ask WeChat to push tickets?', '请求微信启动推送？');
const STARTED = text(
  'WeChat pushes tickets: the next one comes within ten minutes, to a running `wxop listen`.',
  '微信已启动推送：十分钟内会送达正在运行的 `wxop listen`。',
);

export const command = defineCommand({
  examples: ['wxop ticket start'],
  risk: 'production',
  output: 'document',
  question: () => QUESTION,
  run: async (context) => {
    // Where another program receives the pushes, starting them is its business.
    await (await context.store()).proveWritable();
    await (await context.keeper()).startPush();
    if (context.terminal.json) context.terminal.printJson({ started: true });
    else context.terminal.print(STARTED);
  },
});
