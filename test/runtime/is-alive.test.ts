import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAlive } from '../../src/runtime/is-alive.ts';
import { eventually } from '../support/processes.ts';

const probeProcess = (pid: number): void => void process.kill(pid, 0);

describe('a process', () => {
  it('that runs is alive, one that is gone is not', () => {
    expect(isAlive(process.pid, probeProcess)).toBe(true);
    expect(isAlive(spawnSync(process.execPath, ['--version']).pid, probeProcess)).toBe(false);
  });

  it('of another user is alive', () => {
    const refused = (): never => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    };
    expect(isAlive(process.pid, refused)).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')('that has ended is dead, though nobody asks for its end', async () => {
    // What the shell becomes knows nothing of the child that it was given.
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void parent.kill());
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const pid = Number(line);
    process.kill(pid, 'SIGKILL');
    await eventually(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ') || undefined);
    expect(() => probeProcess(pid)).not.toThrow();
    expect(isAlive(pid, probeProcess)).toBe(false);
  });
});
