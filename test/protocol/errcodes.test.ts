/** The platform's error numbers: what becomes of each, and what is taken out of its sentence. */
import { describe, expect, test } from 'vitest';
import { explainErrcode, isBusy, platformError } from '../../src/protocol/errcodes.ts';

const PATH = '/cgi-bin/component/api_component_token';
const RID = '5f34ffda-15f5225d-519bc4eb';
// The table is asked for every number that the platform could send.
const KNOWN = Array.from({ length: 101_001 }, (_, index) => index - 1000).filter((errcode) => explainErrcode(errcode));

describe('every known number', () => {
  test('is known: the table knows at least what the main job meets', () => {
    expect(KNOWN).toEqual(
      expect.arrayContaining([
        -1, 40001, 40013, 40014, 40125, 42001, 42006, 45009, 45011, 46003, 48001, 61003, 61004, 61005, 61006, 61007,
        61009, 61010, 61011, 61023,
      ]),
    );
  });

  test('says in both languages what it means and what to do', () => {
    for (const errcode of KNOWN) {
      const { means, next } = explainErrcode(errcode)!;
      for (const sentence of [means.en, means.zh, next.en, next.zh]) expect(sentence.trim(), `${errcode}`).not.toBe('');
      expect(means.zh, `${errcode}`).toMatch(/[\u4e00-\u9fff]|refresh_token|access_token/);
      expect(next.zh, `${errcode}`).toMatch(/[\u4e00-\u9fff]/);
      expect(next.en, `${errcode}`).not.toBe(next.zh);
    }
  });

  test('is not authorized (4) for a cancelled account and a bad ticket, and a refusal (3) otherwise', () => {
    const four = KNOWN.filter((errcode) => platformError(errcode, 'm', PATH).exitCode === 4);
    expect(four).toEqual([61003, 61005, 61006]);
    const others = KNOWN.filter((errcode) => !four.includes(errcode));
    expect(new Set(others.map((errcode) => platformError(errcode, 'm', PATH).exitCode))).toEqual(new Set([3]));
  });

  test('becomes an error with the number, a sentence and a next step in both languages', () => {
    for (const errcode of KNOWN) {
      const error = platformError(errcode, 'said the platform', PATH);
      expect(error.errcode).toBe(errcode);
      for (const sentence of [error.text.en, error.text.zh]) {
        expect(sentence).toContain(`${errcode}`);
        expect(sentence).toContain('said the platform');
        expect(sentence).toContain('api_component_token');
      }
      expect(error.hint?.en, `${errcode}`).toBeTruthy();
      expect(error.hint?.zh, `${errcode}`).toBeTruthy();
    }
  });
});

test.each([
  [61003, 'REVOKED'],
  [61004, 'IP_NOT_ALLOWED'],
  [61005, 'TICKET_EXPIRED'],
  [40013, 'PLATFORM_REFUSED'],
  [48001, 'PLATFORM_REFUSED'],
  [99999, 'PLATFORM_REFUSED'],
])('%i is %s', (errcode, code) => {
  expect(platformError(errcode, 'm', PATH).code).toBe(code);
});

test('an unknown number is a refusal with the words of the platform', () => {
  const error = platformError(99999, 'something new', PATH);
  expect(explainErrcode(99999)).toBeUndefined();
  expect(error).toMatchObject({ exitCode: 3, errcode: 99999, retryable: false });
  expect(error.text.en).toContain('99999 something new');
  expect(error.text.zh).toContain('99999 something new');
  expect(error.hint?.en && error.hint.zh).toBeTruthy();
});

describe('the request id', () => {
  test.each([
    ['at the end', `invalid appid rid: ${RID}`],
    ['without space', `invalid appid rid:${RID}`],
    ['in the middle', `invalid appid rid: ${RID} and more`],
  ])('is taken out of the sentence: %s', (_name, errmsg) => {
    const error = platformError(40013, errmsg, PATH);
    expect(error.rid).toBe(RID);
    expect(error.text.en).toContain('invalid appid');
    expect(error.text.en).not.toContain('rid');
    expect(error.text.zh).not.toContain(RID);
  });

  test.each(['invalid appid', 'invalid grid: 12-34', 'invalid appid rid: ', ''])('is absent in %j', (errmsg) => {
    expect(platformError(40013, errmsg, PATH).rid).toBeUndefined();
  });
});

describe('the address that the platform saw', () => {
  test.each([
    ['203.0.113.7', `access clientip is not registered requestIP: 203.0.113.7 rid: ${RID}`],
    ['203.0.113.7', 'access clientip is not registered requestIP:203.0.113.7'],
    ['203.0.113.7', `access clientip is not registered, requestIP: 203.0.113.7, rid: ${RID}`],
    ['2001:db8::7', `access clientip is not registered requestIP: 2001:db8::7 rid: ${RID}`],
  ])('%s is named in the next step of 61004', (ip, errmsg) => {
    const error = platformError(61004, errmsg, PATH);
    expect(error.requestIp).toBe(ip);
    expect(error.hint?.en).toContain(`Add ${ip} to 白名单IP`);
    expect(error.hint?.zh).toContain(`将 ${ip} 加入`);
  });

  test('does not take the end of the sentence with it', () => {
    expect(platformError(61004, 'not registered requestIP: 203.0.113.7.', PATH).requestIp).toBe('203.0.113.7');
  });

  test('may be missing: the next step still reads well', () => {
    const error = platformError(61004, 'access clientip is not registered', PATH);
    expect(error.requestIp).toBeUndefined();
    expect(error.hint?.en).toContain('Add this IP to');
    expect(error.hint?.zh).toContain('将该 IP 加入');
  });
});

describe('what may be done about it', () => {
  test('a new token cures these rejections, and no others', () => {
    expect(KNOWN.filter((errcode) => explainErrcode(errcode)?.retry === 'refresh-token')).toEqual([
      40001, 40014, 42001, 42006,
    ]);
  });

  test('a newer ticket cures these, and no others', () => {
    expect(KNOWN.filter((errcode) => explainErrcode(errcode)?.retry === 'wait-ticket')).toEqual([61005, 61006]);
  });

  test.each([
    [-1, true],
    [-1000, true],
    [45011, true],
    [45009, false],
    [40001, false],
    [61004, false],
    [99999, false],
  ])('%i passes by itself: %s', (errcode, busy) => {
    expect(isBusy(errcode)).toBe(busy);
  });

  test.each([
    [-1, true],
    [45011, true],
    [61005, true],
    [61006, true],
    [45009, false],
    [61003, false],
    [61004, false],
    [40125, false],
  ])('%i may be tried again as it is: %s', (errcode, retryable) => {
    expect(platformError(errcode, 'm', PATH).retryable).toBe(retryable);
  });

  test.each([
    [61004, '白名单IP'],
    [61006, 'ticket'],
    [61023, 'wxop authorize'],
    [61009, 'wxop authorize'],
    [40125, 'wxop init'],
    [45009, 'quota'],
  ])('the next step of %i names %s', (errcode, word) => {
    expect(explainErrcode(errcode)?.next.en).toContain(word);
  });
});
