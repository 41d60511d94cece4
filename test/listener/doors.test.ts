/** Who is let in: connections are counted; metrics may have a port of their own. */
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isError } from '../../src/errors.ts';
import { ask, listenerWorld } from '../support/listener.ts';
import { eventually, freePort } from '../support/processes.ts';

/** Every address that begins with 127. is this machine; elsewhere than on Linux only the first is. */
const canChoose = process.platform === 'linux';

async function hold(url: string, count: number, localAddress: string): Promise<void> {
  const port = Number(new URL(url).port);
  const opened = Array.from({ length: count }, () => {
    const socket: Socket = connect({ host: new URL(url).hostname, port, localAddress });
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    return new Promise<void>((done) => socket.once('connect', () => done()));
  });
  await Promise.all(opened);
}

/** The status of a request over a new connection. */
function statusFrom(url: string, localAddress: string): Promise<number> {
  const socket = connect({ host: new URL(url).hostname, port: Number(new URL(url).port), localAddress });
  onTestFinished(() => void socket.destroy());
  socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (chunk: Buffer) => resolve(Number(chunk.toString('latin1').split(' ')[1])));
  });
}

describe.runIf(canChoose)('connections', () => {
  it('are 1024 for all addresses together', async () => {
    const { url } = await listenerWorld();
    const sockets = [...Array(8).keys()].map((index) => hold(url, 128, `127.0.1.${index + 1}`));
    await Promise.all(sockets);
    expect(await statusFrom(url, '127.0.2.1')).toBe(503);
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
    expect(await eventually(async () => (await ask(`${metrics}/metrics`)).body.includes('{status="404"}'))).toBe(true);
  });
});
