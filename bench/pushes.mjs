// Genuine pushes as the platform makes them, each signed and encrypted on its own; written against its documents and
// not with the code under test.
import { createCipheriv, createHash, randomBytes } from 'node:crypto';

export const COMPONENT = {
  appId: 'wxbe0c400000000001',
  token: 'benchmarktoken',
  aesKey: randomBytes(33).toString('base64').replaceAll(/[+/]/g, 'x').slice(0, 43),
};

/** What the listener needs to open them. */
export const settings = (home, port) => ({
  PATH: process.env.PATH,
  WXOP_HOME: home,
  WXOP_COMPONENT_APPID: COMPONENT.appId,
  WXOP_MESSAGE_TOKEN: COMPONENT.token,
  WXOP_ENCODING_AES_KEY: COMPONENT.aesKey,
  WXOP_PORT: String(port),
  WXOP_LANG: 'en',
});

const sha1 = (...parts) => createHash('sha1').update(parts.sort().join('')).digest('hex');

function encrypt(message, { appId, aesKey }) {
  const key = Buffer.from(`${aesKey}=`, 'base64');
  const body = Buffer.from(message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const plain = Buffer.concat([randomBytes(16), length, body, Buffer.from(appId)]);
  const pad = 32 - (plain.length % 32);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.update(Buffer.alloc(pad, pad)), cipher.final()]).toString(
    'base64',
  );
}

let made = 0;

/** Path with signed query, and body. `message` is the inner XML. */
export function push(path, message, component = COMPONENT, timestamp = Math.floor(Date.now() / 1000)) {
  const nonce = String(1_000_000_000 + ++made);
  const encrypted = encrypt(message, component);
  const query =
    `signature=${sha1(component.token, String(timestamp), nonce)}&timestamp=${timestamp}&nonce=${nonce}` +
    `&openid=oFollower&encrypt_type=aes&msg_signature=${sha1(component.token, String(timestamp), nonce, encrypted)}`;
  const body =
    `<xml>\n    <ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>\n` +
    `    <Encrypt><![CDATA[${encrypted}]]></Encrypt>\n</xml>\n`;
  return { path: `${path}?${query}`, body };
}

/** An account's text message, none like another. */
export function messagePush(appId = 'wx00000000000000aa', component = COMPONENT) {
  const createTime = Math.floor(Date.now() / 1000);
  return push(
    `/wechat/message/${appId}`,
    `<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>\n<FromUserName><![CDATA[oFollower${made % 997}]]></FromUserName>\n` +
      `<CreateTime>${createTime}</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n` +
      `<Content><![CDATA[你好, message number ${made}]]></Content>\n<MsgId>${7_000_000_000_000 + made}</MsgId>\n</xml>`,
    component,
  );
}

/** The bytes of a POST, for a connection that stays open. */
export const bytesOf = ({ path, body }, method = 'POST', headers = '') =>
  Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n${headers}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
