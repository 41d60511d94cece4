/** Whatever comes to the doors of the broker is answered, and neither token nor key goes out where it may not. */
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { queryWith, readApiCall, withoutTokens } from '../../src/broker/api-call.ts';
import { createFileAuditLog } from '../../src/broker/audit-log.ts';
import { createCallerKeys } from '../../src/broker/caller-keys.ts';
import { startBroker } from '../../src/broker/start-broker.ts';
import { createMetrics } from '../../src/listener/http/metrics.ts';
import { json } from '../../src/listener/http/reply.ts';
import { blankAccount } from '../../src/protocol/account-record.ts';
import { createRedactor } from '../../src/sentences/redactor.ts';
import { createHttpClient } from '../../src/wechat-api/http-client.ts';
import { callerRequests } from '../support/caller-fuzz.ts';
import { files } from '../support/files-under.ts';
import { requests, sendRaw } from '../support/fuzz.ts';
import { ask, askRaw, statusOf } from '../support/listener.ts';
import { eventually } from '../support/processes.ts';
import { sendToDoor } from '../support/send-to-door.ts';
import { sleep } from '../support/sleep.ts';
import { fillStore, startWitness, TOKENS } from '../support/team-doors.ts';
import { openFileStore } from '../support/wechat.ts';
import { temporaryFolder } from '../support/world.ts';

const COMPONENT = 'wx5a4db0c0ffee0001';
const TEA = 'wx0000000000000001';
const TOKEN = 'canary-token-of-the-account_'.padEnd(86, 'x');

/** A broker whose WeChat repeats all that it is sent, if it is not given another. */
async function openDoors(apiUrl?: string, tokenOf = (_account: string) => TOKEN) {
  const paths: string[] = [];
  const wechat = createServer((request, response) => {
    paths.push(request.url ?? '');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('location', request.url ?? '');
      response.setHeader('x-token', TOKEN);
      response.end(JSON.stringify({ url: request.url, body: Buffer.concat(chunks).toString(), access_token: TOKEN }));
    });
  });
  await new Promise<void>((done) => wechat.listen(0, '127.0.0.1', done));
  onTestFinished(() => void wechat.close().closeAllConnections());
  const folder = join(temporaryFolder(), 'state');
  const store = openFileStore(folder);
  const elapsed = (): number => performance.now();
  const keys = createCallerKeys({ store, componentAppId: COMPONENT, now: Date.now, sleep: () => Promise.resolve() });
  const token = (account: string) =>
    Promise.resolve({ accessToken: tokenOf(account), obtainedAt: Date.now(), expiresAt: Date.now() + 7_200_000 });
  const client = createHttpClient({});
  onTestFinished(() => client.close());
  const log = createFileAuditLog({ folder: join(folder, 'broker-log'), now: Date.now, random: Math.random });
  const broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    componentAppId: COMPONENT,
    store,
    keeper: {
      token: (holder) => token('account' in holder ? holder.account : 'component'),
      replace: () => token(''),
      account: (appId) => Promise.resolve(blankAccount(appId)),
      accounts: async function* () {
        yield await Promise.resolve({ ...blankAccount(TEA), refreshToken: 'refreshtoken@@@canary' });
      },
    },
    log,
    metrics: createMetrics(),
    trustedProxies: [],
    health: () => Promise.resolve(json(200, {})),
    api: {
      apiUrl: apiUrl ?? `http://127.0.0.1:${(wechat.address() as AddressInfo).port}`,
      client,
      maxUpload: 4 * 1024 * 1024,
    },
    now: Date.now,
    elapsed,
    sleep,
    redact: createRedactor().redact,
    warn: () => undefined,
    onTrouble: (error) => {
      throw error;
    },
  });
  onTestFinished(() => broker.stop());
  const { key } = await keys.add({ name: 'ci', accounts: [TEA], scopes: ['api'], rate: 1_000_000 });
  return { url: broker.url, key, paths, folder, store, log, broker };
}

it('whatever bytes arrive, they are answered', { timeout: 60_000 }, async () => {
  const { url, paths } = await openDoors();
  const port = Number(new URL(url).port);
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: 8, maxLength: 8 }), async (many) => {
      await Promise.all(many.map((bytes) => sendRaw(port, bytes)));
    }),
    { numRuns: 20 },
  );
  expect(paths).toEqual([]);
  const { body } = await ask(`${url}/metrics`);
  expect(body).toContain('\nwxop_requests_under_way 1\n');
});

it('whatever callers send is answered, and WeChat gets nothing but the calls that were asked for', async () => {
  const witness = await startWitness();
  onTestFinished(witness.close);
  const { url, store } = await openDoors(witness.url, (account) => TOKENS[account === TEA ? 'tea' : 'other']);
  const keys = await fillStore(store, COMPONENT);
  const port = Number(new URL(url).port);
  await fc.assert(
    fc.asyncProperty(fc.array(callerRequests(keys), { minLength: 8, maxLength: 8 }), async (many) => {
      await Promise.all(many.map((sent) => sendToDoor(port, sent)));
    }),
    { numRuns: 30 },
  );
  expect(witness.seen).toEqual([]);
  expect(witness.calls()).toBeGreaterThan(0);
  await nothingIsLeft(url);
});

const nothingIsLeft = (url: string): Promise<unknown> =>
  eventually(async () => {
    const { body } = await ask(`${url}/metrics`);
    return /\nwxop_connections 1\n[^]*\nwxop_requests_under_way 1\n[^]*\nwxop_body_bytes 0\n/.test(body) || undefined;
  });

it('an upload that breaks off is answered where it can be, reaches WeChat as none, and leaves nothing behind', async () => {
  const { url, key, paths } = await openDoors();
  const head = `POST /api/try HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nX-Account: ${TEA}\r\n`;
  const part = 'x'.repeat(500_000);
  for (const rest of [
    `Content-Length: 900000\r\n\r\n${part}`,
    `Content-Length: 4000000\r\n\r\n${part.repeat(4)}`,
    `Transfer-Encoding: chunked\r\n\r\n10\r\nhello`,
    `Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n`,
  ]) {
    expect(statusOf(await askRaw(url, head + rest, { end: true }))).toBe(400);
    await new Promise<void>((done) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
        socket.write(head + rest, () => socket.resetAndDestroy());
      });
      socket.on('error', () => undefined).on('close', () => done());
    });
  }
  await nothingIsLeft(url);
  expect(paths.filter((path) => !path.startsWith('/try?'))).toEqual([]);
  expect(
    (await ask(`${url}/api/try`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: part })).status,
  ).toBe(200);
});

it('a path is the one that is written, on the host of WeChat, or none', () => {
  const parts = fc.constantFrom(
    '',
    '.',
    '..',
    '%2e',
    '/',
    '\\',
    '@',
    'evil.example',
    'cgi-bin',
    'menu',
    '?',
    '#',
    ':',
    'x',
  );
  const written = fc.oneof(
    fc.array(parts, { maxLength: 8 }).map((all) => `/${all.join('/')}`),
    fc.webPath(),
    fc.string().map((path) => `/${path}`),
  );
  let taken = 0;
  fc.assert(
    fc.property(written, (path) => {
      const call = readApiCall(path, new URLSearchParams(), { account: TEA });
      if ('error' in call) return;
      taken++;
      const url = new URL(`https://api.weixin.qq.com${call.path}?${queryWith('', call.tokenName, TOKEN)}`);
      expect([url.host, url.pathname]).toEqual(['api.weixin.qq.com', path]);
    }),
    { numRuns: 3_000 },
  );
  expect(taken).toBeGreaterThan(20);
});

it.each([
  ['/cgi-bin/menu/get', '', TEA, { account: TEA, holder: 'account', tokenName: 'access_token' }],
  ['/cgi-bin/component/api_get_authorizer_info', '', undefined, { account: 'component', holder: 'component' }],
  [
    '/cgi-bin/component/api_get_authorizer_info',
    '',
    TEA,
    { account: 'component', tokenName: 'component_access_token' },
  ],
  ['/wxa/gettemplatelist', '', undefined, { account: 'component', holder: 'component', tokenName: 'access_token' }],
  ['/sns/component/jscode2session', `appid=${TEA}`, TEA, { account: TEA, holder: 'component' }],
  ['/sns/component/jscode2session', 'appid=wx0000000000000002', TEA, { account: 'component', holder: 'component' }],
  ['/sns/component/jscode2session', `appid=${TEA}&appid=x`, TEA, { account: 'component', holder: 'component' }],
])('%s?%s for %s takes the right that it needs', (path, query, account, wanted) => {
  expect(readApiCall(path, new URLSearchParams(query), { account })).toMatchObject(wanted);
});

it('a query has exactly one token, whatever the caller wrote', () => {
  const name = fc.oneof(
    fc.constantFrom('access_token', 'ACCESS_TOKEN', 'access%5Ftoken', 'component_access_token', 'a'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string())), (pairs) => {
      const search = pairs
        .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
        .join('&')
        .replaceAll('#', '');
      const sent = new URL(`https://api.weixin.qq.com/x?${queryWith(search, 'access_token', TOKEN)}`).searchParams;
      const tokens = [...sent].filter(([key]) => /^(?:component_)?access_token$/i.test(key.trim()));
      expect(tokens).toEqual([['access_token', TOKEN]]);
    }),
    { numRuns: 2_000 },
  );
});

it('no token is in what WeChat answers, in a refusal, or in the log; no key either', async () => {
  const { url, key, paths, folder, broker } = await openDoors();
  const headers = { authorization: `Bearer ${key}`, 'x-account': TEA };
  const answers = await Promise.all([
    ask(`${url}/api/cgi-bin/message/custom/send`, { method: 'POST', headers, body: '{"a":1}' }),
    ask(`${url}/api/cgi-bin/menu/get?access_token=${key}`, { headers }),
    ask(`${url}/token/${TEA}`, { headers }),
    ask(`${url}/token/${key}`, { headers }),
    ask(`${url}/accounts`, { headers }),
    ask(`${url}/whoami`, { headers }),
    ask(`${url}/metrics`),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 403, 403, 200, 200, 200]);
  expect(paths.every((path) => path.includes(TOKEN) && !path.includes(key))).toBe(true);
  for (const answer of answers) {
    expect(JSON.stringify([answer.headers, answer.body])).not.toContain(TOKEN);
    expect(answer.body).not.toContain('refreshtoken@@@');
    expect(answer.body).not.toContain(key.slice(-43));
  }
  await broker.stop();
  const logged = files(folder).filter(({ path }) => path.includes('broker-log'));
  expect(logged).toHaveLength(1);
  for (const { content } of logged) {
    expect(content).not.toContain(TOKEN);
    expect(content).not.toContain(key.slice(-43));
  }
});

it('tokens are taken out of a document wherever they are', () => {
  const document = `{"access_token":"a\\"b","authorizer_refresh_token": "r","url":"x?component_access_token=abc&b=1","t":"${TOKEN}"}`;
  expect(withoutTokens(document, [TOKEN])).toBe(
    '{"access_token":"***","authorizer_refresh_token": "***","url":"x?component_access_token=***&b=1","t":"***"}',
  );
});
