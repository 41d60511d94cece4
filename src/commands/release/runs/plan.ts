/** `wxop release plan`: what a run over many mini programs would do, as a table and as a file. Only reads. */
import { dirname, resolve } from 'node:path';
import { defineCommand, parameter } from '../../../cli/command.ts';
import type { Context } from '../../../cli/context.ts';
import type { AccountRecord } from '../../../protocol/account-record.ts';
import type { MonthlyQuota } from '../../../protocol/calls/release/audit-endpoints.ts';
import { isUsableVersion, LONGEST_VERSION } from '../../../protocol/calls/release/code-endpoints.ts';
import type { Template } from '../../../protocol/calls/release/template-endpoints.ts';
import { makePlan, type PlanEntry } from '../../../release/plans/make-plan.ts';
import { wrongAt } from '../../../release/plans/placed-document.ts';
import { readPlanSource, type PlanSource } from '../../../release/plans/plan-source.ts';
import { runIdOf, type ReleasePlan } from '../../../release/plans/release-plan.ts';
import { createPortions } from '../../../release/runs/portions.ts';
import { findTemplate } from '../../../release/steps/template-steps.ts';
import { decodeText } from '../../../runtime/decode-text.ts';
import { en, inLang, text, zh, type Text } from '../../../sentences/text.ts';
import { WxopError } from '../../../sentences/wxop-error.ts';
import { printRows, type Rows } from '../../../terminal/rows.ts';
import { actAs } from '../../act-as.ts';
import { runBulk } from '../../bulk.ts';
import { noteWritten, readInput, writeOutput } from '../../files.ts';
import { concurrencyFlag, FORMAT } from '../../flags.ts';
import { templatePages } from '../template-pages.ts';
import { quotaLine, readAuditQuota } from './audit-costs.ts';
import { createExtJsonPlanner } from './planned-ext-json.ts';
import { pilotsOf, plannedAccounts, type ChosenAccount } from './planned-accounts.ts';
import { preflight, type Preflight } from './preflight.ts';

export const command = defineCommand({
  arguments: {
    file: parameter(
      '<file>',
      text('what to release, to whom and how: YAML or JSON', '发布内容、对象与方式：YAML 或 JSON'),
    ),
  },
  flags: {
    output: parameter('-o, --output <file>', text('where the plan goes', '计划文件的位置'), {
      byDefault: text('beside the file: <name>.plan.json', '与该文件同目录：<名称>.plan.json'),
    }),
    concurrency: concurrencyFlag(),
    format: FORMAT,
  },
  notes: text(
    'Nothing is changed at WeChat. Review the plan, keep it in git, and carry it out with `wxop release run`.',
    '不会更改微信上的任何内容。请审阅计划文件、纳入版本管理，再用 `wxop release run` 执行。',
  ),
  examples: ['wxop release plan autumn.yaml', 'wxop release plan autumn.yaml --output autumn.plan.json'],
  risk: 'reads',
  output: 'document',
  run: async (
    context,
    { file, output = `${file.replace(/\.(?:ya?ml|json)$/i, '')}.plan.json`, concurrency, format },
  ) => {
    const { terminal } = context;
    const source = readPlanSource(decodeText(await readInput(file)), file);
    const template = await findTemplate((await actAs(context, { component: true })).call, source.template);
    const wanted = await withExtJson(context, { file, source, template });
    const version = source.version ?? template.version;
    if (!isUsableVersion(version)) throw nameVersion(file);
    const rows = await runBulk<ChosenAccount, PlanRow>(context, {
      items: wanted,
      concurrency,
      total: () => wanted.length,
      work: async ({ account, extJson }) => {
        const { call } = await actAs(context, { account: account.appId });
        return { ...rowOf(account), extJson, ...(await preflight(call, account, source, version)) };
      },
      failed: ({ account, extJson }, { text: why }) => ({ ...rowOf(account), extJson, why }),
    });
    const going = rows.filter(({ why }) => why === undefined);
    if (going.length === 0) throw nobodyLeft(rows);
    const pilots = await pilotsOf(context, source, going, file);
    for (const row of going) row.isPilot = pilots.has(row.appId);
    const { componentAppId: component } = context.settings.need('componentAppId');
    const plan = makePlan({ source, template, version, component, madeAt: context.now(), entries: rows });
    if (plan.portions) {
      const { numberOf } = createPortions(plan);
      for (const row of going) row.portion = numberOf(row.appId);
    }
    const appIds = going.map(({ appId }) => appId);
    const quota = await readAuditQuota(context, appIds);
    await writeOutput(output, `${JSON.stringify(plan, null, 2)}\n`);
    await printRows(terminal, { ...ROWS, rows, format, document: planJson(context, { output, plan, quota, rows }) });
    if (terminal.json) return;
    terminal.note(whatItDoes(plan), quotaLine(quota, going.length, plan.reserve));
    await noteWritten(context, output);
    terminal.note(nextIsRun(output));
  },
});

/** Those who are wanted, each with the ext_json that is sent for it, checked against the pages of the template. */
async function withExtJson(
  context: Context,
  { file, source, template }: { file: string; source: PlanSource; template: Template },
): Promise<ChosenAccount[]> {
  const wanted = await plannedAccounts(context, source, file);
  const { appJson, pagesOf } = source;
  const pages = await templatePages(context, {
    ...(appJson !== undefined && { appJson: resolve(dirname(file), appJson) }),
    ...(pagesOf !== undefined && { pagesOf }),
  });
  const extJsonOf = createExtJsonPlanner({
    source,
    file,
    pages,
    isStandard: template.isStandard,
    warn: (sentence) => context.terminal.warn(sentence),
  });
  return wanted.map((one) => ({ ...one, extJson: extJsonOf(one.account.appId, one) }));
}

interface Planned {
  output: string;
  plan: ReleasePlan;
  quota: MonthlyQuota | undefined;
  rows: readonly PlanRow[];
}

const planJson = ({ lang }: Context, { output, plan, quota, rows }: Planned) => ({
  file: output,
  run: runIdOf(plan),
  templateId: plan.template.templateId,
  version: plan.version,
  quota: quota ? { rest: quota.rest, limit: quota.limit } : null,
  accounts: rows.map(({ appId, name, isPilot, portion, online, why }) => ({
    appId,
    nickName: name,
    pilot: isPilot,
    portion: portion === undefined ? null : portion + 1,
    online: online || null,
    included: why === undefined,
    why: why ? inLang(why, lang) : null,
  })),
});

interface PlanRow extends PlanEntry, Preflight {
  /** Counted from 0; undefined where all come at once. */
  portion?: number;
}

const rowOf = ({ appId, nickName }: AccountRecord) => ({ appId, name: nickName, isPilot: false, online: '' });

const ROWS: Rows<PlanRow> = {
  columns: [
    { title: text('appid', 'AppID'), seen: ({ appId }) => appId, isKey: true },
    { title: text('name', '名称'), seen: ({ name }) => name || '-', long: { become: 'cut', least: 8 }, spare: 1 },
    {
      title: text('online', '线上版'),
      seen: ({ online }) => online || '-',
      long: { become: 'cut', least: 6 },
      spare: 2,
    },
    {
      title: text('plan', '计划'),
      seen: ({ why, isPilot, portion }) =>
        why ? LEFT_OUT : isPilot ? PILOT : portion === undefined ? INCLUDED : inPortion(portion + 1),
      tone: ({ why }) => (why ? 'attention' : 'ok'),
    },
    {
      title: text('note', '说明'),
      seen: ({ why, note }) => why ?? note ?? '',
      long: { become: 'wrapped', least: 16 },
    },
  ],
  csv: [
    'appId',
    'name',
    ['pilot', ({ isPilot }) => isPilot],
    'online',
    ['included', ({ why }) => why === undefined],
    'why',
  ],
};

const LEFT_OUT = text('left out', '不参与');
const PILOT = text('pilot', '先行');
const inPortion = (number: number): Text => text(`portion ${number}`, `第 ${number} 批`);
const INCLUDED = text('included', '参与');
const NO_PLAN = text('No plan was written: correct the file.', '未生成计划，请修改文件。');
const nobodyLeft = (rows: readonly PlanRow[]): WxopError => {
  const [{ appId, why = '' }] = rows as [PlanRow];
  return new WxopError(
    'USAGE',
    text(
      en`None of ${rows.length} mini programs can take part: ${appId}: ${why}.`,
      zh`${rows.length} 个小程序均不能参与：${appId}：${why}。`,
    ),
    { hint: NO_PLAN },
  );
};
const nameVersion = (file: string): WxopError =>
  wrongAt(
    file,
    '1:1',
    text(`The version must have 1 to ${LONGEST_VERSION} characters.`, `版本号须为 1 至 ${LONGEST_VERSION} 个字符。`),
  );
const whatItDoes = ({ accounts: { length: count }, template: { templateId }, version, publish }: ReleasePlan): Text => {
  const goal = publish ? PUBLISHES : '';
  return text(
    en`The run uploads template ${templateId} as ${version} to ${count} mini programs, submits each for audit${goal}: it costs ${count} of the month's audits.`,
    zh`执行时将把模板 ${templateId} 以版本 ${version} 上传到 ${count} 个小程序，逐个提交审核${goal}：消耗本月审核额度 ${count} 次。`,
  );
};
const PUBLISHES = text(', and publishes what is approved', '，并发布审核通过的版本');
const nextIsRun = (output: string): Text =>
  text(
    en`Next: review it, then \`wxop release run ${output}\`.`,
    zh`下一步：审阅后运行 \`wxop release run ${output}\`。`,
  );
