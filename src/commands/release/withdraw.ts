/** `wxop release withdraw`: takes the open audit back. */
import { defineCommand } from '../../cli/command.ts';
import { withdrawAudit } from '../../release/steps/audit-steps.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { ACCOUNT } from '../flags.ts';
import { openAuditOf } from './mini-program.ts';

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  examples: ['wxop release withdraw wx0123456789abcdef'],
  risk: 'production',
  output: 'document',
  prepare: async (context, { account }) => {
    const { terminal } = context;
    const { appId, name, auditId, version, call, steps } = await openAuditOf(context, account);
    return {
      question: text(
        en`Withdraw the audit of version ${version} of ${name}? It can be done five times a day and ten times a month.`,
        zh`撤回 ${name} 版本 ${version} 的审核？每天最多五次，每月最多十次。`,
      ),
      run: async () => {
        const { wasLost } = await withdrawAudit(call, auditId, steps);
        if (terminal.json) terminal.printJson({ appId, auditId, version, withdrawn: true, answerLost: wasLost });
        else terminal.note(text(en`Withdrew the audit of version ${version}.`, zh`已撤回版本 ${version} 的审核。`));
      },
    };
  },
});
