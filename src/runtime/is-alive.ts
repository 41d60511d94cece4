/** Whether a process of this machine still runs. */
import { readFileSync } from 'node:fs';

/** `probeProcess` throws if the process is gone or not ours. */
export function isAlive(pid: number, probeProcess: (pid: number) => void): boolean {
  try {
    probeProcess(pid);
  } catch (error) {
    // EPERM: it runs, as another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !hasEnded(pid);
}

/** A zombie takes signals until its parent reaps it; in a container perhaps nobody ever does. */
function hasEnded(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Its name is between the brackets, and may hold any of them. Source: proc_pid_stat(5).
    return /^[ZXx]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    // Only Linux tells.
    return false;
  }
}
