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
    format: FORMAT,
  },
  examples: ['wxop token refresh wx0123456789abcdef', 'wxop token refresh --all'],
  risk: 'production',
  output: 'document',
  question: ({ account, all }) => {
    if ((account === undefined) === !all) throw eitherOneOrAll();
    return account === undefined ? QUESTION_OF_ALL : questionOf(account);
  },
  run: async (context, { account, concurrency, restart = false, format }) => {
    if (account === undefined) await refreshAll(context, concurrency, restart, format);
    else await refreshOne(context, await resolveAccount(context, account), format);
  },
});

const eitherOneOrAll = (): WxopError =>
  new WxopError('USAGE', text('Name one account, or use --all.', '请指定一个帐号，或使用 --all。'), {
    hint: text('See `wxop accounts list`.', '请查看 `wxop accounts list`。'),
  });

async function refreshOne(context: Context, appId: string, format: Format | undefined): Promise<void> {
  const store = await context.store();
  // Ask WeChat for nothing that could not be stored.
  await store.proveWritable();
  const old = await store.read(`token/${appId}`);
  await print(context, [await renew(context, appId, old?.value)], format);
}

async function renew(context: Context, account: string, old: TokenRecord | undefined): Promise<Refreshed> {
  const token = await (await context.keeper()).replace({ account }, old?.accessToken ?? '');
  return { appId: account, expiresAt: iso(token.expiresAt) };
}

const isLive = ({ revokedAt, removedAt }: AccountRecord): boolean => revokedAt === undefined && removedAt === undefined;

async function refreshAll(
  context: Context,
  concurrency: number,
  restart: boolean,
  format: Format | undefined,
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
        return account && isLive(account) ? renew(context, appId, old) : undefined;
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
