/** The broker as its callers meet it: a process of its own, keys, tokens, calls without tokens, and commands on a laptop. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { openBroker } from '../support/broker.ts';
import { issue } from '../support/doctor-setup.ts';
import { errorOf } from '../support/error-line.ts';
import { installed } from '../support/installed.ts';
import { leaksIn } from '../support/leaks.ts';
import { ask, askRaw, statusOf, type Answered } from '../support/listener.ts';
import { eventually, startWxop, wxop } from '../support/processes.ts';
import { hasRedis, ownRedis } from '../support/redis.ts';
import { openFileStore } from '../support/wechat.ts';
import { temporaryFolder } from '../support/world.ts';

const openssl = installed('openssl', 'the broker is not tried with TLS');
const MENU = '/cgi-bin/get_current_selfmenu_info';
const body = ({ body }: Answered): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

describe('a broker', () => {
  it('hands out tokens in the shape of WeChat, to who may have them, and says no to the others', async () => {
    const { appId, key, get, owner } = await openBroker({ flags: [] });
    const [tea, other] = [appId(0), appId(1)];
    const ci = await key('ci', tea, '--scopes', 'token');
    const whole = await key('whole', 'all,component');
    const calls = await key('calls', tea, '--scopes', 'api');
    await owner(['accounts', 'alias', tea, '茶馆']);

    const given = await get(`/token/${tea}`, ci);
    expect([given.status, Object.keys(body(given))]).toEqual([200, ['access_token', 'expires_in']]);
    expect(Number(body(given).expires_in)).toBeGreaterThan(7_000);
    expect(body(await get(`/token/${encodeURIComponent('茶馆')}?min=6600`, ci)).access_token).toBe(
      body(given).access_token,
    );
    expect((await get('/token/component', whole)).status).toBe(200);
    expect((await get(`/token/${other}`, whole)).status).toBe(200);

    const cases: [path: string, key: string | undefined, status: number, code: string][] = [
      [`/token/${tea}`, undefined, 401, 'KEY_REFUSED'],
      [`/token/${tea}`, `${ci.slice(0, -1)}_`, 401, 'KEY_REFUSED'],
      [`/token/${tea}`, calls, 403, 'KEY_NOT_ALLOWED'],
      [`/token/${other}`, ci, 403, 'KEY_NOT_ALLOWED'],
      ['/token/component', ci, 403, 'KEY_NOT_ALLOWED'],
      ['/token/nobody', ci, 403, 'KEY_NOT_ALLOWED'],
      ['/token/wx0000000000000000', whole, 404, 'NO_ACCOUNT'],
      [`/token/${tea}?min=6601`, ci, 400, 'USAGE'],
      [`/token/${tea}?min=x`, ci, 400, 'USAGE'],
      ['/nowhere', ci, 404, 'USAGE'],
      [`/api${MENU}`, calls, 404, 'USAGE'],
    ];
    for (const [path, shown, status, code] of cases) {
      const answer = await get(path, shown);
      expect([path, answer.status, body(answer)]).toEqual([
        path,
        status,
        expect.objectContaining({
          errcode: status,
          code,
          errmsg_zh: expect.stringMatching(/\p{Script=Han}/u) as string,
        }),
      ]);
    }
    expect((await get(`/token/${tea}`, ci, { method: 'POST' })).status).toBe(405);
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/metrics')).body).toContain('wxop_broker_requests_total{key="ci",status="200"}');
  });

  it('revokes at once, counts each use, and writes who did what, and never a key or a token again', async () => {
    const { appId, key, get, owner, broker, caller, env, url } = await openBroker({ flags: ['--api', '--verbose'] });
    const ci = await key('ci', appId(0), '--rate', '5');
    const all: Answered[] = [];
    for (let time = 0; time < 8; time++) all.push(await get(`/token/${appId(0)}`, ci));
    const limited = all.filter(({ status }) => status === 429);
    expect(limited.length).toBeGreaterThan(0);
    expect(limited[0]?.headers['retry-after']).toBe('1');
    // A command waits a moment instead of failing.
    const slow = await key('slow', 'all', '--rate', '4');
    const dumped = await caller(['menu', 'dump', '--all', '-o', join(temporaryFolder(), 'menus')], slow);
    expect([dumped.code, dumped.stderr]).toEqual([0, expect.anything()]);
    expect((await owner(['serve', 'key', 'revoke', 'ci'])).code).toBe(0);
    expect((await get(`/token/${appId(0)}`, ci)).status).toBe(401);
    // In the wrong place.
    for (const path of [`/token/${slow}`, `/nowhere/${slow}?key=${slow}`, `/api/${slow}`]) await get(path, slow);
    const tokens = all.flatMap((one) => (one.status === 200 ? [String(body(one).access_token)] : []));
    const secrets = [ci, slow].map((one) => one.slice(-43)).concat(tokens);
    const places = { folders: [env.WXOP_HOME ?? ''], except: /\/(?:[a-z]+-)?token\// };
    const shown = await Promise.all([
      owner(['serve', 'key', 'list', '--verbose']),
      owner(['serve', 'log', '--verbose', '--json']),
    ]);
    const said = shown.flatMap(({ stdout, stderr }) => [stdout, stderr]);
    expect(await leaksIn(secrets, { ...places, running: [broker], urls: [url], said })).toEqual([]);
    expect((await broker.stop()).code).toBe(143);
    expect(await leaksIn(secrets, { ...places, running: [], urls: [] })).toEqual([]);
    const keys = JSON.parse((await owner(['serve', 'key', 'list', '--json'])).stdout) as object[];
    expect(keys[0]).toMatchObject({ name: 'ci', state: 'revoked', uses: 9 });
    const log = JSON.parse((await owner(['serve', 'log', '--key', 'ci', '--json'])).stdout) as {
      status: number;
      count: number;
      path: string;
    }[];
    const counted = log.reduce((sum, { count }) => sum + count, 0);
    expect([counted, new Set(log.map(({ status }) => status))]).toEqual([9, new Set([200, 429, 401])]);
    expect(log.every(({ path }) => path === `/token/${appId(0)}`)).toBe(true);
  });

  it('exchanges once for ten who ask for one expired token', async () => {
    const { appId, key, sandbox, env, caller } = await openBroker({ flags: [] });
    const ci = await key('ci', appId(0));
    const { WXOP_HOME = '', WXOP_COMPONENT_APPID = '' } = env;
    const store = openFileStore(join(WXOP_HOME, 'state', WXOP_COMPONENT_APPID));
    const expired = { accessToken: 'expired', obtainedAt: Date.now() - 7_300_000, expiresAt: Date.now() - 100_000 };
    const known = await store.read(`token/${appId(0)}`);
    await store.write(`token/${appId(0)}`, expired, known?.version ?? 0, { durable: false });
    const exchanges = (): number => sandbox.state().calls['/cgi-bin/component/api_authorizer_token'] ?? 0;
    const before = exchanges();
    const tokens = await Promise.all(Array.from({ length: 10 }, () => caller(['token', 'get', appId(0)], ci)));
    expect(new Set(tokens.map(({ stdout }) => stdout)).size).toBe(1);
    expect(tokens[0]?.stdout).toMatch(/^[\w-]{40,}\n$/);
    expect(exchanges() - before).toBe(1);
  });

  it('goes on where only this machine reaches it; elsewhere it wants TLS, or to be told', async () => {
    const { env } = await openBroker({ flags: [] });
    const open = startWxop(['serve', '--address', '0.0.0.0:0', '--json'], env);
    expect(errorOf(await open.finished)).toMatchObject({ code: 'SETTINGS_INVALID', exitCode: 2 });
    const told = startWxop(['serve', '--address', '0.0.0.0:0', '--plain-http', '--json'], env);
    await told.json('serving');
    const half = startWxop(['serve', '--address', '0', '--tls-cert', 'x.pem', '--json'], env);
    expect(errorOf(await half.finished)).toMatchObject({ code: 'SETTINGS_MISSING' });
  });
});

describe('a call through the broker', () => {
  it('carries the token under its name, replaces a rejected one once, and lets no token out', async () => {
    const seen: { url: string; body: string }[] = [];
    let rejections = 1;
    const { appId, key, get } = await openBroker({
      wechat: (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const url = request.url ?? '';
          seen.push({ url, body: Buffer.concat(chunks).toString() });
          response.setHeader('content-type', 'application/json; encoding=utf-8');
          if (rejections-- > 0) return response.end('{"errcode":40001,"errmsg":"invalid credential"}');
          const token = /access_token=([\w-]+)/.exec(url)?.[1];
          response.end(
            JSON.stringify({ errmsg: `of ${token}`, url, access_token: 'x', refresh_token: 'y', kept: url.length }),
          );
        });
      },
    });
    const ci = await key('ci', appId(0));
    const asked = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    const answer = await get('/api/try/it?a=%20b&access_token=PLACEHOLDER&component_access_token=x&b=2', ci, asked);
    expect(answer.status).toBe(200);
    expect(seen).toHaveLength(2);
    const tokens = seen.map(({ url }) => /^\/try\/it\?a=%20b&b=2&access_token=([\w-]{40,})$/.exec(url)?.[1]);
    expect(new Set(tokens).size).toBe(2);
    expect(seen.map(({ body: sent }) => sent)).toEqual(['{"a":1}', '{"a":1}']);
    for (const token of tokens) expect(answer.body).not.toContain(token);
    expect(body(answer)).toMatchObject({ errmsg: 'of ***', access_token: '***', refresh_token: '***' });

    // Twice in a row is WeChat's answer.
    rejections = 2;
    expect(body(await get('/api/try/it', ci, asked))).toMatchObject({ errcode: 40001 });
    expect(seen).toHaveLength(4);
  });

  it('streams what is large both ways, and refuses what is too large, cut off, or addressed to another place', async () => {
    const SIZE = 6 * 1024 * 1024;
    let got = 0;
    const { appId, key, get, broker, url } = await openBroker({
      flags: ['--api', '--max-upload', '8MiB'],
      wechat: (request, response) => {
        request.on('data', (chunk: Buffer) => (got += chunk.length));
        request.on('end', () => {
          response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': SIZE });
          response.end(Buffer.alloc(SIZE, 7));
        });
      },
    });
    const ci = await key('ci', appId(0), '--rate', '1000');
    const up = await get('/api/try/upload', ci, { method: 'POST', body: Buffer.alloc(SIZE, 1) });
    expect([up.status, got, up.headers['content-length']]).toEqual([200, SIZE, String(SIZE)]);

    const head = (path: string, more: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ci}\r\n${more}\r\n`;
    const large = 100 * 1024 * 1024;
    expect(
      statusOf(await askRaw(url, head('/api/try/upload', `Content-Length: ${large}\r\nExpect: 100-continue\r\n`))),
    ).toBe(413);
    const chunked = `Transfer-Encoding: chunked\r\nConnection: close\r\n`;
    const chunk = `${(1024 * 1024).toString(16)}\r\n${'x'.repeat(1024 * 1024)}\r\n`;
    expect(statusOf(await askRaw(url, head('/api/try/upload', chunked) + chunk.repeat(9) + '0\r\n\r\n'))).toBe(413);
    for (const path of [
      '//evil.example/x',
      '/../x',
      '/%2e%2e/x',
      '/cgi-bin/..%2fx',
      '/a\\b',
      '/.',
      '/http://x/y',
      '/@x/y',
    ]) {
      const [raw] = [
        await askRaw(
          url,
          `GET /api${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ci}\r\nConnection: close\r\n\r\n`,
        ),
      ];
      expect([path, statusOf(raw)]).toEqual([path, 404]);
    }
    for (const path of [
      '/cgi-bin/component/api_component_token',
      '/cgi-bin/token',
      '/sns/oauth2/component/access_token',
    ])
      expect([path, (await get(`/api${path}`, ci)).status]).toEqual([path, 403]);
    expect(broker.process.exitCode).toBeNull();
  });

  it.skipIf(process.platform !== 'linux')('streams 100 MiB without holding them', async () => {
    const [MiB, PIECE] = [1024 * 1024, Buffer.alloc(1024 * 1024, 1)];
    let got = 0;
    const { appId, key, broker, url } = await openBroker({
      flags: ['--api', '--max-upload', '100MiB'],
      wechat: (request, response) => {
        request.on('data', (chunk: Buffer) => (got += chunk.length));
        request.on('end', () => response.end('{"errcode":0}'));
      },
    });
    const ci = await key('ci', appId(0));
    /** The most memory that the broker ever had. */
    const most = (): number =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${broker.process.pid ?? ''}/status`, 'utf8'))?.[1]) * 1024;
    const before = most();
    const sent = request(`${url}/api/try/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ci}`, 'content-length': 100 * MiB },
    });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    await pipeline(Readable.from(Array.from({ length: 100 }, () => PIECE)), sent);
    const [{ statusCode }] = await answered;
    expect([statusCode, got]).toEqual([200, 100 * MiB]);
    expect(most() - before).toBeLessThan(50 * MiB);
  });

  it('is cut off in the middle when its key is revoked', async () => {
    let [isBegun, isAborted] = [false, false];
    const { appId, key, owner, url } = await openBroker({
      wechat: (_request, response) => {
        response.writeHead(200, { 'content-type': 'video/mp4' });
        response.write('the beginning');
        isBegun = true;
        response.on('close', () => (isAborted = true));
      },
    });
    const ci = await key('ci', appId(0));
    const sent = `GET /api/try/long HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ci}\r\n\r\n`;
    const cut = askRaw(url, sent);
    await eventually(() => isBegun || undefined);
    await owner(['serve', 'key', 'revoke', 'ci']);
    const raw = await cut;
    expect(raw).toContain('the beginning');
    expect(raw.endsWith('0\r\n\r\n')).toBe(false);
    await eventually(() => isAborted || undefined);
  });
});

describe('on a machine that has nothing but a key', () => {
  it('without its key says where one comes from', async () => {
    for (const argv of [
      ['accounts', 'list', '--store', 'broker+https://127.0.0.1:1'],
      ['listen', '--via', 'https://127.0.0.1:1'],
    ]) {
      const finished = await wxop([...argv, '--json'], { WXOP_HOME: temporaryFolder() });
      expect([finished.code, errorOf(finished).code]).toEqual([2, 'SETTINGS_MISSING']);
      expect(errorOf(finished).hint).toMatch(/wxop serve key add.*WXOP_BROKER_KEY/);
    }
  });

  it('what reads works, what needs the owner says so, and neither clock nor a restart of the broker matters', async () => {
    const { appId, key, caller, owner, broker, env, url, sandbox } = await openBroker();
    const ci = await key('ci', 'all,component');
    const [tea] = [appId(0)];
    const hour = 60 * 60 * 1000;
    const works: string[][] = [
      ['token', 'get', tea],
      ['token', 'component'],
      ['token', 'list'],
      ['accounts', 'list'],
      ['accounts', 'show', tea],
      ['menu', 'get', '春风茶馆'],
      ['menu', 'dump', tea, '-o', join(temporaryFolder(), 'menus')],
      ['api', MENU, '--as', tea],
      ['api', '/cgi-bin/component/api_get_authorizer_list', '--paginate', '--slurp'],
      ['quota', 'get'],
      ['template', 'list'],
    ];
    for (const argv of works) {
      const { code, stdout, stderr } = await caller(argv, ci, { now: () => Date.now() + hour });
      expect([argv, code, stderr.replace(/^.*(?:Written|done|✓).*\n/gm, '')]).toEqual([argv, 0, expect.anything()]);
      if (argv[0] !== 'menu' || argv[1] !== 'dump') expect(stdout).not.toBe('');
      expect(stdout).not.toContain('refreshtoken@@@');
    }
    const { expiresAt } = JSON.parse((await caller(['token', 'get', tea, '--json'], ci)).stdout) as {
      expiresAt: string;
    };
    const ahead = await caller(['token', 'get', tea, '--json'], ci, { now: () => Date.now() + hour });
    const differs = Date.parse((JSON.parse(ahead.stdout) as { expiresAt: string }).expiresAt) - Date.parse(expiresAt);
    expect(Math.abs(differs - hour)).toBeLessThan(60_000);

    for (const argv of [
      ['ticket', 'show'],
      ['token', 'refresh', tea],
      ['accounts', 'sync'],
      ['accounts', 'alias', tea, 'x'],
      ['release', 'runs'],
      ['serve', 'key', 'list'],
      ['serve'],
    ]) {
      const result = await caller([...argv, '--json'], ci);
      expect([argv, result.code, errorOf(result).code]).toEqual([argv, 2, 'STORE_READ_ONLY']);
    }

    await broker.stop();
    const away = await caller(['token', 'get', tea, '--json'], ci);
    expect([away.code, errorOf(away)]).toEqual([
      5,
      expect.objectContaining({ code: 'NETWORK', hint: expect.stringContaining('`wxop serve` runs there') as string }),
    ]);
    const again = startWxop(['serve', '--api', '--address', new URL(url).host, '--json'], env);
    await again.json('serving');
    expect((await caller(['menu', 'get', tea], ci)).code).toBe(0);

    sandbox.addFault('get_current_selfmenu_info=48001');
    const refused = await caller(['menu', 'get', tea, '--json'], ci);
    expect([refused.code, errorOf(refused).errcode]).toEqual([3, 48001]);
    await owner(['serve', 'key', 'revoke', 'ci']);
    const revoked = await caller(['token', 'get', tea, '--json'], ci);
    expect([revoked.code, errorOf(revoked).code]).toEqual([4, 'KEY_REFUSED']);
    const chinese = await caller(['token', 'get', tea, '--lang', 'zh'], ci);
    expect(chinese.stderr).toMatch(/^错误：该密钥已被吊销。\n请向/);
  });
});

describe('a broker that is in trouble', () => {
  it('and dies in the middle of a command says to its caller what may have happened', async () => {
    let arrived = 0;
    const { appId, key, caller, broker } = await openBroker({
      wechat: (request, response) => {
        arrived++;
        if (request.url?.startsWith('/try/cut')) request.resume().on('end', () => response.destroy());
      },
    });
    const ci = await key('ci', appId(0));
    const write = ['-d', '{"a":1}', '--as', appId(0), '--json'];
    const lost = {
      code: 'NETWORK',
      retryable: false,
      hint: expect.stringContaining('may have taken effect') as string,
    };
    expect(errorOf(await caller(['api', '/try/cut', ...write], ci))).toMatchObject(lost);
    const commands = [
      ['api', '/try/read', '--as', appId(0), '--json'],
      ['api', '/try/write', ...write],
    ].map((argv) => caller(argv, ci));
    await eventually(() => arrived === 3 || undefined);
    await broker.stop('SIGKILL');
    const [read, written] = (await Promise.all(commands)).map(errorOf);
    const hint = expect.stringContaining('`wxop serve` runs there') as string;
    expect([read, written]).toEqual([
      expect.objectContaining({ code: 'NETWORK', retryable: true, hint }),
      expect.objectContaining(lost),
    ]);
    expect(arrived).toBe(3);
  });

  it('with a clock an hour wrong promises no life that a token has not, and says which key has expired', async () => {
    const { appId, key, env, get, sandbox } = await openBroker({ flags: [] });
    let promised = { token: '', seconds: 0 };
    const ci = await key('ci', appId(0));
    const short = await key('short', appId(0), '--expires', '30m');
    expect((await get(`/token/${appId(0)}`, ci)).status).toBe(200);
    for (const hours of [1, -1]) {
      const clock = join(temporaryFolder(), 'clock.cjs');
      writeFileSync(clock, `const { now } = Date; Date.now = () => now() + ${hours} * 3600000;`);
      const other = startWxop(['serve', '--address', '127.0.0.1:0', '--json'], env, '', ['--require', clock]);
      const { url } = await other.json<{ url: string }>('serving');
      const asked = (shown: string, query = '') =>
        ask(`${url}/token/${appId(0)}${query}`, { headers: { authorization: `Bearer ${shown}` } });
      // The other clock made the token that is stored: it gets one of its own, and says of that how long it lives.
      const given = body(await asked(ci, '?min=6000'));
      expect(given.expires_in).toBeGreaterThanOrEqual(6_000);
      expect(given.expires_in).toBeLessThanOrEqual(7_200);
      promised = { token: String(given.access_token), seconds: Number(given.expires_in) };
      expect(body(await asked(short)).errmsg).toBe(hours > 0 ? 'This key has expired.' : undefined);
    }
    sandbox.advance((promised.seconds - 20) * 1000);
    const used = await ask(`${sandbox.url}${MENU}?access_token=${promised.token}`);
    expect(body(used).errcode).toBeUndefined();
  });
});

describe('with TLS', () => {
  it.skipIf(!openssl)('takes a renewed certificate without a restart, and a caller checks it', async () => {
    const [first, second] = [issue(1, 'itself'), issue(1, 'itself')];
    const folder = temporaryFolder();
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const put = (issued: typeof first): void => {
      writeFileSync(key, issued.key);
      writeFileSync(cert, issued.chain);
    };
    put(first);
    const { broker, url, appId, key: makeKey } = await openBroker({ flags: ['--tls-cert', cert, '--tls-key', key] });
    expect(url).toMatch(/^https:/);
    const ci = await makeKey('ci', appId(0));
    const asked = (ca: string) =>
      wxop(['token', 'get', appId(0)], {
        WXOP_HOME: temporaryFolder(),
        WXOP_STORE: `broker+${url.replace('127.0.0.1', 'localhost')}`,
        WXOP_BROKER_KEY: ci,
        NODE_EXTRA_CA_CERTS: ca,
      });
    expect((await asked(first.ca)).code).toBe(0);
    const untrusted = await asked(second.ca);
    expect([untrusted.code, untrusted.stderr]).toEqual([5, expect.stringContaining('NODE_EXTRA_CA_CERTS')]);
    put(second);
    await eventually(async () => ((await asked(second.ca)).code === 0 ? true : undefined));
    expect(broker.process.exitCode).toBeNull();
  });
});

describe.skipIf(!hasRedis)('on Redis', () => {
  it('keeps keys and log there for every broker, and says 503 while it is away', { timeout: 60_000 }, async () => {
    const redis = await ownRedis();
    const { appId, key, get, owner, env, broker } = await openBroker({ environment: { WXOP_STORE: redis.url } });
    const ci = await key('ci', appId(0));
    const other = startWxop(['serve', '--address', '127.0.0.1:0', '--json'], env);
    const { url } = await other.json<{ url: string }>('serving');
    const path = `/token/${appId(0)}`;
    const [one, two] = [await get(path, ci), await ask(url + path, { headers: { authorization: `Bearer ${ci}` } })];
    expect([one.status, body(two).access_token]).toEqual([200, body(one).access_token]);
    await redis.stop('SIGKILL');
    const away = await eventually(async () => {
      const answer = await get(path, ci);
      return answer.status === 200 ? undefined : answer;
    });
    expect([away.status, away.headers['retry-after'], body(away).code]).toEqual([503, '5', 'STORE_UNAVAILABLE']);
    await redis.start();
    await eventually(async () => ((await get(path, ci)).status === 200 ? true : undefined));
    expect((await owner(['serve', 'key', 'revoke', 'ci'])).code).toBe(0);
    expect((await ask(url + path, { headers: { authorization: `Bearer ${ci}` } })).status).toBe(401);
    await Promise.all([broker.stop(), other.stop()]);
    const log = JSON.parse((await owner(['serve', 'log', '--json'])).stdout) as { status: number }[];
    expect(new Set(log.map(({ status }) => status))).toContain(401);
  });
});
