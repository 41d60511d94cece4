/** `wxop accounts sync`: restores every account that WeChat knows, with a verdict for each. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import type { Restoring } from '../../credentials/account-authorization.ts';
import type { Keeper } from '../../credentials/keeper.ts';
import { changesInWords, permissionChanges, type PermissionChanges } from '../../credentials/permission-changes.ts';
import type { Run } from '../../credentials/run.ts';
import { en, text, zh, type Hole, type Text } from '../../sentences/text.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { printRows, type Format, type Rows, type Tone } from '../../terminal/rows.ts';
import {
  ACCOUNT_COLUMNS,
  failureJson,
  noteResumed,
  runBulk,
  tellFailures,
  withRun,
  type BulkFailure,
} from '../bulk.ts';
import { concurrencyFlag, FORMAT, RESTART } from '../flags.ts';
import { resolveAccount } from '../resolve-account.ts';

const QUESTION = text('Update the stored accounts with what WeChat returns?', '用微信返回的内容更新本地帐号？');

export const command = defineCommand({
  arguments: {
    accounts: parameter(
      '[account...]',
      text('only these; removed accounts are restored', '仅同步这些帐号；已移除的会恢复'),
    ),
  },
  flags: { concurrency: concurrencyFlag(), restart: RESTART, format: FORMAT },
  examples: ['wxop accounts sync', 'wxop accounts sync wx0123456789abcdef'],
  risk: 'production',
  output: 'document',
  question: () => QUESTION,
  run: async (context, { accounts, concurrency, restart = false, format }) => {
    const appIds: string[] = [];
    for (const name of accounts) appIds.push(await resolveAccount(context, name));
    const options = { concurrency, restart, format };
    await (appIds.length > 0 ? syncNamed(context, options, appIds) : syncAll(context, options));
  },
});

interface SyncOptions {
  concurrency: number;
  restart: boolean;
  format: Format | undefined;
}

type Verdict = 'restored' | 'unchanged' | 'revoked' | 'no-refresh-token' | 'failed';

const VERDICTS: Record<Verdict, Text> = {
  restored: text('restored', '已恢复'),
  unchanged: text('unchanged', '无变化'),
  revoked: text('revoked', '已取消授权'),
  'no-refresh-token': text(
    'WeChat has no refresh token: the account must authorize again',
    '微信没有 refresh_token：需重新授权',
  ),
  failed: text('failed', '失败'),
};

interface Synced {
  appId: string;
  nickName: string;
  verdict: Verdict;
  /** Granted since, and no longer granted. */
  permissions?: PermissionChanges;
  error?: BulkFailure;
}

interface Item extends Restoring {
  appId: string;
}

async function syncOne(keeper: Keeper, { appId, ...known }: Item): Promise<Synced> {
  try {
    const { account, changed, before } = await keeper.restore(appId, known);
    const permissions = permissionChanges(before?.kind && before.funcInfo, account.funcInfo);
    const verdict = account.refreshToken === undefined ? 'no-refresh-token' : changed ? 'restored' : 'unchanged';
    return { appId, nickName: account.nickName, verdict, ...(permissions && { permissions }) };
  } catch (error) {
    if (!isError(error, 'REVOKED')) throw error;
    await keeper.revoke(appId);
    return { appId, nickName: '', verdict: 'revoked' };
  }
}

const failed = ({ lang }: Context, appId: string, error: WxopError): Synced => ({
  appId,
  nickName: '',
  verdict: 'failed',
  error: failureJson(error, lang),
});

/** Only these, whatever an earlier run did; a removed account that is named is restored. */
async function syncNamed(context: Context, { concurrency, format }: SyncOptions, appIds: string[]): Promise<void> {
  // Ask WeChat for nothing that could not be stored.
  await (await context.store()).proveWritable();
  const keeper = await context.keeper();
  const items = [...new Set(appIds)].map((appId) => ({ appId, bringBack: true }));
  const results = await runBulk<Item, Synced>(context, {
    items,
    total: () => items.length,
    concurrency,
    work: (item) => syncOne(keeper, item),
    failed: ({ appId }, error) => failed(context, appId, error),
  });
  await print(context, results, format);
  tellFailures(context, results);
  if (results.every(({ verdict }) => verdict === 'no-refresh-token')) throw noneUsable();
}

async function syncAll(context: Context, { concurrency, restart, format }: SyncOptions): Promise<void> {
  const { terminal } = context;
  const [keeper, store] = [await context.keeper(), await context.store()];
  const run = await context.openRun('sync', restart);
  noteResumed(context, run);
  const stored = await store.list('account');
  const listing: Listing = { total: stored.length, known: 0, listed: 0, removed: 0 };

  const results = await withRun(context, run, () =>
    runBulk<Item, Synced>(context, {
      items: everyAccount(keeper, stored, run, listing),
      total: () => listing.total,
      doneBefore: run.doneBefore,
      concurrency,
      work: async (item) => {
        const before = (await store.read(`account/${item.appId}`))?.value;
        if (before?.removedAt !== undefined) {
          listing.removed++;
          return undefined;
        }
        const isListed = item.authTime !== undefined;
        // WeChat does not list it, and has already said that it was cancelled.
        if (!isListed && before?.revokedAt !== undefined) return undefined;
        const result = await syncOne(keeper, item);
        await run.note(item.appId);
        return { ...result, nickName: result.nickName || (before?.nickName ?? '') };
      },
      failed: ({ appId }, error) => failed(context, appId, error),
    }),
  );
  await print(context, results, format);
  if (results.length === 0 && !run.isResumed) terminal.note(NONE_LISTED);
  if (listing.removed > 0) terminal.note(leftRemoved(listing.removed));
  tellFailures(context, results);
  if (listing.listed < listing.known) throw listCutShort(listing);
  if (results.length > 0 && results.every(({ verdict }) => verdict === 'no-refresh-token')) throw noneUsable();
}

/** `total`: of the progress; `known`: how many WeChat says it has; `listed`: how many it listed; `removed`: left out. */
interface Listing {
  total: number;
  known: number;
  listed: number;
  removed: number;
}

const listCutShort = ({ known, listed }: Listing): WxopError =>
  new WxopError(
    'PARTLY_FAILED',
    text(
      `WeChat says that ${known} accounts are authorized, but listed only ${listed}.`,
      `微信称共有 ${known} 个已授权帐号，但只列出了 ${listed} 个。`,
    ),
    {
      hint: text(
        'What was listed is stored. Run it again with --restart; an account that is missing can be named: wxop accounts sync <account>.',
        '已列出的帐号均已保存。请加 --restart 重新运行；缺少的帐号可单独指定：wxop accounts sync <account>。',
      ),
    },
  );

const noneUsable = (): WxopError =>
  new WxopError(
    'PARTLY_FAILED',
    text('WeChat gave no refresh token for any account.', '微信未返回任何帐号的 refresh_token。'),
    {
      hint: text(
        'Restore them from a backup (`wxop accounts import`), or let the merchants authorize again: `wxop authorize`.',
        '请从备份恢复（`wxop accounts import`），或请商家重新授权：`wxop authorize`。',
      ),
    },
  );

const NONE_LISTED = text('WeChat lists no accounts.', '微信没有列出任何已授权帐号。');

const leftRemoved = (accounts: number) =>
  text(
    `${accounts} removed accounts were not synced; name one to restore it.`,
    `${accounts} 个已移除的帐号保持不变；指定其 AppID 可恢复。`,
  );

/**
 * First what WeChat lists, then what only the store knows: these are asked about one by one, since only WeChat's own
 * answer marks an account as revoked.
 */
async function* everyAccount(keeper: Keeper, stored: string[], run: Run, listing: Listing): AsyncGenerator<Item> {
  const unlisted = new Set(stored);
  for await (const { accounts, total } of keeper.listed()) {
    listing.listed += accounts.length;
    listing.known = Math.max(total, listing.known);
    listing.total = Math.max(total, listing.total);
    for (const { appId, authTime, refreshToken } of accounts) {
      unlisted.delete(appId);
      if (!run.isDone(appId)) yield { appId, authTime, refreshToken };
    }
  }
  for (const appId of unlisted) if (!run.isDone(appId)) yield { appId };
}

function outcomeOf({ verdict, permissions, error }: Synced): Hole {
  const outcome = error?.message ?? VERDICTS[verdict];
  const changes = permissions && changesInWords(permissions);
  return changes ? text(en`${outcome}  ${changes}`, zh`${outcome}  ${changes}`) : outcome;
}

const TONES: Record<Verdict, Tone> = {
  restored: 'ok',
  unchanged: 'secondary',
  revoked: 'attention',
  'no-refresh-token': 'attention',
  failed: 'failure',
};

const ROWS: Rows<Synced> = {
  columns: [
    ...ACCOUNT_COLUMNS,
    {
      title: text('verdict', '结果'),
      seen: outcomeOf,
      long: { become: 'wrapped', least: 20 },
      tone: ({ verdict }) => TONES[verdict],
    },
  ],
  csv: [
    'appId',
    'nickName',
    'verdict',
    ['added', ({ permissions }) => permissions?.added],
    ['removed', ({ permissions }) => permissions?.removed],
    'error',
  ],
};

const print = ({ terminal }: Context, rows: Synced[], format: Format | undefined): Promise<void> =>
  printRows(terminal, { ...ROWS, rows, format });
