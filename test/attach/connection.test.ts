/** The way of a laptop to the listener of its team: proxies, certificates, and what else may answer there. */
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stayConnected, type ConnectedOptions } from '../../src/attach/stay-connected.ts';
import { newCallerKey } from '../../src/broker/caller-key.ts';
import { createSleep } from '../../src/runtime/sleep.ts';
import { issue } from '../support/doctor-setup.ts';
import { errorOf } from '../support/error-line.ts';
import { installed } from '../support/installed.ts';
import { COMPONENT } from '../support/listener.ts';
import { eventually, startWxop } from '../support/processes.ts';
import { startWay } from '../support/way.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

const openssl = installed('openssl', 'no certificate is tested');
const KEY = newCallerKey({ componentAppId: COMPONENT.appId, name: 'laptop' });

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  for (const event of ['connection', 'secureConnection'])
    server.on(event, (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** What a laptop says at an address. */
async function failureAt(via: string, environment: Record<string, string> = {}) {
  const world = { WXOP_HOME: temporaryFolder(), WXOP_BROKER_KEY: KEY, ...environment };
  return errorOf(await runWxop(['listen', '--via', via, '--json'], { environment: world }));
}

/** A proxy that answers CONNECT so, and gives what it opens to `port`. */
async function startProxy(answer: string | undefined, port = 1) {
  const asked: IncomingMessage[] = [];
  const server = createHttpServer();
  server.on('connect', (request, socket: Socket) => {
    asked.push(request);
    if (answer === '') return void socket.destroy();
    if (answer !== undefined) return void socket.end(`HTTP/1.1 ${answer}\r\n\r\n`);
    const on = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(on).pipe(socket);
    });
    for (const one of [socket, on]) one.on('error', () => on.destroy());
  });
  return { url: `http://127.0.0.1:${await listening(server)}`, asked };
}

/** A listener with a door, and TLS in front of it. */
async function startListener(certificate?: { key: string; chain: string }) {
  const env = {
    WXOP_HOME: temporaryFolder(),
    WXOP_COMPONENT_APPID: COMPONENT.appId,
    WXOP_MESSAGE_TOKEN: COMPONENT.messageToken,
    WXOP_ENCODING_AES_KEY: COMPONENT.encodingAesKey,
    WXOP_API_URL: 'http://127.0.0.1:1',
  };
  const listener = startWxop(['listen', '--attach', '--json', '--port', '0', '--no-start-push'], env);
  const { url } = await listener.json<{ url: string }>('listening');
  const add = ['serve', 'key', 'add', 'laptop', '--accounts', 'all', '--scopes', 'events'];
  const key = (await runWxop(add, { environment: env })).stdout.trim();
  const port = Number(new URL(url).port);
  const tls = certificate && createTlsServer({ key: certificate.key, cert: certificate.chain });
  tls?.on('secureConnection', (socket) => {
    const on = connect(port, '127.0.0.1');
    for (const one of [socket, on]) one.on('error', () => on.destroy());
    socket.pipe(on).pipe(socket);
  });
  return { url, key, tlsPort: tls && (await listening(tls)) };
}

describe('a proxy', () => {
  it.skipIf(!openssl)('is taken where HTTPS_PROXY names it, with its password, and an own CA is trusted', async () => {
    const certificate = issue(2, 'intermediate', 'DNS:wx.team.invalid,DNS:localhost');
    const { key, tlsPort } = await startListener(certificate);
    const proxy = await startProxy(undefined, tlsPort);
    const environment = {
      WXOP_HOME: temporaryFolder(),
      WXOP_BROKER_KEY: key,
      HTTPS_PROXY: proxy.url.replace('//', '//user:p%40ss@'),
      NODE_EXTRA_CA_CERTS: certificate.ca,
    };
    const laptop = startWxop(['listen', '--via', 'https://wx.team.invalid', '--json'], environment);
    await laptop.json('attached');
    expect(proxy.asked.map(({ url }) => url)).toEqual(['wx.team.invalid:443']);
    const login = Buffer.from('user:p@ss').toString('base64');
    expect(proxy.asked[0]?.headers['proxy-authorization']).toBe(`Basic ${login}`);
    const direct = startWxop(['listen', '--via', `https://localhost:${tlsPort}`, '--json'], environment);
    await direct.json('attached');
    expect(proxy.asked).toHaveLength(1);
  });

  it.each([
    ['wants a password', '407 Proxy Authentication Required', /wants a password/, /user:password@/],
    ['refuses', '403 Forbidden', /opens no way to wx\.team\.invalid \(HTTP 403\)/, /CONNECT/],
    ['closes', '', /broke the connection off/, /HTTPS_PROXY/],
  ])('that %s is named, with what to do', async (_how, answer, said, next) => {
    const proxy = await startProxy(answer);
    const { code, message, hint } = await failureAt('https://wx.team.invalid', { HTTPS_PROXY: proxy.url });
    expect([code, message, hint]).toEqual(['NETWORK', expect.stringMatching(said), expect.stringMatching(next)]);
    expect(message).toContain(proxy.url);
  });

  it('that is not there, or none of HTTP, is named, and NO_PROXY goes round it', async () => {
    const away = { HTTPS_PROXY: 'http://127.0.0.1:1' };
    expect((await failureAt('https://wx.team.invalid', away)).message).toMatch(/The proxy .* is not there/);
    const socks = { HTTPS_PROXY: 'socks5://127.0.0.1:1' };
    expect((await failureAt('https://wx.team.invalid', socks)).message).toMatch(/is none of HTTP/);
    const round = { ...away, NO_PROXY: '.team.invalid' };
    expect((await failureAt('https://wx.team.invalid', round)).message).toMatch(/name cannot be resolved/);
  });
});

describe.skipIf(!openssl)('a certificate', () => {
  it.each([
    ['that is self-signed', 'itself', /is self-signed/, /NODE_EXTRA_CA_CERTS/],
    ['of an unknown CA', 'intermediate', /by a CA that this machine trusts/, /NODE_EXTRA_CA_CERTS/],
  ] as const)('%s is refused, with what to do', async (_what, by, said, next) => {
    const { key, chain } = issue(2, by);
    const port = await listening(createTlsServer({ key, cert: chain }));
    const { code, message, hint } = await failureAt(`https://localhost:${port}`);
    expect([code, message, hint]).toEqual(['NETWORK', expect.stringMatching(said), expect.stringMatching(next)]);
  });

  it('for another name, or that has expired, is refused, with what to do', async () => {
    const [other, expired] = [issue(2, 'itself', 'DNS:wx.other.invalid'), issue(-1, 'intermediate')];
    for (const [{ key, chain, ca }, said, next] of [
      [other, /is for another name/, /in --via/],
      [expired, /has expired/, /renews/],
    ] as const) {
      const port = await listening(createTlsServer({ key, cert: chain }));
      const environment = { WXOP_HOME: temporaryFolder(), WXOP_BROKER_KEY: KEY, NODE_EXTRA_CA_CERTS: ca };
      const laptop = startWxop(['listen', '--via', `https://localhost:${port}`, '--json'], environment);
      const { message, hint } = errorOf(await laptop.finished);
      expect([message, hint]).toEqual([expect.stringMatching(said), expect.stringMatching(next)]);
    }
  });

  it('is missing where no TLS is spoken', async () => {
    const port = await listening(createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect((await failureAt(`https://localhost:${port}`)).message).toMatch(/speaks no TLS/);
  });
});

describe('what answers instead of a listener', () => {
  const NGINX = /proxy_set_header Upgrade \$http_upgrade; proxy_set_header Connection "upgrade"/;
  it.each([
    [
      'a redirect',
      301,
      { location: 'https://www.team.invalid/attach' },
      /redirects to https:\/\/www\.team\.invalid \(/,
      /--via/,
    ],
    ['a proxy without upgrades', 426, {}, /does not pass WebSockets on \(HTTP 426\)/, NGINX],
    ['a server that misses the upgrade', 400, {}, /does not pass WebSockets on \(HTTP 400\)/, NGINX],
    ['a web page', 200, { 'content-type': 'text/html' }, /a web page answers \(HTTP 200\)/, NGINX],
    ['a gateway without a listener', 502, {}, /is away \(HTTP 502\)/, /wxop listen --attach/],
  ] as const)('%s is told apart, with what to do', async (_what, status, headers, said, next) => {
    const server = createHttpServer();
    const answer = [`HTTP/1.1 ${status} x`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
    server.on('upgrade', (_request, socket: Socket) => void socket.end(`${answer.join('\r\n')}\r\n\r\n<html>`));
    const { code, message, hint } = await failureAt(`http://127.0.0.1:${await listening(server)}`);
    expect([code, message, hint]).toEqual(['NETWORK', expect.stringMatching(said), expect.stringMatching(next)]);
  });

  it('a listener says 426 where a proxy took the upgrade away', async () => {
    const { url } = await startListener();
    expect((await fetch(`${url}/attach`)).status).toBe(426);
  });
});

describe('a laptop that slept', () => {
  it('asks at once whether its connection still works, and comes again where it does not', async () => {
    const { url, key } = await startListener();
    const way = await startWay(url);
    const [over, heard] = [new AbortController(), [] as string[]];
    let ahead = 0;
    const options: ConnectedOptions = {
      url: `${way.url}/attach`,
      key,
      scope: 'events',
      proxies: {},
      begin: (say) => say({ type: 'hello', name: 'laptop', filters: [], responds: false, opened: false }),
      hear: ({ type }) => void heard.push(type),
      end: () => undefined,
      onAway: ({ error }) => void heard.push(error.message),
      now: () => Date.now() + ahead,
      sleep: createSleep(over.signal),
      elapsed: () => performance.now(),
      random: () => 0,
      signal: over.signal,
      waking: { look: 20, slept: 8_000, answer: 200 },
    };
    const ended = stayConnected(options);
    await eventually(() => heard.length > 0 || undefined);
    // The connection works: what is asked is answered, and nothing happens.
    ahead += 3_600_000;
    await new Promise((done) => setTimeout(done, 300));
    expect(heard).toEqual(['attached']);
    way.freeze();
    ahead += 3_600_000;
    await eventually(() => heard.length > 2 || undefined);
    over.abort();
    await ended;
    expect(heard).toEqual(['attached', expect.stringMatching(/^Nothing was heard of .* for 0\.2 s/), 'attached']);
  });
});
