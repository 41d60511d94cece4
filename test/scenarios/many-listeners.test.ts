/** Three listeners on one store, behind a load balancer that gives every request to the next of them. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox, type SandboxEvent } from '../../src/sandbox/sandbox.ts';
import { ask, EVENT_PATH, sealed, ticketEvent } from '../support/listener.ts';
import { eventually, startWxop, wxop, type Environment, type Started } from '../support/processes.ts';
import { everything, hasRedis, ownRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/world.ts';

interface Balancer {
  url: string;
  targets: string[];
  /** How many of the targets get each request at once; the answer is the first one's. */
  copies: number;
  /** Which target got what. */
  log: { target: string; path: string }[];
}

async function startBalancer(): Promise<Balancer> {
  let turn = 0;
  const server = createServer((asked, answer) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of asked) chunks.push(chunk as Buffer);
      const forward = async (target: string): Promise<[IncomingMessage, Buffer[]]> => {
        balancer.log.push({ target, path: asked.url?.split('?')[0] ?? '' });
        const sent = request(`${target}${asked.url}`, { method: asked.method, headers: asked.headers, agent: false });
        sent.end(Buffer.concat(chunks));
        const [got] = (await once(sent, 'response')) as [IncomingMessage];
        const body: Buffer[] = [];
        for await (const chunk of got) body.push(chunk as Buffer);
        return [got, body];
      };
      const chosen = Array.from({ length: balancer.copies }, () => balancer.targets[turn++ % balancer.targets.length]!);
      const [[got, body] = []] = await Promise.all(chosen.map(forward));
      answer.writeHead(got?.statusCode ?? 502, { ...got?.headers });
      answer.end(Buffer.concat(body ?? []));
    })().catch(() => answer.writeHead(502).end());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const balancer: Balancer = { url: `http://127.0.0.1:${port}`, targets: [], copies: 1, log: [] };
  return balancer;
}

interface Line {
  type: string;
  url?: string;
  reason?: string;
  appId?: string;
  account?: { appId: string };
}

const linesOf = (listeners: Started[], type: string): Line[] =>
  listeners.flatMap(({ lines }) => lines.map((line) => JSON.parse(line) as Line)).filter((line) => line.type === type);

describe('three listeners on one store', () => {
  it.skipIf(!hasRedis)('on Redis', async () => {
    const redis = await ownRedis();
    const secrets = await job((env) => ({ ...env, WXOP_HOME: temporaryFolder(), WXOP_STORE: redis.url }));
    // After the whole job, with its attempts: no name of a key holds a secret.
    const keys = Object.keys(await everything(redis));
    expect(keys.some((key) => key.includes(':record:attempt/'))).toBe(true);
    expect(keys.filter((key) => !/^wxop:\{wx[0-9a-f]{16}\}:/.test(key))).toEqual([]);
    for (const secret of secrets) expect(keys.filter((key) => key.includes(secret))).toEqual([]);
    expect(keys.join()).not.toMatch(/@@@/);
  });

  it('on files', async () => {
    await job((env) => env);
  });
});

/** The whole job; gives the secrets that it met. */
async function job(environmentOf: (env: Environment) => Environment): Promise<string[]> {
  const balancer = await startBalancer();
  const sandbox = await startSandbox({ pushUrl: `${balancer.url}${EVENT_PATH}`, accounts: 8, latency: 10 });
  onTestFinished(() => sandbox.close());
  const environments = Array.from({ length: 3 }, () => environmentOf(sandbox.env));
  const listeners = environments.map((env) =>
    startWxop(['listen', '--json', '--port', '0', '--public-url', balancer.url, '--no-start-push'], env),
  );
  const urls = await Promise.all(listeners.map(async ({ json }) => (await json<Line>('listening')).url ?? ''));
  balancer.targets.push(...urls);
  const calls = (name: string): number => sandbox.state().calls[`/cgi-bin/component/${name}`] ?? 0;
  const healths = async () =>
    Promise.all(urls.map(async (url) => JSON.parse((await ask(`${url}/healthz`)).body) as { storeId: string }));

  /** As WeChat does, again where a slow store made a listener answer 500. */
  const push = (event: SandboxEvent): Promise<true> =>
    eventually(async () => (await sandbox.push(event)).status === 200 || undefined);

  // A ticket is taken by whoever gets it, and there for all.
  await eventually(async () => {
    await push({ event: 'component_verify_ticket' });
    return listeners.every((listener) => linesOf([listener], 'ticket').length > 0) || undefined;
  });
  const health = await healths();
  expect(new Set(health.map(({ storeId }) => storeId)).size).toBe(1);
  const tokens = await Promise.all(
    environments.flatMap((env) => [env, env]).map((env) => wxop(['token', 'component'], env)),
  );
  expect(tokens.map(({ code }) => code)).toEqual(Array(6).fill(0));
  expect(new Set(tokens.map(({ stdout }) => stdout)).size).toBe(1);
  expect(calls('api_component_token')).toBe(1);

  // Authorizations: redirect and event come to any two of them; in the end every event comes to two at once.
  const merchants = sandbox.state().accounts.map(({ appId }) => appId);
  const codes: string[] = [];
  for (const [index, appId] of merchants.slice(0, 6).entries()) {
    balancer.copies = index < 4 ? 1 : 2;
    const env = environments[index % 3]!;
    const port = new URL(urls[index % 3]!).port;
    const made = await wxop(['authorize', '--no-wait', '--json', '--port', port, '--public-url', balancer.url], env);
    const { pcUrl } = JSON.parse(made.stdout) as { pcUrl: string };
    const preAuthCode = new URL(pcUrl).searchParams.get('pre_auth_code') ?? '';
    const { redirectUrl } = sandbox.consent({ preAuthCode, appId });
    codes.push(new URL(redirectUrl).searchParams.get('auth_code') ?? '');
    // Every other browser never comes back: then the event alone must do.
    if (index % 2 === 0) expect(await ask(redirectUrl)).toMatchObject({ status: 200 });
    await eventually(
      () => linesOf(listeners, 'authorized').some(({ account }) => account?.appId === appId) || undefined,
    );
  }
  // An authorization without an attempt of ours, told to two listeners at once.
  await push({ event: 'authorized', appId: merchants[6]! });
  await eventually(() => linesOf(listeners, 'authorized').length >= 7 || undefined);

  // A cancellation that all three hear of at once.
  balancer.copies = 3;
  await push({ event: 'unauthorized', appId: merchants[0]! });
  const { path, body } = sealed(ticketEvent('ticket@@@everywhere'));
  await eventually(
    async () => (await ask(`${balancer.url}${path}`, { method: 'POST', body })).status === 200 || undefined,
  );

  const accounts = JSON.parse((await wxop(['accounts', 'list', '--json'], environments[1])).stdout) as {
    appId: string;
    revokedAt?: string;
  }[];
  expect(accounts.map(({ appId }) => appId).sort()).toEqual(merchants.slice(0, 7).sort());
  expect(accounts.filter(({ revokedAt }) => revokedAt).map(({ appId }) => appId)).toEqual([merchants[0]]);
  for (const listener of listeners) expect((await listener.stop()).code).toBe(143);
  expect(linesOf(listeners, 'authorized').map(({ account }) => account?.appId).sort()).toEqual(merchants.slice(0, 7).sort()); // prettier-ignore
  expect(linesOf(listeners, 'updated')).toEqual([]);
  expect(linesOf(listeners, 'unauthorized').map(({ appId }) => appId)).toEqual([merchants[0]]);
  expect(linesOf(listeners, 'rejected').filter(({ reason }) => reason !== 'store-failure')).toEqual([]);
  expect(calls('api_query_auth')).toBe(7);
  expect(calls('api_component_token')).toBe(1);
  // It was shared out indeed.
  for (const url of urls) expect(balancer.log.filter(({ target }) => target === url).length).toBeGreaterThan(2);
  return [...codes, tokens[0]!.stdout.trim(), sandbox.state().ticket ?? ''];
}
