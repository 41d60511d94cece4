/** `wxop release run`: carries a plan out. What it does is remembered step by step, and `resume` goes on from there. */
import { defineCommand, parameter } from '../../../cli/command.ts';
import type { Context } from '../../../cli/context.ts';
import { createReleaseRuns, type ReleaseRuns } from '../../../credentials/release-runs.ts';
import { getAuditQuota } from '../../../protocol/calls/release/audit-endpoints.ts';
import { getTemplates } from '../../../protocol/calls/release/template-endpoints.ts';
import { carryOut } from '../../../release/runs/carry-out.ts';
import { readPlan, runIdOf, type ReleasePlan } from '../../../release/runs/release-plan.ts';
import {
  isFailure,
  isFinalStage,
  RUN_FORMAT,
  type ReleaseAccountRecord,
  type ReleaseRunRecord,
} from '../../../release/runs/run-record.ts';
import { countsLine, endOf, runJson, runRows, type RunRow } from '../../../release/runs/run-report.ts';
import { ANSWER_LOST } from '../../../release/send-once.ts';
import { en, text, zh, type Text } from '../../../sentences/text.ts';
import { WxopError } from '../../../sentences/wxop-error.ts';
import { progressLine } from '../../../terminal/progress-bar.ts';
import { printRows, type Rows } from '../../../terminal/rows.ts';
import { durationArgument } from '../../arguments.ts';
import { readInput } from '../../files.ts';
import { concurrencyFlag } from '../../flags.ts';

const POLL = '10m';

/** Of `run` and `resume`. */
export const CARRY_OUT_FLAGS = {
  concurrency: concurrencyFlag(),
  poll: parameter('--poll <duration>', text('how often to look at an open audit', '查看审核结果的间隔'), {
    parse: durationArgument,
    fallback: durationArgument(POLL),
    byDefault: POLL,
  }),
  wait: parameter('--no-wait', text('end when there is nothing to do but wait for audits', '只剩等待审核时即结束')),
};

export const command = defineCommand({
  arguments: {
    plan: parameter('<plan>', text('the file that `wxop release plan` wrote', '`wxop release plan` 生成的文件')),
  },
  flags: CARRY_OUT_FLAGS,
  notes: text(
    'It can be interrupted or killed at any moment: `wxop release resume` goes on, on another machine too where the store is shared. Nothing is sent twice without a look at WeChat.',
    '可随时中断或强行终止：用 `wxop release resume` 继续；共用存储时也可在另一台机器上继续。未查看微信状态前，不会重复发送任何操作。',
  ),
  examples: ['wxop release run autumn.plan.json', 'wxop release run autumn.plan.json --no-wait --yes'],
  risk: 'production',
  output: 'document',
  prepare: async (context, { plan: path, ...flags }) => {
    const plan = readPlan((await readInput(path)).toString('utf8'), path);
    const { componentAppId } = context.settings.need('componentAppId');
    if (plan.component !== componentAppId) throw otherComponent(plan.component, componentAppId);
    return {
      question: question(plan),
      run: async () => {
        const runs = await openRuns(context);
        const id = runIdOf(plan);
        await (await context.store()).proveWritable();
        await runs.exclusively(async (expectLock) => {
          await expectSameTemplate(context, plan);
          const record = { format: RUN_FORMAT, plan, startedAt: context.now(), wxop: context.runtime.version };
          await runs.begin(id, record);
          if (!context.terminal.json) context.terminal.note(begun(id));
          await runs.readAccounts(
            id,
            plan.accounts.map(({ appId }) => appId),
          );
          await carryOn(context, {
            runs,
            id,
            run: record,
            records: plan.accounts.map(firstRecord),
            expectLock,
            ...flags,
          });
        });
      },
    };
  },
});

export const openRuns = async ({ store, now, sleep }: Context): Promise<ReleaseRuns> =>
  createReleaseRuns({ store: await store(), now, sleep, newestFormat: RUN_FORMAT });

export const firstRecord = ({ appId }: { appId: string }): ReleaseAccountRecord => ({
  format: RUN_FORMAT,
  appId,
  stage: 'planned',
  changedAt: 0,
});

/** Throws WRONG_STAGE where it is gone, or another one has its number. */
export async function expectSameTemplate(context: Context, { template }: ReleasePlan): Promise<void> {
  const templates = await (await context.keeper()).call({ component: true }, getTemplates, undefined);
  const found = templates.find(({ templateId }) => templateId === template.templateId);
  const isSame =
    found?.version === template.version &&
    found.description === template.description &&
    found.sourceAppId === template.sourceAppId &&
    found.createdAt === template.createdAt;
  if (!isSame) throw templateChanged(template.templateId);
}

export interface CarryOn {
  runs: ReleaseRuns;
  id: string;
  run: ReleaseRunRecord;
  records: ReleaseAccountRecord[];
  /** Throws STORE_CONFLICT where another process took over. */
  expectLock: () => Promise<void>;
  concurrency: number;
  poll: number;
  wait: boolean;
}

/** Until there is nothing to do. Throws what `endOf` says of the outcome. */
export async function carryOn(context: Context, options: CarryOn): Promise<void> {
  const { terminal, now, sleep, runtime, lang } = context;
  const { runs, id, run, records, expectLock, concurrency, poll, wait } = options;
  const { plan } = run;
  const keeper = await context.keeper();
  const progress = terminal.progress();
  const current = new Map(records.map((record) => [record.appId, record]));
  const doneBefore = records.filter(({ stage }) => isFinalStage(stage)).length;
  const startedAt = now();
  const show = (record?: ReleaseAccountRecord): void => {
    if (record) current.set(record.appId, record);
    if (!terminal.err.isTTY) return;
    const all = [...current.values()];
    const done = all.filter(({ stage }) => isFinalStage(stage)).length;
    const failed = all.filter(({ stage }) => isFailure(stage)).length;
    const counts = { done, total: all.length, failed, worked: done - doneBefore, elapsed: now() - startedAt };
    progress.update(progressLine(counts, lang, terminal.err.columns));
  };
  const carried = await carryOut({
    plan,
    records,
    concurrency,
    pollEvery: poll,
    waits: wait,
    callOf: (appId) => (endpoint, args) => keeper.call({ account: appId }, endpoint, args),
    readRest: async () => {
      if (plan.reserve === 0) return undefined;
      const { rest } = await keeper.call({ account: plan.accounts[0]?.appId ?? '' }, getAuditQuota, undefined);
      // Zeros and -1 are known from providers that could submit all the same.
      return rest > 0 ? rest : undefined;
    },
    save: async (record) => {
      await expectLock();
      await runs.saveAccount(id, record);
    },
    saveStop: (stop) => runs.update(id, (old) => ({ ...old, stop })),
    now,
    sleep,
    signal: runtime.signal,
    onChange: show,
    onLost: () => {
      if (!terminal.json) terminal.note(ANSWER_LOST);
    },
    onWait: (waiting) => {
      if (!terminal.json) terminal.note(waitingFor(waiting, id));
    },
  }).catch((error: unknown) => {
    if (!terminal.json) terminal.note(goOn(id));
    throw error;
  });
  progress.done();
  const { stop: _stop, ...before } = run;
  const isDone = carried.records.every(({ stage }) => isFinalStage(stage));
  const after: ReleaseRunRecord = {
    ...before,
    ...(carried.stop && { stop: carried.stop }),
    ...(isDone && { finishedAt: now() }),
  };
  await runs.update(id, () => after);
  await printRun(context, after, carried.records);
  const end = endOf(after, carried.records);
  if (end) throw end;
}

const ROWS: Rows<RunRow> = {
  columns: [
    { title: text('appid', 'AppID'), seen: ({ appId }) => appId, isKey: true },
    { title: text('name', '名称'), seen: ({ name }) => name || '-', long: { become: 'cut', least: 8 }, spare: 1 },
    { title: text('state', '状态'), seen: ({ stageName }) => stageName, tone: ({ tone }) => tone },
    { title: text('reason', '原因'), seen: ({ why }) => why, long: { become: 'wrapped', least: 16 } },
  ],
  csv: [],
};

export async function printRun(
  context: Context,
  run: ReleaseRunRecord,
  records: readonly ReleaseAccountRecord[],
): Promise<void> {
  const { terminal, lang } = context;
  await printRows(terminal, {
    ...ROWS,
    rows: runRows(run, records),
    format: undefined,
    document: runJson(run, records, lang),
  });
  if (!terminal.json) terminal.note(countsLine(records));
}

const question = ({ accounts, version, publish }: ReleasePlan): Text =>
  publish
    ? text(
        en`Upload version ${version} to ${accounts.length} mini programs, submit it for audit, and publish what is approved?`,
        zh`将版本 ${version} 上传到 ${accounts.length} 个小程序、提交审核，并发布审核通过的版本？`,
      )
    : text(
        en`Upload version ${version} to ${accounts.length} mini programs, and submit it for audit?`,
        zh`将版本 ${version} 上传到 ${accounts.length} 个小程序并提交审核？`,
      );
const begun = (id: string): Text =>
  text(
    `Run ${id}. If it is interrupted: \`wxop release resume ${id}\`.`,
    `任务 ${id}。若被中断：\`wxop release resume ${id}\`。`,
  );
const goOn = (id: string): Text =>
  text(
    `What was done is remembered. Go on with \`wxop release resume ${id}\`.`,
    `已完成的步骤均已记录。请用 \`wxop release resume ${id}\` 继续。`,
  );
const waitingFor = (waiting: number, id: string): Text =>
  text(
    `Waiting for ${waiting} audits, which may take days. Ctrl-C is safe: \`wxop release resume ${id}\` goes on.`,
    `正在等待 ${waiting} 个审核，可能需要数天。可放心按 Ctrl-C，之后用 \`wxop release resume ${id}\` 继续。`,
  );
const otherComponent = (planned: string, here: string): WxopError =>
  new WxopError(
    'USAGE',
    text(`The plan is for the component ${planned}, not ${here}.`, `该计划属于第三方平台 ${planned}，而不是 ${here}。`),
    { hint: text('Choose the profile with --profile.', '请用 --profile 选择配置。') },
  );
const templateChanged = (templateId: number): WxopError =>
  new WxopError(
    'WRONG_STAGE',
    text(
      `The template ${templateId} is not the one of the plan any more; nothing was sent.`,
      `模板 ${templateId} 已不是计划中的模板，未发送任何操作。`,
    ),
    { hint: text('Make the plan again: `wxop release plan`.', '请重新生成计划：`wxop release plan`。') },
  );
