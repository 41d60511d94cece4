/** Passive replies (被动回复): what a target answered, as WeChat takes it. */
import { randomBytes, randomInt } from 'node:crypto';
import { takeEncrypt } from '../protocol/events.ts';
import { opensAsReply, sealReply } from '../protocol/passive-reply.ts';

export interface ReplyKeys {
  componentAppId: string;
  messageToken: string;
  /** The current key and the previous one: a target may seal with either. */
  encodingAesKeys: readonly string[];
  /** The key that the message was encrypted with. */
  aesKey: string;
}

/**
 * Seals a plain reply; one that the target sealed itself goes back unchanged, if WeChat can open it. `now` in
 * milliseconds.
 */
export function passiveReply(
  answered: string,
  keys: ReplyKeys,
  now: number,
): { body: string } | { refusal: 'not-a-reply' | 'not-opened' } {
  if (takeEncrypt(answered) !== undefined) {
    const { messageToken: token, componentAppId: receiver, encodingAesKeys } = keys;
    return opensAsReply(answered, { token, receiver, encodingAesKeys })
      ? { body: answered }
      : { refusal: 'not-opened' };
  }
  const plain = answered.replace(DECLARATION, '').trim();
  // Not parsed: it is the target's, and its elements may repeat (articles). A regular expression with gaps would try each
  // beginning with each end.
  const isReply = plain.startsWith('<xml>') && plain.includes('<MsgType>') && plain.endsWith('</xml>');
  if (!isReply) return { refusal: 'not-a-reply' };
  const body = sealReply(plain, {
    token: keys.messageToken,
    encodingAesKey: keys.aesKey,
    receiver: keys.componentAppId,
    timestamp: Math.floor(now / 1000),
    nonce: String(randomInt(1_000_000_000)),
    random: randomBytes(8).toString('hex'),
  });
  return { body };
}

/** An XML declaration before the document. */
const DECLARATION = /^\uFEFF?\s*(?:<\?xml[^>]*\?>)?\s*/;
