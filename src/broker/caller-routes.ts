/** What a caller with a key may ask the broker for: tokens, calls, accounts, and what its key is good for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Keeper } from '../credentials/keeper.ts';
import { json, type Reply } from '../listener/http/reply.ts';
import type { RequestTarget } from '../listener/http/request-target.ts';
import type { AccountRecord } from '../protocol/account-record.ts';
import type { Store } from '../store/store.ts';
import { createAccountNames, publicAccount } from './account-names.ts';
import { readApiCall } from './api-call.ts';
import type { ApiRoute } from './api-route.ts';
import { isCaller, type Caller, type Keyring, type Refused } from './keyring.ts';
import { createRateLimits } from './rate-limits.ts';
import {
  accountNotAllowed,
  apiIsOff,
  keyRefused,
  methodRefused,
  noSuchPath,
  scopeMissing,
  tooFast,
  type Refusal,
} from './refusals.ts';
import type { createTokenRoute } from './token-route.ts';
import type { OneUse } from './usage.ts';

/** Records that are read at once where all are asked for. */
const READ_AT_ONCE = 32;

export interface CallerRoutesOptions {
  keyring: Keyring;
  store: Store;
  keeper: Pick<Keeper, 'account' | 'accounts'>;
  componentAppId: string;
  tokenRoute: ReturnType<typeof createTokenRoute>;
  /** Undefined where the broker makes no calls. */
  apiRoute: ApiRoute | undefined;
  now: () => number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
}

/** Undefined where the answer has gone out as a stream. */
export type Said = Reply | Refusal | undefined;
/** For the log; the routes fill in whose key it was, and what for. */
export type RequestUse = Omit<OneUse, 'at' | 'status'>;

export interface CallerRequest {
  request: IncomingMessage;
  response: ServerResponse;
  target: RequestTarget;
  use: RequestUse;
}

/** Answers at once where everything is at hand: a promise costs a cached token a turn of the event loop. */
export function createCallerRoutes(options: CallerRoutesOptions): (asked: CallerRequest) => Said | Promise<Said> {
  const { keyring, store, keeper, componentAppId, tokenRoute, apiRoute, now, elapsed } = options;
  const rates = createRateLimits(elapsed);
  const names = createAccountNames(keeper, elapsed);

  function admit(found: Caller | Refused, asked: CallerRequest): Said | Promise<Said> {
    const { request, target, use } = asked;
    use.key = found.name ?? '';
    if (!isCaller(found)) return keyRefused(found.fault);
    const wait = rates.take(found.name, found.rate);
    if (wait !== undefined) return tooFast(found.name, found.rate, wait);
    const { path } = target;
    if (path.startsWith('/token/')) return token(found, asked);
    if (path.startsWith('/api/')) return call(found, asked);
    if (path === '/whoami') return read(request, () => whoami(found));
    if (path === '/accounts') return read(request, () => accounts(found));
    if (path.startsWith('/accounts/')) return read(request, () => account(found, path.slice('/accounts/'.length), use));
    return noSuchPath();
  }

  function token(caller: Caller, { request, target: { path, query }, use }: CallerRequest): Said | Promise<Said> {
    return read(request, () => {
      if (!caller.has('token')) return scopeMissing(caller.name, 'token');
      const name = decoded(path.slice('/token/'.length));
      const resolved = names.resolve(name);
      const go = (appId: string | undefined): Said | Promise<Said> => {
        use.account = appId;
        return appId !== undefined && caller.mayUse(appId)
          ? tokenRoute(appId, query)
          : accountNotAllowed(caller.name, name);
      };
      return resolved instanceof Promise ? resolved.then(go) : go(resolved);
    });
  }

  async function call(caller: Caller, { request, response, target, use }: CallerRequest): Promise<Said> {
    if (!caller.has('api')) return scopeMissing(caller.name, 'api');
    if (!apiRoute) return apiIsOff();
    const path = target.path.slice('/api'.length);
    use.path = path;
    const written = request.headers['x-account'];
    const name = typeof written === 'string' && written !== '' ? decoded(written) : undefined;
    const named = name === undefined ? undefined : await names.resolve(name);
    if (name !== undefined && named === undefined) return accountNotAllowed(caller.name, name);
    const [only, ...others] = caller.key.accounts;
    const asked = readApiCall(path, target.query, {
      account: named,
      only: others.length === 0 && only !== 'all' ? only : undefined,
    });
    if ('error' in asked) return asked;
    use.account = asked.account;
    if (!caller.mayUse(asked.account)) return accountNotAllowed(caller.name, asked.account);
    const url = request.url ?? '';
    const search = url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
    return apiRoute({ request, response, caller, call: asked, search });
  }

  const whoami = async ({ key }: Caller): Promise<Reply> =>
    json(200, {
      key: key.name,
      componentAppId,
      accounts: key.accounts,
      scopes: key.scopes,
      rate: key.rate,
      expiresAt: key.expiresAt ?? null,
      api: apiRoute !== undefined,
      storeId: await store.id(),
    });

  const shown = async (account: AccountRecord): Promise<object> =>
    publicAccount(account, (await store.read(`token/${account.appId}`))?.value, now());

  async function accounts(caller: Caller): Promise<Reply> {
    const found: AccountRecord[] = [];
    for await (const one of keeper.accounts()) {
      if (!('error' in one) && caller.mayUse(one.appId)) found.push(one);
    }
    // Each needs its token's record: one after the other would be as many ways to the store and back.
    const all: object[] = [];
    for (let at = 0; at < found.length; at += READ_AT_ONCE) {
      all.push(...(await Promise.all(found.slice(at, at + READ_AT_ONCE).map(shown))));
    }
    return json(200, all);
  }

  async function account(caller: Caller, written: string, use: RequestUse): Promise<Said> {
    const name = decoded(written);
    const appId = await names.resolve(name);
    use.account = appId;
    if (appId === undefined || appId === 'component' || !caller.mayUse(appId))
      return accountNotAllowed(caller.name, name);
    return json(200, await shown(await keeper.account(appId)));
  }

  return (asked) => {
    const admitted = keyring.admit(keyIn(asked.request));
    return admitted instanceof Promise ? admitted.then((found) => admit(found, asked)) : admit(admitted, asked);
  };
}

function read(request: IncomingMessage, answer: () => Said | Promise<Said>): Said | Promise<Said> {
  return request.method === 'GET' || request.method === 'HEAD' ? answer() : methodRefused('GET');
}

/** `Authorization: Bearer <key>`; undefined without one. */
function keyIn({ headers }: IncomingMessage): string | undefined {
  const { authorization = '' } = headers;
  return /^bearer /i.test(authorization) ? authorization.slice('bearer '.length).trim() : undefined;
}

/** A name in a path or a header, where Chinese is percent-encoded. */
function decoded(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
