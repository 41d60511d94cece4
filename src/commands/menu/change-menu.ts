/** What push, restore and delete have in common: show what would change, ask, back up, change, read back. */
import { dirname, join } from 'node:path';
import { parameter } from '../../cli/command.ts';
import { inOneLine, toJson } from '../../sentences/printable.ts';
import type { Context } from '../../cli/context.ts';
import { applyPlan } from '../../menu/apply-plan.ts';
import { saveBackup, type BackupOptions } from '../../menu/backups.ts';
import { menuReport } from '../../menu/menu-report.ts';
import { unreadMenus, type LiveMenus } from '../../menu/read-live-menus.ts';
import { replaceFileSync } from '../../runtime/replace-file.ts';
import { text, type Text } from '../../sentences/text.ts';
import { confirm } from '../confirm.ts';
import { expectMenuAccount } from './expect-menu-account.ts';
import type { MenuDraft } from '../../menu/menu-draft.ts';
import { changeLines } from './change-lines.ts';
import {
  expectUnchanged,
  readTarget,
  type DumpDocuments,
  type MenuTarget,
  type PushFlags,
} from '../../menu/menu-target.ts';

export const ACCEPT_LOSS = parameter(
  '--accept-loss',
  text('even if entries made on the website would be lost', '接受网页创建的内容丢失'),
);
export const DRY_RUN = parameter('--dry-run', text('show what would change, change nothing', '仅显示变化，不作更改'));

export interface ChangeFlags extends PushFlags {
  yes?: boolean;
  dryRun?: boolean;
}

/** Without a draft the account is to have no menu. */
export interface WantedMenu {
  appId: string;
  draft?: MenuDraft;
  /** What a dump wrote beside the draft. */
  dumped?: DumpDocuments;
}

export const backupsOf = ({ home, settings, now }: Context): BackupOptions => ({
  home,
  componentAppId: settings.need('componentAppId').componentAppId,
  now,
});

export interface ChangeSentences {
  /** Of the account, by the name that a person knows. */
  question: (name: string) => Text;
  /** What to know before the answer. */
  notes?: (target: MenuTarget) => Text[];
  /** What is said when nothing has to be done. */
  nothing?: Text;
  /** What is said in the end; `backup` is its file. */
  done?: (backup: string) => Text;
}

/** `live` and `backup` are set if something was changed. */
export interface ChangeOutcome {
  target: MenuTarget;
  live?: LiveMenus;
  backup?: string;
}

/**
 * Shows what would change, asks, keeps what was there, and makes the changes. Looks again after the question: a person
 * may take long to answer.
 */
export async function changeMenu(
  context: Context,
  flags: ChangeFlags,
  { appId, draft, dumped }: WantedMenu,
  { question, notes = () => [], nothing = HAS_IT, done = pushed }: ChangeSentences,
): Promise<ChangeOutcome> {
  const { terminal } = context;
  await expectMenuAccount(context, appId);
  const keeper = await context.keeper();
  const read = (): Promise<MenuTarget> => readTarget(keeper, appId, draft, flags, dumped);
  const target = await read();
  const { unread } = target.live;
  if (unread && (target.isDone || !target.refusal)) terminal.warn(unreadMenus(appId, unread));
  if (target.isDone) {
    terminal.note(nothing);
    return { target };
  }
  if (!terminal.json) await show(context, target);
  terminal.note(...notes(target));
  if (target.refusal) throw target.refusal;
  if (flags.dryRun) {
    terminal.note(NOTHING_DRY);
    return { target };
  }
  if (!(await confirm(context, flags, question(await nameOf(context, appId))))) {
    terminal.note(NOTHING_CHANGED);
    return { target };
  }
  const now = flags.yes ? target : await read();
  expectUnchanged(target.fingerprint, now);
  if (now.refusal) throw now.refusal;
  const backup = await saveBackup(backupsOf(context), appId, now.live);
  const live = await applyPlan({ keeper, sleep: context.sleep, note: terminal.note }, appId, now.plan);
  terminal.note(done(backup));
  return { target: now, live, backup };
}

const NOTHING_DRY = text('Nothing was changed (--dry-run).', '未作任何更改（--dry-run）。');
export const NOTHING_CHANGED = text('Nothing was changed.', '未作任何更改。');
export const HAS_NO_MENU = text('Nothing to do: this account has no menu.', '无需操作：该帐号没有菜单。');
const HAS_IT = text('Nothing to do: the account has this menu.', '无需操作：该帐号的菜单已是如此。');
const pushed = (backup: string): Text =>
  text(`Pushed and verified. Previous menu: ${backup}`, `已推送，回读一致。原菜单备份：${backup}`);

/** The document of a push and of a restore, with --json. */
export function printChange({ terminal }: Context, { target, backup }: ChangeOutcome): void {
  const { appId, plan } = target;
  if (!terminal.json) return;
  terminal.printJson({ appId, pushed: backup !== undefined, changes: plan.changes, ...(backup && { backup }) });
}

/** For a question: few people know an account by its appid. */
async function nameOf(context: Context, appId: string): Promise<string> {
  const { nickName } = await (await context.keeper()).account(appId);
  return nickName ? `${inOneLine(nickName)} (${appId})` : appId;
}

async function show(context: Context, { plan, live }: MenuTarget): Promise<void> {
  const { terminal } = context;
  terminal.print(...(await changeLines(context, plan.changes)));
  if (plan.changes.length === 0) terminal.note(SWITCHED_ON);
  if (live.noApi === 48001 && !live.unread) terminal.warn(NO_MENU_API);
}

const SWITCHED_ON = text('The same buttons, but switched on and made by API.', '按钮不变，但将启用并改为接口创建。');
const NO_MENU_API = text(
  'This account has no menu API (48001): it is not verified.',
  '该帐号没有菜单接口权限（48001）：未认证。',
);

/**
 * The documents of the dump show what is live now, so that the next push from there is checked against this one. The
 * push is done: if they cannot be written, that is only a warning.
 */
export function refreshDumpDocuments(
  { terminal }: Context,
  file: string,
  appId: string,
  dumped: DumpDocuments,
  live: LiveMenus,
): void {
  if (dumped.self === undefined && dumped.api === undefined) return;
  const folder = dirname(file);
  const write = (name: string, content: string): void => replaceFileSync(join(folder, name), content, 0o666);
  try {
    if (dumped.self !== undefined) write('self.json', live.self.raw);
    if (live.api) write('api.json', live.api.raw);
    const nickName = typeof dumped.report?.nickName === 'string' ? dumped.report.nickName : '';
    if (dumped.report?.appId !== appId) return;
    write('report.json', `${toJson(menuReport({ appId, nickName }, live).report, 2)}\n`);
  } catch (error) {
    terminal.warn(notRefreshed(appId, folder, (error as NodeJS.ErrnoException).code ?? ''));
  }
}

const notRefreshed = (appId: string, folder: string, code: string): Text =>
  text(
    `${appId} was pushed, but self.json and api.json in ${folder} could not be updated (${code}): dump it again before the next push.`,
    `${appId} 已推送，但无法更新 ${folder} 中的 self.json 与 api.json（${code}）：下次推送前请重新导出。`,
  );
