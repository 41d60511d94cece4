/**
 * The Store of a running WxJava deployment (weixin-java-open on Redis), read as it is and never written.
 * Source: WxOpenInRedisTemplateConfigStorage and WxOpenInRedisConfigStorage of WxJava 4.6 and 4.7: key names, plain
 * string values, a ticket's time to live of 2147483647 s at every push, tokens that live `expires_in - 200` s.
 */
import { text, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import { scanNames } from '../store/redis-scan.ts';
import { blankAccount, type AccountRecord } from '../protocol/account-record.ts';
import type { RecordKey, Records, Store, Stored, TicketRecord, TokenRecord } from '../store/store.ts';

const TICKET_SECONDS = 2_147_483_647;
/** Milliseconds by which WxJava discards a token before WeChat does. */
const EARLIER = 200_000;
const TOKEN_LIFE = 7_200_000;
/** Milliseconds: WxJava counts a token with less left as expired, and also one without a time to live. */
const LEAST_LEFT = 2_000;

export interface WxJavaStoreOptions {
  connection: RedisConnection;
  componentAppId: string;
  /** As configured there (`wx.open.config-storage.key-prefix`), with or without a colon at its end; empty for none. */
  prefix: string;
  now: () => number;
}

export function createWxJavaStore({ connection, componentAppId, prefix, now }: WxJavaStoreOptions): Store {
  const before = prefix === '' || prefix.endsWith(':') ? prefix : `${prefix}:`;
  const keyOf = (what: string, appId?: string): string =>
    `${before}wechat_${what}:${componentAppId}${appId === undefined ? '' : `:${appId}`}`;

  /** A value and the milliseconds it has left; -1 if it has no time to live. */
  async function lookUp(key: string): Promise<{ value: string; left: number } | undefined> {
    const [value, left] = await Promise.all([
      connection.send(key, ['GET', key]).catch((error: unknown) => {
        throw /WRONGTYPE/.test(String(error)) ? unreadable(key) : error;
      }),
      connection.send(key, ['PTTL', key]),
    ]);
    if (typeof value !== 'string' || value === '') return undefined;
    if (!/^[\x21-\x7e]+$/.test(value)) throw unreadable(key);
    return { value, left: Number(left) };
  }

  async function ticket(): Promise<TicketRecord | undefined> {
    const found = await lookUp(keyOf('component_verify_ticket'));
    if (!found) return undefined;
    // Every push sets the same long time to live, so the part that has passed is the ticket's age. Set by hand, it has none.
    const receivedAt = found.left < 0 ? undefined : now() - (TICKET_SECONDS * 1000 - found.left);
    return { ticket: found.value, createTime: 0, receivedAt };
  }

  async function token(key: string): Promise<TokenRecord | undefined> {
    const found = await lookUp(key);
    if (!found || found.left < LEAST_LEFT) return undefined;
    const expiresAt = now() + found.left + EARLIER;
    return { accessToken: found.value, obtainedAt: expiresAt - TOKEN_LIFE, expiresAt };
  }

  async function account(appId: string): Promise<AccountRecord | undefined> {
    const found = await lookUp(keyOf('authorizer_refresh_token', appId));
    if (!found) return undefined;
    return { ...blankAccount(appId), refreshToken: found.value };
  }

  async function valueOf(key: string): Promise<unknown> {
    const [kind, name = ''] = key.split('/');
    if (kind === 'ticket') return ticket();
    if (kind === 'component-token') return token(keyOf('component_access_token'));
    if (kind === 'token') return token(keyOf('authorizer_access_token', name));
    return kind === 'account' ? account(name) : undefined;
  }

  async function read<Key extends RecordKey>(key: Key): Promise<Stored<Records[Key]> | undefined> {
    const value = (await valueOf(key)) as Records[Key] | undefined;
    return value && { version: 1, value };
  }

  const names = (what: string): Promise<string[]> => scanNames(connection, keyOf(what, ''));

  /** The prefix is easily forgotten: under which ones is there a ticket of this component? */
  async function lookedFor(): Promise<Text> {
    const looked = keyOf('component_verify_ticket');
    const others = await scanNames(connection, '', `wechat_component_verify_ticket:${componentAppId}`);
    const found = others.filter((other) => other !== before).map((other) => `?prefix=${encodeURIComponent(other)}`);
    return found.length > 0 ? otherPrefix(looked, found.join(', ')) : checkUrl(looked);
  }

  const refuse = (): Promise<never> => Promise.reject(readOnly(connection.place));

  return {
    place: connection.place,
    tokenOwner: text('WxJava', 'WxJava'),
    lookedFor,
    id: async () => {
      const { createHash } = await import('node:crypto');
      return createHash('sha256')
        .update(`${connection.place} ${keyOf('')}`)
        .digest('hex')
        .slice(0, 24);
    },
    read,
    history: () => Promise.resolve([]),
    isLeftOver: () => Promise.resolve(false),
    list: async (kind) => {
      if (kind === 'account') return names('authorizer_refresh_token');
      return kind === 'token' ? names('authorizer_access_token') : [];
    },
    write: refuse,
    forms: () => Promise.resolve([]),
    reseal: refuse,
    proveWritable: refuse,
    remove: refuse,
    lock: refuse,
    close: () => connection.close(),
  };
}

const otherPrefix = (looked: string, options: string): Text =>
  text(
    `WxJava's keys were looked for as ${looked}. There is such a key with ${options}: put that at the end of the URL.`,
    `查找的 WxJava 键为 ${looked}。另有同类的键：请在地址末尾加上 ${options}。`,
  );
const checkUrl = (looked: string): Text =>
  text(
    `WxJava's keys were looked for as ${looked}: check AppID, database number and ?prefix= (its key-prefix) of the URL.`,
    `查找的 WxJava 键为 ${looked}：请检查 AppID、地址中的数据库编号与 ?prefix=（即其 key-prefix）。`,
  );

function readOnly(place: string): WxopError {
  return new WxopError(
    'STORE_READ_ONLY',
    text(`${place} belongs to WxJava: wxop only reads there.`, `${place} 属于 WxJava：wxop 仅读取。`),
    {
      hint: text(
        'Reading works: ticket show, token get, accounts list, menu get. To move over: `wxop import` into a store of its own.',
        '可以读取：`ticket show`、`token get`、`accounts list`、`menu get`。如需迁移：用 `wxop import` 导入到自己的存储。',
      ),
    },
  );
}

function unreadable(key: string): WxopError {
  return new WxopError(
    'STORE_UNREADABLE',
    text(
      `${key} is not plain text: Redisson wrote it with a binary codec.`,
      `${key} 不是纯文本：由 Redisson 以二进制编码写入。`,
    ),
    {
      hint: text(
        'Give that Redisson client a StringCodec, or use WxJava with RedisTemplate; it writes plain values. Nothing was changed.',
        '请为该 Redisson 客户端配置 StringCodec，或让 WxJava 使用 RedisTemplate（写入纯文本）。未作任何更改。',
      ),
    },
  );
}
