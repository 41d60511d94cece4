/** `wxop menu dump`: the menus of all accounts as files: as WeChat sent them, and ready to be pushed again. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { toJson } from '../../sentences/printable.ts';
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import { runBulk, failureJson, noteResumed, tellFailures, withRun, type BulkFailure } from '../bulk.ts';
import { concurrencyFlag, RESTART } from '../flags.ts';
import { openDumpFolder, type DumpFolder } from '../../menu/dump-folder.ts';
import { menuReport } from '../../menu/menu-report.ts';
import { readLiveMenus } from '../../menu/read-live-menus.ts';
import { ABOUT_ACCOUNT, resolveAccount } from '../resolve-account.ts';

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

const CONCURRENCY = 16;

export const command = defineCommand({
  arguments: { accounts: parameter('[account...]', ABOUT_ACCOUNT) },
  flags: {
    all: parameter('--all', text('every account', '全部帐号')),
    output: parameter('-o, --output <dir>', text('the folder to write to', '写入的目录'), { isRequired: true }),
    concurrency: concurrencyFlag(CONCURRENCY),
    restart: RESTART,
  },
  examples: ['wxop menu dump --all --output menus', 'wxop menu dump wx0123456789abcdef --output menus --json'],
  risk: 'reads',
  output: 'lines',
  run: async (context, { accounts, all = false, output, concurrency, restart = false }) => {
    if (accounts.length > 0 === all) throw all ? usage(BOTH) : usage(NEITHER);
    const store = await context.store();
    const records = async (appId: string): Promise<AccountRecord | undefined> =>
      (await store.read(`account/${appId}`))?.value;
    const appIds = all ? await store.list('account') : await appIdsOf(context, accounts);
    const folder = openDumpFolder({
      folder: output,
      componentAppId: context.settings.need('componentAppId').componentAppId,
      now: context.now,
      isWhole: all,
      restart,
    });
    noteResumed(context, folder);
    /** Of the accounts under way. */
    const names = new Map<string, string>();
    let newestError: WxopError | undefined;

    const results = await withRun(context, folder, () =>
      runBulk<string, Dumped>(context, {
        items: appIds.filter((appId) => !folder.isDone(appId)),
        total: () => appIds.length,
        doneBefore: folder.doneBefore,
        concurrency,
        work: async (appId) => {
          const account = await records(appId);
          if (all && account?.removedAt !== undefined) return undefined;
          if (account) names.set(appId, account.nickName);
          const result = await dumpOne(context, folder, appId, account, !all);
          names.delete(appId);
          await folder.note(appId);
          return tell(context, result);
        },
        failed: (appId, error) => {
          const nickName = names.get(appId) ?? '';
          newestError = error;
          // An unknown account gets no folder: what was typed may be no name at all.
          if (names.has(appId)) {
            folder.write(appId, { 'report.json': document({ appId, nickName, error: failureText(error) }) });
          }
          return tell(context, { type: 'failed', appId, nickName, error: failureJson(error, context.lang) });
        },
      }),
    );
    summarize(context, results, folder);
    // As `menu get`: the failure of the only account is that of the command.
    if (!all && appIds.length === 1 && newestError) throw newestError;
    tellFailures(context, results);
  },
});

const BOTH = text('Both accounts and --all were given.', '不能同时指定帐号与 --all。');
const NEITHER = text('Name accounts, or use --all.', '请指定帐号，或使用 --all。');

const usage = (sentence: Text): WxopError =>
  new WxopError('USAGE', sentence, {
    hint: text('See `wxop menu dump --help`.', '请查看 `wxop menu dump --help`。'),
  });

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
  isNamed: boolean,
): Promise<Dumped> {
  const nickName = account?.nickName ?? '';
  const skipped = (reason: Reason): Dumped => ({ type: 'skipped', appId, nickName, reason });
  if (account?.kind === 'mini') return skipped('mini');
  // One that was asked for by name is a failure, which the keeper explains.
  if (!isNamed && account?.revokedAt !== undefined) return skipped('revoked');
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
    if (!isNamed && isError(error, 'REVOKED')) return skipped('revoked');
    throw error;
  }
}

/** The same menu is always the same text, so that dumps can be compared. */
const document = (value: object): string => `${toJson(value, 2)}\n`;

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
  const count = (fits: (result: Dumped) => unknown): number => results.filter(fits).length;
  const counts = {
    dumped: count(({ type }) => type === 'dumped'),
    drafts: count(({ type, draft }) => type === 'dumped' && draft !== 'none'),
    blocked: count((result) => result.blocked),
    unread: count((result) => result.unread),
    skipped: count(({ type }) => type === 'skipped'),
    failed: count(({ type }) => type === 'failed'),
    doneBefore,
  };
  if (terminal.json) return terminal.printJson({ type: 'summary', ...counts });
  const { dumped, blocked, unread, skipped } = counts;
  const reasons = (['mini', 'revoked'] as const)
    .map((wanted) => ({ wanted, times: count(({ reason }) => reason === wanted) }))
    .filter(({ times }) => times > 0)
    .map(({ wanted, times }) => text(en`${REASONS[wanted]}: ${times}`, zh`${REASONS[wanted]} ${times} 个`));
  terminal.print(
    doneBefore > 0 ? dumpedNowAndBefore(dumped, doneBefore) : dumpedNow(dumped),
    ...(skipped > 0 ? [skippedFor(skipped, listed(reasons))] : []),
    ...(blocked > 0 ? [withBlocked(blocked)] : []),
    ...(unread > 0 ? [withUnread(unread)] : []),
  );
}

const dumpedNow = (dumped: number): Text => text(`${dumped} dumped`, `已导出 ${dumped} 个`);

const dumpedNowAndBefore = (dumped: number, before: number): Text =>
  text(`${dumped} dumped, ${before} before`, `已导出 ${dumped} 个，此前已完成 ${before} 个`);

const skippedFor = (skipped: number, reasons: Text): Text =>
  text(en`${skipped} skipped (${reasons})`, zh`跳过 ${skipped} 个（${reasons}）`);

const withBlocked = (blocked: number): Text =>
  text(
    `${blocked} with entries that cannot be pushed as they are: see report.json`,
    `${blocked} 个含有无法原样推送的内容：见 report.json`,
  );

const withUnread = (unread: number): Text =>
  text(
    `${unread} whose conditional menus, if there are any, could not be read: see report.json`,
    `${unread} 个无法读取个性化菜单，不确定是否存在：见 report.json`,
  );
