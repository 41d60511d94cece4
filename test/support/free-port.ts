import { createServer } from 'node:net';

/**
 * Below what a system gives away by itself, for port 0 and for connections: Linux begins at 32768, others at 49152.
 * Each worker of a test run has some of its own, and so has any other process, as far as there are.
 */
const [FIRST, EACH, RUNS, WORKERS] = [20_000, 200, 20, 3];
const worker = Number(process.env.VITEST_POOL_ID ?? 0);
const run = worker > 0 ? process.ppid : process.pid;
const own = FIRST + ((run % RUNS) * WORKERS + (worker % WORKERS)) * EACH;
let asked = 0;

/** A port that is free, and stays so until the caller uses it: nobody else is given it. */
export async function freePort(): Promise<number> {
  for (let looks = 0; looks < EACH; looks++) {
    const port = own + (asked++ % EACH);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port is free from ${own} on`);
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const server = createServer();
    server.once('error', () => answer(false));
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)));
  });
