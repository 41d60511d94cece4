/** A broker as its callers see it: tokens, calls without them, and accounts; nothing that is the owner's. */
import type { AccountRecord } from '../protocol/account-record.ts';
import { readAccount } from '../protocol/account-record.ts';
import { ERROR_CODES, type ErrorCode } from '../sentences/error-codes.ts';
import { asObject, type Json } from '../runtime/json-object.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { RecordKey, Records, Store, Stored, TokenRecord } from '../store/store.ts';
import type { Holder } from '../wechat-api/call.ts';
import type { Transport } from '../wechat-api/transport.ts';

/** Milliseconds for a request to the broker, which may have to get a token first. */
const DEADLINE = 20_000;
const LIMIT = 64 * 1024 * 1024;

export interface BrokerClientOptions {
  /** To the broker itself, not to its `/api`. */
  transport: () => Promise<Transport>;
  /** Its address. */
  place: string;
  now: () => number;
  learn: (secret: string) => void;
}

export interface BrokerClient {
  token(holder: Holder, minTtl?: number): Promise<TokenRecord>;
  /** Only the owner replaces tokens: rejects. */
  replace(): Promise<never>;
  /** Stands in calls through the broker where the token would be. */
  nameOf(holder: Holder): string;
  readonly store: Store;
}

/** What the broker tells of an account. */
interface Told {
  account: AccountRecord;
  expiresAt?: number;
}

const nameOf = (holder: Holder): string => ('component' in holder ? 'component' : holder.account);

export function createBrokerClient({ transport, place, now, learn }: BrokerClientOptions): BrokerClient {
  async function get(path: string): Promise<unknown> {
    const { sendRaw } = await transport();
    const { bytes } = await sendRaw({ method: 'GET', path, repeatable: true, deadline: DEADLINE, limit: LIMIT });
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch {
      throw noBroker(place);
    }
  }

  async function token(holder: Holder, minTtl?: number): Promise<TokenRecord> {
    const query = minTtl === undefined ? '' : `?min=${Math.ceil(minTtl / 1000)}`;
    // The broker says how long it still lives: this machine's clock may be wrong by hours.
    const answer = asObject(await get(`/token/${encodeURIComponent(nameOf(holder))}${query}`));
    const { access_token: accessToken, expires_in: seconds } = answer;
    if (typeof accessToken !== 'string' || typeof seconds !== 'number') throw noBroker(place);
    learn(accessToken);
    return { accessToken, obtainedAt: now(), expiresAt: now() + seconds * 1000 };
  }

  let listed: Promise<Map<string, Told>> | undefined;
  const list = (): Promise<Map<string, Told>> =>
    (listed ??= get('/accounts').then((found) => {
      const all = (Array.isArray(found) ? found : []).flatMap((one) => told(asObject(one)) ?? []);
      return new Map(all.map((one) => [one.account.appId, one]));
    }));

  function told({ expires_in: seconds, ...about }: Json): Told | undefined {
    const account = readAccount(about);
    const expiresAt = typeof seconds === 'number' ? now() + seconds * 1000 : undefined;
    return account && { account, ...(expiresAt !== undefined && { expiresAt }) };
  }

  async function lookUp(appId: string): Promise<Told | undefined> {
    if (listed) return (await listed).get(appId);
    try {
      return told(asObject(await get(`/accounts/${encodeURIComponent(appId)}`)));
    } catch (error) {
      if (error instanceof WxopError && error.code === 'NO_ACCOUNT') return undefined;
      throw error;
    }
  }

  async function valueOf(key: string): Promise<unknown> {
    const [kind, appId = ''] = key.split('/');
    if (kind === 'component-token') return undefined;
    if (kind !== 'account' && kind !== 'token') throw needsOwner(place);
    const { account, expiresAt } = (await lookUp(appId)) ?? {};
    if (kind === 'account') return account;
    // When it expires is told, what it is has to be asked for.
    return expiresAt === undefined ? undefined : { accessToken: '', obtainedAt: 0, expiresAt };
  }

  async function read<Key extends RecordKey>(key: Key): Promise<Stored<Records[Key]> | undefined> {
    const value = (await valueOf(key)) as Records[Key] | undefined;
    return value && { version: 1, value };
  }

  const refuse = (): Promise<never> => Promise.reject(needsOwner(place));
  return {
    token,
    replace: refuse,
    nameOf,
    store: {
      place,
      tokenOwner: text('the broker', '中控服务器'),
      id: async () => String(asObject(await get('/whoami')).storeId),
      read,
      list: async (kind) => {
        if (kind === 'attempt') return [];
        if (kind !== 'account' && kind !== 'token') return refuse();
        const all = [...(await list()).values()].filter(
          ({ expiresAt }) => kind === 'account' || expiresAt !== undefined,
        );
        return all.map(({ account }) => account.appId).sort();
      },
      history: refuse,
      isLeftOver: () => Promise.resolve(false),
      write: refuse,
      forms: refuse,
      reseal: refuse,
      proveWritable: refuse,
      remove: refuse,
      lock: refuse,
      close: () => Promise.resolve(),
    },
  };
}

const needsOwner = (place: string): WxopError =>
  new WxopError(
    'STORE_READ_ONLY',
    text(
      `This needs the owner of the tokens; ${place} hands out tokens and makes calls only.`,
      `此操作须由令牌的持有方执行；${place} 仅发放令牌、代为调用接口。`,
    ),
    {
      hint: text(
        'Run it on the machine of the broker, where the store is, or set WXOP_STORE to that store.',
        '请在中控服务器所在的机器上运行，或将 WXOP_STORE 设为其存储。',
      ),
    },
  );

const noBroker = (place: string): WxopError =>
  new WxopError('NETWORK', text(`What answers at ${place} is not a broker.`, `${place} 的应答并非来自中控服务器。`), {
    hint: text(
      'Check the address in WXOP_STORE; a proxy in between may have answered.',
      '请检查 WXOP_STORE 中的地址；应答也可能来自中间的代理。',
    ),
    retryable: false,
  });

/** What a broker refused with, in the words of its answer. */
export function brokerFailure(place: string, body: string): WxopError {
  let document: Json = {};
  try {
    document = asObject(JSON.parse(body));
  } catch {
    // No broker's.
  }
  const { code, errmsg, errmsg_zh: chinese, hint, hint_zh: chineseHint } = document;
  if (typeof errmsg !== 'string' || typeof code !== 'string') return noBroker(place);
  const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'UNEXPECTED';
  const next = typeof hint === 'string' ? text(hint, typeof chineseHint === 'string' ? chineseHint : hint) : undefined;
  return new WxopError(known, text(errmsg, typeof chinese === 'string' ? chinese : errmsg), {
    ...(next && { hint: next }),
    ...(document.retryable === false && { retryable: false }),
  });
}
