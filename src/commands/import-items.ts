/** Takes accounts and a ticket into the store, one after the other, and says what became of each. */
import { table } from '../terminal/columns.ts';
import type { Context } from '../cli/context.ts';
import { text, type Text } from '../sentences/text.ts';
import { toWxopError, WxopError } from '../sentences/wxop-error.ts';
import { type ErrorCode } from '../sentences/error-codes.ts';
import type { TicketRecord } from '../store/store.ts';
import type { ImportedAccount, Dated, ImportOutcome } from '../credentials/import-outcome.ts';

/** An account that was brought, or why there is none. */
export type ImportItem = { account: Dated<ImportedAccount> } | { appId: string; error: WxopError };

export interface ImportSource {
  /** Throws when it is there and cannot be read. */
  ticket: () => Promise<TicketRecord | undefined>;
  accounts: Iterable<ImportItem> | AsyncIterable<ImportItem>;
  /** Where it looked, for who finds nothing. */
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

/** What concerns one item; anything else concerns all of them, and ends the run. */
const OF_ONE_ITEM = new Set<ErrorCode>(['RECORD_DAMAGED', 'RECORD_NEWER', 'STORE_UNREADABLE', 'USAGE']);

/** Throws PARTLY_FAILED when some failed. Gives how many accounts were added or updated. */
export async function importItems(context: Context, cargo: ImportSource, overwrite: boolean): Promise<number> {
  const { terminal, lang } = context;
  const keeper = await context.keeper();
  await (await context.store()).proveWritable();

  const attempt = async (work: () => Promise<ImportOutcome>): Promise<Result> => {
    context.runtime.signal.throwIfAborted();
    try {
      return { verdict: await work() };
    } catch (thrown) {
      const { code, text: sentence } = toWxopError(thrown);
      if (!OF_ONE_ITEM.has(code)) throw thrown;
      return { verdict: 'failed', error: { code, message: sentence[lang] } };
    }
  };

  let hasTicket = true;
  const ticket = await attempt(async () => {
    const found = await cargo.ticket();
    hasTicket = found !== undefined;
    return found ? keeper.importTicket(found, overwrite) : 'unchanged';
  });
  const accounts: AccountResult[] = [];
  const progress = terminal.progress();
  for await (const arrival of cargo.accounts) {
    const { appId, nickName = '' } = 'account' in arrival ? arrival.account.value : { appId: arrival.appId };
    if (terminal.err.isTTY) progress.update(`${accounts.length + 1}  ${appId}`);
    const result = await attempt(() => {
      if ('error' in arrival) throw arrival.error;
      return keeper.importAccount(arrival.account, overwrite);
    });
    accounts.push({ appId, nickName, ...result });
  }
  progress.done();

  print(context, hasTicket ? ticket : undefined, accounts);
  if (!hasTicket && accounts.length === 0 && cargo.lookedFor) terminal.note(terminal.say(await cargo.lookedFor()));
  const failed = [ticket, ...accounts].filter(({ verdict }) => verdict === 'failed').length;
  if (failed > 0) {
    throw new WxopError('PARTLY_FAILED', text(`${failed} items failed.`, `${failed} 项失败。`), {
      hint: text(
        'Why stands beside each. What was taken in stays; it can be run again.',
        '各自的原因见上。已导入的内容会保留，可重新运行。',
      ),
    });
  }
  return accounts.filter(({ verdict }) => verdict === 'added' || verdict === 'updated').length;
}

function print(context: Context, ticket: Result | undefined, accounts: AccountResult[]): void {
  const { terminal, lang } = context;
  if (terminal.json) return terminal.printJson({ ticket: ticket ?? null, accounts });
  const said = ({ verdict, error }: Result): string => error?.message ?? VERDICTS[verdict as ImportOutcome][lang];
  const rows = accounts.map((account) => [account.appId, account.nickName || '-', said(account)]);
  if (ticket) rows.unshift(['ticket', '-', said(ticket)]);
  const header = [text('appid', 'AppID'), text('name', '名称'), text('verdict', '结果')];
  terminal.print(...table(header.map(terminal.say), rows, terminal.out));
  if (rows.length === 0) terminal.note(terminal.say(text('There is nothing to take in.', '没有可导入的内容。')));
  const kept = [...accounts, ...(ticket ? [ticket] : [])].filter(({ verdict }) => verdict === 'kept').length;
  if (kept > 0) {
    terminal.note(
      terminal.say(
        text(`${kept} kept as they are; --overwrite takes theirs.`, `${kept} 项保持不变；--overwrite 则采用对方的。`),
      ),
    );
  }
}
