/**
 * Drafts and code templates of the component.
 * Source: developers.weixin.qq.com, 第三方平台 → 小程序模板库管理 (gettemplatedraftlist, addtotemplate, gettemplatelist,
 * deletetemplate).
 */
import type { Json } from '../../../runtime/json-object.ts';
import type { Endpoint } from '../endpoints.ts';
import { listField, neededNumber, numberField, textField } from './answer-fields.ts';

/** The component's token, under the name that an account's has elsewhere. */
const OF_COMPONENT = { tokenOf: 'component', tokenName: 'access_token' } as const;

/** What a development mini program uploaded last. */
export interface CodeDraft {
  draftId: number;
  version: string;
  description: string;
  /** Unix seconds. */
  createdAt?: number;
  sourceAppId: string;
  sourceName: string;
  /** The WeChat nickname of who uploaded it. */
  developer: string;
}

export interface Template extends Omit<CodeDraft, 'draftId'> {
  templateId: number;
  /** Not in every answer. */
  draftId?: number;
  /** Standard templates cannot be used any more. */
  isStandard: boolean;
}

export const getDrafts: Endpoint<void, CodeDraft[]> = {
  ...OF_COMPONENT,
  method: 'GET',
  path: '/wxa/gettemplatedraftlist',
  repeatable: true,
  write: () => ({}),
  read: (document) =>
    listField(document, 'draft_list').map((draft) => ({
      draftId: neededNumber(draft, 'draft_id'),
      ...describedUpload(draft),
    })),
};

export const getTemplates: Endpoint<void, Template[]> = {
  ...OF_COMPONENT,
  method: 'GET',
  path: '/wxa/gettemplatelist',
  repeatable: true,
  write: () => ({}),
  read: (document) =>
    listField(document, 'template_list').map((template) => {
      const draftId = numberField(template, 'draft_id');
      return {
        templateId: neededNumber(template, 'template_id'),
        ...(draftId !== undefined && { draftId }),
        ...describedUpload(template),
        isStandard: numberField(template, 'template_type') === 1,
      };
    }),
};

/** Makes a template of a draft, and does not say which: twice the same request would be two of 200. */
export const addTemplate: Endpoint<{ draftId: number }, void> = {
  ...OF_COMPONENT,
  method: 'POST',
  path: '/wxa/addtotemplate',
  repeatable: false,
  afterLoss: 'look-only',
  write: ({ draftId }) => ({ draft_id: draftId, template_type: 0 }),
  read: () => undefined,
};

/** The second time it is refused with 85064. */
export const deleteTemplate: Endpoint<{ templateId: number }, void> = {
  ...OF_COMPONENT,
  method: 'POST',
  path: '/wxa/deletetemplate',
  repeatable: false,
  afterLoss: 'look-then-repeat-once',
  write: ({ templateId }) => ({ template_id: templateId }),
  read: () => undefined,
};

function describedUpload(document: Json) {
  const createdAt = numberField(document, 'create_time');
  return {
    version: textField(document, 'user_version'),
    description: textField(document, 'user_desc'),
    ...(createdAt !== undefined && { createdAt }),
    sourceAppId: textField(document, 'source_miniprogram_appid'),
    sourceName: textField(document, 'source_miniprogram'),
    developer: textField(document, 'developer'),
  };
}
