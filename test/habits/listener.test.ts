/** Statements 14 to 16 of what a good command-line tool does: the listener. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { ask, authorizedEvent, sealed, ticketEvent } from '../support/listener.ts';
import { eventually, startWxop, wxop, type Environment, type Started } from '../support/processes.ts';
import { runWxop } from '../support/world.ts';

/** Takes connections and says nothing. */
async function openSilence(): Promise<{ url: string; port: number; connections: () => number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, connections: () => sockets.size };
}

interface Listening {
  process: Started;
  url: string;
  push: (message: Record<string, string | number>, changes?: Parameters<typeof sealed>[1]) => ReturnType<typeof ask>;
}

/** `wxop listen` whose WeChat never answers. */
async function listen(changes: Environment = {}): Promise<Listening & { silence: () => number }> {
  const [sandbox, silence] = await Promise.all([startSandbox(), openSilence()]);
  onTestFinished(() => sandbox.close());
  const env = { ...sandbox.env, WXOP_API_URL: silence.url, ...changes };
  const process = startWxop(['listen', '--json', '--port', '0', '--no-start-push'], env);
  const { url } = await process.json<{ url: string }>('listening');
  const push: Listening['push'] = (message, options) => {
    const { path, body } = sealed(message, options);
    return ask(url + path, { method: 'POST', body });
  };
  return { process, url, push, silence: silence.connections };
}

const APPID = 'wx0123456789abcdef';
/** Its exchange begins, and never ends. */
const AUTHORIZED = authorizedEvent({ appId: APPID, code: 'queryauthcode@@@never-answered' });

describe('14. A port', () => {
  it('that is taken is an error that names it, and no other port is opened', async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const { port, connections } = await openSilence();
    const finished = await wxop(['listen', '--json', '--port', String(port)], sandbox.env);
    expect([finished.code, finished.stdout]).toEqual([5, '']);
    expect(errorOf(finished)).toMatchObject({ code: 'PORT_TAKEN' });
    expect(errorOf(finished).message).toContain(String(port));
    // It may look who is there.
    expect(connections()).toBeLessThan(3);
  });

  it('accepts connections when the ready line is there', async () => {
    const { url } = await listen();
    expect((await ask(`${url}/healthz`)).status).not.toBe(404);
  });
});

describe('15. Pushes', () => {
  it('are answered though all that follows hangs, and bad ones get a 4xx, one line and no echo', async () => {
    const { process, url, push, silence } = await listen();
    await push(ticketEvent('ticket@@@first'));
    expect(await push(AUTHORIZED)).toMatchObject({ status: 200, body: 'success' });
    await eventually(() => silence() > 0 || undefined);
    const echoed = 'words-that-nobody-should-repeat';
    const good = sealed(ticketEvent(echoed));
    const post = (path: string, body: string) => ask(url + path, { method: 'POST', body });
    const bad = [
      post(good.path.replace(/msg_signature=\w/, 'msg_signature=x'), good.body),
      push(ticketEvent(echoed), { encrypted: Buffer.from(echoed).toString('base64') }),
      push(ticketEvent(echoed), { receiver: 'wxffffffffffffffff' }),
      post('/wechat/event', `<xml>${echoed}</xml>`),
      post(good.path, `<xml><Encrypt>${echoed}`),
      post(good.path, echoed.repeat(100_000)),
      ask(url + good.path, { method: 'PUT', body: good.body }),
    ];
    for (const answer of await Promise.all(bad)) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.body).not.toContain(echoed);
    }
    expect(await push(ticketEvent('ticket@@@second'))).toMatchObject({ status: 200, body: 'success' });
    await process.json('ticket');
    const rejections = () => process.lines.filter((line) => line.includes('"rejected"')).length;
    await eventually(() => rejections() >= bad.length || undefined);
    const { stdout, stderr } = await process.stop('SIGKILL');
    expect(rejections()).toBe(bad.length);
    expect(stdout + stderr).not.toContain(echoed);
  });
});

describe('16. A signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it with %i', async (signal, code) => {
    const { process, push } = await listen();
    await push(ticketEvent('ticket@@@only'));
    expect((await process.stop(signal)).code).toBe(code);
  });

  it('that comes twice ends it at once, whatever is under way', async () => {
    const { process, url, push, silence } = await listen();
    await push(ticketEvent('ticket@@@first'));
    await push(AUTHORIZED);
    await eventually(() => silence() > 0 || undefined);
    process.process.kill('SIGTERM');
    // The first was heard when nobody is let in any more; then it waits for the exchange.
    await eventually(() =>
      ask(`${url}/healthz`).then(
        () => undefined,
        () => true,
      ),
    );
    const { code } = await process.stop('SIGINT');
    expect([code, process.process.signalCode]).toEqual([null, 'SIGINT']);
  });

  it('is not needed to hear that a ticket is two intervals late', async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    let [now, stderr] = [Date.now(), ''];
    const stopping = new AbortController();
    const running = runWxop(['listen', '--port', '0', '--no-start-push'], {
      environment: sandbox.env,
      now: () => now,
      signal: stopping.signal,
      shown: (text) => (stderr = text),
    });
    await eventually(() => stderr !== '' || undefined);
    now += 21 * 60_000;
    await eventually(() => /No ticket for 21 min/.exec(stderr) ?? undefined);
    stopping.abort();
    await running;
  });
});
