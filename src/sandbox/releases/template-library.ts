/** The component's draft box and template library. */
import { createHash } from 'node:crypto';
import { ApiRefusal } from '../api-refusal.ts';
import type { ReleaseScript, ScriptedTemplate } from './script/release-script.ts';

/** A draft, or the template that it became. */
export interface StoredCode {
  id: number;
  draftId: number;
  /** Unix seconds. */
  createdAt: number;
  type: 0 | 1;
  code: ScriptedTemplate;
}

const MOST_TEMPLATES = 200;
const SOURCE_NAME = '示例开发小程序';
const DEVELOPER = '阿开';

const CODE: Omit<ScriptedTemplate, 'version'> = {
  pages: ['pages/index/index', 'pages/goods/goods', 'pages/cart/cart', 'pages/my/my'],
  tabs: ['pages/index/index', 'pages/cart/cart', 'pages/my/my'],
  subPackages: [{ root: 'packages/coupon', pages: ['list', 'detail'] }],
  uses: ['chooseAddress'],
  requiredPrivateInfos: ['chooseAddress'],
};
const TEMPLATES: ScriptedTemplate[] = [
  { ...CODE, version: '1.0.0', description: '首个版本' },
  { ...CODE, version: '1.1.0', description: '新增优惠券' },
];
const DRAFTS: ScriptedTemplate[] = [{ ...CODE, version: '1.2.0', description: '会员中心' }];

/** Development mini programs that are bound to the component. */
const sourceAppId = ({ sourceAppId: given }: ScriptedTemplate): string =>
  given ?? `wx${createHash('sha256').update('development mini program').digest('hex').slice(0, 16)}`;

export function createTemplateLibrary(script: ReleaseScript, seconds: () => number) {
  let drafts: StoredCode[] = [];
  let templates: StoredCode[] = [];
  let lastDraft = 0;
  let lastTemplate = 0;

  function upload(code: ScriptedTemplate): number {
    const id = ++lastDraft;
    // Of each development mini program only the newest upload is kept.
    drafts = drafts.filter((draft) => sourceAppId(draft.code) !== sourceAppId(code));
    drafts.push({ id, draftId: id, createdAt: seconds(), type: 0, code: { ...CODE, ...code } });
    return id;
  }

  const keep = (draft: StoredCode, type: 0 | 1): void =>
    void templates.push({ ...draft, id: ++lastTemplate, createdAt: seconds(), type });

  for (const code of script.templates ?? TEMPLATES) {
    keep({ id: 0, draftId: ++lastDraft, createdAt: 0, type: 0, code: { ...CODE, ...code } }, code.type ?? 0);
  }
  (script.drafts ?? DRAFTS).forEach(upload);

  return {
    upload,
    templateOf: (id: number): StoredCode | undefined => templates.find((template) => template.id === id),
    draftList: (): object[] => drafts.map((draft) => ({ ...described(draft), draft_id: draft.id, ...source(draft) })),
    templateList: (type: number | undefined): object[] =>
      templates
        .filter((template) => type === undefined || template.type === type)
        .map((template) => ({
          ...described(template),
          template_id: template.id,
          draft_id: template.draftId,
          ...source(template),
          template_type: template.type,
          ...(template.type === 1 && { audit_scene: 0, audit_status: 3, reason: '' }),
        })),
    /** Throws 85064 and 85065. */
    addTemplate(draftId: number, type: 0 | 1): void {
      const draft = drafts.find(({ id }) => id === draftId);
      if (!draft) throw new ApiRefusal(85064);
      if (templates.length >= MOST_TEMPLATES) throw new ApiRefusal(85065);
      keep(draft, type);
    },
    /** Throws 85064. */
    deleteTemplate(id: number): void {
      const left = templates.filter((template) => template.id !== id);
      if (left.length === templates.length) throw new ApiRefusal(85064);
      templates = left;
    },
  };
}

const described = ({ createdAt, code }: StoredCode): object => ({
  create_time: createdAt,
  user_version: code.version,
  user_desc: code.description ?? '',
});

const source = ({ code }: StoredCode): object => ({
  source_miniprogram_appid: sourceAppId(code),
  source_miniprogram: SOURCE_NAME,
  developer: DEVELOPER,
  category_list: [],
});
