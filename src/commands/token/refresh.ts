/** `wxop token refresh`: new access tokens, of one account or of all. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import type { TokenRecord } from '../../store/store.ts';
import { iso } from '../../sentences/iso-time.ts';
import { localTimeFromNow } from '../../sentences/local-time.ts';
import { printRows, type Format, type Rows } from '../../terminal/rows.ts';
import { failureJson, noteResumed, runBulk, tellFailures, withRun, type BulkFailure } from '../bulk.ts';
import { concurrencyFlag, FORMAT, RESTART } from '../flags.ts';
import { ABOUT_ACCOUNT, resolveAccount } from '../resolve-account.ts';
import { FORCE, forcedOf, forceToken } from './force-token.ts';

interface Refreshed {
  appId: string;
  expiresAt: string | null;
  error?: BulkFailure;
}

const QUESTION_OF_ALL = text(
  'Replace the access token of every account? Programs that hold an old one must fetch the new one.',
  '更换全部帐号的 access_token？持有旧令牌的程序须重新获取。',
);
const questionOf = (account: string): Text =>
  text(
    `Replace the access token of ${account}? Programs that hold the old one must fetch the new one.`,
    `更换 ${account} 的 access_token？持有旧令牌的程序须重新获取。`,
  );

export const command = defineCommand({
  arguments: { account: parameter('[account]', ABOUT_ACCOUNT) },
  flags: {
    all: parameter('--all', text('every account that has not cancelled', '所有未取消授权的帐号')),
    concurrency: concurrencyFlag(),
    restart: RESTART,
    force: FORCE,
    format: FORMAT,
  },
  examples: ['wxop token refresh wx0123456789abcdef', 'wxop token refresh --all'],
  risk: 'production',
  output: 'document',
  question: ({ account, all }) => {
    if ((account === undefined) === !all) throw eitherOneOrAll();
    return account === undefined ? QUESTION_OF_ALL : questionOf(account);
  },
  run: async (context, { account, concurrency, restart = false, force = false, format }) => {
    if (account === undefined) await refreshAll(context, { concurrency, restart, force, format });
    else await refreshOne(context, await resolveAccount(context, account), force, format);
  },
});

const eitherOneOrAll = (): WxopError =>
  new WxopError('USAGE', text('Name one account, or use --all.', '请指定一个帐号，或使用 --all。'), {
    hint: text('See `wxop accounts list`.', '请查看 `wxop accounts list`。'),
  });

async function refreshOne(context: Context, appId: string, force: boolean, format: Format | undefined): Promise<void> {
  await print(context, [refreshed(appId, await forceToken(context, force, { account: appId }))], format);
}

const refreshed = (appId: string, { expiresAt }: TokenRecord): Refreshed => ({ appId, expiresAt: iso(expiresAt) });

const isLive = ({ revokedAt, removedAt }: AccountRecord): boolean => revokedAt === undefined && removedAt === undefined;

async function refreshAll(
  context: Context,
  {
    concurrency,
    restart,
    force,
    format,
  }: { concurrency: number; restart: boolean; force: boolean; format: Format | undefined },
): Promise<void> {
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
        if (!account || !isLive(account)) return undefined;
        const keeper = await context.keeper();
        const holder = { account: appId };
        return refreshed(appId, await keeper.replace(holder, old?.accessToken ?? '', forcedOf(holder, force)));
      },
      failed: (appId, error) => ({ appId, expiresAt: null, error: failureJson(error, context.lang) }),
    }),
  );
  await print(context, results, format);
  tellFailures(context, results);
}

const rowsAt = (now: number): Rows<Refreshed> => ({
  columns: [
    { title: text('appid', 'AppID'), seen: ({ appId }) => appId, isKey: true },
    {
      title: text('expires', '到期时间'),
      seen: ({ expiresAt }) => (expiresAt === null ? '-' : localTimeFromNow(Date.parse(expiresAt), now)),
      piped: ({ expiresAt }) => expiresAt ?? '-',
    },
    {
      title: text('failure', '失败原因'),
      seen: ({ error }) => error?.message ?? '',
      long: { become: 'wrapped', least: 16 },
      tone: () => 'failure',
    },
  ],
  csv: ['appId', 'expiresAt', 'error'],
});

const print = ({ terminal, now }: Context, rows: Refreshed[], format: Format | undefined): Promise<void> =>
  printRows(terminal, { ...rowsAt(now()), rows, format });
