import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cancelled } from '../../src/sentences/wxop-error.ts';
import {
  authorizerToken,
  componentToken,
  createPreAuthCode,
  getAuthorizerInfo,
  getCurrentSelfMenu,
  queryAuth,
  startPushTicket,
} from '../../src/protocol/calls/endpoints.ts';
import { SANDBOX_COMPONENT } from '../../src/sandbox/sandbox.ts';
import { proxiesOf } from '../../src/runtime/proxies.ts';
import { installed } from '../support/installed.ts';
import { failureOf, openTransport, startPlatform } from '../support/wechat.ts';
import { freePort } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

const { appId, secret } = SANDBOX_COMPONENT;
const openssl = installed('openssl', 'untrusted certificates are not tried');

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** A server of our own where the platform should be; counts what reaches it. */
async function serve(answer: RequestListener) {
  let requests = 0;
  const port = await listening(
    createServer((request, response) => {
      requests++;
      request.resume();
      answer(request, response);
    }),
  );
  return { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, requests: () => requests };
}

const answering = (body: string, status = 200, type = 'text/plain'): RequestListener => {
  return (_, response) => void response.writeHead(status, { 'content-type': type }).end(body);
};

/** Makes this call work: a component token of the sandbox. */
async function startWithToken() {
  const platform = await startPlatform();
  const { send } = openTransport(platform.sandbox.url);
  const ticket = platform.sandbox.state().ticket ?? '';
  const { accessToken } = await send(componentToken, { appId, secret, ticket });
  return { ...platform, ticket, accessToken };
}

describe('a busy platform', () => {
  it('is asked again until it answers', async () => {
    const { sandbox, calls, accessToken } = await startWithToken();
    sandbox.addFault('api_create_preauthcode=busy*2');
    const pauses: number[] = [];
    const { send } = openTransport(sandbox.url, {
      sleep: (milliseconds) => {
        pauses.push(milliseconds);
        return Promise.resolve();
      },
    });
    const { preAuthCode } = await send(createPreAuthCode, { appId }, accessToken);
    expect(preAuthCode).toMatch(/^preauthcode@@@/);
    expect(calls('api_create_preauthcode')).toBe(3);
    expect(pauses).toHaveLength(2);
    expect(pauses[1]).toBeGreaterThan(pauses[0] ?? 0);
  });

  it.each(['busy', '-1000', '45011'])('is asked three times at most (%s)', async (fault) => {
    const { sandbox, calls } = await startPlatform({ faults: [`api_component_token=${fault}`] });
    const { send } = openTransport(sandbox.url);
    const failure = await failureOf(send(componentToken, { appId, secret, ticket: 'ticket@@@x' }));
    expect(failure).toMatchObject({
      code: 'PLATFORM_REFUSED',
      errcode: fault === 'busy' ? -1 : Number(fault),
      retryable: true,
      exitCode: 3,
    });
    expect(failure.rid).toBeDefined();
    expect(calls('api_component_token')).toBe(3);
  });

  it('is not asked again when the call would outlive its deadline', async () => {
    const { sandbox, clock, calls } = await startPlatform({ faults: ['api_component_token=busy'] });
    const { send } = openTransport(sandbox.url, {
      now: clock.now,
      sleep: () => {
        clock.advance(60_000);
        return Promise.resolve();
      },
    });
    expect((await failureOf(send(componentToken, { appId, secret, ticket: 'x' }))).errcode).toBe(-1);
    expect(calls('api_component_token')).toBe(2);
  });

  it('is something else than a refusal, which is final', async () => {
    const { sandbox, calls } = await startPlatform({ faults: ['api_component_token=40125'] });
    const { send } = openTransport(sandbox.url);
    const failure = await failureOf(send(componentToken, { appId, secret, ticket: 'x' }));
    expect(failure).toMatchObject({ code: 'PLATFORM_REFUSED', errcode: 40125, retryable: false });
    expect(calls('api_component_token')).toBe(1);
  });
});

describe('a lost answer', () => {
  it('is asked for again where the call may be repeated', async () => {
    const { sandbox, calls, accessToken } = await startWithToken();
    sandbox.addFault('api_create_preauthcode=reset*1');
    const { send } = openTransport(sandbox.url);
    await send(createPreAuthCode, { appId }, accessToken);
    expect(calls('api_create_preauthcode')).toBe(2);
  });

  it.each(['reset', 'truncated'])('is not asked for again where the call takes effect once (%s)', async (fault) => {
    const { sandbox, calls, accessToken, ticket } = await startWithToken();
    const { send } = openTransport(sandbox.url);
    const asked = {
      api_query_auth: () => send(queryAuth, { appId, code: 'x' }, accessToken),
      api_component_token: () => send(componentToken, { appId, secret, ticket }),
      api_authorizer_token: () => send(authorizerToken, { appId, accountAppId: 'wx1', refreshToken: 'x' }, accessToken),
    };
    for (const [name, ask] of Object.entries(asked)) {
      const before = calls(name);
      sandbox.addFault(`${name}=${fault}`);
      const failure = await failureOf(ask());
      expect(failure, name).toMatchObject({ code: 'NETWORK', exitCode: 5, retryable: true });
      expect(calls(name) - before, name).toBe(1);
    }
  });
});

describe('an answer that is not the platform’s', () => {
  it('says that a page came instead, and what to check', async () => {
    const { sandbox, calls } = await startPlatform({ faults: ['api_component_token=html'] });
    const { send } = openTransport(sandbox.url);
    const failure = await failureOf(send(componentToken, { appId, secret, ticket: 'x' }));
    expect(failure).toMatchObject({ code: 'NETWORK', exitCode: 5 });
    expect(failure.message).toContain('HTML');
    expect(failure.message).toContain('502');
    expect(failure.message).toContain(new URL(sandbox.url).host);
    expect(failure.hint?.en).toContain('HTTPS_PROXY');
    expect(calls('api_component_token')).toBe(1);
  });

  it.each(['{"pre_auth_code":"preauthcode@@@x","expi', '', 'null', '"ok"', '[]'])(
    'is NETWORK when it is no whole document: %j',
    async (body) => {
      const { url, host, requests } = await serve(answering(body));
      const failure = await failureOf(openTransport(url).send(createPreAuthCode, { appId }, 'token'));
      expect(failure).toMatchObject({ code: 'NETWORK', exitCode: 5 });
      expect(failure.message).toContain(host);
      expect(requests()).toBe(3);
    },
  );

  it('is NETWORK when a gateway speaks JSON of its own', async () => {
    const { url } = await serve(answering('{"message":"upstream is away"}', 503, 'application/json'));
    const { send } = openTransport(url);
    expect((await failureOf(send(startPushTicket, { appId, secret }))).code).toBe('NETWORK');
    expect((await failureOf(send(getCurrentSelfMenu, undefined, 'token'))).code).toBe('NETWORK');
  });

  it('is read whatever its Content-Type says', async () => {
    const { url } = await serve(answering('{"pre_auth_code":"preauthcode@@@x","expires_in":"600"}'));
    const answer = await openTransport(url).send(createPreAuthCode, { appId }, 'token');
    expect(answer).toEqual({ preAuthCode: 'preauthcode@@@x', expiresIn: 600 });
  });

  it('is refused over 8 MiB, and says so', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"padding":"');
      for (let megabyte = 0; megabyte < 9; megabyte++) response.write('x'.repeat(1024 * 1024));
      response.end('"}');
    });
    const failure = await failureOf(openTransport(url).send(getCurrentSelfMenu, undefined, 'token'));
    expect(failure).toMatchObject({ code: 'NETWORK', exitCode: 5 });
    expect(failure.message).toContain('8 MiB');
  });

  it('is taken just below 8 MiB', async () => {
    const { url } = await serve(answering(JSON.stringify({ padding: 'x'.repeat(8 * 1024 * 1024 - 100) })));
    const { raw } = await openTransport(url).send(getCurrentSelfMenu, undefined, 'token');
    expect(raw.length).toBeGreaterThan(8 * 1024 * 1024 - 100);
  });
});

describe('a platform that cannot be reached', () => {
  it('is NETWORK, and named, when the connection is refused', async () => {
    const host = `127.0.0.1:${await freePort()}`;
    let pauses = 0;
    const { send } = openTransport(`http://${host}`, {
      sleep: () => {
        pauses++;
        return Promise.resolve();
      },
    });
    const failure = await failureOf(send(componentToken, { appId, secret, ticket: 'x' }));
    expect(failure).toMatchObject({ code: 'NETWORK', exitCode: 5, retryable: true });
    expect(failure.message).toContain(host);
    expect(failure.message).toContain('ECONNREFUSED');
    expect(failure.hint?.en).toContain('WXOP_API_URL');
    // Nothing was sent: even what takes effect once may be tried again.
    expect(pauses).toBe(2);
  });

  it('is NETWORK, and named, when its name is unknown', async () => {
    const { send } = openTransport('http://platform.invalid');
    const failure = await failureOf(send(getAuthorizerInfo, { appId, accountAppId: 'wx1' }, 'token'));
    expect(failure).toMatchObject({ code: 'NETWORK', exitCode: 5 });
    expect(failure.message).toContain('platform.invalid');
    expect(failure.message).toContain('name');
    expect(failure.hint?.en).toContain('DNS');
  });

  it.skipIf(!openssl)('is NETWORK when its certificate is not trusted', async () => {
    const folder = temporaryFolder();
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const files = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', key, '-out', certificate];
    execFileSync('openssl', [...request, ...files], { stdio: 'ignore' });
    let requests = 0;
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_, response) => {
      requests++;
      response.end('{}');
    });
    const port = await listening(server);
    const failure = await failureOf(
      openTransport(`https://127.0.0.1:${port}`).send(startPushTicket, { appId, secret }),
    );
    expect(failure).toMatchObject({ code: 'NETWORK', exitCode: 5 });
    expect(failure.message).toContain(`127.0.0.1:${port}`);
    expect(failure.message).toContain('certificate');
    expect(failure.hint?.en).toContain('NODE_EXTRA_CA_CERTS');
    expect(requests).toBe(0);
  });
});

describe('a proxy', () => {
  /** Takes every connection to `target`, whatever name was asked for; keeps what was asked for. */
  async function startProxy(target: string) {
    const asked: string[] = [];
    const { hostname, port } = new URL(target);
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(501).end();
    });
    server.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      const upstream = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket);
        socket.pipe(upstream);
      });
      for (const stream of [socket, upstream]) stream.on('error', () => upstream.destroy());
      onTestFinished(() => void socket.destroy());
    });
    return { url: `http://127.0.0.1:${await listening(server)}`, asked };
  }

  it('is used: it alone knows where the platform is', async () => {
    const { sandbox, ticket } = await startWithToken();
    const proxy = await startProxy(sandbox.url);
    const proxies = proxiesOf({ HTTP_PROXY: proxy.url });
    const { send } = openTransport('http://platform.invalid', { proxies });
    expect((await send(componentToken, { appId, secret, ticket })).accessToken).not.toBe('');
    expect(proxy.asked).toEqual(['platform.invalid:80']);
  });

  it('is used for https where HTTPS_PROXY names it', async () => {
    const { url } = await serve(answering('not TLS'));
    const proxy = await startProxy(url);
    const proxies = proxiesOf({ HTTPS_PROXY: proxy.url, https_proxy: '' });
    const { send } = openTransport('https://platform.invalid', { proxies });
    expect((await failureOf(send(componentToken, { appId, secret, ticket: 'x' }))).code).toBe('NETWORK');
    expect(proxy.asked).toEqual(['platform.invalid:443']);
  });

  it('is left out for the hosts of NO_PROXY', async () => {
    const { sandbox, ticket } = await startWithToken();
    const proxy = await startProxy(sandbox.url);
    const proxies = proxiesOf({ HTTP_PROXY: proxy.url, NO_PROXY: 'example.com,127.0.0.1' });
    await openTransport(sandbox.url, { proxies }).send(componentToken, { appId, secret, ticket });
    expect(proxy.asked).toEqual([]);
  });

  it('that is away is named as the likely cause', async () => {
    const { sandbox, ticket } = await startWithToken();
    const proxies = proxiesOf({ HTTP_PROXY: `http://127.0.0.1:${await freePort()}` });
    const failure = await failureOf(
      openTransport(sandbox.url, { proxies }).send(componentToken, { appId, secret, ticket }),
    );
    expect(failure.code).toBe('NETWORK');
    expect(failure.message).toContain('proxy');
    expect(failure.hint?.en).toContain('HTTPS_PROXY');
  });

  it('in an upper-case variable is not hidden by an empty lower-case one', () => {
    const url = 'http://proxy.example.com:3128';
    expect(proxiesOf({ https_proxy: '', HTTPS_PROXY: url }).httpsProxy).toBe(url);
    expect(proxiesOf({ http_proxy: '', HTTP_PROXY: url }).httpProxy).toBe(url);
    expect(proxiesOf({ no_proxy: '', NO_PROXY: 'localhost' }).noProxy).toBe('localhost');
    expect(proxiesOf({ https_proxy: url, HTTPS_PROXY: 'http://other' }).httpsProxy).toBe(url);
    expect(proxiesOf({ https_proxy: '', HTTPS_PROXY: '' }).httpsProxy).toBeUndefined();
    expect(proxiesOf({})).toEqual({});
  });
});

describe('an interruption', () => {
  const interrupt = (interruption: AbortController): void =>
    interruption.abort(new DOMException('SIGINT', 'AbortError'));

  it('ends a call that waits for its answer', async () => {
    const interruption = new AbortController();
    const { url, requests } = await serve(() => interrupt(interruption));
    const { send } = openTransport(url, { signal: interruption.signal });
    const failure = await failureOf(send(createPreAuthCode, { appId }, 'token'));
    expect(failure).toMatchObject({ code: 'CANCELLED', exitCode: 130 });
    expect(requests()).toBe(1);
  });

  it('ends a call in the middle of its answer', async () => {
    const interruption = new AbortController();
    const { url } = await serve((_, response) => {
      response.writeHead(200).write('{"pre', () => interrupt(interruption));
    });
    const { send } = openTransport(url, { signal: interruption.signal });
    expect((await failureOf(send(createPreAuthCode, { appId }, 'token'))).code).toBe('CANCELLED');
  });

  it('ends the pause between two tries', async () => {
    const interruption = new AbortController();
    const { sandbox, calls } = await startPlatform({ faults: ['api_component_token=busy'] });
    const { send } = openTransport(sandbox.url, {
      signal: interruption.signal,
      sleep: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(cancelled()));
          interrupt(interruption);
        }),
    });
    expect((await failureOf(send(componentToken, { appId, secret, ticket: 'x' }))).code).toBe('CANCELLED');
    expect(calls('api_component_token')).toBe(1);
  });
});

describe('the trace', () => {
  const planted = {
    secret: 'planted1-secret-of-component',
    ticket: 'ticket@@@planted2-with-hyphens~and.dots',
    token: 'planted3-access-token_1',
    refresh: 'refreshtoken@@@planted4-refresh-token',
    code: 'queryauthcode@@@planted5-code',
  };
  /** What is left of a secret that is masked only up to its first hyphen counts too. */
  const pieces = ['planted1', 'of-component', 'planted2', 'and.dots', 'planted3', 'token_1', 'planted4', 'planted5'];

  async function traced(body: string, status = 200): Promise<string> {
    const lines: string[] = [];
    const { url } = await serve(answering(body, status));
    const { send } = openTransport(url, { trace: (line) => void lines.push(line) });
    const { secret, ticket, token, refresh, code } = planted;
    await send(componentToken, { appId, secret, ticket }).catch(() => undefined);
    await send(startPushTicket, { appId, secret }).catch(() => undefined);
    await send(queryAuth, { appId, code }, token).catch(() => undefined);
    await send(authorizerToken, { appId, accountAppId: 'wx1', refreshToken: refresh }, token).catch(() => undefined);
    await send(getCurrentSelfMenu, undefined, token).catch(() => undefined);
    return lines.join('\n');
  }

  const ANSWER = JSON.stringify({
    authorization_info: {
      authorizer_appid: 'wx1',
      authorizer_access_token: planted.token,
      authorizer_refresh_token: planted.refresh,
    },
    component_access_token: planted.token,
    authorizer_access_token: planted.token,
    list: [{ refresh_token: planted.refresh }],
  });

  it.each([
    ['whole', ANSWER],
    ['spread over lines', JSON.stringify(JSON.parse(ANSWER), null, 2)],
    ['cut in the middle of a token', ANSWER.slice(0, ANSWER.indexOf('planted4') + 8)],
    ['a refusal', '{"errcode":-1,"errmsg":"system error rid: 1-2-3"}'],
  ])('shows requests and answers, and no secret in them: %s', async (_, body) => {
    const text = await traced(body);
    expect(text).toContain('POST');
    expect(text).toContain('/cgi-bin/component/api_component_token');
    expect(text).toContain('/cgi-bin/get_current_selfmenu_info');
    expect(text).toContain('← 200');
    expect(text).toContain(appId);
    for (const piece of pieces) expect(text, piece).not.toContain(piece);
  });
});
