/** `wxop register personal`: asks WeChat for a person's mini program. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { registerPersonal } from '../../protocol/calls/register-endpoints.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { expectWechatId, CONTACT_PHONE, registerOnce } from './applicant.ts';

export const command = defineCommand({
  arguments: {
    name: parameter('<name>', text('the name of the person', '个人姓名')),
    wechat: parameter('<wechat>', text('their WeChat id', '其微信号')),
  },
  flags: { phone: CONTACT_PHONE },
  examples: ['wxop register personal 张三 zhangsan_88'],
  risk: 'production',
  output: 'document',
  prepare: (context, { name, wechat, phone }) => {
    const person = { name, wechat: expectWechatId(wechat), phone };
    return {
      question: text(en`Register a mini program for ${name}?`, zh`为 ${name} 注册小程序？`),
      run: async () => {
        const { terminal } = context;
        const task = await registerOnce(context, registerPersonal, person, AGAIN);
        if (terminal.json) return terminal.printJson({ ...task, name, wechat });
        terminal.note(sendLink(task.taskId));
        terminal.print(task.authorizeUrl ?? '-');
      },
    };
  },
});

const sendLink = (taskId: string): Text =>
  text(
    en`Send them this link; they open it in WeChat within 24 hours. Keep \`wxop listen\` running: the event that follows brings the account. Until then: \`wxop register query personal ${taskId}\`.`,
    zh`请将此链接发给本人，24 小时内在微信中打开。请保持 \`wxop listen\` 运行：随后的事件会带来该帐号。期间可查询：\`wxop register query personal ${taskId}\`。`,
  );
const AGAIN = text(
  'Without its link a registration that was begun leads to nothing: run the same command again.',
  '没有链接的注册任务不会产生任何结果：可重新运行该命令。',
);
