/** A passive reply (被动回复): what stands in the answer to a message, sealed. Source: 公众号 → 被动回复用户消息. */
import { seal } from './envelope.ts';
import { writeXml, type AccountMessage } from './events.ts';

export interface ReplySeal {
  token: string;
  /** The key that opened the message: the platform expects the same one back. */
  encodingAesKey: string;
  /** The component appid. */
  receiver: string;
  /** Unix seconds. */
  timestamp: number;
  nonce: string;
  /** 16 ASCII characters. */
  random: string;
}

/** The answer to a message that says `content` to whoever wrote it. */
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
