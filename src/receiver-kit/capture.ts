/**
 * A captured push, opened as a listener opens it; where a listener only refuses, this says which part is wrong.
 * For a person who holds the keys: nothing here is an answer to a stranger.
 */
import { decipher, decodeAesKey, open, verifySignature } from '../protocol/envelope.ts';
import { parseXml, repeatedElement, takeEncrypt, type XmlChildren } from '../protocol/events.ts';

export interface Capture {
  /** The body as it came: outer XML or JSON, or the cipher text alone. */
  body: string;
  timestamp?: string;
  nonce?: string;
  signature?: string;
  /** Opens it although there is no signature to check. */
  unsigned?: boolean;
}

export interface CaptureKeys {
  componentAppId: string;
  messageToken: string;
  /** The current one first, then the previous one if there is one. */
  encodingAesKeys: string[];
}

export type CaptureFailure =
  | { failure: 'missing-parameters'; missing: string[] }
  | { failure: 'no-encrypt'; found: 'nothing' | 'doctype' | 'several' | 'plain-xml' | 'damaged' | 'none' }
  /** `isPlain`: this is the query's `signature`, which does not cover the body. */
  | { failure: 'bad-signature'; isPlain: boolean }
  /** `fits`: a key decrypts it, so the padding or the length inside is wrong. */
  | { failure: 'bad-padding'; fits: boolean; isWhole: boolean }
  | { failure: 'foreign-receiver'; receiver: string }
  /** `repeated`: the element that occurs twice, if that is the fault. */
  | { failure: 'malformed'; text: string; repeated?: string };

export interface OpenedCapture {
  failure?: undefined;
  /** The inner text, unchanged. */
  text: string;
  fields: XmlChildren;
  isSigned: boolean;
  key: 'current' | 'previous';
}

const PARAMETERS = ['timestamp', 'nonce', 'msg_signature'] as const;
/** Where the message begins: 16 random bytes and a length come before it. */
const MESSAGE_START = 20;

/** Opens a captured push with the keys of its component, or says precisely why it does not open. */
export function openCapture(capture: Capture, keys: CaptureKeys): OpenedCapture | CaptureFailure {
  const body = capture.body.replace(/^\ufeff/, '').trim();
  const encrypted = encryptOf(body);
  if (encrypted === undefined) return { failure: 'no-encrypt', found: describe(body) };
  const signed = signatureOf(capture, body);
  const missing = PARAMETERS.filter((_, index) => !signed[index]);
  const isSigned = missing.length === 0;
  if (!isSigned && !capture.unsigned) return { failure: 'missing-parameters', missing };
  const [timestamp = '', nonce = '', signature = ''] = signed;
  const parts = { token: keys.messageToken, timestamp, nonce };
  if (isSigned && !verifySignature(signature, { ...parts, encrypted })) {
    return { failure: 'bad-signature', isPlain: verifySignature(signature, parts) };
  }
  const opened = open(encrypted, keys.encodingAesKeys, keys.componentAppId);
  if (opened.failure === 'foreign-receiver') return foreign(encrypted, keys);
  if (opened.failure) return { failure: 'bad-padding', ...damageOf(encrypted, keys) };
  const fields = parseXml(opened.message) ?? parseJson(opened.message);
  if (!fields) return { failure: 'malformed', text: opened.message, repeated: repeatedElement(opened.message) };
  const key = opened.aesKey === keys.encodingAesKeys[0] ? 'current' : 'previous';
  return { text: opened.message, fields, isSigned, key };
}

function encryptOf(body: string): string | undefined {
  if (body.startsWith('<')) return takeEncrypt(body);
  const encrypted = body.startsWith('{') ? parseJson(body)?.Encrypt : body.replace(/\s+/g, '');
  return typeof encrypted === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(encrypted) ? encrypted : undefined;
}

/** From the query; a passive reply carries them in its body. */
function signatureOf({ timestamp, nonce, signature }: Capture, body: string): (string | undefined)[] {
  if (timestamp || nonce || signature) return [timestamp, nonce, signature];
  const { TimeStamp, Nonce, MsgSignature } = parseXml(body) ?? parseJson(body) ?? {};
  return [TimeStamp, Nonce, MsgSignature].map((value) => (typeof value === 'string' ? value.trim() : undefined));
}

function describe(body: string): Extract<CaptureFailure, { failure: 'no-encrypt' }>['found'] {
  if (body === '') return 'nothing';
  if (/<!\s*(?:DOCTYPE|ENTITY)/i.test(body)) return 'doctype';
  const many = body.split('<Encrypt').length - 1;
  if (many > 1) return 'several';
  if (many === 1 || !/^[<{]/.test(body)) return 'damaged';
  return /<(?:MsgType|InfoType)>/i.test(body) ? 'plain-xml' : 'none';
}

function foreign(encrypted: string, { encodingAesKeys }: CaptureKeys): CaptureFailure {
  for (const aesKey of encodingAesKeys) {
    const padded = decipher(encrypted, decodeAesKey(aesKey));
    if (!padded || !looksLikeMessage(padded)) continue;
    const end = padded.length - (padded.at(-1) ?? 0);
    const receiver = padded.toString('utf8', MESSAGE_START + padded.readUInt32BE(MESSAGE_START - 4), end);
    return { failure: 'foreign-receiver', receiver };
  }
  return { failure: 'foreign-receiver', receiver: '' };
}

function damageOf(encrypted: string, { encodingAesKeys }: CaptureKeys): { fits: boolean; isWhole: boolean } {
  const plains = encodingAesKeys.map((aesKey) => decipher(encrypted, decodeAesKey(aesKey)));
  return {
    fits: plains.some((padded) => padded !== undefined && looksLikeMessage(padded)),
    isWhole: plains.some((padded) => padded !== undefined),
  };
}

/** A wrong key gives noise; a right one gives a document where the message begins. */
const looksLikeMessage = (padded: Buffer): boolean =>
  /^\s*[<{]/.test(padded.toString('latin1', MESSAGE_START, MESSAGE_START + 16));

function parseJson(body: string): XmlChildren | undefined {
  try {
    const document: unknown = JSON.parse(body);
    if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
    return document as XmlChildren;
  } catch {
    return undefined;
  }
}
