/** The store: it can be read and written, no lock hangs, and all of it is encrypted or none. */
import { isError } from '../sentences/wxop-error.ts';
import { en, listed, text, zh, type Text } from '../sentences/text.ts';
import type { Form, RecordKey, Store } from '../store/store.ts';
import { failed, info, ok, skipped, warning, type Finding, type Group } from './check.ts';

export interface StoreFacts {
  open: () => Promise<Store>;
  hasKey: () => boolean;
  /** The lock that every exchange of the component's token takes. */
  lockName: string;
  abortAfter: (milliseconds: number) => AbortSignal;
}

/** Milliseconds: an exchange under way is over by then, or hangs; shorter than the lock's own patience. */
const LOCK_PATIENCE = 2_500;
const LEASE = 5_000;
/** Of accounts and of their tokens: enough to see whether a store is encrypted. */
const MOST_LOOKED_AT = 200;

export function storeChecks({ open, hasKey, lockName, abortAfter }: StoreFacts): Group {
  return {
    id: 'store',
    title: text('Store', '存储'),
    needs: ['settings.origins', 'settings.component-appid'],
    checks: [
      {
        id: 'store.reach',
        title: text('read', '读取'),
        run: async () => {
          const store = await open();
          await store.read('ticket');
          return ok(contentOf(store, (await store.list('account')).length));
        },
      },
      {
        id: 'store.writable',
        title: text('write', '写入'),
        needs: ['store.reach'],
        run: async () => {
          const store = await open();
          if (store.tokenOwner)
            return info(text(en`only read: ${store.tokenOwner} writes`, zh`只读：由 ${store.tokenOwner} 写入`));
          await store.proveWritable();
          return ok(text('writable', '可写入'));
        },
      },
      {
        id: 'store.locks',
        title: text('locks', '锁'),
        needs: ['store.writable'],
        run: async () => judgeLocks(await open(), lockName, abortAfter),
      },
      {
        id: 'store.encryption',
        title: text('encryption', '加密'),
        needs: ['store.reach'],
        run: async () => judgeForms(await formsIn(await open()), hasKey()),
      },
      {
        id: 'store.server',
        title: text('server settings', '服务器设置'),
        needs: ['store.reach'],
        run: async () => {
          const store = await open();
          if (!store.advice) return skipped(text('the store is files, no server', '存储为文件，没有服务器'));
          const [first, ...others] = await store.advice();
          if (!first) return ok(text('keeps what it is given', '不会丢失数据'));
          return warning(listed([first, ...others], text(' ', '')));
        },
      },
    ],
  };
}

function contentOf({ place, tokenOwner }: Store, accounts: number): Text {
  const owner = tokenOwner ? text(en`, owned by ${tokenOwner}`, zh`，归 ${tokenOwner} 所有`) : '';
  return text(en`${place}${owner}: ${accounts} accounts`, zh`${place}${owner}：${accounts} 个帐号`);
}

async function judgeLocks(store: Store, lockName: string, abortAfter: StoreFacts['abortAfter']): Promise<Finding> {
  if (store.tokenOwner) return skipped(text('not taken in a store of another program', '不在其他程序的存储中加锁'));
  const signal = abortAfter(LOCK_PATIENCE);
  try {
    const lock = await store.lock(lockName, { lease: LEASE, signal });
    await lock.release();
    return ok(text('acquired and released', '可获取并释放'));
  } catch (error) {
    if (signal.aborted && isError(error, 'CANCELLED')) return LOCKED;
    throw error;
  }
}

const LOCKED = warning(
  text('another process holds the lock for tokens', '另一进程正持有令牌锁'),
  text(
    'An exchange is under way, or its process hangs: a lock is freed 20 s after its holder stopped working on it.',
    '正在换取令牌，或该进程已停滞：持有者停止工作 20 秒后锁会释放。',
  ),
);

async function formsIn(store: Store): Promise<Record<Form, number>> {
  const forms: Record<Form, number> = { plain: 0, sealed: 0, foreign: 0, damaged: 0, newer: 0 };
  const keys: RecordKey[] = ['ticket', 'component-token'];
  for (const kind of ['account', 'token'] as const) {
    for (const name of (await store.list(kind)).slice(0, MOST_LOOKED_AT)) keys.push(`${kind}/${name}`);
  }
  for (const key of keys) for (const form of await store.forms(key)) forms[form]++;
  return forms;
}

function judgeForms({ plain, sealed, foreign, damaged, newer }: Record<Form, number>, hasKey: boolean): Finding {
  if (foreign > 0) return hasKey ? otherKey(foreign) : noKey(foreign);
  if (newer > 0) return writtenByNewer(newer);
  if (sealed > 0 && plain > 0) return partly(sealed, plain);
  if (damaged > 0) return damagedVersions(damaged);
  if (sealed > 0) return ok(text('on', '已加密'));
  if (!hasKey) return info(text('off', '未加密'));
  return plain > 0 ? KEY_UNUSED : info(text('on', '已加密'));
}

const otherKey = (count: number): Finding =>
  failed(
    'SETTINGS_INVALID',
    text(`${count} versions are encrypted with another key`, `${count} 个版本使用了其他密钥加密`),
    OLD_KEY,
  );
const noKey = (count: number): Finding =>
  failed(
    'SETTINGS_MISSING',
    text(`${count} versions are encrypted, and no key is set`, `${count} 个版本已加密，但未设置密钥`),
    OLD_KEY,
  );
const OLD_KEY = text('Set WXOP_STORE_KEY to the key that was used then.', '请将 WXOP_STORE_KEY 设为当初使用的密钥。');
const writtenByNewer = (count: number): Finding =>
  failed(
    'RECORD_NEWER',
    text(`${count} versions were written by a newer wxop`, `${count} 个版本由更新的 wxop 写入`),
    text('Update wxop here, too.', '请同样升级此处的 wxop。'),
  );
const partly = (sealed: number, plain: number): Finding =>
  warning(
    text(`partly: ${sealed} versions encrypted, ${plain} not`, `部分加密：${sealed} 个版本已加密，${plain} 个未加密`),
    text(
      '`wxop store encrypt` or `wxop store decrypt` finishes it.',
      '用 `wxop store encrypt` 或 `wxop store decrypt` 完成。',
    ),
  );
const damagedVersions = (count: number): Finding =>
  warning(
    text(`${count} versions are damaged`, `${count} 个版本已损坏`),
    text(
      'The versions before them count. `wxop accounts sync` restores the rest.',
      '此前的版本仍有效；其余可用 `wxop accounts sync` 恢复。',
    ),
  );
const KEY_UNUSED = info(
  text('off, although a key is set', '未加密，但已设置密钥'),
  text('`wxop store encrypt` encrypts what is there.', '可用 `wxop store encrypt` 加密已有记录。'),
);
