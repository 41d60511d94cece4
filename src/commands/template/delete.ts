/** `wxop template delete`: takes a template out of the library, for ever. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Template } from '../../protocol/calls/release/template-endpoints.ts';
import { findTemplate, removeTemplate } from '../../release/steps/template-steps.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { actAs } from '../act-as.ts';
import { countArgument } from '../arguments.ts';
import { confirm } from '../confirm.ts';
import { YES } from '../flags.ts';

export const command = defineCommand({
  arguments: {
    template: parameter('<template>', text('its id: `wxop template list`', '模板 ID：`wxop template list`'), {
      parse: countArgument(0),
    }),
  },
  flags: { yes: YES },
  examples: ['wxop template delete 12'],
  risk: 'writes',
  output: 'document',
  run: async (context, { template: templateId, yes }) => {
    const { terminal } = context;
    const { call, steps } = await actAs(context, { component: true });
    const template = await findTemplate(call, templateId);
    if (!(await confirm(context, { yes }, questionOf(template)))) return;
    const { wasLost } = await removeTemplate(call, templateId, steps);
    if (terminal.json) terminal.printJson({ templateId, deleted: true, answerLost: wasLost });
    else terminal.note(text(`Deleted template ${templateId}.`, `已删除模板 ${templateId}。`));
  },
});

const questionOf = ({ templateId, version, description }: Template): Text =>
  text(
    en`Delete template ${templateId} (${version}, ${description})? It cannot be brought back, and uploads of it fail from then on.`,
    zh`删除模板 ${templateId}（${version}，${description}）？无法恢复，此后不能再上传该模板。`,
  );
