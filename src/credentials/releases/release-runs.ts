/** Runs of many releases in the store: begun once, worked on by one process at a time, each record by compare-and-set. */
import type { ReleaseAccountRecord, ReleaseRunRecord } from '../../release/runs/run-record.ts';
import { text } from '../../sentences/text.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import type { Lock, Store } from '../../store/store.ts';
import { createCompareAndSet } from '../compare-and-set.ts';

/** Milliseconds. A process that hangs loses the run after this; one that died on this machine, at once. */
const LEASE = 30_000;
const RENEW_EVERY = 5_000;
/** How long to wait for one that is just ending. */
const LOCK_PATIENCE = 1_500;

export interface ReleaseRuns {
  /** Throws USAGE where it was begun before. */
  begin(id: string, record: ReleaseRunRecord): Promise<void>;
  /** Throws USAGE where there is none, RECORD_NEWER where a newer wxop began it. */
  read(id: string): Promise<ReleaseRunRecord>;
  list(): Promise<string[]>;
  update(id: string, change: (old: ReleaseRunRecord) => ReleaseRunRecord): Promise<void>;
  /** The records of these mini programs, undefined where none was written yet. */
  readAccounts(id: string, appIds: readonly string[]): Promise<(ReleaseAccountRecord | undefined)[]>;
  /** Writes over what `readAccounts` read, or this wrote. Throws STORE_CONFLICT where another process did meanwhile. */
  saveAccount(id: string, record: ReleaseAccountRecord): Promise<void>;
  /** Runs `work` while no other process works on any run of this component. Throws STORE_CONFLICT where one does. */
  exclusively<Value>(work: (expectLock: () => Promise<void>) => Promise<Value>): Promise<Value>;
}

export interface ReleaseRunsOptions {
  store: Store;
  now: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Runs of a higher one are left alone. */
  newestFormat: number;
}

export function createReleaseRuns({ store, now, sleep, newestFormat }: ReleaseRunsOptions): ReleaseRuns {
  const update = createCompareAndSet(store);
  const versions = new Map<string, number>();
  const keyOf = (id: string, appId: string) => `release-account/${id}-${appId}` as const;

  async function read(id: string): Promise<ReleaseRunRecord> {
    const found = /^[A-Za-z0-9]+$/.test(id) ? await store.read(`release-run/${id}`) : undefined;
    if (!found) throw noRun(id);
    if (found.value.format > newestFormat) throw newerRun(id);
    return found.value;
  }

  async function take(): Promise<Lock> {
    const patience = new AbortController();
    const waited = sleep(LOCK_PATIENCE, patience.signal).then(
      () => patience.abort(),
      () => undefined,
    );
    try {
      return await store.lock('release', { lease: LEASE, signal: patience.signal });
    } catch (error) {
      if (patience.signal.aborted && isError(error, 'CANCELLED')) throw busy();
      throw error;
    } finally {
      patience.abort();
      await waited;
    }
  }

  return {
    read,
    begin: async (id, record) => {
      try {
        await store.write(`release-run/${id}`, record, 0, { durable: true });
      } catch (error) {
        throw isError(error, 'STORE_CONFLICT') ? begunBefore(id) : error;
      }
    },
    list: async () => {
      const ids = await store.list('release-run');
      // Another process may be writing one just now: then its name is there before its record.
      const found = await Promise.all(ids.map((id) => store.read(`release-run/${id}`)));
      return ids.filter((_, index) => found[index] !== undefined);
    },
    update: async (id, change) => {
      await update(`release-run/${id}`, (old) => old && change(old));
    },
    readAccounts: async (id, appIds) => {
      const records: (ReleaseAccountRecord | undefined)[] = [];
      for (const appId of appIds) {
        const stored = await store.read(keyOf(id, appId));
        versions.set(keyOf(id, appId), stored?.version ?? 0);
        records.push(stored?.value);
      }
      return records;
    },
    saveAccount: async (id, record) => {
      const key = keyOf(id, record.appId);
      const { version } = await store.write(key, record, versions.get(key) ?? 0, { durable: true });
      versions.set(key, version);
    },
    exclusively: async (work) => {
      const lock = await take();
      const ended = new AbortController();
      let renewing: Promise<void> | undefined;
      /** One at a time: two renewals at once would take each other for another process. */
      const renew = (): Promise<void> => (renewing ??= lock.renew().finally(() => (renewing = undefined)));
      let lost: unknown;
      const renewal = (async () => {
        while (!ended.signal.aborted) {
          await sleep(RENEW_EVERY, ended.signal);
          await renew();
        }
      })().catch((error: unknown) => {
        if (!ended.signal.aborted) lost = error;
      });
      let checkedAt = now();
      const expectLock = async (): Promise<void> => {
        if (isError(lost, 'STORE_CONFLICT')) throw lost;
        // A process that slept finds out before it sends anything.
        if (now() - checkedAt > RENEW_EVERY) await renew();
        checkedAt = now();
      };
      try {
        return await work(expectLock);
      } finally {
        ended.abort();
        await renewal;
        await lock.release();
      }
    },
  };
}

const noRun = (id: string): WxopError =>
  new WxopError('USAGE', text(`There is no run ${id}.`, `没有任务 ${id}。`), {
    hint: text('See `wxop release runs`.', '请查看 `wxop release runs`。'),
  });
const newerRun = (id: string): WxopError =>
  new WxopError('RECORD_NEWER', text(`A newer wxop began the run ${id}.`, `任务 ${id} 由更新版本的 wxop 开始。`), {
    hint: text('Update wxop on this machine.', '请升级本机的 wxop。'),
  });
const begunBefore = (id: string): WxopError =>
  new WxopError('USAGE', text(`This plan was begun before, as run ${id}.`, `该计划已开始执行，任务为 ${id}。`), {
    hint: text(
      `Continue it: \`wxop release resume ${id}\`. For another release, make another plan.`,
      `请继续：\`wxop release resume ${id}\`。若要另行发布，请重新生成计划。`,
    ),
  });
const busy = (): WxopError =>
  new WxopError(
    'STORE_CONFLICT',
    text('Another process is carrying out a run of this component.', '另一个进程正在执行本第三方平台的发布任务。'),
    {
      hint: text(
        'Follow it with `wxop release show <run> --watch`. If it died on another machine, try again in half a minute.',
        '可用 `wxop release show <run> --watch` 查看进度。若它在另一台机器上异常退出，请半分钟后重试。',
      ),
    },
  );
