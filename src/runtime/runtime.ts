/** Everything outside that a run touches. */
import type { Sleep } from './sleep.ts';

export interface OutputStream {
  write(chunk: string | Uint8Array): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** Another process of the same run, and what is said between the two: values of JSON. */
export interface Peer {
  send(message: unknown): void;
  onMessage(hear: (message: unknown) => void): void;
}

/** A process that runs the same command for this one. A string that is sent to it is a signal: it stops, as after Ctrl-C. */
export interface WorkerProcess extends Peer {
  /** `how`: the signal that ended it, or its exit code. */
  onExit(hear: (how: string | number) => void): void;
  kill(): void;
}

/** `bin/program.js` hands in the real one. */
export interface Runtime {
  argv: string[];
  version: string;
  environment: Record<string, string | undefined>;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** Milliseconds that may pass before the first byte of stdin, where a person has set a limit. */
  stdinPatience?: number;
  stdout: OutputStream & NodeJS.WritableStream;
  stderr: OutputStream & NodeJS.WritableStream;
  /** Aborted by the first SIGINT or SIGTERM, with that name as reason. */
  signal: AbortSignal;
  /** Without a terminal, SIGHUP calls this instead of ending the run. */
  onHangup?: (hear: () => void) => void;
  now: () => number;
  /** Where waits are to pass in another time than that of the machine. */
  sleep?: Sleep;
  /** Milliseconds by a clock that nobody sets; without it, those of `performance`, which take a while to load. */
  elapsed?: () => number;
  pid: number;
  /** The user of this process; undefined on Windows. */
  userId: number | undefined;
  /** Host, boot and PID namespace: where these are the same, a process number means the same process. */
  machine: string;
  platform: string;
  /** `20.19.4` */
  nodeVersion: string;
  homeFolder: string;
  /** Signal 0: throws if the process is gone or not ours. */
  probeProcess: (pid: number) => void;
  /** What this process holds. */
  resources?: () => { residentBytes: number; heapBytes: number; active: number };
  /** Where this process is a worker of another one: the way to that one, and how many workers there are. */
  worker?: Peer & { count: number };
  /** Starts this command in a process of its own; undefined where that is not possible. */
  startWorker?: (argv: string[], count: number) => WorkerProcess | undefined;
}

/** The same runtime but for some things. Its getters stay getters: asking for stdin opens it. */
export const runtimeWith = (runtime: Runtime, changes: Partial<Runtime>): Runtime =>
  Object.defineProperties({} as Runtime, {
    ...Object.getOwnPropertyDescriptors(runtime),
    ...Object.getOwnPropertyDescriptors(changes),
  });
