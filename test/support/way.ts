/** A way to a server that can be cut, or go silent. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface TestWay {
  url: string;
  /** Breaks off what is connected. */
  cut(): void;
  /** Nothing gets through what is connected, and nothing says so: as after a sleep. */
  freeze(): void;
}

export async function startWay(to: string): Promise<TestWay> {
  const { port } = new URL(to);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const on = connect(Number(port), '127.0.0.1');
    for (const one of [socket, on]) {
      sockets.add(one);
      one.on('error', () => undefined);
    }
    on.on('error', () => socket.destroy());
    socket.pipe(on).pipe(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}
