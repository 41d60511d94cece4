/** What stands behind and before the doors of a team while they are fuzzed: accounts, keys, and WeChat as a witness. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCallerKeys, type KeyTerms } from '../../src/broker/caller-keys.ts';
import { blankAccount } from '../../src/protocol/account-record.ts';
import type { Store } from '../../src/store/store.ts';

export const TEA = 'wx0000000000000001';
export const OTHER = 'wx0000000000000002';
/** What must never be seen: of the account that callers may use, and of the one that they may not. */
export const TOKENS = { tea: 'canary-tea-'.padEnd(86, 't'), other: 'canary-other-'.padEnd(86, 'o') };
const HOUR = 3_600_000;

/** A key for each way in which one may be good or bad. */
export type DoorKeys = Record<'all' | 'token' | 'api' | 'events' | 'revoked' | 'expired' | 'unknown', string>;

/** What the doors stand before: two accounts with tokens that live, and the keys. */
export async function fillStore(store: Store, componentAppId: string): Promise<DoorKeys> {
  const now = Date.now();
  for (const [appId, accessToken] of [
    [TEA, TOKENS.tea],
    [OTHER, TOKENS.other],
  ] as const) {
    await store.write(`account/${appId}`, { ...blankAccount(appId), refreshToken: 'canary-refresh' }, 0, {
      durable: true,
    });
    const token = { accessToken, obtainedAt: now, expiresAt: now + 24 * HOUR };
    await store.write(`token/${appId}`, token, 0, { durable: false });
  }
  const sleep = (): Promise<void> => Promise.resolve();
  const keys = createCallerKeys({ store, componentAppId, now: Date.now, sleep });
  const make = async (name: string, scopes: KeyTerms['scopes'], more: Partial<KeyTerms> = {}): Promise<string> =>
    (await keys.add({ name, accounts: [TEA], scopes, rate: 1_000_000, ...more })).key;
  const made: DoorKeys = {
    all: await make('whole', ['token', 'api', 'events', 'authorize']),
    token: await make('token', ['token']),
    api: await make('api', ['api']),
    events: await make('events', ['events']),
    revoked: await make('revoked', ['token', 'api', 'events']),
    expired: await make('expired', ['token', 'api', 'events'], { expiresAt: now - HOUR }),
    unknown: `wxop_${componentAppId}_whole_${randomBytes(32).toString('base64url')}`,
  };
  await keys.revoke('revoked');
  return made;
}

/** WeChat as it sees what the broker sends: `seen` has what it should never get. */
export async function startWitness(): Promise<{ url: string; calls: () => number; seen: string[]; close(): void }> {
  const seen: string[] = [];
  let calls = 0;
  const server = createServer((request, response) => {
    calls++;
    const wrong = wrongCall(request, host());
    if (wrong !== undefined) seen.push(`${wrong}: ${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ url: request.url, access_token: TOKENS.tea }));
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Of calls whose callers went away.
    const isCut = error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE';
    if (!isCut) seen.push(`not HTTP: ${error.message}`);
    socket.destroy();
  });
  server.on('upgrade', (request, socket) => void (seen.push(`an upgrade: ${request.url}`), socket.destroy()));
  server.on('connect', (request, socket) => void (seen.push(`CONNECT ${request.url}`), socket.destroy()));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const host = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host()}`, calls: () => calls, seen, close: () => void server.close().closeAllConnections() };
}

function wrongCall({ url = '', headers }: IncomingMessage, host: string): string | undefined {
  const [, path = '', query = ''] = /^([^?]*)\?(.*)$/.exec(url) ?? [];
  if (!/^(?:\/[A-Za-z0-9_-][\w.-]*)+$/.test(path) || path.includes('hidden')) return 'a path that nobody asked for';
  const tokens = query.split('&').filter((pair) => /access(?:_|%5f)token/i.test(pair));
  if (tokens.join() !== `access_token=${TOKENS.tea}`) return 'another token, or several';
  if (headers.host !== host) return 'another host';
  if (headers.authorization ?? headers['x-account'] ?? headers.cookie) return 'what is for the broker';
  return undefined;
}
