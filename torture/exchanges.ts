/**
 * Keepers in processes of their own replace the tokens of a few accounts, with rotating refresh tokens, and die at every
 * step of it: by a bullet in the middle of a call, or by their own hand before or after a write. Others are stopped for
 * longer than their lease and woken. In the end every account has a token, and nobody had to authorize again.
 */
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import type { Store } from '../src/store/store.ts';
import { sleep } from './open-store.ts';
import { createPlatformSide, type PlatformSide } from './platform-side.ts';
import type { Ground, Outcome, Run } from './run.ts';
import type { Worker } from './workers.ts';

const SHORT = { workers: 4, accounts: 2, deaths: 12, stops: 1, crashes: 1 };
const LONG = { workers: 12, accounts: 5, deaths: 150, stops: 10, crashes: 8 };
/** Milliseconds: how long a lock is held by a keeper that neither works nor dies. */
const LEASE = 3_000;
/** Steps of one exchange with both tokens: locks, calls and writes, each before and after. */
const STEPS = 24;
const EXCHANGE = 'api_authorizer_token';

/** Takes merchants from link to stored account. */
export async function authorizeAll(sandbox: Sandbox, { keeper, attempts }: PlatformSide): Promise<string[]> {
  const appIds = sandbox.state().accounts.map(({ appId }) => appId);
  await keeper.keepTicket({ ticket: sandbox.state().ticket ?? '', createTime: 1, receivedAt: Date.now() });
  for (const appId of appIds) {
    const { id } = await attempts.create({ authType: 'all' });
    const preAuthCode = sandbox.state().preAuthCodes.at(-1) ?? '';
    const { redirectUrl } = sandbox.consent({ preAuthCode, appId });
    await attempts.offer(id, { code: new URL(redirectUrl).searchParams.get('auth_code') ?? '' });
    await attempts.settle(id);
  }
  return appIds;
}

async function run({ random, place, startWorker, isLong }: Ground): Promise<Outcome> {
  const size = isLong ? LONG : SHORT;
  const counts = { exchanges: 0, tokens: 0, served: 0, deaths: 0, stops: 0, crashes: 0, reread: 0, unavailable: 0 };
  const broken = new Set<string>();
  let untilShot = 5;
  let onCall: () => void = () => undefined;
  let refusals = 0;
  const sandbox = await startSandbox({
    accounts: size.accounts,
    rotate: true,
    latency: 8,
    onActivity: (news) => {
      if (news.type !== 'call') return;
      if (news.path.endsWith(EXCHANGE)) {
        if (news.errcode === 0) counts.exchanges++;
        if (news.errcode === 61023) refusals++;
      }
      if (news.path.endsWith('api_get_authorizer_info')) counts.reread++;
      onCall();
    },
  });
  const store = await place.open();
  const side = createPlatformSide(store, sandbox.url);
  const appIds = await authorizeAll(sandbox, side);
  const versionsOf = async (): Promise<number> =>
    (await Promise.all(appIds.map((appId) => store.read(`token/${appId}`)))).reduce(
      (sum, found) => sum + (found?.version ?? 0),
      0,
    );
  const before = await versionsOf();
  Object.assign(counts, { exchanges: 0, reread: 0 });

  const workers = new Map<number, Worker>();
  let crashing: Promise<void> | undefined;
  let finish: () => void = () => undefined;
  const enough = new Promise<void>((done) => (finish = done));
  const wakings: Promise<void>[] = [];

  function start(slot: number): void {
    const dieAt = random.chance(50) ? 1 + random.below(STEPS * 3) : undefined;
    const orders = { address: place.address, appIds, slot, apiUrl: sandbox.url, lease: LEASE, dieAt };
    const worker = startWorker('exchange', { ...orders, seed: random.below(2 ** 31) }, { slot, heard });
    workers.set(slot, worker);
    worker.ended.then(
      () => {
        if (workers.get(slot) !== worker) return;
        workers.delete(slot);
        if (++counts.deaths >= size.deaths) return finish();
        if (place.kind !== 'file' && counts.deaths % Math.ceil(size.deaths / size.crashes) === 0) {
          counts.crashes++;
          crashing = (crashing ?? Promise.resolve()).then(place.crash);
        }
        start(slot);
      },
      (error: unknown) => {
        broken.add(String(error));
        finish();
      },
    );
  }

  function heard({ got, failed, errcode, message }: Record<string, unknown>): void {
    if (got !== undefined) counts.served++;
    if (failed === undefined) return;
    if (place.kind !== 'file' && failed === 'STORE_UNAVAILABLE') counts.unavailable++;
    else broken.add(`a keeper failed: ${JSON.stringify({ failed, errcode, message })}`);
  }

  /** In the middle of a call: the platform has done its part, and the answer is not yet sent. */
  onCall = () => {
    if (--untilShot > 0 || workers.size === 0) return;
    untilShot = 1 + random.below(25);
    const victim = random.pick([...workers.values()]);
    if (counts.stops < size.stops && random.chance(30)) {
      counts.stops++;
      victim.kill('SIGSTOP');
      wakings.push(sleep(LEASE * 1.5).then(() => victim.kill('SIGCONT')));
    } else victim.kill('SIGKILL');
  };

  for (let slot = 0; slot < size.workers; slot++) start(slot);
  await enough;
  onCall = () => undefined;
  await Promise.all([crashing, ...wakings]);
  const left = [...workers.values()];
  counts.deaths += left.length;
  workers.clear();
  for (const worker of left) worker.kill('SIGKILL');
  await Promise.all(left.map(({ ended }) => ended));

  for (const sentence of await recover(store, side, appIds)) broken.add(sentence);
  counts.tokens = (await versionsOf()) - before;
  // Tokens are not worth waiting for a replica: a failover may lose the last of each account.
  const excused =
    counts.deaths + counts.stops + counts.unavailable + (place.kind === 'cluster' ? counts.crashes * size.accounts : 0);
  if (counts.exchanges < counts.tokens) broken.add('more tokens than exchanges');
  if (counts.exchanges > counts.tokens + excused) {
    broken.add(`${counts.exchanges} exchanges for ${counts.tokens} tokens and ${excused} deaths and lost leases`);
  }
  refusals = 0;
  for (const sentence of await recover(store, side, appIds)) broken.add(sentence);
  if (refusals > 0) broken.add('a refresh token in the store is not the one that the platform knows');
  await side.close();
  await sandbox.close();
  return { counts, broken: [...broken] };
}

/** Every account gets another token without anybody being asked to authorize again, and its records are whole. */
export async function recover(store: Store, { keeper }: PlatformSide, appIds: string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const appId of appIds) {
    try {
      const { accessToken } = await keeper.token({ account: appId });
      await keeper.replace({ account: appId }, accessToken);
      const history = await store.history(`account/${appId}`);
      const isWhole = history.every(({ value }) => value.appId === appId && value.refreshToken !== undefined);
      if (!isWhole || history.length === 0) problems.push(`the record of ${appId} is not whole`);
    } catch (error) {
      problems.push(`${appId} has no token in the end: ${String(error)}`);
    }
  }
  return problems;
}

export const exchanges: Run = { name: 'exchanges', places: ['file', 'redis', 'cluster'], run };
