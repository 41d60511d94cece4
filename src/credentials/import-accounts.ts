/** Takes in accounts and tickets that another store had: an exported file, or another library's. */
import { isError } from '../sentences/wxop-error.ts';
import type { AccountRecord, Store, TicketRecord } from '../store/store.ts';
import { judgeAccount, judgeTicket, type BroughtAccount, type Dated, type Verdict } from './import-verdict.ts';
import type { Update } from './compare-and-set.ts';

export interface Takeover {
  /** Keeps an account unless ours is newer; `overwrite` keeps it anyway. Killed at any moment: run it again. */
  adopt(theirs: Dated<BroughtAccount>, overwrite: boolean): Promise<Verdict>;
  /** The same with a ticket. */
  adoptTicket(theirs: TicketRecord, overwrite: boolean): Promise<Verdict>;
}

export interface TakeoverOptions {
  store: Store;
  update: Update;
  learn: (...secrets: (string | undefined)[]) => void;
}

export function createTakeover({ store, update, learn }: TakeoverOptions): Takeover {
  async function ours(appId: string): Promise<(Dated<AccountRecord> & { version: number }) | undefined> {
    const found = await store.read(`account/${appId}`);
    if (!found) return undefined;
    learn(found.value.refreshToken);
    const past = await store.history(`account/${appId}`);
    return { ...found, writtenAt: past.find(({ version }) => version === found.version)?.writtenAt ?? 0 };
  }

  return {
    adopt: async (theirs, overwrite) => {
      const { appId } = theirs.value;
      learn(theirs.value.refreshToken);
      for (;;) {
        const old = await ours(appId);
        const { verdict, value } = judgeAccount(old, theirs, overwrite);
        if (!value) return verdict;
        try {
          await store.write(`account/${appId}`, value, old?.version ?? 0, { durable: true });
          return verdict;
        } catch (error) {
          if (!isError(error, 'STORE_CONFLICT')) throw error;
        }
      }
    },
    adoptTicket: async (theirs, overwrite) => {
      learn(theirs.ticket);
      let reached: Verdict = 'unchanged';
      await update('ticket', (old) => {
        const { verdict, value } = judgeTicket(old, theirs, overwrite);
        reached = verdict;
        return value;
      });
      return reached;
    },
  };
}
