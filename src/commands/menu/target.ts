/** A menu file for one account: what a push of it would do, and whether it may. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../../cli/context.ts';
import { text, type Lang, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { isObject, type Json } from '../../runtime/json-object.ts';
import type { Blocked } from '../../menu/blocked.ts';
import type { MenuDraft } from '../../menu/menu-draft.ts';
import { isDone, isUnchanged, planMenu, planNoMenu, signOf, type MenuPlan } from '../../menu/menu-plan.ts';
import { readLiveMenus, unreadMenus, type LiveMenus } from '../../menu/read-live-menus.ts';
import { expectMenuAccount } from './expect-menu-account.ts';

export interface PushFlags {
  force?: boolean;
  acceptLoss?: boolean;
  /** Although no backup would have the conditional menus; the same as `acceptLoss` where nothing is said. */
  acceptUnread?: boolean;
}

/** The documents that a dump has written beside a draft. */
export interface Beside {
  self?: Json;
  api?: Json;
  report?: Json;
}

export interface MenuTarget {
  appId: string;
  live: LiveMenus;
  plan: MenuPlan;
  /** The same for the same live menus. */
  sign: string;
  /** Nothing to call. */
  isDone: boolean;
  /** False where no document beside the file tells what was there when it was made. */
  isChecked: boolean;
  /** Why it may not be pushed. */
  refusal?: WxopError;
}

/** Reads what is live now and plans; no draft: there shall be no menu. `beside`: where the file comes from. */
export async function aimAt(
  context: Context,
  appId: string,
  draft: MenuDraft | undefined,
  { force, acceptLoss, acceptUnread = acceptLoss }: PushFlags,
  beside: Beside = {},
): Promise<MenuTarget> {
  await expectMenuAccount(context, appId);
  const live = await readLiveMenus(await context.keeper(), appId);
  const sources = { self: live.self.document, api: live.api?.document };
  const plan = draft ? planMenu(sources, draft) : planNoMenu(sources);
  const isChecked = beside.self !== undefined || beside.api !== undefined;
  const refusal = (): WxopError | undefined => {
    // What cannot be read for want of a permission set cannot be pushed either.
    if (live.noApi === 61007) return live.unread;
    if (live.unread && !acceptUnread) return unknown(appId, live.unread);
    if (!force && !isSame(beside, live)) return changed(appId);
    return !acceptLoss && plan.loses.length > 0 ? loss(appId, plan.loses) : undefined;
  };
  return { appId, live, plan, sign: signOf(sources), isDone: isDone(plan), isChecked, refusal: refusal() };
}

export async function readBeside(file: string): Promise<Beside> {
  const read = async (name: string): Promise<Json | undefined> => {
    try {
      return JSON.parse(await readFile(join(dirname(file), name), 'utf8')) as Json;
    } catch {
      // Not there, or no document: then it tells nothing.
      return undefined;
    }
  };
  const [self, api, report] = [await read('self.json'), await read('api.json'), await read('report.json')];
  return { self, api, report };
}

function isSame({ self, api, report }: Beside, live: LiveMenus): boolean {
  if (self !== undefined && !isUnchanged(self, live.self.document)) return false;
  if (live.unread) return true;
  if (api !== undefined) return isUnchanged(api, live.api?.document);
  // The dump found that there was none.
  const wasNone = isObject(report?.noApi) && report.noApi.unread !== true;
  return !wasNone || live.api === undefined;
}

/** Throws MENU_CHANGED where the menus are no longer those of an earlier look, which had this sign. */
export function expectSame(sign: string, { appId, sign: now }: MenuTarget): void {
  if (sign === now) return;
  throw new WxopError(
    'MENU_CHANGED',
    text(
      `${appId}: the live menu changed while the question stood; nothing was done.`,
      `${appId}：等待确认期间菜单已被修改；未作任何更改。`,
    ),
    { hint: text('Run it again to see what it would change now.', '请重新运行，查看现在的变化。') },
  );
}

const changed = (appId: string): WxopError =>
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

function unknown(appId: string, unread: WxopError): WxopError {
  const told = unreadMenus(appId, unread);
  const { errcode, rid } = unread;
  return new WxopError('MENU_LOSS', text(`${told.en} They would be in no backup.`, `${told.zh}备份中将没有它们。`), {
    cause: unread,
    errcode,
    rid,
    hint: text(
      `See whether it is verified and has granted 15: \`wxop accounts sync ${appId}\`, \`wxop accounts show ${appId}\`. Where they may go: --accept-loss.`,
      `请确认帐号已认证且已授予权限集 15：\`wxop accounts sync ${appId}\`、\`wxop accounts show ${appId}\`。接受丢失请加 --accept-loss。`,
    ),
  });
}

/** Entries that cannot be pushed again, and why, in one line. */
export const namesOf = (entries: Blocked[]): Text => joined(entries, '', ' ');
/** The same, each in a line of its own below a sentence. */
export const listOf = (entries: Blocked[]): Text => joined(entries, '\n - ', '');

function joined(entries: Blocked[], before: string, between: string): Text {
  const written = (lang: Lang): string =>
    entries.map(({ name, path, reason }) => `${before}${name || path}: ${reason[lang]}`).join(between);
  return text(written('en'), written('zh'));
}

const MOST_NAMED = 5;

function loss(appId: string, loses: Blocked[]): WxopError {
  const first = loses.slice(0, MOST_NAMED);
  const named = namesOf(first);
  const listed = listOf(first);
  const more = loses.length > MOST_NAMED ? loses.length - MOST_NAMED : 0;
  const also: Text = more > 0 ? text(` And ${more} more.`, `另有 ${more} 项。`) : text('', '');
  const why = text(
    `${appId}: this would end what cannot be pushed again.`,
    `${appId}：推送后以下内容将丢失且无法再次推送。`,
  );
  const [end] = more > 0 ? [text(`\n -${also.en}`, `\n - ${also.zh}`)] : [text('', '')];
  return new WxopError('MENU_LOSS', text(`${why.en} ${named.en}${also.en}`, `${why.zh}${named.zh}${also.zh}`), {
    lines: text(`${why.en}${listed.en}${end.en}`, `${why.zh}${listed.zh}${end.zh}`),
    hint: text('Where that is wanted: --accept-loss.', '确认接受时请加 --accept-loss。'),
  });
}
