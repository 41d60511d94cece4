/** Recently rejected pushes: when, where and why, nothing of their content. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { readOwnFile, type Owner } from '../runtime/own-files.ts';
import { replaceFileSync } from '../runtime/replace-file.ts';
import { toJson } from '../sentences/printable.ts';
import type { Rejection } from './rejections.ts';

export interface LoggedRejection {
  /** Milliseconds since the epoch. */
  at: number;
  kind: 'event' | 'message';
  reason: Rejection;
}

export interface RejectionLog {
  /** A folder that cannot be written loses the note, not the answer. */
  note(rejection: LoggedRejection): void;
  /** Oldest first. */
  read(): LoggedRejection[];
}

const isRejection = (found: unknown): found is LoggedRejection =>
  typeof found === 'object' && found !== null && 'at' in found && 'reason' in found;

const KEPT = 100;
/** Milliseconds: strangers who send thousands cost one write a second. */
const PAUSE = 1_000;

export function createRejectionLog(path: string, owner: Owner): RejectionLog {
  let waiting: LoggedRejection[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writtenAt = 0;

  const read = (): LoggedRejection[] => {
    try {
      const found: unknown = JSON.parse(readOwnFile(path, owner));
      return Array.isArray(found) ? found.filter(isRejection) : [];
    } catch {
      return [];
    }
  };

  function write(): void {
    timer = undefined;
    const rejections = [...read(), ...waiting].slice(-KEPT);
    waiting = [];
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      replaceFileSync(path, `${toJson(rejections)}\n`);
    } catch {
      // The rejection was reported anyway.
    }
  }

  return {
    read,
    note: (rejection) => {
      waiting = [...waiting, rejection].slice(-KEPT);
      if (timer !== undefined) return;
      // A clock that is set back must not silence it.
      const pause = Math.min(PAUSE, Math.max(0, writtenAt + PAUSE - rejection.at));
      writtenAt = rejection.at + pause;
      if (pause === 0) write();
      else timer = setTimeout(write, pause).unref();
    },
  };
}
