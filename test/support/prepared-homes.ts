/** Homes with accounts in them, and what is in a home. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createSealer } from '../../src/store/seal.ts';
import type { AccountRecord } from '../../src/protocol/account-record.ts';
import type { Store, TicketRecord } from '../../src/store/store.ts';
import { openFileStore } from './wechat.ts';
import { runWxop, temporaryFolder, type RunOptions, type RunResult } from './world.ts';

export const COMPONENT_APPID = 'wx5a4db0c0ffee0001';

export const appIdOf = (index: number): string => `wx${index.toString(16).padStart(16, '0')}`;
/** As the platform writes them. */
export const tokenOf = (index: number, round = 1): string =>
  `refreshtoken@@@${createHash('sha256').update(`${index}/${round}`).digest('base64url')}`;

export const accountOf = (index: number, changes: Partial<AccountRecord> = {}): AccountRecord => ({
  appId: appIdOf(index),
  refreshToken: tokenOf(index),
  nickName: `茶店 ${index}`,
  userName: `gh_${index}`,
  kind: index % 2 ? 'mp' : 'mini',
  funcInfo: [1, 15],
  authorizedAt: Date.UTC(2024, 0, 1) + index,
  lastEvent: { createTime: 1_700_000_000 + index, digest: `d${index}` },
  ...changes,
});

export const TICKET: TicketRecord = { ticket: 'ticket@@@of-the-old-machine', createTime: 1_700_000_000, receivedAt: 1 };

export interface Home {
  environment: Record<string, string>;
  store: Store;
  run: (argv: string[], options?: RunOptions) => Promise<RunResult>;
  /** The newest value of each account. */
  accounts: () => Promise<Record<string, AccountRecord>>;
}

/** A home of its own, plain or encrypted, with these accounts in it. */
export async function openHome(records: AccountRecord[] = [], key?: string): Promise<Home> {
  const home = temporaryFolder();
  const environment = {
    WXOP_HOME: home,
    WXOP_COMPONENT_APPID: COMPONENT_APPID,
    WXOP_PASSPHRASE: 'four words of passphrase',
    ...(key && { WXOP_STORE_KEY: key }),
  };
  const store = openFileStore(join(home, 'state', COMPONENT_APPID), { sealer: key ? createSealer(key) : undefined });
  for (const record of records) await store.write(`account/${record.appId}`, record, 0, { durable: false });
  return {
    environment,
    store,
    run: (argv, options = {}) => runWxop(argv, { ...options, environment: { ...environment, ...options.environment } }),
    accounts: async () => {
      const found: Record<string, AccountRecord> = {};
      for (const appId of await store.list('account')) {
        const record = await store.read(`account/${appId}`);
        if (record) found[appId] = record.value;
      }
      return found;
    },
  };
}

/** Writes the next version of an account. */
export async function change(store: Store, index: number, changes: Partial<AccountRecord>): Promise<void> {
  const key = `account/${appIdOf(index)}` as const;
  const old = await store.read(key);
  const value = { ...(old?.value ?? accountOf(index)), ...changes };
  await store.write(key, value, old?.version ?? 0, { durable: false });
}

export interface TakenIn {
  ticket: { verdict: string } | null;
  accounts: { appId: string; verdict: string; error?: { code: string } }[];
}

/** Appid → verdict of a run with `--json`. */
export function verdictsOf({ stdout }: { stdout: string }): Record<string, string> {
  const { accounts } = JSON.parse(stdout) as TakenIn;
  return Object.fromEntries(accounts.map(({ appId, verdict }) => [appId, verdict]));
}
