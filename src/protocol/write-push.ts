/** A push as WeChat writes it: outer XML and signed query. Source: 第三方平台 → 消息加解密技术方案. */
import { seal, sign } from './envelope.ts';
import { writeXml } from './events.ts';

/** Beside Encrypt: AppId for component events, ToUserName for accounts' messages. */
export type Outer = { AppId: string } | { ToUserName: string };

export interface PushSecrets {
  /** The component appid. */
  appId: string;
  messageToken: string;
  encodingAesKey: string;
}

export interface PushOptions {
  component: PushSecrets;
  url: string;
  /** The inner XML. */
  message: string;
  outer: Outer;
  /** Unix seconds. */
  timestamp: number;
  nonce: string;
  /** 16 ASCII characters. */
  random: string;
  /** The follower, in the query of accounts' messages. */
  openId?: string;
}

/** The milliseconds after which WeChat gives up on an answer. */
export const ANSWER_DEADLINE = 5_000;

/** Where a push goes and what is in it. */
export function writePush(options: PushOptions): { url: URL; body: string } {
  const { component, message, nonce, random, outer } = options;
  const { messageToken: token, encodingAesKey, appId: receiver } = component;
  const timestamp = String(options.timestamp);
  const { encrypted } = seal({ message, token, encodingAesKey, receiver, timestamp, nonce, random });
  return { url: signedUrl(options, encrypted), body: writeXml({ ...outer, Encrypt: encrypted }) };
}

/** The URL with the query that goes with a cipher text. */
export function signedUrl(options: Omit<PushOptions, 'message' | 'random' | 'outer'>, encrypted: string): URL {
  const { component, nonce, openId } = options;
  const signed = { token: component.messageToken, timestamp: String(options.timestamp), nonce };
  const url = new URL(options.url);
  url.searchParams.set('signature', sign(signed));
  url.searchParams.set('timestamp', signed.timestamp);
  url.searchParams.set('nonce', nonce);
  if (openId !== undefined) url.searchParams.set('openid', openId);
  url.searchParams.set('encrypt_type', 'aes');
  url.searchParams.set('msg_signature', sign({ ...signed, encrypted }));
  return url;
}
