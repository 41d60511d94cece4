/** `wxop token refresh`: new access tokens, of one account or of all. */
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import type { AccountRecord, TokenRecord } from '../../store/store.ts';
import { iso } from '../../sentences/iso-time.ts';
import { confirmInProduction } from '../confirm.ts';
import { failureJson, noteResumed, runBulk, tellFailures, withRun, type BulkFailure } from '../bulk.ts';
import type { BulkFlags } from '../flags.ts';

export interface RefreshFlags extends BulkFlags {
  all?: boolean;
  yes?: boolean;
}

interface Refreshed {
  appId: string;
  expiresAt: string | null;
  error?: BulkFailure;
}

export async function refreshOne(context: Context, appId: string): Promise<void> {
  const store = await context.store();
  // Nothing is asked of the platform that could not be kept.
  await store.proveWritable();
  const old = await store.read(`token/${appId}`);
  print(context, [await renew(context, appId, old?.value)]);
}

async function renew(context: Context, account: string, old: TokenRecord | undefined): Promise<Refreshed> {
  const token = await (await context.keeper()).replace({ account }, old?.accessToken ?? '');
  return { appId: account, expiresAt: iso(token.expiresAt) };
}

const isLive = ({ revokedAt, removedAt }: AccountRecord): boolean => revokedAt === undefined && removedAt === undefined;

export async function refreshAll(context: Context, flags: RefreshFlags): Promise<void> {
  const { concurrency, restart = false } = flags;
  const question = text(
    'Replace the access token of every account? Whoever holds an old one must ask for the new one.',
    '更换全部帐号的 access_token？持有旧 token 的程序须重新获取。',
  );
  if (!(await confirmInProduction(context, flags, question))) return;
  const store = await context.store();
  const run = await context.openRun('refresh', restart);
  noteResumed(context, run);
  const appIds = await store.list('account');
  const results = await withRun(context, run, () =>
    runBulk<string, Refreshed>(context, {
      items: appIds,
      total: () => appIds.length,
      concurrency,
      work: async (appId) => {
        const old = (await store.read(`token/${appId}`))?.value;
        // The token tells by itself whether this run was here already.
        if (old && old.obtainedAt > run.startedAt) return undefined;
        const account = (await store.read(`account/${appId}`))?.value;
        return account && isLive(account) ? renew(context, appId, old) : undefined;
      },
      failed: (appId, error) => ({ appId, expiresAt: null, error: failureJson(error, context.lang) }),
    }),
  );
  print(context, results);
  tellFailures(context, results);
}

function print({ terminal }: Context, results: Refreshed[]): void {
  if (terminal.json) return terminal.printJson(results);
  terminal.print(
    ...results.map(({ appId, expiresAt, error }) =>
      [appId, expiresAt ?? '-', error?.message ?? ''].join('\t').trimEnd(),
    ),
  );
}
