/**
 * The message envelope of WeChat (消息加解密): signature, AES-256-CBC with 32-byte padding, receiver appid.
 * Source: developers.weixin.qq.com, 第三方平台 → 消息加解密技术方案.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hash, timingSafeEqual, type KeyObject } from 'node:crypto';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

/** PKCS#7 blocks are 32 bytes here, not AES's 16: half of all payloads break under a library's own padding. */
const PADDING_BLOCK = 32;
const BLOCK_BYTES = 16;
const RANDOM_BYTES = 16;
const LENGTH_BYTES = 4;

export interface SignedParts {
  token: string;
  timestamp: string;
  nonce: string;
  /** The cipher text; absent for the plain `signature` of an echo request. */
  encrypted?: string;
}

/** Lower-case hex SHA-1 over the sorted parts: `msg_signature` with a cipher text, `signature` without. */
export function sign({ token, timestamp, nonce, encrypted }: SignedParts): string {
  const parts = [token, timestamp, nonce, ...(encrypted === undefined ? [] : [encrypted])];
  return hash('sha1', parts.sort().join(''));
}

/** WeChat sends ten digits each; some services seal their replies with milliseconds. */
const TIMESTAMP = /^\d{1,13}$/;
const LONGEST_NONCE = 32;

/**
 * Compares in constant time, so that a forger learns nothing from how long a refusal takes.
 *
 * What is signed has no separators, so whoever saw a push could move text between its parts: the first blocks of the
 * cipher text into the nonce, which leaves another message under the same signature. Blocks fall on characters of the
 * base64 text at every 64th only, and no more than 32 fit.
 */
export function verifySignature(signature: string, parts: SignedParts): boolean {
  if (!TIMESTAMP.test(parts.timestamp) || parts.nonce.length > LONGEST_NONCE) return false;
  const expected = Buffer.from(sign(parts));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/**
 * The 32 AES bytes of an EncodingAESKey (43 characters). Decoded leniently: the last character may carry
 * bits that a strict base64 decoder refuses. Throws SETTINGS_INVALID for any other shape.
 */
export function decodeAesKey(encodingAesKey: string): Buffer {
  const key = /^[A-Za-z0-9+/]{43}$/.test(encodingAesKey) ? Buffer.from(`${encodingAesKey}=`, 'base64') : undefined;
  if (key?.length === 32) return key;
  throw new WxopError(
    'SETTINGS_INVALID',
    text('The EncodingAESKey (消息加解密Key) is not 43 letters and digits.', '消息加解密Key 不是 43 位字母或数字。'),
    { hint: text('Copy it again from the console, or run `wxop init`.', '请从控制台重新复制，或运行 `wxop init`。') },
  );
}

export type OpenFailure = 'bad-padding' | 'foreign-receiver';

export type OpenedEnvelope = { message: string; aesKey: string; failure?: undefined } | { failure: OpenFailure };

/**
 * Decrypts a cipher text whose signature was verified, with the current and then the previous EncodingAESKey
 * (pushes use the old one for a while after a change). `receiver` is the component appid that must stand at the end,
 * for component events and for the accounts' messages alike.
 */
export const open = (encrypted: string, encodingAesKeys: readonly string[], receiver: string): OpenedEnvelope =>
  createOpener(encodingAesKeys, receiver)(encrypted);

/** The same for many cipher texts, the keys decoded once. */
export function createOpener(
  encodingAesKeys: readonly string[],
  receiver: string,
): (encrypted: string) => OpenedEnvelope {
  const keys = encodingAesKeys.map((aesKey) => ({ aesKey, prepared: preparedKey(decodeAesKey(aesKey)) }));
  return (encrypted) => {
    const cipherText = wholeBlocks(encrypted);
    let failure: OpenFailure = 'bad-padding';
    for (const { aesKey, prepared } of keys) {
      const plain = cipherText && unpack(decipherBlocks(cipherText, prepared));
      if (!plain) continue;
      if (plain.receiver === receiver) return { message: plain.message, aesKey };
      failure = 'foreign-receiver';
    }
    return { failure };
  };
}

interface PreparedKey {
  key: KeyObject;
  /** The first bytes of the key, as WeChat has it. */
  iv: Buffer;
}

const preparedKey = (key: Buffer): PreparedKey => ({ key: createSecretKey(key), iv: key.subarray(0, BLOCK_BYTES) });

/** Without padding of its own it holds nothing back of whole blocks: there is no last part. */
const decipherBlocks = (cipherText: Buffer, { key, iv }: PreparedKey): Buffer =>
  createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false).update(cipherText);

function wholeBlocks(encrypted: string): Buffer | undefined {
  const cipherText = Buffer.from(encrypted, 'base64');
  return cipherText.length > 0 && cipherText.length % BLOCK_BYTES === 0 ? cipherText : undefined;
}

/** The plain bytes with their padding; undefined when the cipher text is not whole AES blocks. */
export function decipher(encrypted: string, key: Buffer): Buffer | undefined {
  const cipherText = wholeBlocks(encrypted);
  return cipherText && decipherBlocks(cipherText, preparedKey(key));
}

/** The cipher text of plain bytes that are padded already, rightly or, to try a receiver, wrongly. */
export function encipher(padded: Buffer, key: Buffer): string {
  const aes = createCipheriv('aes-256-cbc', key, key.subarray(0, BLOCK_BYTES)).setAutoPadding(false);
  return Buffer.concat([aes.update(padded), aes.final()]).toString('base64');
}

function unpack(padded: Buffer): { message: string; receiver: string } | undefined {
  const pad = padded.at(-1) ?? 0;
  if (pad < 1 || pad > PADDING_BLOCK || pad > padded.length) return undefined;
  const length = padded.length - pad;
  for (let at = length; at < padded.length; at++) if (padded[at] !== pad) return undefined;
  const start = RANDOM_BYTES + LENGTH_BYTES;
  if (length < start) return undefined;
  const end = start + padded.readUInt32BE(RANDOM_BYTES);
  if (end > length) return undefined;
  return { message: padded.toString('utf8', start, end), receiver: padded.toString('utf8', end, length) };
}

/** Encrypts a message for `receiver`. `random` is 16 ASCII characters; anything else throws. */
export function encrypt(message: string, encodingAesKey: string, receiver: string, random: string): string {
  const head = Buffer.from(random, 'latin1');
  if (head.length !== RANDOM_BYTES) throw new RangeError('random must be 16 characters');
  const body = Buffer.from(message);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(body.length);
  const plain = Buffer.concat([head, length, body, Buffer.from(receiver)]);
  const pad = PADDING_BLOCK - (plain.length % PADDING_BLOCK);
  return encipher(Buffer.concat([plain, Buffer.alloc(pad, pad)]), decodeAesKey(encodingAesKey));
}

export interface SealOptions {
  message: string;
  token: string;
  encodingAesKey: string;
  /** The component appid, also in passive replies for an account. */
  receiver: string;
  timestamp: string;
  nonce: string;
  /** 16 ASCII characters. */
  random: string;
}

/** Encrypts and signs: what a push carries in its body and query, and a passive reply in its XML. */
export function seal(options: SealOptions): { encrypted: string; signature: string } {
  const { message, token, encodingAesKey, receiver, timestamp, nonce, random } = options;
  const encrypted = encrypt(message, encodingAesKey, receiver, random);
  return { encrypted, signature: sign({ token, timestamp, nonce, encrypted }) };
}
