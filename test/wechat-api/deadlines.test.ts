/** Every stage of the way to WeChat, and every way in which it can go wrong there. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';
import { failureOf, openTransport } from '../support/wechat.ts';

const CONNECTED = 'HTTP/1.1 200 Connection established\r\n\r\n';
const HEADERS = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"errcode"';

/** What the other side does once it has sent what it sends. */
const FAULTS: Record<string, (socket: Socket) => void> = {
  'is reset': (socket) => socket.resetAndDestroy(),
  'is closed': (socket) => socket.end(),
  'stays silent': () => undefined,
  'sends a byte now and then': (socket) => {
    const timer = setInterval(() => socket.write(' '), 50);
    socket.on('close', () => clearInterval(timer));
  },
};

interface Stage {
  /** True: the server is the proxy; false: it is WeChat's host. */
  proxied: boolean;
  protocol: 'http' | 'https';
  /** What the server answers to each thing that it is sent, before the fault. */
  answers: string[];
}
const STAGES: Record<string, Stage> = {
  'the first answer': { proxied: false, protocol: 'http', answers: [] },
  'the body of the answer': { proxied: false, protocol: 'http', answers: [HEADERS] },
  TLS: { proxied: false, protocol: 'https', answers: [] },
  CONNECT: { proxied: true, protocol: 'https', answers: [] },
  'CONNECT, for plain HTTP': { proxied: true, protocol: 'http', answers: [] },
  'TLS through the proxy': { proxied: true, protocol: 'https', answers: [CONNECTED] },
  'the first answer through the proxy': { proxied: true, protocol: 'http', answers: [CONNECTED] },
  'the body of the answer through the proxy': { proxied: true, protocol: 'http', answers: [CONNECTED, HEADERS] },
};

/** A server that answers as it is told, then does its worst; counts its connections. */
async function startFaulty(
  answers: string[],
  fault: (socket: Socket) => void,
): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    const left = [...answers];
    let isFaulty = false;
    socket.on('data', () => {
      const answer = left.shift();
      if (answer !== undefined) socket.write(answer);
      if (left.length > 0 || isFaulty) return;
      // The fault of a stage that begins with a request of ours waits for that request.
      if (answer === CONNECTED) return;
      isFaulty = true;
      fault(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

describe('a call of WeChat', () => {
  const cases = Object.entries(STAGES).flatMap(([where, stage]) =>
    Object.entries(FAULTS).map(([what, fault]) => ({ where, what, stage, fault })),
  );
  it.each(cases)('ends when the connection $what at $where, after one try', async ({ stage, fault }) => {
    const { port, connections } = await startFaulty(stage.answers, fault);
    const own = `${stage.protocol}://127.0.0.1:${port}`;
    const transport = openTransport(stage.proxied ? `${stage.protocol}://api.invalid` : own, {
      proxies: stage.proxied
        ? { httpProxy: `http://user:secret-of-it@127.0.0.1:${port}`, httpsProxy: `http://127.0.0.1:${port}` }
        : {},
    });
    const raw = { method: 'GET', path: '/cgi-bin/x', repeatable: false, deadline: 400, limit: 1e6 };
    const error = await failureOf(transport.sendRaw(raw));
    expect(error.code).toBe('NETWORK');
    expect(error.exitCode).toBe(5);
    if (stage.proxied) expect(error.message).toContain(`through the proxy 127.0.0.1:${port}`);
    expect(error.message).not.toContain('secret-of-it');
    expect(connections()).toBe(1);
  });

  it.each(Object.keys(FAULTS))(
    'of a command through a proxy that %s ends with 5, names the proxy, and is bounded',
    async (what) => {
      const { port, connections } = await startFaulty([], FAULTS[what]!);
      const { code, stdout, stderr } = await wxop(
        ['api', 'GET', '/cgi-bin/get_api_domain_ip', '--as', 'none', '--timeout', '1s'],
        {
          WXOP_HOME: temporaryFolder(),
          WXOP_API_URL: 'https://api.invalid',
          HTTPS_PROXY: `http://127.0.0.1:${port}`,
        },
      );
      expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
      expect(stderr).toContain(`127.0.0.1:${port}`);
      expect(connections()).toBeLessThanOrEqual(3);
    },
  );

  it.each([
    ['directly', 'https://127.0.0.1:1', {}, 'Cannot reach 127.0.0.1:1: nothing answers there (ECONNREFUSED).'],
    [
      'through a proxy',
      'https://api.invalid',
      { httpsProxy: 'http://127.0.0.1:1' },
      'Cannot reach api.invalid through the proxy 127.0.0.1:1: nothing answers there (ECONNREFUSED).',
    ],
    [
      'to a name that does not exist',
      'https://api.invalid',
      {},
      'Cannot reach api.invalid: its name cannot be resolved.',
    ],
    [
      'through a proxy whose name does not exist',
      'https://api.example.com',
      { httpsProxy: 'http://proxy.invalid:3128' },
      'Cannot reach api.example.com through the proxy proxy.invalid:3128: the name of the proxy cannot be resolved.',
    ],
  ])('%s, where nothing answers, ends at once and says where', async (_, apiUrl, proxies, message) => {
    const transport = openTransport(apiUrl, { proxies });
    const raw = { method: 'GET', path: '/cgi-bin/x', repeatable: false, deadline: 60_000, limit: 1e6 };
    expect((await failureOf(transport.sendRaw(raw))).message).toBe(message);
  });
});
