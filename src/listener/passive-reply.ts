/** Passive replies (被动回复): what a target answered, as WeChat takes it. */
import { randomBytes, randomInt } from 'node:crypto';
import { takeEncrypt } from '../protocol/events.ts';
import { sealReply } from '../protocol/passive-reply.ts';

export interface ReplyKeys {
  componentAppId: string;
  messageToken: string;
  /** The one that the message was encrypted with. */
  aesKey: string;
}

/**
 * A plain reply is sealed; one that the target sealed itself goes back untouched. Undefined when the target said nothing
 * (an empty body or `success`) or something that is no reply. `now` in milliseconds.
 */
export function passiveReply(answered: string, keys: ReplyKeys, now: number): string | undefined {
  if (takeEncrypt(answered) !== undefined) return answered;
  // Not parsed: its elements may repeat (the items of a list of articles), and it is the target's own.
  if (!/^\s*<xml>[\s\S]*<MsgType>[\s\S]*<\/xml>\s*$/.test(answered)) return undefined;
  return sealReply(answered.trim(), {
    token: keys.messageToken,
    encodingAesKey: keys.aesKey,
    receiver: keys.componentAppId,
    timestamp: Math.floor(now / 1000),
    nonce: String(randomInt(1_000_000_000)),
    random: randomBytes(8).toString('hex'),
  });
}

/** True for what says "no reply": it is no mistake. */
export const isSilent = (answered: string): boolean => ['', 'success'].includes(answered.trim());
