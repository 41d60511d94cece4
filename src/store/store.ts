/** The Store port and the records it keeps. Times are milliseconds since the epoch unless a name says seconds. */
import type { ErrorCode, Text } from '../errors.ts';

/** The newest ticket of the component. */
export interface TicketRecord {
  ticket: string;
  /** Unix seconds from the push; 0 for a ticket that was set by hand, which any pushed one replaces. */
  createTime: number;
  receivedAt: number;
}

/** An access token: of the component, or of one account. */
export interface TokenRecord {
  accessToken: string;
  obtainedAt: number;
  expiresAt: number;
}

/** An authorized account: what must never be lost is its refresh token. */
export interface AccountRecord {
  appId: string;
  refreshToken?: string;
  nickName: string;
  /** The original id, `gh_…`. */
  userName: string;
  kind: 'mp' | 'mini';
  funcInfo: number[];
  authorizedAt: number;
  revokedAt?: number;
  /** The newest event that was applied: its CreateTime (unix seconds) and what it was. */
  lastEvent?: { createTime: number; digest: string };
}

/** An authorization code that reached an attempt, by redirect, by event, or pasted. */
export interface OfferedCode {
  /** SHA-256: tells codes apart once the code itself is forgotten. */
  digest: string;
  /** There until it was exchanged or refused. */
  code?: string;
  /** What the event that brought it said. */
  event?: { appId: string; createTime: number; updated: boolean };
  state: 'new' | 'used' | 'refused';
}

/** One authorization, from link to outcome. */
export interface AttemptRecord {
  id: string;
  createdAt: number;
  expiresAt: number;
  /** The links that its launch page shows; absent where an event came without an attempt of ours. */
  links?: { pcUrl: string; mobileUrl: string };
  codes: OfferedCode[];
  /** The account that was authorized: the attempt is over. */
  appId?: string;
  /** Why the newest exchange failed. */
  failure?: { code: ErrorCode; text: Text; hint?: Text; errcode?: number };
}

export interface Records {
  store: { id: string };
  ticket: TicketRecord;
  'component-token': TokenRecord;
  [account: `account/${string}`]: AccountRecord;
  [token: `token/${string}`]: TokenRecord;
  [attempt: `attempt/${string}`]: AttemptRecord;
}

export type RecordKey = keyof Records;
export type RecordKind = 'account' | 'token' | 'attempt';

export interface Stored<Value> {
  /** Starts at 1, grows by one with each write. */
  version: number;
  value: Value;
}

export interface WriteOptions {
  /** True: on disk before the promise resolves. What can be had again (an access token) needs none. */
  durable: boolean;
}

export interface Lock {
  /** Starts the lease again before another slow step; throws STORE_CONFLICT when the lock was lost. */
  renew(): Promise<void>;
  /** Lets the next one in. Never throws: a lost lock is already somebody else's. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** Milliseconds after which a holder that is neither dead nor done loses the lock. */
  lease: number;
  signal?: AbortSignal;
}

/** Where the credentials live. Every implementation passes `test/store/contract.ts`. */
export interface Store {
  /** For messages: where a person can look. */
  readonly place: string;
  /** A random id of this store, made at its first use; tells whether two processes share it. */
  id(): Promise<string>;
  /** The newest version, or undefined when there is none. Throws RECORD_DAMAGED, RECORD_NEWER, STORE_UNAVAILABLE. */
  read<Key extends RecordKey>(key: Key): Promise<Stored<Records[Key]> | undefined>;
  /**
   * Compare-and-set: writes version `expected + 1` (0: there is none yet).
   * Throws STORE_CONFLICT when somebody else wrote first, STORE_NOT_WRITABLE when it cannot write.
   */
  write<Key extends RecordKey>(
    key: Key,
    value: Records[Key],
    expected: number,
    options: WriteOptions,
  ): Promise<Stored<Records[Key]>>;
  /** The names under a kind, sorted: `list('account')` gives appids. */
  list(kind: RecordKind): Promise<string[]>;
  /** Forgets a record and its history. For attempts only: nothing that holds a credential is ever deleted. */
  remove(key: `attempt/${string}`): Promise<void>;
  /** Waits until the lock is free, its holder has died, or its lease has ended. */
  lock(name: string, options: LockOptions): Promise<Lock>;
  close(): Promise<void>;
}
