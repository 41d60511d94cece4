/** The pushes that a listener refused of late: when, where and why, nothing of what was in them. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { replaceFileSync } from '../runtime/replace-file.ts';
import type { Rejection } from './rejections.ts';

export interface LoggedRejection {
  /** Milliseconds since the epoch. */
  at: number;
  kind: 'event' | 'message';
  reason: Rejection;
}

export interface RejectionLog {
  /** A folder that cannot be written costs the note, not the answer. */
  note(refusal: LoggedRejection): void;
  /** Oldest first. */
  read(): LoggedRejection[];
}

const isRefusal = (found: unknown): found is LoggedRejection =>
  typeof found === 'object' && found !== null && 'at' in found && 'reason' in found;

const KEPT = 100;
/** Milliseconds: strangers who send thousands cost one write a second. */
const PAUSE = 1_000;

export function createRejectionLog(path: string): RejectionLog {
  let waiting: LoggedRejection[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writtenAt = 0;

  const read = (): LoggedRejection[] => {
    try {
      const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
      return Array.isArray(found) ? found.filter(isRefusal) : [];
    } catch {
      return [];
    }
  };

  function write(): void {
    timer = undefined;
    const refusals = [...read(), ...waiting].slice(-KEPT);
    waiting = [];
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      replaceFileSync(path, `${JSON.stringify(refusals)}\n`);
    } catch {
      // The line was told, too.
    }
  }

  return {
    read,
    note: (refusal) => {
      waiting = [...waiting, refusal].slice(-KEPT);
      if (timer !== undefined) return;
      // A clock that is set back must not silence it.
      const pause = Math.min(PAUSE, Math.max(0, writtenAt + PAUSE - refusal.at));
      writtenAt = refusal.at + pause;
      if (pause === 0) write();
      else timer = setTimeout(write, pause).unref();
    },
  };
}
