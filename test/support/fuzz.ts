/** Inputs for the listener that nobody sane would send, and what must hold for each of them. */
import { createCipheriv } from 'node:crypto';
import { connect } from 'node:net';
import fc from 'fast-check';
import { createPushOpener, type PushKeys } from '../../src/listener/receiver.ts';
import { decodeAesKey, seal, sign } from '../../src/protocol/envelope.ts';
import { parseAnyXml, readEvent, readMessage, takeEncrypt } from '../../src/protocol/events.ts';
import { readPlainXml } from '../../src/protocol/plain-xml.ts';

export const KEYS: PushKeys = {
  componentAppId: 'wx0123456789abcdef',
  messageToken: 'fuzzedtoken',
  encodingAesKeys: ['abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'],
};
const [AES_KEY = ''] = KEYS.encodingAesKeys;

const MARKS = [
  ...['<xml>', '</xml>', '<a>', '</a>', '<b/>', '<b x="1">', '</b>', '<![CDATA[', ']]>', '<!--', '-->', '<?x?>'],
  ...['<!DOCTYPE x>', '<!ENTITY a "b">', '&a;', '&amp;', '&', '<', '>', ']]', '"', "'", '\r\n', '\r', '\n', ' ', '\t'],
  ...['\0', '\u000b', '\u00a0', '\ufeff', '\ud800', '你', '😀', '<Encrypt>', '</Encrypt>', '<Encrypt><![CDATA['],
  ...['<InfoType>', '</InfoType>', '<MsgType>text</MsgType>', '<CreateTime>1e999</CreateTime>', '0012', '__proto__'],
];
const NAMES = ['a', 'B', 'MsgType', 'InfoType', 'AppId', 'CreateTime', 'Event', 'constructor', '__proto__', 'toString'];
const marks = fc.array(fc.oneof(fc.constantFrom(...MARKS), fc.string({ maxLength: 4 })), { maxLength: 12 });
const noise = marks.map((pieces) => pieces.join(''));
const value = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ maxLength: 12 }), noise);
const element = fc
  .tuple(fc.constantFrom(...NAMES), value, fc.constantFrom('', '', '\n', ' ', 'x'), fc.boolean())
  .map(([name, inner, before, isCdata]) => `${before}<${name}>${isCdata ? `<![CDATA[${inner}]]>` : inner}</${name}>`);

const usual = fc.uniqueArray(
  fc.tuple(fc.string({ unit: fc.constantFrom(...'abcXYZ019'), minLength: 1, maxLength: 9 }), value, fc.boolean()),
  { minLength: 1, maxLength: 8, selector: ([name]) => name },
);

/** Documents that are nearly what the platform writes. */
export const documents = fc.oneof(
  usual.map(
    (fields) =>
      `<xml>${fields.map(([name, inner, isCdata]) => `<x${name}>${isCdata ? `<![CDATA[${inner}]]>` : inner.replaceAll(/[<>&\r]/g, '')}</x${name}>\n`).join('')}</xml>`,
  ),
  fc.array(element, { maxLength: 6 }).map((elements) => `<xml>${elements.join('')}</xml>`),
  noise.map((inner) => `<xml>${inner}</xml>`),
  noise,
);

/** A reader of every document, and a second one for those of the usual form: they must agree. */
export function readsAlike(document: string): 'plain' | 'other' {
  readEvent(document);
  readMessage(document);
  takeEncrypt(document);
  const plain = readPlainXml(document);
  if (!plain) return 'other';
  const full = parseAnyXml(document);
  if (JSON.stringify(plain) !== JSON.stringify(full)) throw new Error(`read differently: ${JSON.stringify(document)}`);
  return 'plain';
}

/** What is done to a genuine push; all but the first and the last two must be refused. */
const HARMS = ['none', 'token', 'receiver', 'key', 'query', 'body', 'cut', 'plain', 'noise', 'twin'] as const;
export type Harm = (typeof HARMS)[number];

export interface Harmed {
  query: URLSearchParams;
  body: string;
  harm: Harm;
  message: string;
}

const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 16, maxLength: 16 });

/** Pushes, genuine and harmed in one way each. */
export const pushes: fc.Arbitrary<Harmed> = fc
  .record({
    harm: fc.constantFrom(...HARMS),
    message: documents,
    timestamp: fc.integer({ min: 1, max: 2_000_000_000 }).map(String),
    nonce: fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 10 }),
    random: hex,
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 0, maxLength: 96 }),
    other: noise,
  })
  .map(({ harm, message, timestamp, nonce, random, at, bytes, other }) => {
    const token = harm === 'token' ? `${KEYS.messageToken}x` : KEYS.messageToken;
    const sealed = seal({
      message,
      token,
      encodingAesKey: harm === 'key' ? AES_KEY.replace('a', 'b') : AES_KEY,
      receiver: harm === 'receiver' ? 'wxffffffffffffffff' : KEYS.componentAppId,
      timestamp,
      nonce,
      random,
    });
    let { encrypted, signature } = sealed;
    if (harm === 'plain') {
      // Signed, and then anything at all as plain text: padding, lengths and receiver are the sender's choice.
      const key = decodeAesKey(AES_KEY);
      const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
      const plain = Buffer.concat([bytes, Buffer.alloc((16 - (bytes.length % 16)) % 16, bytes.length % 40)]);
      encrypted = Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64');
      signature = sign({ token, timestamp, nonce, encrypted });
    }
    if (harm === 'cut') encrypted = encrypted.slice(0, at % encrypted.length);
    if (harm === 'twin') encrypted = `${encrypted}</Encrypt><Encrypt>${encrypted}`;
    let body = `<xml><AppId>${KEYS.componentAppId}</AppId><Encrypt>${encrypted}</Encrypt></xml>`;
    if (harm === 'body') body = flip(body, at % body.length);
    if (harm === 'noise') body = other;
    const query = new URLSearchParams({ timestamp, nonce, msg_signature: signature });
    if (harm === 'query') {
      const name = ['timestamp', 'nonce', 'msg_signature'][at % 3] ?? '';
      const old = query.get(name) ?? '';
      query.set(name, flip(old, at % old.length));
    }
    return { query, body, harm, message };
  });

const flip = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at] === '7' ? '8' : '7'}${text.slice(at + 1)}`;

const openPush = createPushOpener(KEYS);

/** Opens a push and judges: what is harmed must be refused, what opens must be the very text that was sealed. */
export function judgePush({ query, body, harm, message }: Harmed): 'accepted' | 'refused' {
  const opened = openPush(query, body);
  const isOpen = 'xml' in opened;
  const sealedText = Buffer.from(message).toString();
  if (harm === 'none' && !(isOpen && opened.xml === sealedText)) throw new Error(`a genuine push was refused`);
  // A letter may be changed outside of what is signed (the element AppId): then it is still genuine.
  if (harm === 'body' && isOpen && opened.xml !== sealedText) throw new Error('a changed body was taken');
  if (!['none', 'body'].includes(harm) && isOpen) throw new Error(`a push was taken in spite of: ${harm}`);
  return isOpen ? 'accepted' : 'refused';
}

const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'FOO', 'CONNECT', 'get', ''];
const PATHS = [
  '/wechat/event',
  '/wechat/message/wx1',
  '/healthz',
  '/authorize/x',
  '/',
  '//',
  '*',
  '/%00',
  '/\0',
  '/a b',
];
const FIELDS = [
  ...[
    'Host: a',
    'Host: a',
    'Host: a',
    'Content-Length: 5',
    'Content-Length: -1',
    'Content-Length: 5\r\nContent-Length: 6',
  ],
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip', 'Content-Encoding: gzip', 'Expect: 100-continue'],
  ...[
    'Expect: x',
    'Connection: close',
    'Connection: keep-alive',
    'Upgrade: h2c',
    ' folded',
    ': no name',
    'X: \0',
    'X:y',
  ],
];
const BODIES = ['', '<xml>', '5\r\n<xml>\r\n0\r\n\r\n', 'zz\r\n', '0\r\n\r\n', 'ffffffffffffffffff\r\n', '<xml></xml>'];

/** Bytes of requests, well-formed and not, one or several after another. */
export const requests = fc
  .array(
    fc.oneof(
      fc
        .tuple(
          fc.constantFrom(...METHODS),
          fc.oneof(fc.constantFrom(...PATHS), fc.string({ maxLength: 12 })),
          fc.oneof(fc.constantFrom('', '?timestamp=1&nonce=2&msg_signature=3', '?echostr=1'), fc.webQueryParameters()),
          fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/x', ''),
          fc.array(fc.oneof(fc.constantFrom(...FIELDS), fc.string({ maxLength: 10 })), { maxLength: 5 }),
          fc.oneof(fc.constantFrom(...BODIES), noise),
        )
        .map(
          ([method, path, query, version, fields, body]) =>
            `${method} ${path}${query} ${version}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n${body}`,
        ),
      fc.string({ unit: 'binary', maxLength: 40 }),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join(''));

/**
 * Sends bytes, closes its half, and waits for the other side to close. What came back must be nothing (for bytes that
 * are no request) or whole answers, and never `success`.
 */
export function sendRaw(port: number, bytes: string): Promise<'answered' | 'closed'> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }, () => socket.end(bytes, 'utf8'));
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`unanswered: ${JSON.stringify(bytes)}, so far ${JSON.stringify(received)}`));
    }, 15_000);
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      // White space is no request; of anything else the sender hears.
      if (received === '')
        return bytes.trim() === '' ? resolve('closed') : reject(new Error(`silence: ${JSON.stringify(bytes)}`));
      if (!/^HTTP\/1\.1 \d{3} /.test(received)) return reject(new Error(`not an answer: ${JSON.stringify(received)}`));
      if (/\r\n\r\nsuccess/.test(received)) return reject(new Error(`accepted: ${JSON.stringify(bytes)}`));
      resolve('answered');
    });
  });
}
