import { createServer, type Server } from 'node:net';

/**
 * Below what a system gives away by itself, for port 0 and for connections: Linux begins at 32768, others at 49152.
 * Each process has a range of its own, which is taken by listening on its first port until the process ends.
 */
const [FIRST, EACH, RANGES] = [20_000, 200, 60];
let range: Promise<number> | undefined;
let asked = 0;

/** A port that is free, and stays so until the caller uses it: nobody else is given it. */
export async function freePort(): Promise<number> {
  const first = await (range ??= takeRange());
  for (let looks = 1; looks < EACH; looks++) {
    const port = first + 1 + (asked++ % (EACH - 1));
    const server = await listenOn(port);
    if (!server) continue;
    await new Promise((done) => server.close(done));
    return port;
  }
  throw new Error(`no port is free from ${first} on`);
}

async function takeRange(): Promise<number> {
  for (let looks = 0; looks < RANGES; looks++) {
    const first = FIRST + ((process.pid + looks) % RANGES) * EACH;
    const held = await listenOn(first);
    if (held) {
      held.unref();
      return first;
    }
  }
  throw new Error(`no range of ports is free from ${FIRST} on`);
}

/** Undefined where somebody else does. */
const listenOn = (port: number): Promise<Server | undefined> =>
  new Promise((answer) => {
    const server = createServer();
    server.once('error', () => answer(undefined));
    server.listen(port, '127.0.0.1', () => answer(server));
  });
