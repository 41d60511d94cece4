/** `wxop template list`: the code templates of the component, the newest first. */
import { defineCommand } from '../../cli/command.ts';
import { getTemplates } from '../../protocol/calls/release/template-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import { FORMAT } from '../flags.ts';
import { templateJson, UPLOAD_COLUMNS, UPLOAD_FIELDS } from './template-rows.ts';

const ROWS: Rows<ReturnType<typeof templateJson>> = {
  columns: [
    {
      title: text('template', '模板 ID'),
      seen: ({ templateId }) => String(templateId),
      isKey: true,
      // Standard templates cannot be used any more.
      tone: ({ isStandard }) => (isStandard ? 'secondary' : undefined),
    },
    ...UPLOAD_COLUMNS,
  ],
  csv: ['templateId', 'draftId', ...UPLOAD_FIELDS, 'isStandard'],
};

const NO_TEMPLATES = text(
  'No templates. `wxop template add` makes one of a draft.',
  '没有模板。请用 `wxop template add` 将草稿添加为模板。',
);

export const command = defineCommand({
  flags: { format: FORMAT },
  examples: ['wxop template list'],
  risk: 'reads',
  output: 'document',
  run: async (context, { format }) => {
    const templates = await (await context.keeper()).call({ component: true }, getTemplates, undefined);
    if (templates.length === 0) context.terminal.note(NO_TEMPLATES);
    const rows = templates.toSorted((one, other) => other.templateId - one.templateId).map(templateJson);
    await printRows(context.terminal, { ...ROWS, rows, format });
  },
});
