/** Takes in accounts and tickets that another store had: an exported file, or another library's. */
import type { AccountRecord } from '../protocol/account-record.ts';
import type { Store, TicketRecord } from '../store/store.ts';
import { judgeAccount, judgeTicket, type ImportedAccount, type Dated, type ImportOutcome } from './import-outcome.ts';
import { untilNoConflict, type CompareAndSet } from './compare-and-set.ts';

export interface AccountImport {
  /** Keeps an account unless ours is newer; `overwrite` keeps it anyway. Killed at any moment: run it again. */
  importAccount(theirs: Dated<ImportedAccount>, overwrite: boolean): Promise<ImportOutcome>;
  /** The same with a ticket. */
  importTicket(theirs: TicketRecord, overwrite: boolean): Promise<ImportOutcome>;
}

export interface AccountImportOptions {
  store: Store;
  update: CompareAndSet;
  learn: (...secrets: (string | undefined)[]) => void;
}

export function createAccountImport({ store, update, learn }: AccountImportOptions): AccountImport {
  async function ours(appId: string): Promise<(Dated<AccountRecord> & { version: number }) | undefined> {
    const found = await store.read(`account/${appId}`);
    if (!found) return undefined;
    learn(found.value.refreshToken);
    const past = await store.history(`account/${appId}`);
    return { ...found, writtenAt: past.find(({ version }) => version === found.version)?.writtenAt ?? 0 };
  }

  return {
    importAccount: (theirs, overwrite) => {
      const { appId } = theirs.value;
      learn(theirs.value.refreshToken);
      return untilNoConflict(async () => {
        const old = await ours(appId);
        const { verdict, value } = judgeAccount(old, theirs, overwrite);
        if (value) await store.write(`account/${appId}`, value, old?.version ?? 0, { durable: true });
        return verdict;
      });
    },
    importTicket: async (theirs, overwrite) => {
      learn(theirs.ticket);
      let reached: ImportOutcome = 'unchanged';
      await update('ticket', (old) => {
        const { verdict, value } = judgeTicket(old, theirs, overwrite);
        reached = verdict;
        return value;
      });
      return reached;
    },
  };
}
