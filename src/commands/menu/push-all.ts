/** `wxop menu push --all`: the drafts of a folder become the menus of their accounts. */
import { printRows, type Format, type Rows, type Tone } from '../../terminal/rows.ts';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../cli/context.ts';
import { listed, text, type Text } from '../../sentences/text.ts';
import { toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import type { MenuChange } from '../../menu/compare-menus.ts';
import type { MenuDraft } from '../../menu/menu-draft.ts';
import { confirm } from '../confirm.ts';
import { failureJson, reasonInRow, runBulk, tellFailures, type BulkFailure } from '../bulk.ts';
import { unreadable } from '../files.ts';
import { applyPlan } from '../../menu/apply-plan.ts';
import { saveBackup } from '../../menu/backups.ts';
import { changeLines } from './change-lines.ts';
import { readDraft } from './menu-file.ts';
import { expectMenuAccount } from './expect-menu-account.ts';
import { backupsOf, NOTHING_CHANGED, refreshDumpDocuments, type ChangeFlags } from './change-menu.ts';
import { readTarget, expectUnchanged, readDumpDocuments, type MenuTarget } from '../../menu/menu-target.ts';

export interface PushAllFlags extends ChangeFlags {
  concurrency: number;
  format: Format | undefined;
}

type Verdict = 'pushed' | 'to-push' | 'unchanged' | 'failed';

const VERDICTS: Record<Verdict, Text> = {
  pushed: text('pushed', '已推送'),
  'to-push': text('to push', '待推送'),
  unchanged: text('unchanged', '无变化'),
  failed: text('failed', '失败'),
};

interface Pushed {
  appId: string;
  verdict: Verdict;
  /** How many buttons and conditional menus differ. */
  changes: number;
  backup?: string;
  error?: BulkFailure;
}

/** What the question is about: how an account's menu stands, and what it becomes. */
interface Shown {
  appId: string;
  fingerprint: string;
  draft: MenuDraft;
}

const APPID = /^wx[0-9a-f]{16}$/;

export async function pushAll(context: Context, flags: PushAllFlags, folder: string): Promise<void> {
  const { terminal, lang } = context;
  const drafts = await draftsIn(folder);
  const differences = new Map<string, MenuChange[]>();
  const failed = (appId: string, error: WxopError): Pushed => ({
    appId,
    verdict: 'failed',
    changes: differences.get(appId)?.length ?? 0,
    error: failureJson(error, lang),
  });
  const { concurrency } = flags;
  const isForPrograms = terminal.json || flags.format === 'csv' || flags.format === 'tsv';
  const isShown = !isForPrograms && (flags.dryRun === true || terminal.verbose);
  // A file that is edited while the question stands counts the next time.
  const toPush: Shown[] = [];
  let [unchecked, unread] = [0, 0];
  const planned = await runBulk<string, Pushed>(context, {
    items: drafts,
    total: () => drafts.length,
    concurrency,
    work: async (appId) => {
      const draft = await readDraft(context, join(folder, appId, 'draft.json'));
      const { live, plan, fingerprint, isDone, isChecked, refusal } = await aim(context, flags, folder, appId, draft);
      if (live.unread && (isDone || !refusal)) unread++;
      if (isDone) return { appId, verdict: 'unchanged', changes: plan.changes.length };
      differences.set(appId, plan.changes);
      if (refusal) throw refusal;
      if (!isChecked) unchecked++;
      toPush.push({ appId, fingerprint, draft });
      return { appId, verdict: 'to-push', changes: plan.changes.length };
    },
    failed,
  });
  const count = (wanted: Verdict): number => planned.filter(({ verdict }) => verdict === wanted).length;
  if (isShown) await show(context, differences);
  if (unchecked > 0) terminal.note(uncheckedNote(unchecked));
  if (unread > 0) terminal.note(unreadNote(unread));
  const summary = plannedCounts(toPush.length, count('unchanged'), count('failed'));
  if (flags.dryRun || toPush.length === 0) {
    await finish(context, flags, planned, summary);
    return;
  }
  terminal.note(summary);
  const question = text(`Push the menus of ${toPush.length} accounts?`, `推送 ${toPush.length} 个帐号的菜单？`);
  if (!(await confirm(context, flags, question))) {
    if (terminal.json) terminal.printJson(planned);
    terminal.note(NOTHING_CHANGED);
    return;
  }
  // By appid: also what was reached when all stops in the middle.
  const reached = new Map<string, Pushed>();
  const note = (result: Pushed): Pushed => {
    reached.set(result.appId, result);
    return result;
  };
  const stopped = await runBulk<Shown, Pushed>(context, {
    items: toPush,
    total: () => toPush.length,
    concurrency,
    // Everything is looked at again: with many accounts the answer to the question is minutes old.
    work: async ({ appId, fingerprint, draft }) => {
      const target = await aim(context, flags, folder, appId, draft);
      const { plan, isDone, refusal, live } = target;
      if (isDone) return note({ appId, verdict: 'unchanged', changes: 0 });
      if (refusal) throw refusal;
      expectUnchanged(fingerprint, target);
      const keeper = await context.keeper();
      const backup = await saveBackup(backupsOf(context), appId, live);
      const after = await applyPlan({ keeper, sleep: context.sleep, note: terminal.note }, appId, plan);
      const file = join(folder, appId, 'draft.json');
      refreshDumpDocuments(context, file, appId, await readDumpDocuments(file), after);
      return note({ appId, verdict: 'pushed', changes: plan.changes.length, backup });
    },
    failed: ({ appId }, error) => note(failed(appId, error)),
  }).then(() => undefined, toWxopError);
  const results = planned.map((result) => reached.get(result.appId) ?? result);
  const counted = (wanted: Verdict): number => results.filter(({ verdict }) => verdict === wanted).length;
  const [done, lost, left] = [counted('pushed'), counted('failed'), counted('to-push')];
  if (stopped === undefined) {
    await finish(context, flags, results, text(`${done} pushed, ${lost} failed`, `已推送 ${done}，失败 ${lost}`));
    return;
  }
  await report(context, flags, results, stoppedCounts(done, lost, left));
  throw stopped;
}

const plannedCounts = (toPush: number, unchanged: number, failed: number): Text =>
  text(
    `${toPush} to push, ${unchanged} unchanged, ${failed} not to be pushed`,
    `待推送 ${toPush}，无变化 ${unchanged}，不可推送 ${failed}`,
  );

const stoppedCounts = (pushed: number, failed: number, left: number): Text =>
  text(
    `${pushed} pushed, ${failed} failed, ${left} not finished: run it again for these.`,
    `已推送 ${pushed}，失败 ${failed}，未完成 ${left}：请重新运行。`,
  );

/** Account by account, in the order of the table. */
async function show(context: Context, differences: Map<string, MenuChange[]>): Promise<void> {
  const { terminal } = context;
  const paint = await terminal.paint('out');
  for (const appId of [...differences.keys()].sort()) {
    terminal.print(paint.bold(appId), ...(await changeLines(context, differences.get(appId) ?? [])), '');
  }
}

const uncheckedNote = (unchecked: number): Text =>
  text(
    `${unchecked} could not be checked for changes since their files were written: no self.json or api.json beside them.`,
    `${unchecked} 个无法检查菜单此后是否被修改：文件旁没有 self.json 或 api.json。`,
  );

const unreadNote = (unread: number): Text =>
  text(
    `${unread} whose conditional menus, if there are any, could not be read.`,
    `${unread} 个无法读取个性化菜单，不确定是否存在。`,
  );

async function aim(
  context: Context,
  flags: PushAllFlags,
  folder: string,
  appId: string,
  draft: MenuDraft,
): Promise<MenuTarget> {
  await expectMenuAccount(context, appId);
  return readTarget(
    await context.keeper(),
    appId,
    draft,
    flags,
    await readDumpDocuments(join(folder, appId, 'draft.json')),
  );
}

/** The appids of the accounts that have a draft. Throws USAGE when the folder cannot be read or has none. */
async function draftsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    const hint = text('Name a folder that `wxop menu dump` has written.', '请指定 `wxop menu dump` 写入的目录。');
    throw unreadable(folder, error, hint);
  });
  const drafts: string[] = [];
  for (const appId of names.filter((name) => APPID.test(name)).sort()) {
    const isThere = await stat(join(folder, appId, 'draft.json')).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isThere) drafts.push(appId);
  }
  if (drafts.length > 0) return drafts;
  throw new WxopError('USAGE', text(`No draft.json under ${folder}.`, `${folder} 下没有 draft.json。`), {
    hint: text('They are at <folder>/<appid>/draft.json.', '其位置为 <目录>/<appid>/draft.json。'),
  });
}

async function finish(context: Context, flags: PushAllFlags, results: Pushed[], summary: Text): Promise<void> {
  await report(context, flags, results, summary);
  tellFailures(context, results, nextStep(results));
}

interface NamedResult extends Pushed {
  nickName: string;
}

const TONES: Record<Verdict, Tone> = {
  pushed: 'ok',
  'to-push': 'attention',
  unchanged: 'secondary',
  failed: 'failure',
};

const ROWS: Rows<NamedResult> = {
  columns: [
    { title: text('name', '名称'), seen: ({ nickName }) => nickName, long: { become: 'cut', least: 12 }, spare: 2 },
    { title: text('appid', 'AppID'), seen: ({ appId }) => appId, isKey: true },
    { title: text('changes', '变化'), seen: ({ changes }) => changes, spare: 1 },
    {
      title: text('verdict', '结果'),
      seen: (row) => reasonInRow(row) ?? VERDICTS[row.verdict],
      long: { become: 'wrapped', least: 20 },
      tone: ({ verdict }) => TONES[verdict],
    },
  ],
  csv: ['nickName', 'appId', 'changes', 'verdict', 'backup', 'error'],
};

async function report(
  context: Context,
  { format }: PushAllFlags,
  results: readonly Pushed[],
  summary: Text,
): Promise<void> {
  const { terminal } = context;
  const store = await context.store();
  const rows: NamedResult[] = [];
  for (const result of results) {
    const nickName = (await store.read(`account/${result.appId}`))?.value.nickName ?? '';
    rows.push({ ...result, nickName });
  }
  await printRows(terminal, { ...ROWS, rows, format, document: results });
  if (!terminal.json) terminal.note(summary);
}

/** There is no run to go on with, and most refusals do not pass by themselves. */
function nextStep(results: Pushed[]): { hint: Text; retryable: boolean } {
  const codes = new Set(results.map(({ error }) => error?.code));
  const retryable = results.some(({ error }) => error?.retryable);
  const steps = [
    text('What was pushed stays; each reason stands above.', '已推送的保持不变，原因见上文。'),
    ...(codes.has('MENU_LOSS') ? [text('Where the loss is wanted: --accept-loss.', '接受丢失：--accept-loss。')] : []),
    ...(codes.has('MENU_CHANGED') ? [text('Over the changes of others: --force.', '覆盖他人的修改：--force。')] : []),
    ...(retryable ? [RETRY] : []),
  ];
  return { hint: listed(steps, text(' ', '')), retryable };
}

const RETRY = text(
  'For the others run it again: what is pushed already needs nothing.',
  '其余可直接重试，已推送的不受影响。',
);
