/** `wxop register query company`: how far a company's registration is. */
import { defineCommand } from '../../cli/command.ts';
import { COMPANY_STATES, REGISTRATION_QUERIES } from '../../protocol/calls/register-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { isError } from '../../sentences/wxop-error.ts';
import { APPLICANT, expectWechatId } from './applicant.ts';

const CREATED = { state: 'created', means: text('created', '已创建') };

export const command = defineCommand({
  arguments: APPLICANT,
  notes: text(
    'WeChat tells of the task that is under way only; whether a mini program was created, its event tells for certain.',
    '微信只提供当前任务的状态；小程序是否创建成功，以推送的事件为准。',
  ),
  examples: ['wxop register query company 示例茶饮有限公司 张三 zhangsan_88'],
  risk: 'reads',
  output: 'document',
  run: async (context, { name, legalName, legalWechat }) => {
    const { terminal } = context;
    const applicant = { name, legalName, legalWechat: expectWechatId(legalWechat) };
    const keeper = await context.keeper();
    const errcode = await keeper.call({ component: true }, REGISTRATION_QUERIES.company, applicant).then(
      () => 0,
      (error: unknown) => {
        // They are no failures: so far is it.
        const said = isError(error, 'PLATFORM_REFUSED') ? (error.errcode ?? 0) : 0;
        if (said === 0 || !COMPANY_STATES[said]) throw error;
        return said;
      },
    );
    const { state, means } = COMPANY_STATES[errcode] ?? CREATED;
    if (terminal.json) terminal.printJson({ name, legalName, legalWechat, state, errcode });
    else terminal.print(terminal.say(means));
  },
});
