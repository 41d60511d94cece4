/**
 * Which process owes what: a small file for each listener that has something to forward. It is gone when nothing is owed
 * any more; one whose process has died is taken over by exactly one other, by renaming it.
 */
import { promises as disk } from 'node:fs';
import { join } from 'node:path';
import { makePrivateFolder, writePrivateFile } from '../store/private-file.ts';

/** A listener that did not touch its file for so long is dead, whoever has its number now. */
const SILENT_AFTER = 60_000;
const TOUCH_EVERY = 15_000;
/** No writer has this name. */
const NOBODY = '0';
/** `<writer>.json` of a listener itself, `<writer>.by-<adopter>.json` of one that was taken over. */
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
  /** Says that this process has something to forward. */
  claim(): Promise<void>;
  /** The writers that have died owing something: now ours. */
  takeOver(): Promise<string[]>;
  /** What a writer still owes is no business of ours: whoever has the targets may take it. */
  release(writer: string): Promise<void>;
  /** Only these still owe something; the rest is forgotten. */
  settle(owes: (writer: string) => boolean): Promise<void>;
  stop(): void;
}

export function createFileClaims({ folder, writer, pid, host, isAlive, now }: FileClaimsOptions): FileClaims {
  const own = join(folder, `${writer}.json`);
  const adopted = new Map<string, string>();
  const released = new Set<string>();
  let declared: Promise<void> | undefined;
  let written = 0;
  let touching: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    await makePrivateFolder(folder, true);
    // Whole or not there: others read it, and take one that they cannot read for that of a dead process.
    const temporary = join(folder, `.${writer}.${++written}.tmp`);
    await writePrivateFile(temporary, `${JSON.stringify({ pid, host: host() })}\n`, true);
    await disk.rename(temporary, own);
    touching = setInterval(() => {
      const seconds = now() / 1000;
      disk.utimes(own, seconds, seconds).catch(() => undefined);
    }, TOUCH_EVERY).unref();
  }

  const declare = (): Promise<void> =>
    (declared ??= write().catch((error: unknown) => {
      // A disk that was full may have room the next time.
      declared = undefined;
      throw error;
    }));

  async function lives(name: string): Promise<boolean> {
    if (name === writer) return true;
    const path = join(folder, `${name}.json`);
    try {
      const owner = JSON.parse(await disk.readFile(path, 'utf8')) as { pid: number; host: string };
      if ((await disk.stat(path)).mtimeMs < now() - SILENT_AFTER) return false;
      // A number of ours under another name is from before: a container's process is always number one.
      return owner.host !== host() || (owner.pid !== pid && isAlive(owner.pid));
    } catch {
      return false;
    }
  }

  async function adopt(): Promise<string[]> {
    const found: string[] = [];
    for (const name of await disk.readdir(folder).catch(() => [])) {
      const [, owner = '', by] = NAME.exec(name) ?? [];
      if (owner === '' || released.has(owner) || (await lives(by ?? owner))) continue;
      // Ours is there before anything is in our name. Of two that try to take it, one finds it gone.
      await declare();
      const mine = join(folder, `${owner}.by-${writer}.json`);
      const taken = await disk.rename(join(folder, name), mine).then(
        () => true,
        () => false,
      );
      if (!taken) continue;
      adopted.set(owner, mine);
      found.push(owner);
    }
    return found;
  }

  return {
    claim: declare,
    takeOver: adopt,
    release: async (owner) => {
      const path = adopted.get(owner);
      if (path === undefined) return;
      released.add(owner);
      adopted.delete(owner);
      await disk.rename(path, join(folder, `${owner}.by-${NOBODY}.json`)).catch(() => undefined);
    },
    settle: async (owes) => {
      if (!declared) return;
      await declared.catch(() => undefined);
      for (const [owner, path] of [...adopted, [writer, own] as const]) {
        if (!owes(owner)) await disk.unlink(path).catch(() => undefined);
      }
      adopted.clear();
    },
    stop: () => clearInterval(touching),
  };
}
