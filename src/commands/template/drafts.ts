/** `wxop template drafts`: what the development mini programs uploaded last. */
import { defineCommand } from '../../cli/command.ts';
import { getDrafts } from '../../protocol/calls/release/template-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import { FORMAT } from '../flags.ts';
import { draftJson, UPLOAD_COLUMNS, UPLOAD_FIELDS } from './template-rows.ts';

const ROWS: Rows<ReturnType<typeof draftJson>> = {
  columns: [
    { title: text('draft', '草稿 ID'), seen: ({ draftId }) => String(draftId), isKey: true },
    ...UPLOAD_COLUMNS,
  ],
  csv: ['draftId', ...UPLOAD_FIELDS],
};

const NO_DRAFTS = text(
  'No drafts. Upload from a development mini program that is bound to the component: devtools or miniprogram-ci.',
  '没有草稿。请用绑定到第三方平台的开发小程序上传：开发者工具或 miniprogram-ci。',
);

export const command = defineCommand({
  flags: { format: FORMAT },
  examples: ['wxop template drafts'],
  risk: 'reads',
  output: 'document',
  run: async (context, { format }) => {
    const drafts = await (await context.keeper()).call({ component: true }, getDrafts, undefined);
    if (drafts.length === 0) context.terminal.note(NO_DRAFTS);
    const rows = drafts.toSorted((one, other) => (other.createdAt ?? 0) - (one.createdAt ?? 0)).map(draftJson);
    await printRows(context.terminal, { ...ROWS, rows, format });
  },
});
