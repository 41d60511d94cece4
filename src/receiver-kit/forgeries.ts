/** Forged pushes to test a receiver with: how each is made, and what a correct receiver answers. */
import { text, type Text } from '../sentences/text.ts';
import { decodeAesKey, decipher, encipher, encrypt } from '../protocol/envelope.ts';
import { writeXml } from '../protocol/events.ts';
import { signedUrl, writePush, type PushOptions } from '../protocol/write-push.ts';

/** A request as it is sent. */
export interface ForgedPush {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** `half`: half of the body is sent, and then nothing; `twice`: the same request again after its answer. */
  sending: 'whole' | 'half' | 'twice';
}

export interface Forgery {
  about: Text;
  /** The status of a correct receiver; any other refusal (4xx) is as good. */
  expects: number;
  /** Accepting it is careless, no more: nobody without the keys can make such a push. */
  isMinor?: true;
  make(push: PushOptions): ForgedPush;
}

const HEADERS = { 'content-type': 'text/xml', 'user-agent': 'Mozilla/4.0' };
/** Twice what a push may be, and less than what servers take in before they hang up. */
const TOO_LARGE = 2 * 1024 * 1024;
const PADDING_BLOCK = 32;
const LENGTH_AT = 16;

/** A push as WeChat sends it. */
export function genuine(push: PushOptions): ForgedPush {
  return post(writePush(push));
}

const post = ({ url, body }: { url: URL; body: string }): ForgedPush => ({
  method: 'POST',
  url,
  headers: HEADERS,
  body,
  sending: 'whole',
});

const sealedWith = (push: PushOptions, encrypted: string): ForgedPush =>
  post({ url: signedUrl(push, encrypted), body: writeXml({ ...push.outer, Encrypt: encrypted }) });

const encryptedOf = ({ message, component, random }: PushOptions, receiver = component.appId): string =>
  encrypt(message, component.encodingAesKey, receiver, random);

/** The plain bytes of a push, changed, and encrypted again. */
function altered(push: PushOptions, change: (padded: Buffer) => void): string {
  const key = decodeAesKey(push.component.encodingAesKey);
  const padded = decipher(encryptedOf(push), key) ?? Buffer.alloc(PADDING_BLOCK);
  change(padded);
  return encipher(padded, key);
}

function withQuery(delivery: ForgedPush, change: (query: URLSearchParams) => void): ForgedPush {
  const url = new URL(delivery.url);
  change(url.searchParams);
  return { ...delivery, url };
}

/** Replaces the middle character of a base64 text. */
function flipped(base64: string): string {
  const middle = Math.floor(base64.length / 2);
  return base64.slice(0, middle) + (base64[middle] === 'A' ? 'B' : 'A') + base64.slice(middle + 1);
}

const XXE = '<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/hostname">]>';

export const FORGERIES = {
  'bad-signature': {
    about: text('msg_signature of another token', 'msg_signature 由其他消息校验Token 生成'),
    expects: 403,
    make: (push) => withQuery(genuine(push), (query) => query.set('msg_signature', '0'.repeat(40))),
  },
  'plain-signature': {
    about: text(
      'signature, which does not cover the body, as msg_signature',
      '以不覆盖正文的 signature 充当 msg_signature',
    ),
    expects: 403,
    make: (push) => withQuery(genuine(push), (query) => query.set('msg_signature', query.get('signature') ?? '')),
  },
  tampered: {
    about: text('one character of the cipher text changed', '密文改动一个字符'),
    expects: 403,
    make: (push) => {
      const encrypted = encryptedOf(push);
      const body = writeXml({ ...push.outer, Encrypt: flipped(encrypted) });
      return post({ url: signedUrl(push, encrypted), body });
    },
  },
  'missing-parameters': {
    about: text('no query at all', '没有查询参数'),
    expects: 400,
    make: (push) => ({ ...genuine(push), url: new URL(push.url) }),
  },
  unencrypted: {
    about: text('the message itself, signed as if nothing were encrypted', '未加密的明文消息'),
    expects: 400,
    make: (push) => ({ ...genuine(push), body: push.message }),
  },
  'foreign-receiver': {
    about: text('sealed for another component', '为其他第三方平台加密'),
    expects: 403,
    make: (push) => sealedWith(push, encryptedOf(push, 'wxffffffffffffffff')),
  },
  'bad-padding': {
    about: text('sealed with invalid padding', '填充无效'),
    expects: 400,
    isMinor: true,
    make: (push) =>
      sealedWith(
        push,
        altered(push, (padded) => padded.writeUInt8(0xff, padded.length - 1)),
      ),
  },
  'bad-length': {
    about: text('sealed with a length beyond the end', '内部长度超出内容'),
    expects: 400,
    isMinor: true,
    make: (push) =>
      sealedWith(
        push,
        altered(push, (padded) => padded.writeUInt32BE(0x7fffffff, LENGTH_AT)),
      ),
  },
  'wrong-key': {
    about: text('sealed with another EncodingAESKey', '用其他消息加解密Key 加密'),
    expects: 400,
    make: (push) => {
      const { component, message, random } = push;
      const other = [...component.encodingAesKey].reverse().join('');
      return sealedWith(push, encrypt(message, other, component.appId, random));
    },
  },
  malformed: {
    about: text('a body that is not XML', '正文不是 XML'),
    expects: 400,
    make: (push) => ({ ...genuine(push), body: '<xml><Encrypt>' }),
  },
  'malformed-inside': {
    about: text('sealed, with broken XML inside', '加密内容是损坏的 XML'),
    expects: 400,
    isMinor: true,
    make: (push) => genuine({ ...push, message: push.message.replace(/<\/xml>\s*$/, '<xml>') }),
  },
  doctype: {
    about: text('an outer XML with a DOCTYPE and an external entity', '外层 XML 带有 DOCTYPE 与外部实体'),
    expects: 400,
    make: (push) => {
      const { url, body, ...rest } = genuine(push);
      return { ...rest, url, body: XXE + body.replace('<xml>', '<xml><Note>&e;</Note>') };
    },
  },
  'doctype-inside': {
    about: text('sealed, with a DOCTYPE and an external entity inside', '加密内容带有 DOCTYPE 与外部实体'),
    expects: 400,
    isMinor: true,
    make: (push) => genuine({ ...push, message: XXE + push.message.replace('<xml>', '<xml><Note>&e;</Note>') }),
  },
  'duplicate-encrypt': {
    about: text('two Encrypt elements, one of them signed', '两个 Encrypt 元素，仅其一有签名'),
    expects: 400,
    make: (push) => {
      const { url, body, ...rest } = genuine(push);
      const other = `<Encrypt>${flipped(encryptedOf(push))}</Encrypt>`;
      return { ...rest, url, body: body.replace(/\n?<\/xml>$/, `${other}</xml>`) };
    },
  },
  empty: {
    about: text('no body', '正文为空'),
    expects: 400,
    make: (push) => ({ ...genuine(push), body: '' }),
  },
  'too-large': {
    about: text('a body of 2 MiB', '正文为 2 MiB'),
    expects: 413,
    make: (push) => sealedWith(push, 'A'.repeat(TOO_LARGE)),
  },
  'too-slow': {
    about: text('half a body, and then nothing', '只发送一半正文'),
    expects: 408,
    make: (push) => ({ ...genuine(push), sending: 'half' }),
  },
  'wrong-method': {
    about: text('PUT instead of POST', '以 PUT 代替 POST'),
    expects: 405,
    isMinor: true,
    make: (push) => ({ ...genuine(push), method: 'PUT' }),
  },
  'unsupported-encoding': {
    about: text('a Content-Encoding that no push has', '带有推送中不存在的 Content-Encoding'),
    expects: 415,
    isMinor: true,
    make: (push) => {
      const made = genuine(push);
      return { ...made, headers: { ...made.headers, 'content-encoding': 'br' } };
    },
  },
  replay: {
    about: text('a genuine push a second time: answered as the first time', '重放同一次推送：应与首次应答相同'),
    expects: 200,
    make: (push) => ({ ...genuine(push), sending: 'twice' }),
  },
} as const satisfies Record<string, Forgery>;

export type ForgeryKind = keyof typeof FORGERIES;
export const FORGERY_KINDS = Object.keys(FORGERIES) as ForgeryKind[];
export const forgeryOf = (kind: ForgeryKind): Forgery => FORGERIES[kind];
