/** Whatever comes to the doors of the broker is answered, and neither token nor key goes out where it may not. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
import { files } from '../support/files-under.ts';
import { requests, sendRaw } from '../support/fuzz.ts';
import { ask } from '../support/listener.ts';
import { sleep } from '../support/sleep.ts';
import { openFileStore } from '../support/wechat.ts';
import { temporaryFolder } from '../support/world.ts';

const COMPONENT = 'wx5a4db0c0ffee0001';
const TEA = 'wx0000000000000001';
const TOKEN = 'canary-token-of-the-account_'.padEnd(86, 'x');

/** A broker whose WeChat repeats all that it is sent. */
async function openDoors() {
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
  const token = { accessToken: TOKEN, obtainedAt: Date.now(), expiresAt: Date.now() + 7_200_000 };
  const client = createHttpClient({});
  onTestFinished(() => client.close());
  const log = createFileAuditLog({ folder: join(folder, 'broker-log'), now: Date.now, random: Math.random });
  const broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    componentAppId: COMPONENT,
    store,
    keeper: {
      token: () => Promise.resolve(token),
      replace: () => Promise.resolve(token),
      account: (appId) => Promise.resolve(blankAccount(appId)),
      accounts: async function* () {
        yield await Promise.resolve({ ...blankAccount(TEA), refreshToken: 'refreshtoken@@@canary' });
      },
    },
    log,
    metrics: createMetrics(),
    trustedProxies: [],
    health: () => Promise.resolve(json(200, {})),
    api: { apiUrl: `http://127.0.0.1:${(wechat.address() as AddressInfo).port}`, client, maxUpload: 1024 * 1024 },
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
  return { url: broker.url, key, paths, folder, log, broker };
}

it('whatever bytes arrive, they are answered', { timeout: 60_000 }, async () => {
  const { url, paths } = await openDoors();
  const port = Number(new URL(url).port);
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: 8, maxLength: 8 }), async (many) => {
      await Promise.all(many.map((bytes) => sendRaw(port, bytes)));
    }),
    { numRuns: 40 },
  );
  expect(paths).toEqual([]);
  const { body } = await ask(`${url}/metrics`);
  expect(body).toContain('\nwxop_requests_under_way 1\n');
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
