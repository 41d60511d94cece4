/** A menu file for one account: what a push of it would do, and whether it is allowed. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Keeper } from '../credentials/keeper.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { isObject, type Json } from '../runtime/json-object.ts';
import { describeBlocked, withItems, type Blocked } from './blocked.ts';
import type { MenuDraft } from './menu-draft.ts';
import { isDone, isUnchanged, planMenu, planNoMenu, fingerprintOf, type MenuPlan } from './menu-plan.ts';
import { readLiveMenus, unreadMenus, type LiveMenus } from './read-live-menus.ts';

export interface PushFlags {
  force?: boolean;
  acceptLoss?: boolean;
  /** Even if the backup would lack the conditional menus; `acceptLoss` unless given. */
  acceptUnread?: boolean;
}

/** The documents that a dump has written beside a draft. */
export interface DumpDocuments {
  self?: Json;
  api?: Json;
  report?: Json;
}

export interface MenuTarget {
  appId: string;
  live: LiveMenus;
  plan: MenuPlan;
  /** The same as long as the live menus are. */
  fingerprint: string;
  /** Nothing to call. */
  isDone: boolean;
  /** False if no document beside the file shows what was live when it was made. */
  isChecked: boolean;
  /** Why it must not be pushed. */
  refusal?: WxopError;
}

/** Reads what is live now and plans the change. Without a draft the account is to have no menu. */
export async function readTarget(
  keeper: Keeper,
  appId: string,
  draft: MenuDraft | undefined,
  { force, acceptLoss, acceptUnread = acceptLoss }: PushFlags,
  dumped: DumpDocuments = {},
): Promise<MenuTarget> {
  const live = await readLiveMenus(keeper, appId);
  const sources = { self: live.self.document, api: live.api?.document };
  const plan = draft ? planMenu(sources, draft) : planNoMenu(sources);
  const isChecked = dumped.self !== undefined || dumped.api !== undefined;
  const refusal = (): WxopError | undefined => {
    // Without the permission set a push would be refused as well.
    if (live.noApi === 61007) return live.unread;
    if (live.unread && !acceptUnread) return conditionalsUnread(appId, live.unread);
    if (!force && !isSame(dumped, live)) return changedSinceDump(appId);
    return !acceptLoss && plan.loses.length > 0 ? wouldLose(appId, plan.loses) : undefined;
  };
  return {
    appId,
    live,
    plan,
    fingerprint: fingerprintOf(sources),
    isDone: isDone(plan),
    isChecked,
    refusal: refusal(),
  };
}

export async function readDumpDocuments(file: string): Promise<DumpDocuments> {
  const read = async (name: string): Promise<Json | undefined> => {
    try {
      return JSON.parse(await readFile(join(dirname(file), name), 'utf8')) as Json;
    } catch {
      // A missing or unreadable document says nothing.
      return undefined;
    }
  };
  const [self, api, report] = [await read('self.json'), await read('api.json'), await read('report.json')];
  return { self, api, report };
}

function isSame({ self, api, report }: DumpDocuments, live: LiveMenus): boolean {
  if (self !== undefined && !isUnchanged(self, live.self.document)) return false;
  if (live.unread) return true;
  if (api !== undefined) return isUnchanged(api, live.api?.document);
  // The dump found that there was none.
  const wasNone = isObject(report?.noApi) && report.noApi.unread !== true;
  return !wasNone || live.api === undefined;
}

/** Throws MENU_CHANGED if the live menus are not those that had this fingerprint. */
export function expectUnchanged(fingerprint: string, { appId, fingerprint: now }: MenuTarget): void {
  if (fingerprint === now) return;
  throw new WxopError('MENU_CHANGED', changedMeanwhile(appId), {
    hint: text('Run the command again to see what it would change now.', '请重新运行，查看现在的变化。'),
  });
}

const changedMeanwhile = (appId: string): Text =>
  text(
    `${appId}: the live menu changed while wxop waited for your answer; nothing was done.`,
    `${appId}：等待确认期间菜单已被修改；未作任何更改。`,
  );

const changedSinceDump = (appId: string): WxopError =>
  new WxopError(
    'MENU_CHANGED',
    text(
      `${appId}: the live menu is not the one in self.json and api.json beside the file. It changed since the dump, or they are another account's.`,
      `${appId}：当前菜单与文件旁的 self.json、api.json 不一致：菜单在导出后已被修改，或这些文件属于其他帐号。`,
    ),
    {
      hint: text(
        `See what it is now (\`wxop menu dump ${appId} -o NEW-FOLDER\`). Push over it with --force, or from a folder without these two files.`,
        `请查看当前菜单（\`wxop menu dump ${appId} -o 新目录\`）。可用 --force 覆盖，或将菜单文件移到没有这两个文件的目录后推送。`,
      ),
    },
  );

function conditionalsUnread(appId: string, unread: WxopError): WxopError {
  const { errcode, rid } = unread;
  const sentence = unreadMenus(appId, unread);
  return new WxopError(
    'MENU_LOSS',
    text(en`${sentence} They would be in no backup.`, zh`${sentence}备份中将没有它们。`),
    {
      cause: unread,
      errcode,
      rid,
      hint: text(
        `Check that it is verified and has granted 15: \`wxop accounts sync ${appId}\`, \`wxop accounts show ${appId}\`. To accept the loss: --accept-loss.`,
        `请确认帐号已认证且已授予权限集 15：\`wxop accounts sync ${appId}\`、\`wxop accounts show ${appId}\`。接受丢失请加 --accept-loss。`,
      ),
    },
  );
}

const MOST_NAMED = 5;

function wouldLose(appId: string, entries: Blocked[]): WxopError {
  const more = entries.length - MOST_NAMED;
  const named = entries.slice(0, MOST_NAMED).map(describeBlocked);
  const { line, lines } = withItems(cannotBePushedAgain(appId), more > 0 ? [...named, andMore(more)] : named);
  return new WxopError('MENU_LOSS', line, {
    lines,
    hint: text('To accept the loss: --accept-loss.', '确认接受时请加 --accept-loss。'),
  });
}

const cannotBePushedAgain = (appId: string): Text =>
  text(`${appId}: this would remove what cannot be pushed again.`, `${appId}：推送后以下内容将丢失且无法再次推送。`);
const andMore = (more: number): Text => text(`And ${more} more.`, `另有 ${more} 项。`);
