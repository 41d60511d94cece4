/** `wxop menu push`: a file becomes an account's menu. */
import { printable } from '../../sentences/printable.ts';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import { confirm } from '../confirm.ts';
import { unreadMenus, type LiveMenus } from '../../menu/read-live-menus.ts';
import { applyPlan } from '../../menu/apply-plan.ts';
import { saveBackup } from '../../menu/backups.ts';
import { changeLines } from './diff-view.ts';
import { loadMenu } from './menu-file.ts';
import { menuReport } from '../../menu/menu-report.ts';
import { aimAt, expectSame, readBeside, type Beside, type PushFlags, type MenuTarget } from './target.ts';
import { resolveAccount } from '../resolve-account.ts';

export interface PushOneFlags extends PushFlags {
  yes?: boolean;
  dryRun?: boolean;
}

export async function pushOne(context: Context, flags: PushOneFlags, account: string, file: string): Promise<void> {
  // What the file has wrong costs the account no call.
  const draft = await loadMenu(context, file);
  const appId = await resolveAccount(context, account);
  const beside = file === '-' ? {} : await readBeside(file);
  const aim = (): Promise<MenuTarget> => aimAt(context, appId, draft, flags, beside);
  const outcome = await carryOut(context, flags, aim, {
    question: (name) => text(`Push this menu to ${name}?`, `将该菜单推送到 ${name}？`),
    notes: ({ isChecked }) => (isChecked ? [] : [UNCHECKED]),
  });
  tellPush(context, outcome);
  if (outcome.live) await refreshBeside(context, file, appId, beside, outcome.live);
}

const UNCHECKED = text(
  'No self.json or api.json beside the file: whether the menu changed since it was written could not be checked.',
  '文件旁没有 self.json 或 api.json：无法检查菜单此后是否被修改。',
);

export interface Wording {
  /** Of the account, by the name that a person knows. */
  question: (name: string) => Text;
  /** What to know before the answer. */
  notes?: (target: MenuTarget) => Text[];
  /** What is said when nothing has to be done. */
  nothing?: Text;
  /** What is said in the end; `backup` is its file. */
  done?: (backup: string) => Text;
}

/** `live` and `backup` are there when something was changed. */
export interface Outcome {
  target: MenuTarget;
  live?: LiveMenus;
  backup?: string;
}

/**
 * Shows what would change, asks, keeps what was there, and makes the changes. Looks again after the question: a person
 * may have thought about it for long.
 */
export async function carryOut(
  context: Context,
  flags: PushOneFlags,
  aim: () => Promise<MenuTarget>,
  { question, notes = () => [], nothing = HAS_IT, done = pushed }: Wording,
): Promise<Outcome> {
  const { terminal } = context;
  const note = (...sentences: Text[]): void => terminal.note(...sentences.map(terminal.say));
  const target = await aim();
  const { appId } = target;
  const { unread } = target.live;
  if (unread && (target.isDone || !target.refusal)) terminal.warn(unreadMenus(appId, unread));
  if (target.isDone) {
    note(nothing);
    return { target };
  }
  if (!terminal.json) await show(context, target);
  note(...notes(target));
  if (target.refusal) throw target.refusal;
  if (flags.dryRun) {
    note(text('Nothing was changed (--dry-run).', '未作任何更改（--dry-run）。'));
    return { target };
  }
  if (!(await confirm(context, flags, question(await nameOf(context, appId))))) {
    note(text('Nothing was changed.', '未作任何更改。'));
    return { target };
  }
  const now = flags.yes ? target : await aim();
  expectSame(target.sign, now);
  if (now.refusal) throw now.refusal;
  const backup = await saveBackup(context, appId, now.live);
  const live = await applyPlan(context, appId, now.plan);
  note(done(backup));
  return { target: now, live, backup };
}

const HAS_IT = text('Nothing to do: the account has this menu.', '无需操作：该帐号的菜单已是如此。');
const pushed = (backup: string): Text =>
  text(`Pushed, read back, and the same. Before: ${backup}`, `已推送，回读一致。原菜单备份：${backup}`);

/** The document of a push and of a restore, with --json. */
export function tellPush({ terminal }: Context, { target, backup }: Outcome): void {
  const { appId, plan } = target;
  if (!terminal.json) return;
  terminal.printJson({ appId, pushed: backup !== undefined, changes: plan.changes, ...(backup && { backup }) });
}

/** For a question: an appid alone tells nobody whose menu it is. */
async function nameOf(context: Context, appId: string): Promise<string> {
  const { nickName } = await (await context.keeper()).account(appId);
  return nickName ? `${printable(nickName)} (${appId})` : appId;
}

async function show(context: Context, { plan, live }: MenuTarget): Promise<void> {
  const { terminal } = context;
  terminal.print(...(await changeLines(context, plan.changes)));
  if (plan.changes.length === 0) {
    const why = text('The same buttons, but switched on and made by API.', '按钮不变，但将启用并改为接口创建。');
    terminal.note(terminal.say(why));
  }
  if (live.noApi === 48001 && !live.unread) {
    terminal.warn(
      text('This account has no menu API (48001): it is not verified.', '该帐号没有菜单接口权限（48001）：未认证。'),
    );
  }
}

/**
 * The documents of the dump show what is live now, so that the next push from there is checked against this one. The
 * push is done: where they cannot be written, it is only said.
 */
export async function refreshBeside(
  { terminal }: Context,
  file: string,
  appId: string,
  beside: Beside,
  live: LiveMenus,
): Promise<void> {
  if (beside.self === undefined && beside.api === undefined) return;
  const folder = dirname(file);
  const write = (name: string, content: string): Promise<void> => writeFile(join(folder, name), content);
  try {
    if (beside.self !== undefined) await write('self.json', live.self.raw);
    if (live.api) await write('api.json', live.api.raw);
    const nickName = typeof beside.report?.nickName === 'string' ? beside.report.nickName : '';
    if (beside.report?.appId !== appId) return;
    await write('report.json', `${JSON.stringify(menuReport({ appId, nickName }, live).report, undefined, 2)}\n`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    terminal.warn(
      text(
        `${appId} was pushed, but self.json and api.json in ${folder} could not be brought up to date (${code}): dump it again before the next push.`,
        `${appId} 已推送，但无法更新 ${folder} 中的 self.json 与 api.json（${code}）：下次推送前请重新导出。`,
      ),
    );
  }
}
