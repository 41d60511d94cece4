/** What `run` and `resume` share: a run is carried out until there is nothing to do, and shown. */
import { parameter, settingFlag } from '../../../cli/command.ts';
import type { Context } from '../../../cli/context.ts';
import { watchAuditNotices } from '../../../credentials/releases/audit-notices.ts';
import type { ReleaseRuns } from '../../../credentials/releases/release-runs.ts';
import { createResultHook } from '../../../listener/hooks/result-hook.ts';
import { getTemplates } from '../../../protocol/calls/release/template-endpoints.ts';
import { carryOut } from '../../../release/runs/carry-out.ts';
import type { ReleasePlan } from '../../../release/plans/release-plan.ts';
import {
  isFailure,
  isFinalStage,
  type ReleaseAccountRecord,
  type ReleaseRunRecord,
} from '../../../release/runs/run-record.ts';
import { endOf, heldLine } from '../../../release/runs/run-report.ts';
import { endResult, isResult, resultOf } from '../../../release/runs/run-results.ts';
import { ANSWER_LOST } from '../../../release/steps/send-once.ts';
import { text, type Text } from '../../../sentences/text.ts';
import { WxopError } from '../../../sentences/wxop-error.ts';
import { progressLine } from '../../../terminal/progress-bar.ts';
import { actAs } from '../../act-as.ts';
import { durationArgument } from '../../arguments.ts';
import { concurrencyFlag } from '../../flags.ts';
import { tellCosts } from './audit-costs.ts';
import { printRun } from './print-run.ts';

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
  onResult: settingFlag('onResult'),
};

/** Throws WRONG_STAGE where it is gone, or another one has its number. */
export async function expectSameTemplate(context: Context, { template }: ReleasePlan): Promise<void> {
  const { call } = await actAs(context, { component: true });
  const found = (await call(getTemplates, undefined)).find(({ templateId }) => templateId === template.templateId);
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
  const { terminal, now, sleep, runtime, lang, settings } = context;
  const { runs, id, run, records, expectLock, concurrency, poll, wait } = options;
  const { plan } = run;
  const keeper = await context.keeper();
  const store = await context.store();
  const hook = createResultHook({
    call: settings.find('onResult'),
    environment: runtime.environment,
    http: context.http,
    signal: runtime.signal,
    now,
    warn: (warning) => terminal.warn(warning),
  });
  const rest = await tellCosts(context, plan, records);
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
    given: run.portionsGiven,
    callOf: (appId) => (endpoint, args) => keeper.call({ account: appId }, endpoint, args),
    readNotices: watchAuditNotices(store),
    rest: plan.reserve > 0 ? rest : undefined,
    save: async (record) => {
      await expectLock();
      await runs.saveAccount(id, record);
    },
    saveStop: (stop) => runs.update(id, (old) => ({ ...old, stop })),
    now,
    sleep,
    signal: runtime.signal,
    onChange: (record) => {
      show(record);
      if (isResult(record)) hook.tell(resultOf(record, plan, lang));
    },
    onLost: () => {
      if (!terminal.json) terminal.note(ANSWER_LOST);
    },
    onWait: (waiting) => {
      if (!terminal.json) terminal.note(waitingFor(waiting, id));
    },
    onHeld: (portion) => {
      if (!terminal.json) terminal.note(heldLine(portion));
    },
  }).catch((error: unknown) => {
    if (!terminal.json) terminal.note(goOn(id));
    throw error;
  });
  progress.done();
  const { stop: _stop, isPaused: _isPaused, ...before } = run;
  const isDone = carried.records.every(({ stage }) => isFinalStage(stage));
  const after: ReleaseRunRecord = {
    ...before,
    ...(carried.stop && { stop: carried.stop }),
    ...(carried.isPaused && { isPaused: true }),
    ...(isDone && { finishedAt: now() }),
  };
  await runs.update(id, () => after);
  await hook.finished();
  hook.tell(endResult(after, carried.records, { lang, now: now() }));
  await hook.finished();
  await printRun(context, after, carried.records);
  const end = endOf(after, carried.records);
  if (end) throw end;
}

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
const templateChanged = (templateId: number): WxopError =>
  new WxopError(
    'WRONG_STAGE',
    text(
      `The template ${templateId} is not the one of the plan any more; nothing was sent.`,
      `模板 ${templateId} 已不是计划中的模板，未发送任何操作。`,
    ),
    { hint: text('Make the plan again: `wxop release plan`.', '请重新生成计划：`wxop release plan`。') },
  );
