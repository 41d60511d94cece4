/** How a waiter for a lock waits: ever longer pauses, a line after a while, and an end. */
import { text, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { LockOptions } from './store.ts';

export interface LockWaitOptions {
  /** Milliseconds of a monotonic clock: the wall clock may be set back meanwhile. */
  elapsed: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  warn: (warning: Text) => void;
}

/** As the holder recorded it. `host` is a machine's name, perhaps with more after a slash. */
export interface LockHolder {
  pid: number;
  host: string;
}

const FIRST_POLL = 10;
const SLOWEST_POLL = 200;
/** Milliseconds. An exchange is normally over by then; after this, say who holds the lock. */
const SILENT_FOR = 3_000;
const MOST_LEASES = 3;
/** With a short lease, a busy machine may need longer than three. */
const LEAST_PATIENCE = 60_000;

/** Gives the pause between two looks; it throws CANCELLED, or TIMEOUT after three leases. */
export function startWaiting({ elapsed, sleep, warn }: LockWaitOptions, { lease, signal }: LockOptions) {
  const most = Math.max(MOST_LEASES * lease, LEAST_PATIENCE);
  const from = elapsed();
  let pause = FIRST_POLL;
  let isReported = false;
  return async (holder: LockHolder | undefined): Promise<void> => {
    const left = most - (elapsed() - from);
    if (left <= 0) throw tooLong(most, holder);
    if (!isReported && holder && most - left >= SILENT_FOR) {
      isReported = true;
      warn(waiting(holder, left));
    }
    // Random, so that waiters woken together do not stay in step.
    await sleep(pause * (0.5 + Math.random()), signal);
    pause = Math.min(pause * 1.5, SLOWEST_POLL);
  };
}

const named = ({ pid, host }: LockHolder): Text => {
  const machine = host.split('/')[0] ?? '';
  return text(`process ${pid} on ${machine}`, `${machine} 上的进程 ${pid}`);
};

function waiting(holder: LockHolder, left: number): Text {
  const { en, zh } = named(holder);
  const seconds = Math.ceil(left / 1000);
  return text(`waiting for ${en}, at most ${seconds} s`, `正在等待 ${zh}，最多 ${seconds} 秒`);
}

function tooLong(most: number, holder: LockHolder | undefined): WxopError {
  const { en, zh } = holder ? named(holder) : text('another process', '其他进程');
  const seconds = Math.round(most / 1000);
  return new WxopError(
    'TIMEOUT',
    text(`Waited ${seconds} s for ${en}, which holds a lock.`, `已等待 ${seconds} 秒：锁由 ${zh} 持有。`),
    { hint: text('Run it again, or check what that process is doing.', '请重新运行，或检查该进程的状态。') },
  );
}
