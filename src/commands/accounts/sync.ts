/** `wxop accounts sync`: every account that the platform knows, with a verdict. */
import { table } from '../../terminal/columns.ts';
import type { Context } from '../../cli/context.ts';
import { isError, type WxopError } from '../../sentences/wxop-error.ts';
import { text, type Text } from '../../sentences/text.ts';
import type { Keeper, Restoring } from '../../credentials/keeper.ts';
import type { Run } from '../../credentials/run.ts';
import { changesInWords, permissionChanges, type PermissionChanges } from '../../credentials/permission-changes.ts';
import { failureJson, noteResumed, runBulk, tellFailures, withRun, type BulkFailure } from '../bulk.ts';
import type { BulkFlags } from '../flags.ts';

type Verdict = 'restored' | 'unchanged' | 'revoked' | 'no-refresh-token' | 'failed';

const VERDICTS: Record<Verdict, Text> = {
  restored: text('restored', '已恢复'),
  unchanged: text('unchanged', '无变化'),
  revoked: text('revoked', '已取消授权'),
  'no-refresh-token': text(
    'no refresh token at the platform: let it authorize again',
    '平台没有 refresh_token：需重新授权',
  ),
  failed: text('failed', '失败'),
};

interface Synced {
  appId: string;
  nickName: string;
  verdict: Verdict;
  /** What the account grants now and did not before, and the other way round. */
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

/** Only these, whatever an earlier run did; being named brings a removed one back. */
export async function syncNamed(context: Context, { concurrency }: BulkFlags, appIds: string[]): Promise<void> {
  // Nothing is asked of the platform that could not be kept.
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
  print(context, results);
  tellFailures(context, results);
}

export async function syncAll(context: Context, { concurrency, restart = false }: BulkFlags): Promise<void> {
  const { terminal } = context;
  const [keeper, store] = [await context.keeper(), await context.store()];
  const run = await context.openRun('sync', restart);
  noteResumed(context, run);
  const stored = await store.list('account');
  const listing = { total: stored.length, removed: 0 };

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
        // The platform does not list it, and said before that it was cancelled.
        if (!isListed && before?.revokedAt !== undefined) return undefined;
        const result = await syncOne(keeper, item);
        await run.note(item.appId);
        return { ...result, nickName: result.nickName || (before?.nickName ?? '') };
      },
      failed: ({ appId }, error) => failed(context, appId, error),
    }),
  );
  print(context, results);
  if (results.length === 0 && !run.isResumed)
    terminal.note(terminal.say(text('The platform lists no accounts.', '平台没有任何已授权帐号。')));
  if (listing.removed > 0) {
    terminal.note(
      terminal.say(
        text(
          `${listing.removed} removed accounts were left as they are; name one to bring it back.`,
          `${listing.removed} 个已移除的帐号保持不变；指定其 AppID 可恢复。`,
        ),
      ),
    );
  }
  tellFailures(context, results);
}

/**
 * What the platform lists, then what only the store knows: that is kept, and asked about one by one, for only the
 * platform's own word marks an account as revoked.
 */
async function* everyAccount(
  keeper: Keeper,
  stored: string[],
  run: Run,
  listing: { total: number },
): AsyncGenerator<Item> {
  const unlisted = new Set(stored);
  for await (const { appId, authTime, refreshToken, total } of keeper.listed()) {
    unlisted.delete(appId);
    listing.total = Math.max(total, listing.total);
    if (!run.isDone(appId)) yield { appId, authTime, refreshToken };
  }
  for (const appId of unlisted) if (!run.isDone(appId)) yield { appId };
}

function print(context: Context, results: Synced[]): void {
  const { terminal, lang } = context;
  if (terminal.json) return terminal.printJson(results);
  const header = [text('appid', 'AppID'), text('name', '名称'), text('verdict', '结果')].map(terminal.say);
  const rows = results.map(({ appId, nickName, verdict, permissions, error }) => [
    appId,
    nickName || '-',
    (error?.message ?? VERDICTS[verdict][lang]) + (permissions ? `  ${changesInWords(permissions, context)}` : ''),
  ]);
  terminal.print(...table(header, rows, terminal.out));
}
