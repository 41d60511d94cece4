/** The mini programs that a command works on: one that is named, several, those of a file, or all. */
import { parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import { expectCodeAccount, isCodeAccount } from '../../release/code-account.ts';
import type { StepOptions } from '../../release/steps/send-once.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import type { Column } from '../../terminal/rows.ts';
import { actAs } from '../act-as.ts';
import { failureJson, runBulk, tellFailures, type BulkFailure } from '../bulk.ts';
import { readText } from '../files.ts';
import { concurrencyFlag, FORMAT } from '../flags.ts';
import { resolveAccount } from '../resolve-account.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

export const ACCOUNTS = parameter(
  '[accounts...]',
  text('mini programs: appid, alias, gh_… or a part of the name', '小程序：AppID、别名、原始 ID gh_… 或名称的一部分'),
);

export const CHOICE_FLAGS = {
  all: parameter('--all', text('every mini program that granted permission set 18', '所有已授予权限集 18 的小程序')),
  accounts: parameter(
    '--accounts <file>',
    text('a file with one on each line; - is stdin', '每行一个小程序的文件；- 表示标准输入'),
  ),
  concurrency: concurrencyFlag(),
  format: FORMAT,
};

export const ONLINE_GUIDE = parameter(
  '--online',
  text('the guide that is online, instead of the one in development', '线上版指引，而非开发版'),
);

interface Choice {
  names: string[];
  all?: true;
  accounts?: string;
}

export interface ChosenAccounts {
  appIds: string[];
  /** One that was named: its failure is that of the command. */
  isOne: boolean;
}

/** Throws USAGE where none is chosen, or in two ways; NO_ACCOUNT for a name that is not known. */
export async function chosenAccounts(
  context: Context,
  { names, all, accounts: file }: Choice,
): Promise<ChosenAccounts> {
  const ways = [names.length > 0, all === true, file !== undefined].filter(Boolean).length;
  if (ways !== 1) throw chooseAccounts();
  if (all) return { appIds: await everyMiniProgram(context), isOne: false };
  const wanted = file === undefined ? names : await namesIn(context, file);
  const appIds = new Set<string>();
  for (const name of wanted) appIds.add(await resolveAccount(context, name));
  return { appIds: [...appIds], isOne: file === undefined && appIds.size === 1 };
}

async function everyMiniProgram(context: Context): Promise<string[]> {
  const appIds: string[] = [];
  for await (const account of (await context.keeper()).accounts()) {
    if (!('error' in account) && isCodeAccount(account)) appIds.push(account.appId);
  }
  if (appIds.length === 0) context.terminal.note(NONE);
  return appIds;
}

/** The first column of each line, so that a CSV of accounts will do. */
async function namesIn(context: Context, file: string): Promise<string[]> {
  const names = (await readText(context, file))
    .split(/\r?\n/)
    .map((line) => (/^\s*"?([^",\t#]*)/.exec(line)?.[1] ?? '').trim())
    .filter((name) => name !== '' && name !== 'appId');
  if (names.length > 0) return names;
  throw new WxopError('USAGE', text(en`${file} names no account.`, zh`${file} 中没有帐号。`), {
    hint: text('Write one appid on each line.', '每行写一个 AppID。'),
  });
}

const NONE = text(
  'No mini program here granted permission set 18: `wxop accounts list --kind mini`.',
  '本地没有已授予权限集 18 的小程序：`wxop accounts list --kind mini`。',
);

const chooseAccounts = (): WxopError =>
  new WxopError(
    'USAGE',
    text('Name mini programs, or use --all, or --accounts FILE.', '请指定小程序，或使用 --all，或 --accounts 文件。'),
    { hint: text('See `wxop accounts list --kind mini`.', '请查看 `wxop accounts list --kind mini`。') },
  );

export interface WorkedOn {
  appId: string;
  /** Null where it has none, or is not known. */
  nickName: string | null;
}

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
export const tellMiniFailures = (context: Context, rows: readonly (WorkedOn & { error?: BulkFailure })[]): void =>
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

type Failable = WorkedOn & { error?: BulkFailure };

/** The last column of a table in which some may have failed; a person sees it only where one did. */
export const failureColumn = (rows: readonly Failable[]): Column<Failable> => {
  const reason = ({ error }: Failable): string => error?.message ?? '';
  return {
    title: text('failure', '失败原因'),
    piped: reason,
    ...(rows.some(({ error }) => error !== undefined) && { seen: reason }),
    long: { become: 'wrapped', least: 20 },
    tone: () => 'failure',
  };
};

export type Outcome = 'changed' | 'unchanged' | 'failed';
const OUTCOMES: Record<Outcome, Text> = {
  changed: text('changed', '已更改'),
  unchanged: text('unchanged', '无变化'),
  failed: text('failed', '失败'),
};

/** The columns of a command that changes something. */
export const OUTCOME_COLUMNS: Column<WorkedOn & { outcome: Outcome; error?: BulkFailure }>[] = [
  ...NAME_COLUMNS,
  {
    title: text('result', '结果'),
    seen: ({ appId, outcome, error }) =>
      error?.message.replace(new RegExp(`^${appId}(?:: |：)`), '') ?? OUTCOMES[outcome],
    long: { become: 'wrapped', least: 20 },
    tone: ({ outcome }) => (outcome === 'failed' ? 'failure' : outcome === 'changed' ? 'ok' : 'secondary'),
  },
];

/** Of a row that has one unless it failed. */
export const outcomeIn = (row: object): Outcome => ('outcome' in row ? (row.outcome as Outcome) : 'failed');
export const outcomeOf = (isChanged: boolean): Outcome => (isChanged ? 'changed' : 'unchanged');

/** How many came to what. */
export function summaryOf(rows: readonly { outcome: Outcome }[]): Text {
  const count = (wanted: Outcome): number => rows.filter(({ outcome }) => outcome === wanted).length;
  const [changed, unchanged, failed] = [count('changed'), count('unchanged'), count('failed')];
  return text(
    `${changed} changed, ${unchanged} unchanged, ${failed} failed`,
    `已更改 ${changed}，无变化 ${unchanged}，失败 ${failed}`,
  );
}
