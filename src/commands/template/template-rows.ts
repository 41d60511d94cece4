/** Drafts and templates as rows and as JSON. */
import type { CodeDraft, Template } from '../../protocol/calls/release/template-endpoints.ts';
import { iso } from '../../sentences/iso-time.ts';
import { localTime } from '../../sentences/local-time.ts';
import { text } from '../../sentences/text.ts';
import type { Column, Field } from '../../terminal/rows.ts';

export const draftJson = ({ createdAt, ...draft }: CodeDraft) => ({
  draftId: draft.draftId,
  ...describedJson(draft, createdAt),
});

export const templateJson = ({ createdAt, draftId, ...template }: Template) => ({
  templateId: template.templateId,
  draftId: draftId ?? null,
  ...describedJson(template, createdAt),
  isStandard: template.isStandard,
});

const describedJson = (
  { version, description, sourceAppId, sourceName, developer }: Omit<CodeDraft, 'draftId' | 'createdAt'>,
  createdAt: number | undefined,
) => ({
  version,
  description,
  createdAt: createdAt === undefined ? null : iso(createdAt * 1000),
  sourceAppId,
  sourceName,
  developer,
});

type DescribedJson = ReturnType<typeof describedJson>;

export const UPLOAD_COLUMNS: readonly Column<DescribedJson>[] = [
  { title: text('version', '版本'), seen: ({ version }) => version, long: { become: 'cut', least: 8 } },
  {
    title: text('made', '时间'),
    seen: ({ createdAt }) => (createdAt === null ? '-' : localTime(Date.parse(createdAt))),
    piped: ({ createdAt }) => createdAt ?? '-',
    spare: 2,
  },
  {
    title: text('from', '来源小程序'),
    seen: ({ sourceName, sourceAppId }) => sourceName || sourceAppId || '-',
    piped: ({ sourceAppId }) => sourceAppId || '-',
    long: { become: 'cut', least: 8 },
    spare: 1,
  },
  {
    title: text('by', '上传者'),
    seen: ({ developer }) => developer || '-',
    spare: 0,
    long: { become: 'cut', least: 6 },
  },
  {
    title: text('description', '描述'),
    seen: ({ description }) => description,
    long: { become: 'wrapped', least: 12 },
  },
];

export const UPLOAD_FIELDS: readonly Field<DescribedJson>[] = [
  'version',
  'description',
  'createdAt',
  'sourceAppId',
  'sourceName',
  'developer',
];
