/** Whether a process of this machine still runs. */
import { readFileSync } from 'node:fs';

/** `knock` sends it nothing (signal 0); throws what the system says to that. */
export function isAlive(pid: number, knock: (pid: number) => void): boolean {
  try {
    knock(pid);
  } catch (error) {
    // Another user's: it is there all the same.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !hasEnded(pid);
}

/** One that has ended takes signals until its parent asks for its end; in a container perhaps nobody ever does. */
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
