/** Everything outside that a run touches. */

export interface OutputStream {
  write(chunk: string | Uint8Array): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** `bin/wxop.js` hands in the real one. */
export interface Runtime {
  argv: string[];
  version: string;
  environment: Record<string, string | undefined>;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: OutputStream & NodeJS.WritableStream;
  stderr: OutputStream & NodeJS.WritableStream;
  /** Aborted by the first SIGINT or SIGTERM, with that name as reason. */
  signal: AbortSignal;
  now: () => number;
  pid: number;
  /** Whose this process is; undefined on Windows. */
  userId: number | undefined;
  /** Names this machine as long as a process number means something there: host, boot, namespace of processes. */
  machine: string;
  platform: string;
  /** `20.19.4` */
  nodeVersion: string;
  homeFolder: string;
  /** Sends a process nothing (signal 0); throws what the system says to that. */
  knock: (pid: number) => void;
  /** What this process holds. */
  resources?: () => { residentBytes: number; heapBytes: number; active: number };
}
