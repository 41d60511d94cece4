/** Finding, adding and deleting code templates: WeChat gives no id for a new one, and keeps 200 in all. */
import {
  addTemplate,
  deleteTemplate,
  getTemplates,
  type CodeDraft,
  type Template,
} from '../../protocol/calls/release/template-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { findAddedTemplate } from './judge-effect.ts';
import { sendOnce, type Seen, type Sent, type StepOptions } from './send-once.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

/** Throws USAGE where the library has no such template. */
export async function findTemplate(call: HolderCall, templateId: number): Promise<Template> {
  const template = (await call(getTemplates, undefined)).find((one) => one.templateId === templateId);
  if (template) return template;
  throw new WxopError('USAGE', text(`There is no template ${templateId}.`, `没有模板 ${templateId}。`), {
    hint: text('See `wxop template list`.', '请查看 `wxop template list`。'),
  });
}

const LOOKS = [1_000, 3_000, 6_000, 10_000];

/** The new template, found by comparing the list before and after; undefined as long as WeChat does not show it. */
export async function addDraftAsTemplate(
  call: HolderCall,
  draft: CodeDraft,
  options: StepOptions,
): Promise<Sent<Template | undefined>> {
  const before = await call(getTemplates, undefined);
  const find = async (): Promise<Template | undefined> =>
    findAddedTemplate(await call(getTemplates, undefined), before, draft);
  const { wasLost, answer } = await sendOnce<Template | undefined>(
    {
      send: async () => void (await call(addTemplate, { draftId: draft.draftId })),
      afterLoss: addTemplate.afterLoss,
      look: async () => {
        const found = await find();
        return found ? { effect: 'there', answer: found } : { effect: 'absent' };
      },
      pauses: LOOKS,
      unknown: UNKNOWN_TEMPLATE,
    },
    options,
  );
  let added = answer;
  for (const pause of [0, ...LOOKS.slice(0, 2)]) {
    if (added) break;
    await options.sleep(pause);
    added = await find();
  }
  return { answer: added, wasLost };
}

/** Done, too, where WeChat does not know it any more. */
export const removeTemplate = (call: HolderCall, templateId: number, options: StepOptions): Promise<Sent<void>> =>
  sendOnce(
    {
      send: async () => {
        try {
          await call(deleteTemplate, { templateId });
        } catch (error) {
          if (!isError(error, 'PLATFORM_REFUSED', 85064)) throw error;
        }
      },
      afterLoss: deleteTemplate.afterLoss,
      look: async (): Promise<Seen<void>> =>
        (await call(getTemplates, undefined)).some((template) => template.templateId === templateId)
          ? { effect: 'absent' }
          : { effect: 'there', answer: undefined },
      pauses: LOOKS,
      unknown: UNKNOWN_TEMPLATE,
    },
    options,
  );

const UNKNOWN_TEMPLATE = {
  message: text(
    'WeChat did not answer, and it cannot be seen whether the library of templates changed.',
    '微信没有应答，无法判断模板库是否已变更。',
  ),
  hint: text('Look with `wxop template list` before you try again.', '重试前请先用 `wxop template list` 查看。'),
};
