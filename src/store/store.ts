/** The Store port and the records it keeps. Times are milliseconds since the epoch unless a name says seconds. */
import type { AccountRecord } from '../protocol/account-record.ts';
import type { AuditNotices } from '../credentials/releases/audit-notices.ts';
import type { ReleaseAccountRecord, ReleaseRunRecord } from '../release/runs/run-record.ts';
import type { ErrorCode } from '../sentences/error-codes.ts';
import type { Text } from '../sentences/text.ts';

/** The newest ticket of the component. */
export interface TicketRecord {
  ticket: string;
  /** Unix seconds from the push; 0 for a ticket that was set by hand, which any pushed one replaces. */
  createTime: number;
  /** Undefined where nothing tells: in a store of another program, where somebody set it by hand. */
  receivedAt: number | undefined;
}

/** An access token: of the component, or of one account. */
export interface TokenRecord {
  accessToken: string;
  obtainedAt: number;
  expiresAt: number;
  /** When somebody forced a new token, this one included; only what is recent. */
  forcedAt?: number[];
}

/** An authorization code that reached an attempt, by redirect, by event, or pasted. */
export interface OfferedCode {
  /** SHA-256: tells codes apart once the code itself is forgotten. */
  digest: string;
  /** There until it was exchanged, or was refused and no event can heal that. */
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
  /** A page of the operator's own where the merchant goes on to. */
  returnTo?: string;
  /** The only account that it was made for. */
  bizAppId?: string;
  /** Digest of the key of the caller who had it made, and may hear what becomes of it. */
  caller?: string;
  codes: OfferedCode[];
  /** The account that was authorized: the attempt is over. */
  appId?: string;
  /** Why the newest exchange failed. */
  failure?: { code: ErrorCode; text: Text; hint?: Text; errcode?: number };
}

/** A bulk run that was not finished, or had failures: the next one goes on where it stopped. */
export interface RunRecord {
  startedAt: number;
  /** What is done already, where the records themselves do not tell. */
  done: string[];
  /** Absent while something is left. */
  finishedAt?: number;
}

/** What a caller may do: fetch tokens, make calls without them, attach to the listener, make links to authorize. */
export type CallerScope = 'token' | 'api' | 'events' | 'authorize';

/** The key of a caller of the broker. */
export interface CallerKeyRecord {
  name: string;
  /** SHA-256 of the key, as base64: the key itself is kept nowhere. */
  digest: string;
  /** Appids; `all` for every account; the component only where `component` is among them. */
  accounts: string[];
  scopes: CallerScope[];
  /** Requests a second. */
  rate: number;
  createdAt: number;
  expiresAt?: number;
  revokedAt?: number;
}

/** How often a key was used; written in batches. */
export interface CallerUseRecord {
  uses: number;
  lastUsedAt: number;
}

export interface Records {
  store: { id: string };
  ticket: TicketRecord;
  'component-token': TokenRecord;
  [account: `account/${string}`]: AccountRecord;
  [token: `token/${string}`]: TokenRecord;
  [attempt: `attempt/${string}`]: AttemptRecord;
  [run: `release-run/${string}`]: ReleaseRunRecord;
  /** Named after its run and its appid. */
  [account: `release-account/${string}`]: ReleaseAccountRecord;
  [key: `caller-key/${string}`]: CallerKeyRecord;
  [use: `caller-use/${string}`]: CallerUseRecord;
  'audit-notices': AuditNotices;
  'run/refresh': RunRecord;
  'run/sync': RunRecord;
}

export type RecordKey = keyof Records;
export type RecordKind =
  'account' | 'token' | 'attempt' | 'release-run' | 'release-account' | 'caller-key' | 'caller-use';

export interface Stored<Value> {
  /** Starts at 1, grows by one with each write. */
  version: number;
  value: Value;
}

/** One of the last three versions of a record, and when it was written. */
export interface PastVersion<Value> extends Stored<Value> {
  writtenAt: number;
}

/** How a version stands in the store; `foreign`: sealed with another key than the one that is set, or none is set. */
export type Form = 'plain' | 'sealed' | 'foreign' | 'damaged' | 'newer';

/** How a version can be written. */
export type Written = Extract<Form, 'plain' | 'sealed'>;

export interface WriteOptions {
  /** True: on disk, and on as many replicas as the store's URL demands, before the promise resolves. What can be had again (an access token) needs none. */
  durable: boolean;
}

export interface Lock {
  /**
   * Called before another slow step: starts the lease again, unless three quarters of it are still left.
   * Throws STORE_CONFLICT when it finds that the lock was lost.
   */
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
  /** Set where another program owns the tokens: who that is. Such a store is never written. */
  readonly tokenOwner?: Text;
  /** There with `owner`: which keys it looks for, and where such keys are. For whoever finds nothing. */
  lookedFor?(): Promise<Text>;
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
  /**
   * Resolves when what is there of a record is as safe as a durable write makes it: who finds that another has written
   * already what it was to write does not know that. Absent where nothing is ever read that is less safe.
   */
  confirm?(key: RecordKey): Promise<void>;
  /** What is still there of a record: the last three versions at most, newest first. Damaged ones are left out. */
  history<Key extends RecordKey>(key: Key): Promise<PastVersion<Records[Key]>[]>;
  /** The forms of the versions that are still there, newest first; opens none of them. */
  forms(key: RecordKey): Promise<Form[]>;
  /**
   * Brings a record and its history into a form, each version where it is; says how many were in the other one.
   * Without a form: sealed when there is a key. Back to plain takes the key too: it opens what is sealed.
   */
  reseal(key: RecordKey, form?: Written): Promise<number>;
  /**
   * Writes something of a record's size and takes it away again: where these records will be written, or, for a kind,
   * a new one of it. Throws STORE_NOT_WRITABLE or STORE_UNAVAILABLE where they could not be: ask it before an exchange.
   */
  proveWritable(...places: (RecordKey | RecordKind)[]): Promise<void>;
  /** Whether all versions of a record were damaged and put aside. One that is being written for the first time is not. */
  isLeftOver(key: RecordKey): Promise<boolean>;
  /** The names under a kind, sorted: `list('account')` gives appids. */
  list(kind: RecordKind): Promise<string[]>;
  /**
   * Forgets a record and its history. For what is over (an attempt), and for what its owner took away: an account that
   * was marked as removed before. Nothing that holds a credential is ever deleted because of an error.
   * With `expected`, only that version and those before it: throws STORE_CONFLICT when somebody wrote meanwhile.
   */
  remove(key: `attempt/${string}` | `account/${string}` | `token/${string}`, expected?: number): Promise<void>;
  /** Waits until the lock is free, its holder has died, or its lease has ended. */
  lock(name: string, options: LockOptions): Promise<Lock>;
  /** What a server may do to what it is given, in sentences for its operator; absent where there is no server. */
  advice?(): Promise<Text[]>;
  close(): Promise<void>;
}
