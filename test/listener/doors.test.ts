/** Who is let in: connections are counted; metrics may have a port of their own. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isError } from '../../src/sentences/wxop-error.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { ask, listenerWorld } from '../support/listener.ts';
import { eventually, freePort, startWxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

/** Every address that begins with 127. is this machine; elsewhere than on Linux only the first is. */
const canChoose = process.platform === 'linux';

function hold(url: string, localAddress?: string): Socket {
  const socket = connect({ host: new URL(url).hostname, port: Number(new URL(url).port), localAddress });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** The status of a request over a connection. */
function statusOn(socket: Socket): Promise<number> {
  socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (chunk: Buffer) => resolve(Number(chunk.toString('latin1').split(' ')[1])));
  });
}

describe.runIf(canChoose)('connections', () => {
  it('are 1024 for all addresses together', async () => {
    const { url, listener } = await listenerWorld({ metricsAt: { host: '127.0.0.1', port: 0 } });
    // Counted where they are taken: for a client a connection stands before that.
    const taken = (count: number): Promise<unknown> =>
      eventually(
        async () => (await ask(listener.metricsUrl ?? '')).body.includes(`\nwxop_connections ${count}\n`) || undefined,
      );
    const sockets = Array.from({ length: 1_024 }, (_, index) => hold(url, `127.0.1.${1 + (index >> 7)}`));
    await taken(1_024);
    expect(await statusOn(hold(url, '127.0.2.1'))).toBe(503);
    sockets[0]?.destroy();
    await taken(1_023);
    expect(await statusOn(hold(url, '127.0.2.1'))).toBe(200);
  });
});

/** What Linux keeps for a listener at the most. */
const mostKept = canChoose ? Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')) : 0;

describe.skipIf(mostKept < 1_000)('a burst (skipped where the system keeps few connections)', () => {
  it('waits for a listener that is busy, and is answered', async () => {
    const port = await freePort();
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const home = join(temporaryFolder(), 'home');
    const env = { ...sandbox.env, WXOP_HOME: home, WXOP_PORT: String(port) };
    const listen = startWxop(['listen', '--json', '--no-start-push'], env);
    await listen.json('listening');
    listen.process.kill('SIGSTOP');
    const sockets = Array.from({ length: 1_000 }, () => hold(`http://127.0.0.1:${port}`));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const answers = sockets.map(statusOn);
    listen.process.kill('SIGCONT');
    expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
    await listen.stop();
  });
});

describe('metrics on a port of their own', () => {
  it('are announced where they are, on a free port too', async () => {
    const { listener } = await listenerWorld({ metricsAt: { host: '127.0.0.1', port: 0 } });
    expect((await ask(listener.metricsUrl ?? '')).body).toContain('wxop_connections');
  });

  it('cannot be that of the listener: the error names --metrics', async () => {
    const port = await freePort();
    const error: unknown = await listenerWorld({ port, metricsAt: { host: '127.0.0.1', port } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(isError(error, 'PORT_TAKEN') && error.hint?.en).toContain('--metrics');
    // Nothing is left open.
    await listenerWorld({ port });
  });

  it('are there and nowhere else, and nothing else is there', async () => {
    const port = await freePort();
    const { url, get } = await listenerWorld({ isPublic: true, metricsAt: { host: '127.0.0.1', port } });
    const metrics = `http://127.0.0.1:${port}`;
    expect((await get('/metrics')).status).toBe(404);
    const { status, body } = await ask(`${metrics}/metrics`);
    expect([status, body]).toEqual([200, expect.stringContaining('wxop_connections')]);
    for (const path of ['/', '/healthz', '/wechat/event', '/authorize']) {
      expect((await ask(metrics + path)).status).toBe(404);
    }
    expect((await ask(`${metrics}/metrics`, { method: 'POST' })).status).toBe(404);
    expect((await ask(`${url}/healthz`)).status).toBe(200);
    await eventually(async () => (await ask(`${metrics}/metrics`)).body.includes('{status="404"}') || undefined);
  });
});
