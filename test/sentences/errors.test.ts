/** Failures that all have a code, a sentence and a next step; and secrets that never get out with them. */
import { describe, expect, test } from 'vitest';
import { cancelled, errorToJson, isError, toWxopError, WxopError } from '../../src/sentences/wxop-error.ts';
import { createRedactor } from '../../src/sentences/redactor.ts';
import { ERROR_CODES, EXIT_CODES, type ErrorCode } from '../../src/sentences/error-codes.ts';
import { text } from '../../src/sentences/text.ts';

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

describe('the error codes', () => {
  // Contract, section 4: codes and exit codes that scripts rely on.
  test.each<[ErrorCode, number]>([
    ['USAGE', 2],
    ['SETTINGS_MISSING', 2],
    ['SETTINGS_INVALID', 2],
    ['NO_TICKET', 4],
    ['TICKET_EXPIRED', 4],
    ['NO_ACCOUNT', 4],
    ['REVOKED', 4],
    ['CANCELLED', 130],
    ['IP_NOT_ALLOWED', 3],
    ['PLATFORM_REFUSED', 3],
    ['NETWORK', 5],
    ['TIMEOUT', 5],
    ['PORT_TAKEN', 5],
    ['STORE_UNAVAILABLE', 5],
    ['STORE_NOT_WRITABLE', 1],
    ['RECORD_DAMAGED', 1],
    ['UNEXPECTED', 1],
  ])('%s exits with %i', (code, exit) => {
    expect(new WxopError(code, text('x', 'x')).exitCode).toBe(exit);
  });

  test.each(CODES)('%s has an exit code that is explained, and a meaning in both languages', (code) => {
    const { exit, means } = ERROR_CODES[code];
    expect(EXIT_CODES[exit]?.en).toMatch(/\S/);
    expect(EXIT_CODES[exit]?.zh).toMatch(/[\u4e00-\u9fff]/);
    expect(exit).toBeGreaterThan(0);
    expect(means.en).toMatch(/\S/);
    expect(means.zh).toMatch(/[\u4e00-\u9fff]/);
  });

  test('the exit codes are those of the contract', () => {
    expect(Object.keys(EXIT_CODES).map(Number)).toEqual([0, 1, 2, 3, 4, 5, 130, 143]);
  });
});

describe('a WxopError', () => {
  test('is retryable as its code says, unless its thrower knows better', () => {
    expect(new WxopError('NETWORK', text('x', 'x')).retryable).toBe(true);
    expect(new WxopError('NETWORK', text('x', 'x'), { retryable: false }).retryable).toBe(false);
    expect(new WxopError('PLATFORM_REFUSED', text('x', 'x')).retryable).toBe(false);
    expect(new WxopError('PLATFORM_REFUSED', text('x', 'x'), { retryable: true }).retryable).toBe(true);
  });

  test('keeps its cause, and has none when there is none', () => {
    const cause = new Error('below');
    expect(new WxopError('NETWORK', text('x', 'x'), { cause }).cause).toBe(cause);
    expect(new WxopError('NETWORK', text('x', 'x'))).not.toHaveProperty('cause');
  });

  test('is known by its code and errcode', () => {
    const error = new WxopError('PLATFORM_REFUSED', text('x', 'x'), { errcode: 61009 });
    expect(isError(error, 'PLATFORM_REFUSED')).toBe(true);
    expect(isError(error, 'PLATFORM_REFUSED', 61009)).toBe(true);
    expect(isError(error, 'PLATFORM_REFUSED', 61010)).toBe(false);
    expect(isError(error, 'REVOKED')).toBe(false);
    expect(isError(new Error('x'), 'UNEXPECTED')).toBe(false);
    expect(isError(undefined, 'UNEXPECTED')).toBe(false);
  });
});

describe('anything thrown', () => {
  test('that has a name already stays as it is', () => {
    const error = new WxopError('NETWORK', text('x', 'x'));
    expect(toWxopError(error)).toBe(error);
  });

  test('by an abort is an interruption', () => {
    expect(toWxopError(new DOMException('stop', 'AbortError'))).toMatchObject({ code: 'CANCELLED', exitCode: 130 });
    expect(cancelled()).toMatchObject({ code: 'CANCELLED', exitCode: 130 });
  });

  test.each([
    [new TypeError('broken'), 'broken'],
    ['a string', 'a string'],
    [undefined, 'undefined'],
    [null, 'null'],
  ])('else is unexpected, with its cause and a next step: %o', (thrown, reason) => {
    const error = toWxopError(thrown);
    expect(error).toMatchObject({ code: 'UNEXPECTED', exitCode: 1, message: `Unexpected failure: ${reason}` });
    expect(error.text.zh).toContain(reason);
    expect(error.hint?.en).toContain('--verbose');
    expect(error.hint?.zh).toContain('--verbose');
    expect(error.cause).toBe(thrown);
  });
});

describe('an error as JSON', () => {
  const full = new WxopError('IP_NOT_ALLOWED', text('sentence', '句子'), {
    hint: text('hint', '提示'),
    errcode: 61004,
    rid: '5f34ffda-15f5225d-519bc4eb',
    requestIp: '203.0.113.7',
    cause: new Error('cause'),
  });

  test('has the shape of the contract', () => {
    expect(JSON.stringify(errorToJson(full, 'en'))).toBe(
      '{"error":{"code":"IP_NOT_ALLOWED","message":"sentence","hint":"hint","exitCode":3,"retryable":false,"errcode":61004,"rid":"5f34ffda-15f5225d-519bc4eb","requestIp":"203.0.113.7"}}',
    );
  });

  test('speaks the language asked for; codes and keys stay', () => {
    const { error } = errorToJson(full, 'zh');
    expect(error).toMatchObject({ code: 'IP_NOT_ALLOWED', message: '句子', hint: '提示', exitCode: 3 });
  });

  test('has no keys for what the platform did not give', () => {
    expect(errorToJson(new WxopError('NO_TICKET', text('sentence', '句子')), 'en')).toStrictEqual({
      error: { code: 'NO_TICKET', message: 'sentence', exitCode: 4, retryable: true },
    });
  });

  test('keeps a negative errcode', () => {
    const busy = new WxopError('PLATFORM_REFUSED', text('x', 'x'), { errcode: -1 });
    expect(errorToJson(busy, 'en').error.errcode).toBe(-1);
  });
});

function redactorOf(...secrets: (string | undefined)[]) {
  const redactor = createRedactor();
  redactor.learn(...secrets);
  return redactor;
}

describe('a learnt secret', () => {
  const SECRET = 'a1-b2_c3-d4~e5';

  test.each([
    ['alone', SECRET, '***'],
    ['with hyphens, to its last character', `token=${SECRET};`, 'token=***;'],
    ['next to Chinese text', `票据${SECRET}已收到`, '票据***已收到'],
    ['inside other letters', `x${SECRET}y`, 'x***y'],
    ['as often as it is there', `${SECRET} ${SECRET}${SECRET}`, '*** ******'],
    ['over several lines', `a\n${SECRET}\n`, 'a\n***\n'],
    ['in a URL', `https://h/?access_token=${SECRET}&x=1`, 'https://h/?access_token=***&x=1'],
  ])('is masked %s', (_name, line, masked) => {
    expect(redactorOf(SECRET).redact(line)).toBe(masked);
  });

  test.each(['accesstoken@a/b+c=', 'with space & more', '密码密码密码密码', '100%-secret'])(
    'is masked in its url-encoded form too: %s',
    (secret) => {
      expect(redactorOf(secret).redact(`?a=${encodeURIComponent(secret)}&b=${secret}`)).toBe('?a=***&b=***');
    },
  );

  test('may be full of characters that mean something in a pattern', () => {
    expect(redactorOf('a.*b(c[d$&').redact('a.*b(c[d$& axxb(c[d$&')).toBe('*** axxb(c[d$&');
    expect(redactorOf('a.b').redact('a.b axb')).toBe('*** axb');
  });

  test.each([
    ['short-secret', 'short-secret-and-longer'],
    ['secret-tail', 'head-of-secret-tail'],
    ['middle-part', 'a-middle-part-z'],
  ])('that stands in a longer one does not uncover the rest of it: %s in %s', (shorter, longer) => {
    for (const secrets of [
      [shorter, longer],
      [longer, shorter],
    ]) {
      expect(redactorOf(...secrets).redact(`x ${longer} y ${shorter} z`)).toBe('x *** y *** z');
    }
  });

  test('is masked from when it is learnt, also one by one', () => {
    const redactor = createRedactor();
    expect(redactor.redact('first-secret second-secret')).toBe('first-secret second-secret');
    redactor.learn('first-secret');
    redactor.learn('second-secret');
    redactor.learn('second-secret');
    expect(redactor.redact('first-secret second-secret')).toBe('*** ***');
  });

  test('that is absent, empty or next to nothing masks nothing', () => {
    expect(redactorOf(undefined, '', 'a', 'ab').redact('a ab abc')).toBe('a ab abc');
  });
});

describe('a secret that was received', () => {
  const received = (...secrets: string[]) => {
    const redactor = createRedactor();
    redactor.learnReceived(...secrets);
    return redactor;
  };

  test('is masked', () => {
    expect(received('ticket-0123456789').redact('got ticket-0123456789.')).toBe('got ***.');
  });

  test.each(['ticket', 'received', 'authorized', 'component_verify_ticket', 'a'.repeat(2_000), '密码'.repeat(20)])(
    'is none where nothing could be a secret that looks so: %s',
    (word) => {
      expect(received(word).redact(`x ${word} y`)).toBe(`x ${word} y`);
    },
  );

  test('is forgotten when thousands came after it, and the operator’s own never is', () => {
    const redactor = redactorOf('the-operators-own');
    const many = (kind: string) => Array.from({ length: 50_000 }, (_, index) => `${kind}-${index}`.padEnd(45, kind));
    redactor.learnReceived('odd.secret.number.0', ...many('t'), ...many('odd.'));
    expect(redactor.redact('odd.secret.number.0 the-operators-own')).toBe('odd.secret.number.0 ***');
    expect(redactor.redact(many('t').at(-1) ?? '')).toBe('***');
    expect(redactor.redact(many('odd.').at(-1) ?? '')).toBe('***');
  });
});

describe('a short secret', () => {
  test.each([
    ['alone', 'abc', '***'],
    ['between signs', 'token="abc", (abc) abc.', 'token="***", (***) ***.'],
    ['next to Chinese text', '口令abc错误', '口令***错误'],
    ['not inside a word', 'abcd xabc ABC abc1 9abc', 'abcd xabc ABC abc1 9abc'],
  ])('is masked only as a word: %s', (_name, line, masked) => {
    expect(redactorOf('abc').redact(line)).toBe(masked);
  });

  test.each([
    ['abc', 'ticket@@@xyz-abc-uvw'],
    ['abc', 'refreshtoken@@@abc-uvw_xyz'],
    ['ticket', 'ticket@@@xyz-uvw'],
  ])('%s does not uncover the rest of a secret of the platform: %s', (short, line) => {
    expect(redactorOf(short).redact(line)).not.toMatch(/xyz|uvw/);
  });
});

describe('a secret of the platform that was never learnt', () => {
  const { redact } = createRedactor();

  test.each(['ticket', 'queryauthcode', 'refreshtoken'])('is masked by its shape: %s@@@…', (kind) => {
    expect(redact(`got ${kind}@@@hXh2446N-P9O_OZqW4E~u.a+b/c== ok`)).toBe(`got ${kind}@@@*** ok`);
    expect(redact(`收到${kind}@@@a-b票据`)).toBe(`收到${kind}@@@***票据`);
    expect(redact(`"${kind}@@@a-b","x"`)).toBe(`"${kind}@@@***","x"`);
    expect(redact(`?auth_code=${kind}@@@a-b&expires_in=3600`)).toBe(`?auth_code=${kind}@@@***&expires_in=3600`);
  });

  test.each(['ticket', 'queryauthcode', 'refreshtoken'])('is masked url-encoded too: %s', (kind) => {
    expect(redact(`?auth_code=${kind}%40%40%40hXh2446N-P9O&expires_in=3600`)).not.toContain('hXh2446N');
    expect(redact(`?auth_code=${kind}%40%40%40hXh2446N-P9O&expires_in=3600`)).toContain('&expires_in=3600');
  });

  test('is masked as often as it is there', () => {
    expect(redact('ticket@@@a-b ticket@@@c-d')).toBe('ticket@@@*** ticket@@@***');
  });

  test('is not a pre-auth code: that one stands in every printed link', () => {
    expect(redact('preauthcode@@@a-b')).toBe('preauthcode@@@a-b');
  });
});

describe('a deep value', () => {
  const { redactDeep } = redactorOf('my-long-secret');

  test('is redacted in every string, and nowhere else', () => {
    const value = {
      a: 'my-long-secret',
      b: ['x', 'a my-long-secret', { c: 'ticket@@@x-y' }],
      n: 5,
      t: true,
      z: null,
      u: undefined,
      'my-long-secret': 'key',
    };
    expect(redactDeep(value)).toStrictEqual({
      a: '***',
      b: ['x', 'a ***', { c: 'ticket@@@***' }],
      n: 5,
      t: true,
      z: null,
      u: undefined,
      'my-long-secret': 'key',
    });
  });

  test('is copied, not changed', () => {
    const value = { a: ['my-long-secret'] };
    redactDeep(value);
    expect(value).toEqual({ a: ['my-long-secret'] });
  });

  test.each([5, null, undefined, false])('that is %o stays', (value) => {
    expect(redactDeep(value)).toBe(value);
  });

  test('may be a text alone', () => {
    expect(redactDeep('a my-long-secret')).toBe('a ***');
  });
});
