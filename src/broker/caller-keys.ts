/** The keys of those who call the broker, as records of the store: made, listed and revoked. */
import { createCompareAndSet } from '../credentials/compare-and-set.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { CallerKeyRecord, CallerUseRecord, Store } from '../store/store.ts';
import { keyDigest, newCallerKey } from './caller-key.ts';

/** Milliseconds that a broker may go by what it read of a key: so long after it was revoked, no broker takes it. */
export const KEY_LIFE = 1_000;

export type KeyState = 'valid' | 'revoked' | 'expired';

/** What is chosen for a key. */
export type KeyTerms = Pick<CallerKeyRecord, 'name' | 'accounts' | 'scopes' | 'rate' | 'expiresAt'>;

export interface ListedKey extends CallerKeyRecord, Partial<CallerUseRecord> {
  state: KeyState;
}

export interface CallerKeys {
  /** Makes a key; this is the only time that it is seen. Throws USAGE where a valid one has the name. */
  add(terms: KeyTerms): Promise<{ key: string; record: CallerKeyRecord }>;
  /** All, revoked and expired ones too, by name. */
  list(): Promise<ListedKey[]>;
  /** Takes effect in every broker before it resolves. Throws USAGE where there is none of the name. */
  revoke(name: string): Promise<CallerKeyRecord>;
}

export interface CallerKeysOptions {
  store: Store;
  componentAppId: string;
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}

export const keyState = ({ revokedAt, expiresAt = Infinity }: CallerKeyRecord, now: number): KeyState =>
  revokedAt !== undefined ? 'revoked' : expiresAt <= now ? 'expired' : 'valid';

/** `account`: an appid, or `component`. */
export const allowsAccount = ({ accounts }: CallerKeyRecord, account: string): boolean =>
  accounts.includes(account) || (account !== 'component' && accounts.includes('all'));

export function createCallerKeys({ store, componentAppId, now, sleep }: CallerKeysOptions): CallerKeys {
  const update = createCompareAndSet(store);
  return {
    add: async (terms) => {
      const { name } = terms;
      const key = newCallerKey({ componentAppId, name });
      const record: CallerKeyRecord = { ...terms, digest: keyDigest(key), createdAt: now() };
      await update(`caller-key/${name}`, (old) => {
        if (old && keyState(old, now()) === 'valid') throw nameTaken(name);
        return record;
      });
      return { key, record };
    },
    list: async () => {
      const names = await store.list('caller-key');
      const all = await Promise.all(
        names.map(async (name): Promise<ListedKey[]> => {
          const found = await store.read(`caller-key/${name}`);
          if (!found) return [];
          const use = await store.read(`caller-use/${name}`);
          return [{ ...found.value, ...use?.value, state: keyState(found.value, now()) }];
        }),
      );
      return all.flat();
    },
    revoke: async (name) => {
      const record = await update(`caller-key/${name}`, (old) =>
        old && old.revokedAt === undefined ? { ...old, revokedAt: now() } : undefined,
      );
      if (!record) throw noKey(name, await store.list('caller-key'));
      await sleep(KEY_LIFE);
      return record;
    },
  };
}

const nameTaken = (name: string): WxopError =>
  new WxopError('USAGE', text(`There is a key ${name} already.`, `密钥 ${name} 已存在。`), {
    hint: text(
      `Choose another name. To replace the key, add one, hand it out, then \`wxop serve key revoke ${name}\`.`,
      `请换一个名称。更换密钥：先新建并分发，再运行 \`wxop serve key revoke ${name}\`。`,
    ),
  });

function noKey(name: string, known: string[]): WxopError {
  const others =
    known.length > 0
      ? text(`Keys: ${known.join(', ')}.`, `已有密钥：${known.join('、')}。`)
      : text('Make one with `wxop serve key add`.', '可用 `wxop serve key add` 新建。');
  return new WxopError('USAGE', text(`There is no key ${name}.`, `没有名为 ${name} 的密钥。`), { hint: others });
}
