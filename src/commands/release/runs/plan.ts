/** `wxop release plan`: what a run over many mini programs would do, as a table and as a file. Only reads. */
import { dirname, resolve } from 'node:path';
import { defineCommand, parameter } from '../../../cli/command.ts';
import type { Context } from '../../../cli/context.ts';
import { readAuditNeeds } from '../../../mini-program/audit-needs.ts';
import { statusName, type AccountRecord } from '../../../protocol/account-record.ts';
import { getCodeCategories } from '../../../protocol/calls/release/code-endpoints.ts';
import { CODE_PERMISSION } from '../../../protocol/permissions.ts';
import { isOpenAudit, readCodeState, type CodeCall, type CodeState } from '../../../release/code-state.ts';
import {
  countedPortions,
  mergeExtJson,
  readPlanSource,
  wrongAt,
  type PlanSource,
  type SourceAccount,
} from '../../../release/runs/plan-source.ts';
import { createPortions } from '../../../release/runs/portions.ts';
import { readCsv } from '../../../release/runs/read-csv.ts';
import { LONGEST_VERSION, planFormat, runIdOf, type ReleasePlan } from '../../../release/runs/release-plan.ts';
import type { Json } from '../../../runtime/json-object.ts';
import { en, inLang, listed, text, zh, type Text } from '../../../sentences/text.ts';
import { WxopError } from '../../../sentences/wxop-error.ts';
import { printRows, type Rows } from '../../../terminal/rows.ts';
import { runBulk } from '../../bulk.ts';
import { noteWritten, readInput, writeOutput } from '../../files.ts';
import { concurrencyFlag, FORMAT } from '../../flags.ts';
import { resolveAccount } from '../../resolve-account.ts';
import { findTemplate, templatePages } from '../template-pages.ts';
import { quotaLine, readAuditQuota } from './audit-costs.ts';
import { createExtJsonPlanner } from './planned-ext-json.ts';

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
    const { terminal, lang } = context;
    const source = readPlanSource((await readInput(file)).toString('utf8'), file);
    const template = await findTemplate(context, source.template);
    const wanted = await accountsOf(context, source, file);
    const { appJson, pagesOf } = source;
    const extJsonOf = createExtJsonPlanner({
      source,
      file,
      pages: await templatePages(context, {
        ...(appJson !== undefined && { appJson: resolve(dirname(file), appJson) }),
        ...(pagesOf !== undefined && { pagesOf }),
      }),
      isStandard: template.isStandard,
      warn: (sentence) => terminal.warn(sentence),
    });
    const checked = wanted.map((one) => ({ ...one, extJson: extJsonOf(one.account.appId, one) }));
    const version = source.version ?? template.version;
    if (version === '' || [...version].length > LONGEST_VERSION) throw nameVersion(file);
    const keeper = await context.keeper();
    const rows = await runBulk<Wanted, PlanRow>(context, {
      items: checked,
      concurrency,
      total: () => checked.length,
      work: async ({ account, extJson }) => {
        const { appId } = account;
        const call: CodeCall = (endpoint, args) => keeper.call({ account: appId }, endpoint, args);
        return { ...rowOf(account), extJson, ...(await preflight(call, account, source, version)) };
      },
      failed: ({ account, extJson }, { text: why }) => ({ ...rowOf(account), extJson, why }),
    });
    const going = rows.filter(({ why }) => why === undefined);
    if (going.length === 0) throw nobodyLeft(rows);
    const pilots = await pilotsOf(context, source, going, file);
    for (const row of going) row.isPilot = pilots.has(row.appId);
    const portions = source.portions && countedPortions(source.portions, going.length);
    const plan: ReleasePlan = {
      wxopReleasePlan: planFormat(portions),
      component: context.settings.need('componentAppId').componentAppId,
      madeAt: new Date(context.now()).toISOString(),
      template: {
        templateId: template.templateId,
        version: template.version,
        description: template.description,
        ...(template.createdAt !== undefined && { createdAt: template.createdAt }),
        sourceAppId: template.sourceAppId,
      },
      version,
      description: source.description ?? template.description,
      form: source.form,
      ...source.options,
      ...(portions && { portions }),
      accounts: going.map(({ appId, name, isPilot, extJson }) => ({
        appId,
        name,
        ...(isPilot && { pilot: true as const }),
        extJson,
      })),
      leftOut: rows.flatMap(({ appId, name, why }) => (why ? [{ appId, name, why }] : [])),
    };
    if (portions) {
      const { numberOf } = createPortions(plan);
      for (const row of going) row.portion = numberOf(row.appId);
    }
    const quota = await readAuditQuota(
      context,
      going.map(({ appId }) => appId),
    );
    await writeOutput(output, `${JSON.stringify(plan, null, 2)}\n`);
    const document = {
      file: output,
      run: runIdOf(plan),
      templateId: template.templateId,
      version,
      quota: quota ? { rest: quota.rest, limit: quota.limit } : null,
      accounts: rows.map((row) => ({
        appId: row.appId,
        nickName: row.name,
        pilot: row.isPilot,
        portion: row.portion === undefined ? null : row.portion + 1,
        online: row.online || null,
        included: row.why === undefined,
        why: row.why ? inLang(row.why, lang) : null,
      })),
    };
    await printRows(terminal, { ...ROWS, rows, format, document });
    if (terminal.json) return;
    terminal.note(whatItDoes(going.length, template.templateId, version), quotaLine(quota, going.length, plan.reserve));
    await noteWritten(context, output);
    terminal.note(
      text(
        en`Next: review it, then \`wxop release run ${output}\`.`,
        zh`下一步：审阅后运行 \`wxop release run ${output}\`。`,
      ),
    );
  },
});

interface Wanted {
  account: AccountRecord;
  extJson: Json;
}

interface PlanRow {
  appId: string;
  name: string;
  isPilot: boolean;
  /** Counted from 0; undefined where all come at once. */
  portion?: number;
  extJson: Json;
  online: string;
  /** What is to be known of it before it begins. */
  note?: Text;
  /** Why it is left out. */
  why?: Text;
}

const rowOf = ({ appId, nickName }: AccountRecord) => ({ appId, name: nickName, isPilot: false, online: '' });

type Chosen = SourceAccount & { record: AccountRecord };

/** In the order of the file; each once. */
async function accountsOf(context: Context, source: PlanSource, file: string) {
  const keeper = await context.keeper();
  const chosen = new Map<string, Chosen>();
  if (source.accounts === undefined) {
    for await (const account of keeper.accounts()) {
      if ('error' in account || !isCandidate(account)) continue;
      chosen.set(account.appId, { account: account.appId, extJson: {}, path: ['accounts'], record: account });
    }
  }
  for (const one of source.accounts ?? []) {
    const appId = await resolveAccount(context, one.account);
    if (chosen.has(appId)) throw wrongAt(file, source.placeOf(one.path.slice(0, -1)), namedTwice(appId));
    chosen.set(appId, { ...one, record: await keeper.account(appId) });
  }
  if (source.values !== undefined) await addValues(context, source, file, chosen);
  for (const name of source.except) chosen.delete(await resolveAccount(context, name));
  if (chosen.size === 0) throw noAccounts(file);
  return [...chosen.values()].map(({ record, extJson, path }) => ({ account: record, extJson, path }));
}

const isCandidate = ({ kind, funcInfo, revokedAt, removedAt }: AccountRecord): boolean =>
  kind === 'mini' && funcInfo.includes(CODE_PERMISSION) && revokedAt === undefined && removedAt === undefined;

/** Values from a table: a column `account`, and one for each value in `ext`. */
async function addValues(
  context: Context,
  { values = '', accounts }: PlanSource,
  file: string,
  chosen: Map<string, Chosen>,
): Promise<void> {
  const path = resolve(dirname(file), values);
  const [head, ...rows] = readCsv((await readInput(path)).toString('utf8'));
  const at = head?.cells.indexOf('account') ?? -1;
  if (!head || at < 0) throw wrongAt(path, '1:1', NAME_COLUMN);
  // The table says who takes part where nothing else does.
  const decides = accounts?.length === 0;
  const keeper = await context.keeper();
  const seen = new Set<string>();
  for (const { cells, line } of rows) {
    if (cells.length !== head.cells.length) throw wrongAt(path, `${line}:1`, CELLS);
    const appId = await resolveAccount(context, cells[at] ?? '');
    if (seen.has(appId)) throw wrongAt(path, `${line}:1`, namedTwice(appId));
    seen.add(appId);
    const before = chosen.get(appId);
    if (!before && !decides) continue;
    const ext = Object.fromEntries(
      head.cells.flatMap((name, index) => (index === at ? [] : [[name, cells[index] ?? '']])),
    );
    const { extJson = {}, path: place = ['values'], record } = before ?? {};
    chosen.set(appId, {
      account: appId,
      extJson: mergeExtJson({ ext }, extJson),
      path: place,
      record: record ?? (await keeper.account(appId)),
    });
  }
}

/** What would keep it from going through, as far as it can be read. */
async function preflight(
  call: CodeCall,
  { kind, funcInfo, revokedAt, removedAt, accountStatus = 0 }: AccountRecord,
  source: PlanSource,
  version: string,
): Promise<Pick<PlanRow, 'online' | 'note' | 'why'>> {
  const online = '';
  if (kind === 'mp') return { online, why: text('an official account has no code', '公众号没有代码') };
  if (revokedAt !== undefined || removedAt !== undefined) return { online, why: NO_GRANT };
  if (funcInfo.length > 0 && !funcInfo.includes(CODE_PERMISSION)) return { online, why: NO_SET };
  if (OUT_OF_ORDER.includes(accountStatus)) return { online, why: statusName(accountStatus) };
  const state = await readCodeState(call);
  const shown = { online: state.online?.version ?? '' };
  if (shown.online === version)
    return { ...shown, why: text(en`${version} is online already`, zh`${version} 已经上线`) };
  if (source.form.item_list === undefined && (await call(getCodeCategories, undefined)).length === 0) {
    return { ...shown, why: NO_CATEGORY };
  }
  const needs = (await readAuditNeeds(call)).map(({ short }) => short);
  const notes = [openAuditNote(state, source), ...needs].filter((note) => note !== undefined);
  return { ...shown, ...(notes.length > 0 && { note: listed(notes, text('; ', '；')) }) };
}

function openAuditNote({ audit }: CodeState, { options: { openAudit } }: PlanSource): Text | undefined {
  if (!audit || !isOpenAudit(audit)) return undefined;
  const then = OPEN_AUDIT[openAudit];
  return text(en`${audit.version} is in audit: ${then}`, zh`${audit.version} 在审核中：${then}`);
}

/** Deregistered, banned, frozen: WeChat takes nothing for them. */
const OUT_OF_ORDER = [14, 16, 19];

const OPEN_AUDIT = {
  skip: text('skipped, if it still is then', '届时若仍在审核则跳过'),
  wait: text('waits for it', '等待其结束'),
  withdraw: text('will be withdrawn', '将被撤回'),
};

async function pilotsOf(
  context: Context,
  { pilots, placeOf }: PlanSource,
  going: readonly PlanRow[],
  file: string,
): Promise<ReadonlySet<string>> {
  if (typeof pilots === 'number') return new Set(going.slice(0, pilots).map(({ appId }) => appId));
  const appIds = new Set<string>();
  for (const [index, name] of pilots.entries()) {
    const appId = await resolveAccount(context, name);
    if (!going.some((row) => row.appId === appId)) throw wrongAt(file, placeOf(['pilots', index]), notInPlan(name));
    appIds.add(appId);
  }
  return appIds;
}

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
const NO_GRANT = text('its authorization was cancelled', '已取消授权');
const NO_SET = text('permission set 18 (code) is not granted', '未授予权限集 18（开发管理）');
const NO_CATEGORY = text('it has no approved category', '没有已通过的类目');
const NO_PLAN = text('No plan was written: correct the file.', '未生成计划，请修改文件。');
const NAME_COLUMN = text('The table needs a column `account`.', '表格须有 `account` 列。');
const CELLS = text('This row has another number of cells than the first.', '该行的单元格数与首行不同。');

const namedTwice = (appId: string): Text => text(`${appId} is named twice.`, `${appId} 重复出现。`);
const notInPlan = (name: string): Text =>
  text(en`The pilot ${name} is not among the accounts of the plan.`, zh`先行小程序 ${name} 不在计划的帐号中。`);
const noAccounts = (file: string): WxopError =>
  new WxopError('USAGE', text(en`${file} names no mini program to release to.`, zh`${file} 没有可发布的小程序。`), {
    hint: text('See `wxop accounts list --kind mini`.', '请查看 `wxop accounts list --kind mini`。'),
  });
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
const whatItDoes = (count: number, templateId: number, version: string): Text =>
  text(
    en`The run would upload template ${templateId} as ${version} to ${count} mini programs and submit each: ${count} audits of the month.`,
    zh`将把模板 ${templateId} 以版本 ${version} 上传到 ${count} 个小程序并逐个提交审核：消耗本月审核额度 ${count} 次。`,
  );
