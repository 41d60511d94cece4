import { createServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProbe, type Probe, type ProbeOptions } from '../../src/wechat-api/probe.ts';
import { Unreached } from '../../src/wechat-api/way.ts';
import { eventually, freePort } from '../support/processes.ts';

const open = (options: Partial<ProbeOptions> = {}): Probe =>
  createProbe({
    proxies: {},
    elapsed: () => performance.now(),
    deadline: 10_000,
    signal: new AbortController().signal,
    ...options,
  });

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const failureOf = async (promise: Promise<unknown>): Promise<Unreached> => {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Unreached) return thrown;
  throw new Error(`not unreached: ${String(thrown)}`);
};

/** Opens tunnels for whoever knows the password; keeps what was asked for. */
async function startProxy() {
  const asked: { target: string; login?: string }[] = [];
  const server = createServer().on('connect', (request, socket) => {
    const { 'proxy-authorization': login } = request.headers;
    asked.push({ target: request.url ?? '', ...(login && { login }) });
    if (login === `Basic ${Buffer.from('wrong:wrong').toString('base64')}`) {
      return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    }
    const [host = '', port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) end.on('error', () => end.destroy());
    onTestFinished(() => void onward.destroy());
  });
  return { address: await listening(server), asked };
}

describe('a probe', () => {
  it('gets an answer as it is, and follows no redirect', async () => {
    const address = await listening(
      createServer((request, response) =>
        response.writeHead(302, { location: '/elsewhere', 'x-path': request.url }).end('body'),
      ),
    );
    const { status, headers, body } = await open().get(`http://${address}/a/b?c=d`);
    expect([status, headers.location, headers['x-path'], body.toString()]).toEqual([
      302,
      '/elsewhere',
      '/a/b?c=d',
      'body',
    ]);
  });

  it('takes no more of an answer than it needs', async () => {
    const address = await listening(
      createServer((_, response) => {
        // A write that failed is the end: Node 26 says so before the response counts as destroyed.
        const more = (error?: Error | null): void => {
          if (!error && !response.destroyed) response.write(Buffer.alloc(64 * 1024), more);
        };
        more();
      }),
    );
    const { body } = await open().get(`http://${address}/`);
    expect(body.length).toBeLessThanOrEqual(256 * 1024);
  });

  it('names the step at which the way ends', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    expect(await failureOf(open().get(`${nobody}/`))).toMatchObject({ stage: 'connection', code: 'ECONNREFUSED' });
    expect(await failureOf(open().addressesOf('nowhere.invalid'))).toMatchObject({ stage: 'name' });
    const silent = await listening(createTcpServer(() => undefined));
    // Where the machine is slow, a step before it may be the late one.
    const late = (stage: Unreached['stage'], ask: (probe: Probe) => Promise<unknown>): Promise<Unreached> =>
      eventually(async () => {
        const failure = await failureOf(ask(open({ deadline: 50 })));
        return failure.stage === stage ? failure : undefined;
      });
    expect((await late('answer', (probe) => probe.get(`http://${silent}/`))).code).toBe('ETIMEDOUT');
    expect((await late('certificate', (probe) => probe.reach(`https://${silent}/`))).code).toBe('ETIMEDOUT');
  });

  it('ends with the run', async () => {
    const silent = await listening(createTcpServer(() => undefined));
    const run = new AbortController();
    const getting = open({ signal: run.signal }).get(`http://${silent}/`);
    setImmediate(() => run.abort(new DOMException('SIGINT', 'AbortError')));
    await expect(getting).rejects.toThrow('SIGINT');
  });

  it('goes through the proxy with its password, and says it without', async () => {
    const address = await listening(createServer((_, response) => response.end('through')));
    const proxy = await startProxy();
    const probe = open({ proxies: { httpProxy: `http://us%40er:pass@${proxy.address}` } });
    expect((await probe.get(`http://${address}/`)).body.toString()).toBe('through');
    expect(proxy.asked).toEqual([{ target: address, login: `Basic ${Buffer.from('us@er:pass').toString('base64')}` }]);
    expect(probe.proxyOf(`http://${address}`)).toBe(`http://${proxy.address}`);
  });

  it('says what the proxy refuses', async () => {
    const proxy = await startProxy();
    const probe = open({ proxies: { httpsProxy: `http://wrong:wrong@${proxy.address}` } });
    expect(await failureOf(probe.reach('https://api.example.com'))).toMatchObject({
      stage: 'proxy',
      code: 'HTTP 407',
      proxy: `http://${proxy.address}`,
    });
  });

  it.each([
    ['http://api.example.com', '', true],
    ['http://api.example.com', 'api.example.com', false],
    ['http://api.example.com', 'example.com', false],
    ['http://api.example.com', 'xample.com', true],
    ['http://api.example.com', '.example.com', false],
    ['http://api.example.com', '*.example.com', false],
    ['http://api.example.com', 'other.com, api.example.com:80', false],
    ['http://api.example.com:8080', 'api.example.com:80', true],
    ['https://api.example.com', '*', false],
    ['https://api.example.com', '', true],
  ])('%s with NO_PROXY %j: through a proxy %s', (url, noProxy, isProxied) => {
    const probe = open({ proxies: { httpProxy: 'http://proxy.example.com:3128', noProxy } });
    expect(probe.proxyOf(url) !== undefined).toBe(isProxied);
  });
});
