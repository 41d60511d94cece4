/**
 * The disk fills up, at rest and in the middle of an exchange, and becomes free again; the folder becomes read-only and
 * writable again. While nothing can be stored no exchange starts, and the command says so with exit code 1.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import { isRoot, nobody } from '../test/support/rights.ts';
import { authorizeAll } from './exchanges.ts';
import { filePlace, type Place } from './places.ts';
import { createPlatformSide } from './platform-side.ts';
import type { Ground, Outcome, Run } from './run.ts';

const SHORT = { accounts: 2, rounds: 6, readOnly: 1 };
const LONG = { accounts: 5, rounds: 40, readOnly: 5 };
const DISK = '512k';

/** A small disk of its own where mounting is allowed; otherwise files may have no bytes while it is "full". */
function smallDisk(scratch: string) {
  const folder = join(scratch, 'disk');
  mkdirSync(folder);
  const filler = join(folder, 'filler');
  let isMounted = false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=755`, 'tmpfs', folder], { stdio: 'ignore' });
    isMounted = true;
  } catch {
    // Not allowed here: the limit of the process stands in.
  }
  let isFull = false;
  return {
    folder,
    isMounted,
    /** Leaves so many bytes. */
    fill(left: number): void {
      isFull = true;
      if (!isMounted) return;
      rmSync(filler, { force: true });
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - left)));
    },
    free(): void {
      isFull = false;
      rmSync(filler, { force: true });
    },
    /** How a command is started on it. */
    command: (argv: string[]): [string, string[]] =>
      isFull && !isMounted
        ? ['sh', ['-c', 'trap "" XFSZ; ulimit -f 0; exec "$@"', 'sh', process.execPath, ...argv]]
        : [process.execPath, argv],
    remove(): void {
      if (isMounted) execFileSync('umount', [folder]);
    },
  };
}

async function run(ground: Ground): Promise<Outcome> {
  const { random, scratch, bin, isLong } = ground;
  const size = isLong ? LONG : SHORT;
  const counts = { exchanges: 0, full: 0, fullInTheMiddle: 0, refused: 0, readOnly: 0, mounted: 0 };
  const broken = new Set<string>();
  const disk = smallDisk(scratch);
  counts.mounted = Number(disk.isMounted);
  let onExchange: () => void = () => undefined;
  const sandbox = await startSandbox({
    accounts: size.accounts,
    rotate: true,
    onActivity: (news) => {
      if (news.type === 'call' && news.path.endsWith('api_authorizer_token')) onExchange();
    },
  });
  const home = join(disk.folder, 'home');
  const place = filePlace(home);
  const store = await place.open();
  const side = createPlatformSide(store, sandbox.url);
  try {
    const appIds = await authorizeAll(sandbox, side);
    const refresh = async (appId: string) => {
      const child = spawn(...disk.command([bin, 'token', 'refresh', appId, '--force', '--json']), {
        env: { PATH: process.env.PATH, ...sandbox.env, ...place.environment, WXOP_LANG: 'en' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
      await once(child, 'close');
      return { exit: child.exitCode, stderr };
    };
    const calls = (): number => Object.values(sandbox.state().calls).reduce((sum, count) => sum + count, 0);

    for (let round = 0; round < size.rounds; round++) {
      const appId = random.pick(appIds);
      const before = calls();
      const inTheMiddle = disk.isMounted && random.chance(30);
      if (inTheMiddle) {
        counts.fullInTheMiddle++;
        onExchange = () => disk.fill(0);
      } else {
        counts.full++;
        disk.fill(random.below(3) * 4096);
      }
      const { exit, stderr } = await refresh(appId);
      onExchange = () => undefined;
      if (exit !== 1 || !stderr.includes('STORE_NOT_WRITABLE')) {
        broken.add(`on a full disk it ended with ${exit}: ${stderr}`);
      } else counts.refused++;
      if (!inTheMiddle && calls() !== before) broken.add('an exchange started on a full disk');
      for (const known of appIds) {
        const found = await store.read(`account/${known}`);
        if (found?.value.refreshToken === undefined) broken.add(`the refresh token of ${known} is lost`);
      }
      disk.free();
      const again = await refresh(appId);
      if (again.exit === 0) counts.exchanges++;
      else broken.add(`with space again it ended with ${again.exit}: ${again.stderr}`);
    }
    for (let round = 0; round < size.readOnly; round++) {
      counts.readOnly++;
      for (const sentence of await readOnly(ground, place, sandbox, random.pick(appIds))) broken.add(sentence);
    }
  } finally {
    await side.close();
    await place.close();
    await sandbox.close();
    disk.remove();
  }
  return { counts, broken: [...broken] };
}

/** Nobody may write there: an unprivileged process starts no exchange, and goes on when it may. */
async function readOnly({ startWorker }: Ground, place: Place, sandbox: Sandbox, appId: string): Promise<string[]> {
  const home = place.environment.WXOP_HOME ?? '';
  const paths = [home, ...readdirSync(home, { recursive: true, encoding: 'utf8' }).map((name) => join(home, name))];
  const folders = paths.filter((path) => lstatSync(path).isDirectory());
  const orders = { address: place.address, appIds: [appId], apiUrl: sandbox.url };
  if (isRoot) for (const path of paths) chownSync(path, nobody.uid, nobody.gid);
  for (const path of folders) chmodSync(path, 0o500);
  const problems: string[] = [];
  try {
    const before = JSON.stringify(sandbox.state().calls);
    const refused = await startWorker('exchangeOnce', orders, { asNobody: true }).said('end');
    if (refused !== 'STORE_NOT_WRITABLE') problems.push(`in a read-only folder it ended with ${String(refused)}`);
    if (JSON.stringify(sandbox.state().calls) !== before) problems.push('an exchange started in a read-only folder');
  } finally {
    for (const path of folders) chmodSync(path, 0o700);
  }
  const done = await startWorker('exchangeOnce', orders, { asNobody: true }).said('end');
  if (done !== 'done') problems.push(`writable again it ended with ${String(done)}`);
  if (isRoot) for (const path of paths) if (existsSync(path)) chownSync(path, 0, 0);
  return problems;
}

export const fullDisk: Run = { name: 'full disk', places: ['file'], run };
