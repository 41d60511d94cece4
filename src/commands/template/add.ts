/** `wxop template add`: makes a draft a template, and finds the id that WeChat does not tell. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { getDrafts, type CodeDraft } from '../../protocol/calls/release/template-endpoints.ts';
import { addDraftAsTemplate } from '../../release/steps/template-steps.ts';
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { actAs } from '../act-as.ts';
import { countArgument } from '../arguments.ts';
import { templateJson } from './template-rows.ts';

export const command = defineCommand({
  arguments: {
    draft: parameter('<draft>', text('its id: `wxop template drafts`', '草稿 ID：`wxop template drafts`'), {
      parse: countArgument(0),
    }),
  },
  examples: ['wxop template add 3', 'TEMPLATE=$(wxop template add 3)'],
  risk: 'writes',
  output: 'document',
  run: async (context, { draft: draftId }) => {
    const { terminal } = context;
    const { call, steps } = await actAs(context, { component: true });
    const drafts = await call(getDrafts, undefined);
    const draft = drafts.find((one) => one.draftId === draftId);
    if (!draft) throw noDraft(draftId, drafts);
    const { answer: added, wasLost } = await addDraftAsTemplate(call, draft, steps);
    if (!added) throw notShown(draftId);
    if (terminal.json) return terminal.printJson({ ...templateJson(added), answerLost: wasLost });
    terminal.note(addedTemplate(added.templateId, added.version));
    terminal.print(String(added.templateId));
  },
});

const addedTemplate = (templateId: number, version: string): Text =>
  text(en`Template ${templateId} is version ${version}.`, zh`模板 ${templateId} 的版本为 ${version}。`);

const thereAre = (draftIds: readonly number[]): Text =>
  text(en`There are: ${listed(draftIds)}.`, zh`现有草稿：${listed(draftIds)}。`);

const noDraft = (draftId: number, drafts: readonly CodeDraft[]): WxopError =>
  new WxopError('USAGE', text(`There is no draft ${draftId}.`, `没有草稿 ${draftId}。`), {
    hint:
      drafts.length === 0
        ? text('There are no drafts at all.', '目前没有任何草稿。')
        : thereAre(drafts.map((draft) => draft.draftId)),
  });

const notShown = (draftId: number): WxopError =>
  new WxopError(
    'OUTCOME_UNKNOWN',
    text(
      `WeChat accepted draft ${draftId}, but does not list the new template yet.`,
      `微信已接受草稿 ${draftId}，但列表中尚无新模板。`,
    ),
    {
      hint: text(
        'Look with `wxop template list`; adding it again would make a second one.',
        '请用 `wxop template list` 查看；再次添加会产生第二个模板。',
      ),
    },
  );
