/** A passive reply (被动回复): what stands in the answer to a message, sealed. Source: 公众号 → 被动回复用户消息. */
import { open, seal, verifySignature } from './envelope.ts';
import { parseXml, takeEncrypt, writeXml, type AccountMessage } from './events.ts';

export interface ReplySeal {
  token: string;
  /** The key that opened the message: WeChat expects the same one back. */
  encodingAesKey: string;
  /** The component appid. */
  receiver: string;
  /** Unix seconds. */
  timestamp: number;
  nonce: string;
  /** 16 ASCII characters. */
  random: string;
}

/** The answer to a message that replies `content` to its sender. */
export function textReply(message: AccountMessage, content: string, options: ReplySeal): string {
  const inner = {
    ToUserName: message.fromUserName,
    FromUserName: message.toUserName,
    CreateTime: options.timestamp,
    MsgType: 'text',
    Content: content,
  };
  return sealReply(writeXml(inner), options);
}

/** Seals the XML of a reply. */
export function sealReply(message: string, options: ReplySeal): string {
  const timestamp = String(options.timestamp);
  const { encrypted, signature } = seal({ ...options, message, timestamp });
  return writeXml({
    Encrypt: encrypted,
    MsgSignature: signature,
    TimeStamp: options.timestamp,
    Nonce: options.nonce,
  });
}

export interface ReplyOpening {
  token: string;
  receiver: string;
  encodingAesKeys: readonly string[];
}

/** True for a sealed reply whose signature fits and that opens with one of the keys, for this receiver. */
export function opensAsReply(sealed: string, { token, receiver, encodingAesKeys }: ReplyOpening): boolean {
  const encrypted = takeEncrypt(sealed);
  const { MsgSignature, TimeStamp, Nonce } = parseXml(sealed.replace(/^\uFEFF/, '').trim()) ?? {};
  const parts = [MsgSignature, TimeStamp, Nonce].map((value) => (typeof value === 'string' ? value.trim() : ''));
  const [signature = '', timestamp = '', nonce = ''] = parts;
  if (encrypted === undefined || !verifySignature(signature, { token, timestamp, nonce, encrypted })) return false;
  return open(encrypted, encodingAesKeys, receiver).failure === undefined;
}
