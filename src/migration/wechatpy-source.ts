/**
 * Taking over from wechatpy's Redis session: every value is JSON, a token is a string in double quotes.
 * Source: RedisStorage (`<prefix>:<name>`) and the names of WeChatComponent, `<component>_component_verify_ticket`
 * (older versions: without the component) and `<account>_refresh_token`.
 */
import { isError } from '../sentences/wxop-error.ts';
import { text } from '../sentences/text.ts';
import { scanNames } from '../store/redis-scan.ts';
import { foreignTicket, isCredential, unreadableItem, type Source } from './source.ts';
import type { RedisSourceOptions } from './wxjava-source.ts';

const ACCOUNT = /^wx[0-9a-z]{1,30}$/;

export function createWechatpySource({ connection, componentAppId, prefix }: RedisSourceOptions): Source {
  /** The string behind a name, undefined when there is none. Throws STORE_UNREADABLE. */
  async function lookUp(name: string): Promise<string | undefined> {
    const key = `${prefix}:${name}`;
    const reply = await connection.send(key, ['GET', key]).catch((error: unknown) => {
      throw /WRONGTYPE/.test(String(error)) ? unreadableItem(key) : error;
    });
    if (reply === null) return undefined;
    const value = parse(String(reply));
    if (isCredential(value)) return value;
    throw unreadableItem(key);
  }

  return {
    library: text('wechatpy', 'wechatpy'),
    place: connection.place,
    ticket: async () => {
      const named = await lookUp(`${componentAppId}_component_verify_ticket`);
      const ticket = named ?? (await lookUp('component_verify_ticket'));
      return ticket === undefined ? undefined : foreignTicket(ticket, undefined);
    },
    accounts: async function* () {
      const names = await scanNames(connection, `${prefix}:`, '_refresh_token');
      for (const appId of names.filter((name) => ACCOUNT.test(name))) {
        try {
          const refreshToken = await lookUp(`${appId}_refresh_token`);
          if (refreshToken !== undefined) yield { appId, refreshToken };
        } catch (error) {
          if (!isError(error, 'STORE_UNREADABLE')) throw error;
          yield { appId, error };
        }
      }
    },
  };
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
