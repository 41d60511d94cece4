/** `wxop menu dump`: the menus of all accounts as files: as the platform sent them, and as they could be pushed again. */
import type { Context } from '../../cli/context.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { text, type Text } from '../../sentences/text.ts';
import type { AccountRecord } from '../../store/store.ts';
import { runBulk, failureJson, noteResumed, tellFailures, withRun, type BulkFailure } from '../bulk.ts';
import type { BulkFlags } from '../flags.ts';
import { openDumpFolder, type DumpFolder } from '../../menu/dump-folder.ts';
import { menuReport } from '../../menu/menu-report.ts';
import { readLiveMenus } from '../../menu/read-live-menus.ts';
import { resolveAccount } from '../resolve-account.ts';

export interface DumpFlags extends BulkFlags {
  all?: boolean;
  output: string;
}

type Reason = 'revoked' | 'mini';

interface Dumped {
  type: 'dumped' | 'skipped' | 'failed';
  appId: string;
  nickName: string;
  /** Of a dumped one: whether a push of the draft brings back all there is, and how many entries it does not. */
  draft?: 'whole' | 'partial' | 'none';
  blocked?: number;
  /** Its conditional menus, if there are any, are not in it. */
  unread?: true;
  /** Of a skipped one. */
  reason?: Reason;
  /** Of a failed one. */
  error?: BulkFailure;
}

export async function dump(context: Context, flags: DumpFlags, named: string[]): Promise<void> {
  if (named.length > 0 === Boolean(flags.all)) {
    const sentence = flags.all
      ? text('Both accounts and --all were given.', '不能同时指定帐号与 --all。')
      : text('Name accounts, or say --all.', '请指定帐号，或使用 --all。');
    throw new WxopError('USAGE', sentence, {
      hint: text('See `wxop menu dump --help`.', '请查看 `wxop menu dump --help`。'),
    });
  }
  const store = await context.store();
  const records = async (appId: string): Promise<AccountRecord | undefined> =>
    (await store.read(`account/${appId}`))?.value;
  const appIds = flags.all ? await store.list('account') : await appIdsOf(context, named);
  const folder = openDumpFolder({
    folder: flags.output,
    componentAppId: context.settings.need('componentAppId').componentAppId,
    now: context.now,
    isWhole: flags.all === true,
    restart: flags.restart ?? false,
  });
  noteResumed(context, folder);
  /** Of those under way. */
  const names = new Map<string, string>();

  const results = await withRun(context, folder, () =>
    runBulk<string, Dumped>(context, {
      items: appIds.filter((appId) => !folder.isDone(appId)),
      total: () => appIds.length,
      doneBefore: folder.doneBefore,
      concurrency: flags.concurrency,
      work: async (appId) => {
        const account = await records(appId);
        if (flags.all && account?.removedAt !== undefined) return undefined;
        if (account) names.set(appId, account.nickName);
        const result = await dumpOne(context, folder, appId, account);
        names.delete(appId);
        await folder.note(appId);
        return tell(context, result);
      },
      failed: (appId, error) => {
        const nickName = names.get(appId) ?? '';
        // One that nobody knows gets no folder: what was typed need not even be a name.
        if (names.has(appId)) {
          folder.write(appId, { 'report.json': document({ appId, nickName, error: failureText(error) }) });
        }
        return tell(context, { type: 'failed', appId, nickName, error: failureJson(error, context.lang) });
      },
    }),
  );
  summarize(context, results, folder);
  tellFailures(context, results);
}

async function appIdsOf(context: Context, named: string[]): Promise<string[]> {
  const appIds = new Set<string>();
  for (const name of named) appIds.add(await resolveAccount(context, name));
  return [...appIds];
}

async function dumpOne(
  context: Context,
  folder: DumpFolder,
  appId: string,
  account: AccountRecord | undefined,
): Promise<Dumped> {
  const nickName = account?.nickName ?? '';
  const skipped = (reason: Reason): Dumped => ({ type: 'skipped', appId, nickName, reason });
  if (account?.kind === 'mini') return skipped('mini');
  if (account?.revokedAt !== undefined) return skipped('revoked');
  try {
    const live = await readLiveMenus(await context.keeper(), appId);
    const { draft, report } = menuReport({ appId, nickName }, live);
    folder.write(appId, {
      'self.json': live.self.raw,
      'api.json': live.api?.raw ?? null,
      'draft.json': draft ? document(draft) : null,
      'report.json': document(report),
    });
    const unread = live.unread && { unread: true as const };
    return { type: 'dumped', appId, nickName, draft: report.draft, blocked: report.entries.length, ...unread };
  } catch (error) {
    if (isError(error, 'REVOKED')) return skipped('revoked');
    throw error;
  }
}

/** For review and for diffs: the same menu is the same text, whoever dumps it. */
const document = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

const failureText = ({ code, text: message, errcode, hint }: WxopError) => ({
  code,
  ...(errcode !== undefined && { errcode }),
  message,
  hint,
});

function tell({ terminal }: Context, result: Dumped): Dumped {
  if (terminal.json) terminal.printJson(result);
  return result;
}

const REASONS: Record<Reason, Text> = {
  revoked: text('revoked', '已取消授权'),
  mini: text('mini program', '小程序'),
};

function summarize({ terminal }: Context, results: Dumped[], { doneBefore }: DumpFolder): void {
  const of = (wanted: Dumped['type']): Dumped[] => results.filter(({ type }) => type === wanted);
  const [dumped, skipped, failed] = [of('dumped'), of('skipped'), of('failed')];
  const count = (wanted: Reason): number => skipped.filter(({ reason }) => reason === wanted).length;
  const blocked = dumped.filter((result) => result.blocked).length;
  const unread = dumped.filter((result) => result.unread).length;
  if (terminal.json) {
    const drafts = dumped.filter(({ draft }) => draft !== 'none').length;
    const counts = {
      dumped: dumped.length,
      drafts,
      blocked,
      unread,
      skipped: skipped.length,
      failed: failed.length,
      doneBefore,
    };
    return terminal.printJson({ type: 'summary', ...counts });
  }
  const reasons = (['mini', 'revoked'] as const).filter((reason) => count(reason) > 0);
  const why = (lang: 'en' | 'zh'): string =>
    reasons.map((reason) => `${REASONS[reason][lang]} ${count(reason)}`).join(', ');
  const before = doneBefore > 0 ? text(`, ${doneBefore} before`, `，此前已完成 ${doneBefore}`) : text('', '');
  terminal.print(
    terminal.say(text(`${dumped.length} dumped${before.en}`, `已导出 ${dumped.length}${before.zh}`)),
    ...(skipped.length > 0
      ? [terminal.say(text(`${skipped.length} skipped: ${why('en')}`, `跳过 ${skipped.length}：${why('zh')}`))]
      : []),
    ...(blocked > 0
      ? [
          terminal.say(
            text(
              `${blocked} with entries that cannot be pushed as they are: see report.json`,
              `${blocked} 个含有无法原样推送的内容：见 report.json`,
            ),
          ),
        ]
      : []),
    ...(unread > 0
      ? [
          terminal.say(
            text(
              `${unread} whose conditional menus, if there are any, could not be read: see report.json`,
              `${unread} 个无法读取个性化菜单，不确定是否存在：见 report.json`,
            ),
          ),
        ]
      : []),
  );
}
