/**
 * Claims of the file journal: each listener that has something to forward keeps a small file, its claim. It removes the
 * file when nothing is owed any more; the claim of a process that died is taken over by exactly one other, by renaming.
 */
import { promises as disk } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../runtime/replace-file.ts';
import { makePrivateFolder } from '../store/private-file.ts';

/** A listener that has not renewed its claim for this long is dead, even if its process number is in use. */
const SILENT_AFTER = 60_000;
const RENEW_EVERY = 15_000;
/** The name of no writer. */
const NOBODY = '0';
/** `<writer>.json` of a listener itself, `<writer>.by-<other>.json` of one that was taken over. */
const NAME = /^([0-9a-z]+)(?:\.by-([0-9a-z]+))?\.json$/;

export interface FileClaimsOptions {
  folder: string;
  writer: string;
  pid: number;
  host: () => string;
  isAlive: (pid: number) => boolean;
  now: () => number;
}

export interface FileClaims {
  /** Claims what this process writes, and renews the claim from then on. */
  claim(): Promise<void>;
  /** Takes over the claims of dead writers; resolves with their names. */
  takeOver(): Promise<string[]>;
  /** Releases a claim that was taken over: a listener that has the targets may take it. */
  release(writer: string): Promise<void>;
  /** Ends all claims; those of writers that still owe something stay for others to take over. */
  close(owes: (writer: string) => boolean): Promise<void>;
}

export function createFileClaims({ folder, writer, pid, host, isAlive, now }: FileClaimsOptions): FileClaims {
  const own = join(folder, `${writer}.json`);
  const takenOver = new Map<string, string>();
  const released = new Set<string>();
  let claimed: Promise<void> | undefined;
  let renewing: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    await makePrivateFolder(folder, true);
    // Others take over a claim that they cannot read completely.
    await replaceFile(own, `${JSON.stringify({ pid, host: host() })}\n`, { overwrite: true });
    renewing = setInterval(renew, RENEW_EVERY).unref();
  }

  function renew(): void {
    const seconds = now() / 1000;
    disk.utimes(own, seconds, seconds).catch(() => undefined);
  }

  const claim = (): Promise<void> =>
    (claimed ??= write().catch((error: unknown) => {
      // The disk may be full; the next renewal tries again.
      claimed = undefined;
      throw error;
    }));

  async function lives(name: string): Promise<boolean> {
    if (name === writer) return true;
    const path = join(folder, `${name}.json`);
    try {
      const holder = JSON.parse(await disk.readFile(path, 'utf8')) as { pid: number; host: string };
      if ((await disk.stat(path)).mtimeMs < now() - SILENT_AFTER) return false;
      // Our own process number under another name is from an earlier run: in a container it is always 1.
      return holder.host !== host() || (holder.pid !== pid && isAlive(holder.pid));
    } catch {
      return false;
    }
  }

  async function takeOver(): Promise<string[]> {
    const found: string[] = [];
    for (const name of await disk.readdir(folder).catch(() => [])) {
      const [, abandoned = '', by] = NAME.exec(name) ?? [];
      if (abandoned === '' || released.has(abandoned) || (await lives(by ?? abandoned))) continue;
      // Our own claim first, so that what we take over has a living holder.
      await claim();
      const mine = join(folder, `${abandoned}.by-${writer}.json`);
      // If two try, one finds it gone.
      const isOurs = await disk.rename(join(folder, name), mine).then(
        () => true,
        () => false,
      );
      if (!isOurs) continue;
      takenOver.set(abandoned, mine);
      found.push(abandoned);
    }
    return found;
  }

  return {
    claim,
    takeOver,
    release: async (abandoned) => {
      const path = takenOver.get(abandoned);
      if (path === undefined) return;
      released.add(abandoned);
      takenOver.delete(abandoned);
      await disk.rename(path, join(folder, `${abandoned}.by-${NOBODY}.json`)).catch(() => undefined);
    },
    close: async (owes) => {
      if (!claimed) return;
      await claimed.catch(() => undefined);
      clearInterval(renewing);
      for (const [name, path] of [...takenOver, [writer, own] as const]) {
        if (!owes(name)) await disk.unlink(path).catch(() => undefined);
      }
      takenOver.clear();
    },
  };
}
