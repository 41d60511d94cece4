/** `wxop release hurry`: asks WeChat to decide the open audit sooner. */
import { defineCommand } from '../../cli/command.ts';
import { hurryAudit } from '../../release/steps/audit-steps.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { ACCOUNT } from '../flags.ts';
import { openAuditOf } from './mini-program.ts';

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  examples: ['wxop release hurry wx0123456789abcdef'],
  risk: 'production',
  output: 'document',
  prepare: async (context, { account }) => {
    const { terminal } = context;
    const { appId, name, auditId, version, call, steps } = await openAuditOf(context, account);
    return {
      question: text(
        en`Hurry the audit of version ${version} of ${name}? It costs one of the month's few.`,
        zh`为 ${name} 版本 ${version} 的审核加急？将消耗一次当月加急额度。`,
      ),
      run: async () => {
        const { answer, wasLost } = await hurryAudit(call, auditId, steps);
        const { wasHurried } = answer;
        if (terminal.json)
          terminal.printJson({ appId, auditId, version, hurried: true, wasHurried, answerLost: wasLost });
        else terminal.note(wasHurried ? HURRIED_BEFORE : HURRIED);
      },
    };
  },
});

const HURRIED = text('Hurried: the result usually comes within 2 to 12 hours.', '已加急：通常 2 至 12 小时内有结果。');
const HURRIED_BEFORE = text('It was hurried already; nothing was spent.', '此前已加急，未重复消耗额度。');
