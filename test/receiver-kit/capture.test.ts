import { describe, expect, it } from 'vitest';
import { openCapture, type Capture, type CaptureKeys } from '../../src/receiver-kit/capture.ts';
import { decodeAesKey, encipher, seal, sign } from '../../src/protocol/envelope.ts';
import { writeXml } from '../../src/protocol/events.ts';

/** The vector of WeChat's own page on messages to a component. */
const V3 = {
  keys: { componentAppId: 'wx134c8103faa5a59e', messageToken: 'AAAAA', encodingAesKeys: ['A'.repeat(43)] },
  timestamp: '1715943329',
  nonce: '1590219412',
  signature: '6c12a4205838198b8fa631b3220723bb07f1015c',
  plainSignature: 'cc0c594499c1634947d5b502f158ee518947db27',
  encrypted:
    'D7yzvUNAL930rd28wf21s4hvXhz0L6Uit/p2Di6C5DHyYGpEgdBRnKjBec34JwoQXicwaZC7fOVihW80F4VtsdvE//1vr7oAbqjDv8KenVp+ajKYpJnyQ4zMRhIC+a31fCVOMC03FfzV/QuC94kBP55a+Za3sJgvAn+ZbsNqZI5DkyuzkhQN8OBqCzFhizGmy0xpM0MEA4agpvE+RuNO1rhHTtuJB5yltw1FiYzecSXJ+y/D2r81VkRn2eYjh2ltsoyfbDR7Is6ookXIFxTfyeNyeHxMeT4KN5WpCDmSbTcUYrbBUlkGLJ9n/rU8YOywma6G7aTb7KZKOqCxgfoUlYEZPk4FUL/TK7ShriFDMVCLyjQJ15Ob++agDWtcxhfUfe6HIoIpRW8mKNBQiY/Jd1svvuskA1wLef1RTtzKfMpagSCX/laZINmdnX4zrF6kIaR9P4xQrWXbsTFHTYe0Mg==',
};
const body = `<xml>\n<ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>\n<Encrypt><![CDATA[${V3.encrypted}]]></Encrypt>\n</xml>`;
const { keys, timestamp, nonce, signature } = V3;
const whole: Capture = { body, timestamp, nonce, signature };
const OTHER = 'B'.repeat(42) + 'A';

const failureOf = (capture: Partial<Capture>, other: Partial<CaptureKeys> = {}) =>
  openCapture({ ...whole, ...capture }, { ...keys, ...other });

/** A capture made with the keys above, signed rightly whatever is in it. */
function sealed(message: string, { receiver = keys.componentAppId, aesKey = keys.encodingAesKeys[0] ?? '' } = {}) {
  const made = seal({
    message,
    token: keys.messageToken,
    encodingAesKey: aesKey,
    receiver,
    timestamp,
    nonce,
    random: 'abcdefghijklmnop',
  });
  return { body: writeXml({ AppId: receiver, Encrypt: made.encrypted }), timestamp, nonce, signature: made.signature };
}

const signedBody = (encrypted: string): Capture => ({
  body: writeXml({ Encrypt: encrypted }),
  timestamp,
  nonce,
  signature: sign({ token: keys.messageToken, timestamp, nonce, encrypted }),
});

describe('a captured push opens', () => {
  it('whole, with its query', () => {
    const opened = failureOf({});
    expect(opened).toMatchObject({ isSigned: true, key: 'current', fields: { MsgType: 'event', Event: 'debug_demo' } });
    expect(Buffer.byteLength(opened.failure === undefined ? opened.text : '')).toBe(292);
  });

  it('with its lists', () => {
    const message = '<xml><InfoType>x</InfoType><list><appid>a</appid></list><list><appid>b</appid></list></xml>';
    expect(openCapture(sealed(message), keys)).toMatchObject({ fields: { list: [{ appid: 'a' }, { appid: 'b' }] } });
  });

  it('with the previous key', () => {
    expect(failureOf({}, { encodingAesKeys: [OTHER, ...keys.encodingAesKeys] })).toMatchObject({ key: 'previous' });
  });

  it.each([
    ['the cipher text alone', V3.encrypted],
    ['the cipher text in lines', `${V3.encrypted.replace(/(.{64})/g, '$1\n')}\n`],
    ['JSON', JSON.stringify({ ToUserName: 'gh_1', Encrypt: V3.encrypted })],
    ['XML with a mark and space around it', `\ufeff\n${body}\n`],
  ])('as %s', (_name, given) => {
    expect(failureOf({ body: given })).toMatchObject({ isSigned: true });
    const unsigned = { body: given, unsigned: true, timestamp: undefined, nonce: undefined, signature: undefined };
    expect(failureOf(unsigned)).toMatchObject({ isSigned: false, fields: { Event: 'debug_demo' } });
  });

  it('as a passive reply, which carries its signature in the body', () => {
    const reply = { Encrypt: V3.encrypted, MsgSignature: signature, TimeStamp: timestamp, Nonce: nonce };
    const query = { timestamp: undefined, nonce: undefined, signature: undefined };
    expect(failureOf({ body: writeXml(reply), ...query })).toMatchObject({ isSigned: true });
    const forged = { ...reply, MsgSignature: '0'.repeat(40) };
    expect(failureOf({ body: writeXml(forged), ...query })).toMatchObject({ failure: 'bad-signature' });
  });
});

describe('a captured push that does not open says why', () => {
  it.each<[string, Partial<Capture>, object]>([
    [
      'no parameters',
      { timestamp: undefined, nonce: undefined, signature: undefined },
      { missing: ['timestamp', 'nonce', 'msg_signature'] },
    ],
    ['one missing', { nonce: undefined }, { failure: 'missing-parameters', missing: ['nonce'] }],
    ['another signature', { signature: '0'.repeat(40) }, { failure: 'bad-signature', isPlain: false }],
    ['the plain signature', { signature: V3.plainSignature }, { failure: 'bad-signature', isPlain: true }],
    ['another nonce', { nonce: '1' }, { failure: 'bad-signature', isPlain: false }],
    ['nothing', { body: ' \n' }, { failure: 'no-encrypt', found: 'nothing' }],
    ['a bare message', { body: '<xml><MsgType>text</MsgType></xml>' }, { failure: 'no-encrypt', found: 'plain-xml' }],
    ['another document', { body: '<html></html>' }, { failure: 'no-encrypt', found: 'none' }],
    ['a DOCTYPE', { body: `<!DOCTYPE xml>${body}` }, { failure: 'no-encrypt', found: 'doctype' }],
    [
      'two',
      { body: body.replace('<Encrypt>', '<Encrypt>x</Encrypt><Encrypt>') },
      { failure: 'no-encrypt', found: 'several' },
    ],
    ['no base64', { body: '<xml><Encrypt>#</Encrypt></xml>' }, { failure: 'no-encrypt', found: 'damaged' }],
  ])('%s', (_name, capture, expected) => {
    expect(failureOf(capture)).toMatchObject(expected);
  });

  it('the key: nothing of it fits', () => {
    expect(failureOf({}, { encodingAesKeys: [OTHER] })).toEqual({ failure: 'bad-padding', fits: false, isWhole: true });
  });

  it('the message token: the signature does not fit', () => {
    expect(failureOf({}, { messageToken: 'BBBBB' })).toMatchObject({ failure: 'bad-signature' });
  });

  it('the receiver: whose it is', () => {
    expect(failureOf({}, { componentAppId: 'wxbbd3f07e2945cf2a' })).toEqual({
      failure: 'foreign-receiver',
      receiver: keys.componentAppId,
    });
  });

  it('the padding: the key fits', () => {
    const message = '<xml><MsgType>text</MsgType></xml>';
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    const plain = Buffer.concat([Buffer.from('abcdefghijklmnop'), length, Buffer.from(message + keys.componentAppId)]);
    // Zeros up to a whole block, as many a home-made sealer pads.
    const padded = Buffer.concat([plain, Buffer.alloc(32 - (plain.length % 32))]);
    const encrypted = encipher(padded, decodeAesKey(keys.encodingAesKeys[0] ?? ''));
    expect(openCapture(signedBody(encrypted), keys)).toEqual({ failure: 'bad-padding', fits: true, isWhole: true });
  });

  it('a cipher text that was cut', () => {
    expect(openCapture(signedBody(V3.encrypted.slice(0, 100)), keys)).toMatchObject({ isWhole: false });
  });

  it('what is inside is no document', () => {
    const message = '<xml><MsgType>text</MsgType><xml>';
    expect(openCapture(sealed(message), keys)).toEqual({ failure: 'malformed', text: message });
  });

  it('what is inside says twice what a listener decides by', () => {
    const message = '<xml><MsgType>text</MsgType><a>1</a><a>2</a><MsgType>image</MsgType></xml>';
    expect(openCapture(sealed(message), keys)).toEqual({ failure: 'malformed', text: message, repeated: 'MsgType' });
  });
});
