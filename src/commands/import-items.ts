/** Imports a ticket and accounts, one after the other, and shows the outcome of each. */
import type { Context } from '../cli/context.ts';
import type { Dated, ImportedAccount, ImportOutcome } from '../credentials/import-outcome.ts';
import type { ErrorCode } from '../sentences/error-codes.ts';
import { text, type Text } from '../sentences/text.ts';
import { toWxopError, WxopError } from '../sentences/wxop-error.ts';
import type { TicketRecord } from '../store/store.ts';
import { ACCOUNT_COLUMNS } from './bulk.ts';
import { printRows, type Format, type Rows, type Tone } from '../terminal/rows.ts';

/** An account to import, or why it could not be read. */
export type ImportItem = { account: Dated<ImportedAccount> } | { appId: string; error: WxopError };

export interface ImportSource {
  /** Throws when there is one that cannot be read. */
  ticket: () => Promise<TicketRecord | undefined>;
  accounts: Iterable<ImportItem> | AsyncIterable<ImportItem>;
  /** Where it looked, shown when nothing is found. */
  lookedFor?: () => Promise<Text>;
}

interface Result {
  verdict: ImportOutcome | 'failed';
  error?: { code: ErrorCode; message: string };
}

interface AccountResult extends Result {
  appId: string;
  nickName: string;
}

const VERDICTS: Record<ImportOutcome, Text> = {
  added: text('added', '已新增'),
  updated: text('updated', '已更新'),
  unchanged: text('unchanged', '无变化'),
  kept: text('kept: ours is newer', '保留：本地的更新'),
};

/** Throws PARTLY_FAILED when some failed. Returns how many accounts were added or updated. */
export async function importItems(
  context: Context,
  source: ImportSource,
  { overwrite, format }: { overwrite: boolean; format: Format | undefined },
): Promise<number> {
  const { terminal } = context;
  const keeper = await context.keeper();
  await (await context.store()).proveWritable();

  const failed = ({ code, text: why }: WxopError): Result => ({
    verdict: 'failed',
    error: { code, message: terminal.say(why) },
  });
  const attempt = async (work: () => Promise<ImportOutcome>): Promise<Result> => {
    context.runtime.signal.throwIfAborted();
    try {
      return { verdict: await work() };
    } catch (thrown) {
      const error = toWxopError(thrown);
      if (error.concerns !== 'record') throw thrown;
      return failed(error);
    }
  };

  let hasTicket = true;
  const ticket = await attempt(async () => {
    const found = await source.ticket();
    hasTicket = found !== undefined;
    return found ? keeper.importTicket(found, overwrite) : 'unchanged';
  });
  const accounts: AccountResult[] = [];
  const progress = terminal.progress();
  for await (const item of source.accounts) {
    const { appId, nickName = '' } = 'account' in item ? item.account.value : { appId: item.appId };
    if (terminal.err.isTTY) progress.update(`${accounts.length + 1}  ${appId}`);
    const result =
      'error' in item ? failed(item.error) : await attempt(() => keeper.importAccount(item.account, overwrite));
    accounts.push({ appId, nickName, ...result });
  }
  progress.done();

  await print(context, { ticket: hasTicket ? ticket : undefined, accounts, format });
  if (!hasTicket && accounts.length === 0 && source.lookedFor) terminal.note(await source.lookedFor());
  expectNoFailure([ticket, ...accounts]);
  return countOf(accounts, 'added') + countOf(accounts, 'updated');
}

const countOf = (results: Result[], wanted: Result['verdict']): number =>
  results.filter(({ verdict }) => verdict === wanted).length;

function expectNoFailure(results: Result[]): void {
  const failed = countOf(results, 'failed');
  if (failed === 0) return;
  throw new WxopError('PARTLY_FAILED', text(`${failed} items failed.`, `${failed} 项失败。`), {
    hint: text(
      'The reason is shown next to each item. Imported items are kept; run the command again to retry.',
      '各自的原因见上。已导入的内容会保留，可重新运行。',
    ),
  });
}

const NOTHING = text('There is nothing to import.', '没有可导入的内容。');

const someKept = (kept: number) =>
  text(
    `${kept} were left as they are here; --overwrite replaces them.`,
    `${kept} 项保持不变；--overwrite 则采用对方的。`,
  );

const TONES: Record<Result['verdict'], Tone> = {
  added: 'ok',
  updated: 'ok',
  unchanged: 'secondary',
  kept: 'attention',
  failed: 'failure',
};

const ROWS: Rows<AccountResult> = {
  columns: [
    ...ACCOUNT_COLUMNS,
    {
      title: text('verdict', '结果'),
      seen: ({ verdict, error }) => error?.message ?? VERDICTS[verdict as ImportOutcome],
      long: { become: 'wrapped', least: 20 },
      tone: ({ verdict }) => TONES[verdict],
    },
  ],
  csv: ['appId', 'nickName', 'verdict', 'error'],
};

interface Outcome {
  ticket: Result | undefined;
  accounts: AccountResult[];
  format: Format | undefined;
}

async function print({ terminal }: Context, { ticket, accounts, format }: Outcome): Promise<void> {
  const rows = [...(ticket ? [{ appId: 'ticket', nickName: '', ...ticket }] : []), ...accounts];
  await printRows(terminal, { ...ROWS, rows, format, document: { ticket: ticket ?? null, accounts } });
  if (terminal.json) return;
  if (rows.length === 0) terminal.note(NOTHING);
  const kept = countOf(rows, 'kept');
  if (kept > 0) terminal.note(someKept(kept));
}
