/** `wxop template delete`: takes a template out of the library, for ever. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { getTemplates, type Template } from '../../protocol/calls/release/template-endpoints.ts';
import { ANSWER_LOST } from '../../release/send-once.ts';
import { removeTemplate } from '../../release/template-steps.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
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
    const keeper = await context.keeper();
    const templates = await keeper.call({ component: true }, getTemplates, undefined);
    const template = templates.find((one) => one.templateId === templateId);
    if (!template) throw noTemplate(templateId);
    if (!(await confirm(context, { yes }, questionOf(template)))) return;
    const { wasLost } = await removeTemplate(
      (endpoint, args) => keeper.call({ component: true }, endpoint, args),
      templateId,
      { sleep: context.sleep, onLost: () => terminal.note(ANSWER_LOST) },
    );
    if (terminal.json) terminal.printJson({ templateId, deleted: true, answerLost: wasLost });
    else terminal.note(text(`Deleted template ${templateId}.`, `已删除模板 ${templateId}。`));
  },
});

const questionOf = ({ templateId, version, description }: Template): Text =>
  text(
    en`Delete template ${templateId} (${version}, ${description})? It cannot be brought back, and uploads of it fail from then on.`,
    zh`删除模板 ${templateId}（${version}，${description}）？无法恢复，此后不能再上传该模板。`,
  );

const noTemplate = (templateId: number): WxopError =>
  new WxopError('USAGE', text(`There is no template ${templateId}.`, `没有模板 ${templateId}。`), {
    hint: text('See `wxop template list`.', '请查看 `wxop template list`。'),
  });
