/** Takes in accounts and tickets that another store had: an exported file, or another library's. */
import type { AccountRecord } from '../protocol/account-record.ts';
import type { Store, TicketRecord } from '../store/store.ts';
import { text, type Text } from '../sentences/text.ts';
import {
  credibleAccount,
  credibleTicket,
  judgeAccount,
  judgeTicket,
  type ImportedAccount,
  type Dated,
  type ImportOutcome,
} from './import-outcome.ts';
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
  now: () => number;
  warn: (warning: Text) => void;
}

export function createAccountImport({ store, update, learn, now, warn }: AccountImportOptions): AccountImport {
  let isWarned = false;

  /** Warns of the first date in the future: it counts as now. */
  function credible<Value>(theirs: Value, counted: Value, name: string): Value {
    if (!isWarned && JSON.stringify(counted) !== JSON.stringify(theirs)) {
      isWarned = true;
      warn(inTheFuture(name));
    }
    return counted;
  }

  async function ours(appId: string): Promise<(Dated<AccountRecord> & { version: number }) | undefined> {
    const found = await store.read(`account/${appId}`);
    if (!found) return undefined;
    learn(found.value.refreshToken);
    const past = await store.history(`account/${appId}`);
    return { ...found, writtenAt: past.find(({ version }) => version === found.version)?.writtenAt ?? 0 };
  }

  return {
    importAccount: (brought, overwrite) => {
      const { appId } = brought.value;
      const theirs = credible(brought, credibleAccount(brought, now()), appId);
      learn(theirs.value.refreshToken);
      return untilNoConflict(async () => {
        const old = await ours(appId);
        const { verdict, value } = judgeAccount(old && credibleAccount(old, now()), theirs, overwrite);
        if (value) await store.write(`account/${appId}`, value, old?.version ?? 0, { durable: true });
        return verdict;
      });
    },
    importTicket: async (brought, overwrite) => {
      const theirs = credible(brought, credibleTicket(brought, now()), 'ticket');
      learn(theirs.ticket);
      let reached: ImportOutcome = 'unchanged';
      await update('ticket', (old) => {
        const { verdict, value } = judgeTicket(old && credibleTicket(old, now()), theirs, overwrite);
        reached = verdict;
        return value;
      });
      return reached;
    },
  };
}

const inTheFuture = (name: string): Text =>
  text(
    `Dates in the future count as now (the first: ${name}): check the clock of the machine that wrote them, and of this one.`,
    `未来的时间按当前时间计（首个：${name}）：请检查写入数据的机器与本机的时钟。`,
  );
