/** The crypto of callbacks against published vectors, and against everything that a broken or forged one can be. */
import { createCipheriv, createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isError } from '../../src/sentences/wxop-error.ts';
import { createOpener, decodeAesKey, encrypt, open, seal, sign, verifySignature } from '../../src/protocol/envelope.ts';

const LETTERS_KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
const DIGITS_KEY = '0123456789012345678901234567890123456789012';
const RECEIVER = 'wxb11529c136998cb6';
const RANDOM = 'aaaabbbbccccdddd';

const md5 = (message: string): string => createHash('md5').update(message).digest('hex');

interface Vector {
  name: string;
  token: string;
  key: string;
  appId: string;
  timestamp: string;
  nonce: string;
  signature: string;
  plainSignature?: string;
  random: string;
  bytes: number;
  digest: string;
  contains: string;
  encrypted: string;
}

// V1: JeffreySu/WeiXinMPSDK; V3: the platform's page on message pushes; V4: w7corp/easywechat.
const VECTORS: Vector[] = [
  {
    name: 'V1, a component_verify_ticket event',
    token: 'senparc',
    key: DIGITS_KEY,
    appId: 'wxbbd3f07e2945cf2a',
    timestamp: '1436881222',
    nonce: '296318614',
    signature: '066523677e42a15c64a725ba0058cd7651174624',
    plainSignature: '60d1ddec039f51cc8c7ee4ea9ae9a479dd7c7d01',
    random: '975d750afe6d0afe',
    bytes: 305,
    digest: 'cf32105b9fec51bbe7ad99a2c80e94a9',
    contains: 'ticket@@@hXh2446N-P9OOZqW4EeuPO9zFXEnAz5Vzc0JaWczBkIqcw2javRF0C_VVdwVYrEwyw1xHOiui7gB0WqKaYPMUQ',
    encrypted:
      '/RWeOUN4J839ynYH960Duj2k0WwvSfwq2dBFQ1NG78v9CZKbiCk5F8Fq/RGV0oFALoy+2L7KDe+1EbitZK7T4KtHMxntcEeQDxhWGdbeyTYJStcl7pudKA/ltfPP2nDbMrvmdl6JAX/XY4El0XEaYMrxegU3B1aUMZJ1GDjz9pIFv5+DPWj2mf7mhwIKcJSfeMctifS5UyJHKmIM+gnPQjtcKsVdnjaLckEScUsKKTygeG9IOtWFfE720W6g5UfOg3yxPFCUrqjWKRTue7g0yT0vQyb0L5cODKh1bCjIRcgikJsRVo3tAX1QO/CrHzKEEDqaD3Rx1hRkvRl/2KQlFd/DkhOzWp1LmpsCZQiNj0Fdc41aVleaFrwUQ8svg9Wt2iJLDhdqlz1Us2Pb6Ayx3dJLhXtb4ynJGsPFq0N8RrCuLgU391BpAiga5JBcjzS50pfvBBEEPQDyAE7znPphrA==',
  },
  {
    name: "V3, an authorizer's message to a component",
    token: 'AAAAA',
    key: 'A'.repeat(43),
    appId: 'wx134c8103faa5a59e',
    timestamp: '1715943329',
    nonce: '1590219412',
    signature: '6c12a4205838198b8fa631b3220723bb07f1015c',
    plainSignature: 'cc0c594499c1634947d5b502f158ee518947db27',
    random: '1205899eaf019bbd',
    bytes: 292,
    digest: '83f2ffca281a76e5a919a36de59a656e',
    contains: 'debug_demo',
    encrypted:
      'D7yzvUNAL930rd28wf21s4hvXhz0L6Uit/p2Di6C5DHyYGpEgdBRnKjBec34JwoQXicwaZC7fOVihW80F4VtsdvE//1vr7oAbqjDv8KenVp+ajKYpJnyQ4zMRhIC+a31fCVOMC03FfzV/QuC94kBP55a+Za3sJgvAn+ZbsNqZI5DkyuzkhQN8OBqCzFhizGmy0xpM0MEA4agpvE+RuNO1rhHTtuJB5yltw1FiYzecSXJ+y/D2r81VkRn2eYjh2ltsoyfbDR7Is6ookXIFxTfyeNyeHxMeT4KN5WpCDmSbTcUYrbBUlkGLJ9n/rU8YOywma6G7aTb7KZKOqCxgfoUlYEZPk4FUL/TK7ShriFDMVCLyjQJ15Ob++agDWtcxhfUfe6HIoIpRW8mKNBQiY/Jd1svvuskA1wLef1RTtzKfMpagSCX/laZINmdnX4zrF6kIaR9P4xQrWXbsTFHTYe0Mg==',
  },
  {
    name: 'V4, a text message',
    token: 'pamtest',
    key: LETTERS_KEY,
    appId: RECEIVER,
    timestamp: '1458300676',
    nonce: '260774613',
    signature: '4f3ad57b6989f09f4eb392acce4f9e93942ed890',
    random: 'd43123b161a4ba84',
    bytes: 293,
    digest: '51949ed1161787393a3047083ed0518d',
    contains: '<Content><![CDATA[hello]]></Content>',
    encrypted:
      'rTNFcsut4LfGuAFKEUVVpwcaCOTJzOd9twZdIW910jb3k+iicx2uvhttIZ3Qg9Qgty3BEF2xbOrz6boTfb30dMomcgrkTqdFPwnhqbk+kIQ7rZiwny9D7NUrTgA5kpX3KsZvrXzUZyP2x9YOlxbgm572lmxKvM7HAQQhIQ/p6HBmoY30bGXFK0BtIu1pW9TjhOYrLQoU18nWYjWqDA1ynkmOytpv7QRI1P1+0NoxL0q2zO1DgeSvnE8CZGo/o5Ap/WHK5W2RAsinpzN4/LjPnmB6U01I5XCoJoC0GK/yMZycd2Oh8Nq6+wBkC1U85oy0ktOY4nLvsQMLrourmMGdZHuTbqpeJ8Ao/5PRYJ+WBvRUwPfGKBL2+2IKZF49vAJqkcGWSHGE76ZN2erXeuNazf/o9o3lIE3q739o4c8t9QGPe31GT2Go/rOz1BsrASwvauNulCh+++yz+CQzBIuikA==',
  },
];

describe('published vectors', () => {
  test.each(VECTORS)('the signature of $name is right', ({ token, timestamp, nonce, encrypted, signature }) => {
    expect(sign({ token, timestamp, nonce, encrypted })).toBe(signature);
    expect(verifySignature(signature, { token, timestamp, nonce, encrypted })).toBe(true);
  });

  test.each(VECTORS.filter(({ plainSignature }) => plainSignature))(
    'the plain signature of $name is right',
    ({ token, timestamp, nonce, plainSignature }) => {
      expect(sign({ token, timestamp, nonce })).toBe(plainSignature);
    },
  );

  test.each(VECTORS)('$name opens byte for byte', ({ encrypted, key, appId, bytes, digest, contains }) => {
    const { message = '' } = open(encrypted, [key], appId) as { message?: string };
    expect(Buffer.byteLength(message)).toBe(bytes);
    expect(md5(message)).toBe(digest);
    expect(message).toContain(contains);
  });

  test.each(VECTORS)('$name is written again with the same random', ({ encrypted, key, appId, random }) => {
    const { message = '' } = open(encrypted, [key], appId) as { message?: string };
    expect(encrypt(message, key, appId, random)).toBe(encrypted);
  });

  test("an authorizer's message ends with the component's appid, not with its own", () => {
    const { encrypted, key } = VECTORS[1]!;
    expect(open(encrypted, [key], 'wxba5fad812f8e6fb9')).toEqual({ failure: 'foreign-receiver' });
  });

  // binarywang/WxJava, WxCryptUtilTest
  test('V6 encrypts to the published cipher text and signature', () => {
    const sealed = seal({
      message: '我是中文abcd123',
      token: 'pamtest',
      encodingAesKey: LETTERS_KEY,
      receiver: RECEIVER,
      timestamp: '1409304348',
      nonce: 'xxxxxx',
      random: RANDOM,
    });
    expect(sealed).toEqual({
      encrypted: 'jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==',
      signature: '82c962d39941aa48552f90ef55aa323dc620cc10',
    });
  });
});

describe('the signature', () => {
  const parts = { token: 'token', timestamp: '1409304348', nonce: 'nonce', encrypted: 'AAAA' };

  test.each([
    ['another token', { ...parts, token: 'Token' }],
    ['another timestamp', { ...parts, timestamp: '1409304349' }],
    ['another nonce', { ...parts, nonce: 'nonce2' }],
    ['another cipher text', { ...parts, encrypted: 'AAAB' }],
    ['no cipher text', { ...parts, encrypted: undefined }],
  ])('is refused with %s', (_name, changed) => {
    expect(verifySignature(sign(parts), changed)).toBe(false);
  });

  test.each(['', 'x', '票'.repeat(40), sign(parts).slice(0, 39), `${sign(parts)}0`, sign(parts).toUpperCase()])(
    'of a wrong shape is refused, not thrown at: %j',
    (signature) => {
      expect(verifySignature(signature, parts)).toBe(false);
    },
  );
});

describe('the EncodingAESKey', () => {
  test('is 32 bytes', () => {
    expect(decodeAesKey('A'.repeat(43))).toEqual(Buffer.alloc(32));
    expect(decodeAesKey(`${'+/'.repeat(21)}8`).toString('hex')).toBe(
      'fbffbffbffbffbffbffbffbffbffbffbffbffbffbffbffbffbffbffbffbffbff',
    );
  });

  test.each(['B', 'C', 'D'])('may end in bits that a strict decoder refuses: …%s', (last) => {
    expect(decodeAesKey('A'.repeat(42) + last)).toEqual(Buffer.alloc(32));
  });

  test.each([
    ['empty', ''],
    ['too short', 'A'.repeat(42)],
    ['too long', 'A'.repeat(44)],
    ['with its padding', `${'A'.repeat(43)}=`],
    ['with a space', `${'A'.repeat(42)} `],
    ['url-safe base64', `${'A'.repeat(42)}-`],
    ['with a line end', `${'A'.repeat(43)}\n`],
    ['not ASCII', '键'.repeat(43)],
  ])('is refused as a setting when it is %s', (_name, key) => {
    for (const use of [() => decodeAesKey(key), () => open('AAAA', [key], RECEIVER)]) {
      expect(use).toThrow(expect.toSatisfy((error: unknown) => isError(error, 'SETTINGS_INVALID')));
    }
  });

  test('is never in the message about its shape', () => {
    const key = 'SecretKeyOfWrongShape';
    expect(() => decodeAesKey(key)).toThrow(
      expect.toSatisfy((error: Error) => !JSON.stringify({ ...error, message: error.message }).includes(key)),
    );
  });
});

describe('the padding', () => {
  test.each(Array.from({ length: 65 }, (_, length) => length))(
    'a message of %i bytes makes the round trip',
    (length) => {
      const message = 'm'.repeat(length);
      const encrypted = encrypt(message, LETTERS_KEY, RECEIVER, RANDOM);
      // 16 random, 4 length, the message, the appid, and 1 to 32 more.
      const plain = 16 + 4 + length + RECEIVER.length;
      expect(Buffer.from(encrypted, 'base64')).toHaveLength((Math.floor(plain / 32) + 1) * 32);
      expect(open(encrypted, [LETTERS_KEY], RECEIVER)).toEqual({ message, aesKey: LETTERS_KEY });
    },
  );

  test('a length is counted in bytes, not in characters', () => {
    const message = '票据🎫 ticket';
    expect(open(encrypt(message, LETTERS_KEY, RECEIVER, RANDOM), [LETTERS_KEY], RECEIVER)).toMatchObject({ message });
  });

  test.each(['', 'short', `${RANDOM}x`])('a random of a wrong length is refused: %j', (random) => {
    expect(() => encrypt('m', LETTERS_KEY, RECEIVER, random)).toThrow(RangeError);
  });
});

/** Encrypts bytes that carry their padding already. */
function encryptRaw(...padded: Buffer[]): string {
  const key = decodeAesKey(LETTERS_KEY);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(Buffer.concat(padded)), cipher.final()]).toString('base64');
}

function plainText(message: string, length = Buffer.byteLength(message)): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(length);
  return Buffer.concat([Buffer.from(RANDOM), size, Buffer.from(message), Buffer.from(RECEIVER)]);
}

describe('a broken cipher text', () => {
  // 16 + 4 + 26 + 18 bytes: two whole blocks, so that the padding is a block of its own.
  const whole = plainText('m'.repeat(26));
  const padding = (byte: number, count = 32): Buffer => Buffer.alloc(count, byte);

  test('is whole with 32 bytes of padding: the cases below differ from it in one thing', () => {
    expect(open(encryptRaw(whole, padding(32)), [LETTERS_KEY], RECEIVER)).toMatchObject({ message: 'm'.repeat(26) });
  });

  test.each([
    ['pad byte 0', encryptRaw(whole, padding(0))],
    ['pad byte 33', encryptRaw(whole, padding(33, 48))],
    ['pad byte 255', encryptRaw(whole, padding(255, 256))],
    ['an inconsistent padding', encryptRaw(whole, padding(31, 1), padding(32, 31))],
    ['a padding longer than the text', encryptRaw(padding(32, 16))],
    ['nothing but padding', encryptRaw(padding(32))],
    ['no room for a length', encryptRaw(Buffer.from(RANDOM), padding(16, 16))],
    ['a length one beyond the end', encryptRaw(plainText('m'.repeat(26), 26 + 18 + 1), padding(32))],
    ['the greatest length', encryptRaw(plainText('m'.repeat(26), 0xffff_ffff), padding(32))],
  ])('with %s is refused', (_name, encrypted) => {
    expect(open(encrypted, [LETTERS_KEY], RECEIVER)).toEqual({ failure: 'bad-padding' });
  });

  test('whose length takes in the appid has no receiver', () => {
    const encrypted = encryptRaw(plainText('m'.repeat(26), 26 + 18), padding(32));
    expect(open(encrypted, [LETTERS_KEY], RECEIVER)).toEqual({ failure: 'foreign-receiver' });
  });

  const sealed = Buffer.from(encrypt('message', LETTERS_KEY, RECEIVER, RANDOM), 'base64');
  test.each([
    ['empty', ''],
    ['a byte short', sealed.subarray(0, -1).toString('base64')],
    ['a block short', sealed.subarray(0, -16).toString('base64')],
    ['a byte longer', Buffer.concat([sealed, Buffer.alloc(1)]).toString('base64')],
    ['not base64', '****'],
  ])('that is %s is refused', (_name, encrypted) => {
    expect(open(encrypted, [LETTERS_KEY], RECEIVER)).toEqual({ failure: 'bad-padding' });
  });
});

describe('opening', () => {
  const encrypted = encrypt('message', LETTERS_KEY, RECEIVER, RANDOM);

  test('accepts the previous key and tells which one fitted', () => {
    expect(open(encrypted, [DIGITS_KEY, LETTERS_KEY], RECEIVER)).toEqual({ message: 'message', aesKey: LETTERS_KEY });
    expect(open(encrypted, [LETTERS_KEY, DIGITS_KEY], RECEIVER)).toEqual({ message: 'message', aesKey: LETTERS_KEY });
  });

  test('with a wrong key is refused', () => {
    expect(open(encrypted, [DIGITS_KEY], RECEIVER)).toEqual({ failure: 'bad-padding' });
  });

  test('without any key is refused', () => {
    expect(open(encrypted, [], RECEIVER)).toEqual({ failure: 'bad-padding' });
  });

  test.each(['wxbbd3f07e2945cf2a', '', RECEIVER.slice(0, -1), `${RECEIVER}0`, RECEIVER.toUpperCase()])(
    'for another receiver is refused: %j',
    (receiver) => {
      expect(open(encrypted, [LETTERS_KEY], receiver)).toEqual({ failure: 'foreign-receiver' });
    },
  );

  test('a foreign receiver stays named when another key does not fit at all', () => {
    expect(open(encrypted, [LETTERS_KEY, DIGITS_KEY], 'wx0000000000000000')).toEqual({ failure: 'foreign-receiver' });
  });

  test('many with keys that were set up once is what opening each by itself is, in any order', () => {
    const keys = [LETTERS_KEY, DIGITS_KEY];
    const texts = Array.from({ length: 65 }, (_, length) => [
      encrypt('m'.repeat(length), keys[length % 2] ?? '', RECEIVER, RANDOM),
      encrypt('m'.repeat(length), keys[length % 2] ?? '', 'wx0000000000000000', RANDOM),
      encryptRaw(Buffer.alloc(16 * ((length % 4) + 1), length)),
      'A'.repeat(length),
    ]).flat();
    const opener = createOpener(keys, RECEIVER);
    for (const text of [...texts, ...texts.toReversed()]) {
      expect(opener(text)).toEqual(open(text, keys, RECEIVER));
    }
    expect(texts.filter((text) => opener(text).failure === undefined)).toHaveLength(65);
  });
});
