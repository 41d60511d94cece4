/**
 * Who a caller is, by the key that it shows. What was read of a key counts for a second, so that most requests cost no
 * read of the store, and a revoked key is refused, and cut off in what it has under way, within that second.
 */
import type { CallerKeyRecord, CallerScope, Store } from '../store/store.ts';
import { keyDigest, isSameDigest, readCallerKey } from './caller-key.ts';
import { allowsAccount, KEY_LIFE, keyState } from './caller-keys.ts';

/** Milliseconds between two looks for names that were not there. */
const NAMES_PAUSE = 50;
/** Milliseconds that what is under way goes on while the store cannot be asked about its key. */
const UNASKED = 10_000;

export interface Caller {
  readonly name: string;
  readonly rate: number;
  readonly key: CallerKeyRecord;
  has(scope: CallerScope): boolean;
  /** `account`: an appid, or `component`. */
  mayUse(account: string): boolean;
}

export type KeyFault = 'missing' | 'unknown' | 'revoked' | 'expired';

export interface Refused {
  fault: KeyFault;
  /** The name of a key that is there, so that the log can name it. */
  name?: string;
}

export interface Keyring {
  /** At once for a key that was looked at within the last second. Rejects where the store cannot be read. */
  admit(key: string | undefined): Caller | Refused | Promise<Caller | Refused>;
  /** `end` runs once the key is no longer valid; the result takes that back. For what lasts: streams, attached clients. */
  whileValid(caller: Caller, end: (fault: KeyFault) => void): () => void;
  close(): void;
}

export interface KeyringOptions {
  store: Store;
  componentAppId: string;
  now: () => number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
}

export const isCaller = (found: Caller | Refused): found is Caller => !('fault' in found);

interface Known {
  caller: Caller;
  readAt: number;
}

export function createKeyring({ store, componentAppId, now, elapsed }: KeyringOptions): Keyring {
  const known = new Map<string, Known>();
  const reading = new Map<string, Promise<Known | undefined>>();
  const lasting = new Map<Caller['name'], Map<object, (fault: KeyFault) => void>>();
  let names = { readAt: -Infinity, all: new Set<string>() };
  let nextNames: Promise<Set<string>> | undefined;
  let watching: NodeJS.Timeout | undefined;

  const callerOf = (record: CallerKeyRecord): Caller => ({
    name: record.name,
    rate: record.rate,
    key: record,
    has: (scope) => record.scopes.includes(scope),
    mayUse: (account) => allowsAccount(record, account),
  });

  /** One read for all who ask meanwhile. */
  function look(name: string): Promise<Known | undefined> {
    let look = reading.get(name);
    if (!look) {
      look = lookNow(name).finally(() => reading.delete(name));
      reading.set(name, look);
    }
    return look;
  }

  /**
   * Names that strangers make up are not looked for one by one: all who ask before a look begins share it. None shares one
   * that has begun, because its key may just have been made.
   */
  async function lookForNames(): Promise<Set<string>> {
    const pause = Math.max(0, names.readAt + NAMES_PAUSE - elapsed());
    await new Promise((done) => setTimeout(done, pause));
    nextNames = undefined;
    names = { readAt: elapsed(), all: new Set(await store.list('caller-key')) };
    return names.all;
  }

  async function lookNow(name: string): Promise<Known | undefined> {
    const readAt = elapsed();
    if (!known.has(name) && !names.all.has(name) && !(await (nextNames ??= lookForNames())).has(name)) return undefined;
    const found = await store.read(`caller-key/${name}`);
    if (!found) {
      known.delete(name);
      return undefined;
    }
    const before = known.get(name);
    const isSame = before !== undefined && JSON.stringify(before.caller.key) === JSON.stringify(found.value);
    const fresh = { caller: isSame ? before.caller : callerOf(found.value), readAt };
    known.set(name, fresh);
    return fresh;
  }

  function judge(key: string, found: Known | undefined): Caller | Refused {
    if (!found || !isSameDigest(keyDigest(key), found.caller.key.digest)) return { fault: 'unknown' };
    const state = keyState(found.caller.key, now());
    return state === 'valid' ? found.caller : { fault: state, name: found.caller.name };
  }

  async function watch(): Promise<void> {
    for (const [name, ends] of [...lasting]) {
      const found = await look(name).catch(() => known.get(name));
      const isUnasked = found !== undefined && elapsed() - found.readAt > UNASKED;
      const state = found ? keyState(found.caller.key, now()) : 'unknown';
      if (state === 'valid' && !isUnasked) continue;
      lasting.delete(name);
      for (const end of ends.values()) end(state === 'valid' ? 'unknown' : state);
    }
    if (lasting.size === 0) stopWatching();
  }

  function stopWatching(): void {
    clearInterval(watching);
    watching = undefined;
  }

  return {
    admit: (key) => {
      if (key === undefined || key === '') return { fault: 'missing' };
      const shown = readCallerKey(key);
      if (shown?.componentAppId !== componentAppId) return { fault: 'unknown' };
      const found = known.get(shown.name);
      if (found && elapsed() - found.readAt < KEY_LIFE) return judge(key, found);
      return look(shown.name).then((looked) => judge(key, looked));
    },
    whileValid: ({ name }, end) => {
      const id = {};
      const ends = lasting.get(name) ?? new Map<object, (fault: KeyFault) => void>();
      lasting.set(name, ends.set(id, end));
      watching ??= setInterval(() => void watch(), KEY_LIFE / 2).unref();
      return () => {
        ends.delete(id);
        if (ends.size === 0 && lasting.get(name) === ends) lasting.delete(name);
        if (lasting.size === 0) stopWatching();
      };
    },
    close: stopWatching,
  };
}
