/** Work on each mini program that was chosen, and what came of it as a table or as JSON. */
import type { Context } from '../../cli/context.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import { expectCodeAccount } from '../../release/code-account.ts';
import type { StepOptions } from '../../release/steps/send-once.ts';
import { text } from '../../sentences/text.ts';
import { toWxopError } from '../../sentences/wxop-error.ts';
import { printRows, type Column, type Field, type Format } from '../../terminal/rows.ts';
import type { HolderCall } from '../../wechat-api/call.ts';
import { actAs } from '../act-as.ts';
import { failureJson, runBulk, tellFailures, type BulkFailure } from '../bulk.ts';
import type { ChosenAccounts } from './chosen-accounts.ts';

export interface WorkedOn {
  appId: string;
  /** Null where it has none, or is not known. */
  nickName: string | null;
}

/** A row of a table: what was found, or why nothing was. */
export type MaybeFailed = WorkedOn & { error?: BulkFailure };

/** What became of one mini program; where it failed, nothing else is known. */
export type Worked<Result extends object> = WorkedOn & (Result | { error: BulkFailure });
export const isFailed = <Result extends object>(row: Worked<Result>): row is WorkedOn & { error: BulkFailure } =>
  'error' in row;

/** Throws the failure of one that was named; the failures of several are in their rows, for `tellMiniFailures`. */
export async function workOnEach<Result extends object>(
  context: Context,
  { appIds, isOne }: ChosenAccounts,
  concurrency: number,
  work: (call: HolderCall, steps: StepOptions, account: AccountRecord) => Promise<Result>,
): Promise<Worked<Result>[]> {
  const keeper = await context.keeper();
  const nickNames = new Map<string, string | null>();
  const workOn = async (appId: string): Promise<Worked<Result>> => {
    const account = await keeper.account(appId);
    nickNames.set(appId, account.nickName || null);
    expectCodeAccount(account);
    const { call, steps } = await actAs(context, { account: appId });
    const result = await work(call, steps, account);
    return { appId, nickName: account.nickName || null, ...result };
  };
  const [first] = appIds;
  if (isOne && first !== undefined) return [await workOn(first)];
  return runBulk<string, Worked<Result>>(context, {
    items: appIds,
    total: () => appIds.length,
    concurrency,
    work: workOn,
    failed: (appId, error) => ({
      appId,
      nickName: nickNames.get(appId) ?? null,
      error: failureJson(toWxopError(error), context.lang),
    }),
  });
}

/** Where some failed: lists them by reason, and throws PARTLY_FAILED. */
export const tellMiniFailures = (context: Context, rows: readonly MaybeFailed[]): void =>
  tellFailures(context, [...rows], {
    hint: AGAIN,
    retryable: rows.some(({ error }) => error?.retryable === true),
  });

const AGAIN = text(
  'What is done stays. Once the reasons are gone, run it again: only what is still missing is sent.',
  '已完成的保持不变。排除原因后重新运行，只会提交仍缺少的部分。',
);

/** The columns that each table begins with. */
export const NAME_COLUMNS: Column<WorkedOn>[] = [
  {
    title: text('name', '名称'),
    seen: ({ nickName }) => nickName ?? '-',
    long: { become: 'cut', least: 10 },
    spare: 2,
  },
  { title: text('appid', 'AppID'), seen: ({ appId }) => appId, isKey: true },
];

/** The last column of a table in which some may have failed; a person sees it only where one did. */
const failureColumn = (rows: readonly MaybeFailed[]): Column<MaybeFailed> => {
  const reason = ({ error }: MaybeFailed): string => error?.message ?? '';
  return {
    title: text('failure', '失败原因'),
    piped: reason,
    ...(rows.some(({ error }) => error !== undefined) && { seen: reason }),
    long: { become: 'wrapped', least: 20 },
    tone: () => 'failure',
  };
};

/** One table of all: `rowsOf` gives the rows of one that did not fail; JSON has what `work` gave. */
export async function printEach<Result extends object, Row extends MaybeFailed>(
  { terminal }: Context,
  worked: readonly Worked<Result>[],
  {
    rowsOf,
    columns,
    csv,
    format,
  }: {
    rowsOf: (one: WorkedOn & Result) => Omit<Row, keyof WorkedOn>[];
    columns: readonly Column<Row>[];
    csv: readonly Field<Row>[];
    format: Format | undefined;
  },
): Promise<void> {
  const rows = worked.flatMap((one): Row[] => {
    const { appId, nickName } = one;
    const found = isFailed(one) ? [{ error: one.error }] : rowsOf(one);
    return (found.length > 0 ? found : [{}]).map((row) => ({ appId, nickName, ...row }) as Row);
  });
  await printRows(terminal, {
    columns: [...NAME_COLUMNS, ...columns, failureColumn(rows)],
    csv: ['nickName', 'appId', ...csv, 'error'],
    rows,
    format,
    document: worked,
  });
}
