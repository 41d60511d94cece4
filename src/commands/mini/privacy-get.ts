/** `wxop mini privacy get`: what the users of mini programs read about their data, and what it lacks. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { guideForm, missingInGuide } from '../../mini-program/guide-file.ts';
import {
  getPrivacyGuide,
  type GuideVersion,
  type ShownGuide,
} from '../../protocol/calls/mini-program/privacy-endpoints.ts';
import { textField } from '../../protocol/calls/release/answer-fields.ts';
import { iso } from '../../sentences/iso-time.ts';
import { en, inLang, listed, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Column } from '../../terminal/rows.ts';
import { noteWritten, writeOutput } from '../files.ts';
import { ACCOUNTS, CHOICE_FLAGS, chosenAccounts } from './chosen-accounts.ts';
import { printEach, tellMiniFailures, workOnEach, type MaybeFailed, type WorkedOn } from './work-on-each.ts';

export const ONLINE_GUIDE = parameter(
  '--online',
  text('the guide that is online, instead of the one in development', '线上版指引，而非开发版'),
);

export const command = defineCommand({
  arguments: { names: ACCOUNTS },
  flags: {
    output: parameter(
      '-o, --output <file>',
      text('write the guide of one mini program as a form for set', '将一个小程序的指引写成供 set 使用的文件'),
    ),
    online: ONLINE_GUIDE,
    ...CHOICE_FLAGS,
  },
  notes: text(
    'Upload the code and wait for the detection first: only then WeChat knows what the code uses.',
    '请先上传代码并等待检测结束，微信才知道代码用到哪些信息。',
  ),
  examples: [
    'wxop mini privacy get wx0123456789abcdef',
    'wxop mini privacy get wx0123456789abcdef -o guide.json',
    'wxop mini privacy get --all --json',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { output, online, concurrency, format, ...choice }) => {
    const { terminal, lang } = context;
    const version: GuideVersion = online ? 'online' : 'development';
    const chosen = await chosenAccounts(context, choice);
    if (output !== undefined && !chosen.isOne) throw oneForOutput();
    const guides = new Map<string, ShownGuide>();
    const accounts = await workOnEach(context, chosen, concurrency, async (call, _, { appId }) => {
      const guide = await call(getPrivacyGuide, { version });
      guides.set(appId, guide);
      return guideJson(guide, version, lang);
    });
    await printEach<ReturnType<typeof guideJson>, GuideRow>(context, accounts, {
      rowsOf: ({ appId }) => guideRows(guides.get(appId) as ShownGuide),
      columns: COLUMNS,
      csv: ['key', 'name', 'inCode', 'purpose'],
      format,
    });
    if (output !== undefined) {
      for (const guide of guides.values()) await writeOutput(output, `${JSON.stringify(guideForm(guide), null, 2)}\n`);
      await noteWritten(context, output);
    }
    if (!terminal.json) noteMissing(context, guides);
    tellMiniFailures(context, accounts);
  },
});

interface GuideRow extends MaybeFailed {
  key?: string;
  name?: Text | string;
  inCode?: boolean;
  purpose?: string;
}

const COLUMNS: readonly Column<GuideRow>[] = [
  { title: text('kind', '信息类型'), seen: ({ key }) => key ?? '-' },
  { title: text('meaning', '含义'), seen: ({ name }) => name ?? '-', long: { become: 'cut', least: 10 }, spare: 3 },
  {
    title: text('in code', '代码用到'),
    seen: ({ inCode }) => (inCode === undefined ? '-' : inCode ? text('yes', '是') : text('no', '否')),
    piped: ({ inCode }) => (inCode === undefined ? '-' : String(inCode)),
  },
  {
    title: text('purpose', '用途'),
    seen: ({ purpose, error }) => (error ? '-' : purpose || text('missing', '缺少')),
    piped: ({ purpose }) => purpose || '-',
    long: { become: 'wrapped', least: 12 },
    tone: ({ purpose, error }) => (error || purpose ? undefined : 'failure'),
  },
];

const CONTACT = text('contact', '联系方式');
const NOTICE = text('how users are told of changes', '变更通知方式');

const guideJson = (guide: ShownGuide, version: GuideVersion, lang: Context['lang']) => ({
  version,
  hasCode: guide.hasCode,
  found: guide.found,
  missing: missingInGuide(guide).map((one) => inLang(one, lang)),
  updatedAt: guide.updatedAt === undefined ? null : iso(guide.updatedAt * 1000),
  guide: guideForm(guide),
});

function guideRows({ owner, purposes, found, names, hasCode }: ShownGuide): Omit<GuideRow, keyof WorkedOn>[] {
  const declared = new Map(purposes.map(({ key, purpose }) => [key, purpose]));
  const keys = [...new Set([...declared.keys(), ...found])];
  const contact = Object.entries(owner)
    .filter(([name, value]) => name.startsWith('contact_') && value !== '')
    .map(([, value]) => String(value));
  return [
    { key: 'contact', name: CONTACT, purpose: contact.join(' ') },
    { key: 'notice_method', name: NOTICE, purpose: textField(owner, 'notice_method') },
    ...keys.map((key) => ({
      key,
      name: names[key] ?? '-',
      ...(hasCode && { inCode: found.includes(key) }),
      purpose: declared.get(key) ?? '',
    })),
  ];
}

function noteMissing({ terminal }: Context, guides: ReadonlyMap<string, ShownGuide>): void {
  const incomplete = [...guides.values()].map(missingInGuide).filter((missing) => missing.length > 0);
  const [first] = incomplete;
  if (first && guides.size === 1) terminal.warn(stillMissing(first));
  else if (first) terminal.warn(someIncomplete(incomplete.length, guides.size));
  if ([...guides.values()].some(({ hasCode }) => !hasCode)) terminal.note(NO_CODE);
}

const stillMissing = (missing: readonly Text[]): Text =>
  text(en`Still missing: ${listed(missing)}.`, zh`还缺少：${listed(missing)}。`);
const someIncomplete = (incomplete: number, all: number): Text =>
  text(
    `${incomplete} of ${all} guides are incomplete: an audit rejects them.`,
    `${all} 份指引中有 ${incomplete} 份不完整，审核会被驳回。`,
  );
const NO_CODE = text(
  'Without uploaded code WeChat cannot say what it uses: `wxop release upload`.',
  '未上传代码时，微信无法给出代码用到的信息类型：`wxop release upload`。',
);

const oneForOutput = (): WxopError =>
  new WxopError('USAGE', text('--output takes one mini program.', '--output 只能用于一个小程序。'), {
    hint: text('For several use --json.', '多个小程序请使用 --json。'),
  });
