/** The platform's error numbers: what becomes of each, and what is taken out of its sentence. */
import { describe, expect, test } from 'vitest';
import {
  explainErrcode,
  isBusy,
  needsNewToken,
  wechatError,
  type Errcode,
} from '../../../src/protocol/errcodes/errcodes.ts';
import { CALLBACK_CRYPTO } from '../../../src/protocol/errcodes/callback-crypto.ts';
import { CONSENT_PAGE, CONSENT_TEXTS } from '../../../src/protocol/errcodes/consent-page.ts';

const PATH = '/cgi-bin/component/api_component_token';
const RID = '5f34ffda-15f5225d-519bc4eb';
// The table is asked for every number that the platform could send.
const KNOWN = Array.from({ length: 101_001 }, (_, index) => index - 1000).filter(
  (errcode) => errcode !== 0 && explainErrcode(errcode),
);

const from = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** The reference's section on error codes row by row, and its list of menu errors. */
const LISTED = [
  ...[-1, -1000, 40001, 40003, 40004, 40005, 40006, 40007, 40008, 40013, 40014, 40033, 40035, 40038, 40066, 40090],
  ...[40091, 40094, 40097, 40101, 41011, 47003, 40125, 40164, 40165, 40166, 40170, 40201, 40202, 40203, 40243, 50007],
  ...[41001, 41002, 41003, 41004, 41018, 41019, 41020, 41021, 42001, 42002, 42006, 42007, 43001, 43002, 43003, 43004],
  ...[44002, 44004, 45002, 45009, 45010, 45011, 45015, 45028, 45029, 45035, 45047, 45064, ...from(46001, 46004)],
  ...[47001, 47002, 48001, 48004, 48006, 48008, 49001, 50001, 50002, ...from(61000, 61030)],
  ...[61039, 61040, ...from(61051, 61056), 61058, 61061, ...from(61063, 61070), ...from(65301, 65320)],
  ...[...from(76001, 76004), 76021, 76022, 85064, 85065, 86000, 86001, 86002, 86004, ...from(86007, 86010)],
  ...[...from(89000, 89004), ...from(89019, 89021), 89029, 89231, ...from(89247, 89256), ...from(89501, 89507)],
  // Mini-program code: uploads, audits, releases, domains.
  ...[53104, ...from(61031, 61035), 80066, 80067, 80082, ...from(85001, 85004), ...from(85006, 85023)],
  ...[...from(85043, 85048), 85051, 85052, 85058, 85077, ...from(85079, 85082), ...from(85085, 85087)],
  ...[...from(85090, 85094), ...from(85301, 85303), ...from(85310, 85312), ...from(86069, 86075)],
  // The component's own domains, and categories.
  ...[45104, ...from(53300, 53311)],
  ...[...from(86100, 86103), 87006, ...from(87011, 87013), 89014, 89034, ...from(89401, 89405)],
  ...[...from(40015, 40028), 40054, 40055, ...from(40118, 40121), 40128, 41007],
];

function expectPairs(number: number, { means, cause, next }: Errcode): void {
  for (const pair of [means, cause, next]) {
    expect(pair.en, `${number}`).toMatch(/^[\w`%/]/);
    expect(pair.zh, `${number}`).toMatch(/[\u4e00-\u9fff]/);
    expect(pair.en.replace(/（.*?）|\(.*?\)/g, ''), `${number}`).not.toBe(pair.zh);
  }
  expect(means.en, `${number}`).toMatch(/^(?!.*\.$)[^A-Z]|^WeChat/);
  for (const pair of [cause, next]) {
    expect(pair.en, `${number}`).toMatch(/\.$/);
    expect(pair.zh, `${number}`).toMatch(/。$/);
  }
}

describe('every known number', () => {
  test('is known: all that the reference of the platform lists', () => {
    expect(KNOWN).toEqual(expect.arrayContaining(LISTED));
    // And nothing but what it lists, so that a number without a source is noticed.
    expect(KNOWN.filter((errcode) => !LISTED.includes(errcode))).toEqual([]);
  });

  test('says in both languages what it means and what to do', () => {
    for (const errcode of KNOWN) {
      expectPairs(errcode, explainErrcode(errcode)!);
    }
  });

  test('is not authorized (4) for a cancelled account and a bad ticket, and a refusal (3) otherwise', () => {
    const four = KNOWN.filter((errcode) => wechatError(errcode, 'm', PATH).exitCode === 4);
    expect(four).toEqual([61003, 61005, 61006]);
    const others = KNOWN.filter((errcode) => !four.includes(errcode));
    expect(new Set(others.map((errcode) => wechatError(errcode, 'm', PATH).exitCode))).toEqual(new Set([3]));
  });

  test('becomes an error with the number, a sentence and a next step in both languages', () => {
    for (const errcode of KNOWN) {
      const error = wechatError(errcode, 'said the platform', PATH);
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

describe('the other numbers', () => {
  const numbersOf = (table: object): number[] =>
    Object.keys(table)
      .map(Number)
      .sort((a, b) => b - a);

  test('of the consent page are those that the reference lists', () => {
    expect(numbersOf(CONSENT_PAGE)).toEqual([
      ...[-1, -11, -12, -13, -14, -15, -16, -19, -20, -21, -22, -23, -24, -25, -26, -27, -28, -107, -108, -311, -314],
    ]);
    for (const [number, errcode] of Object.entries(CONSENT_PAGE)) expectPairs(Number(number), errcode);
    for (const [, number] of CONSENT_TEXTS) expect(CONSENT_PAGE).toHaveProperty(`${number}`);
  });

  test('of the sample code for pushes are those that the reference lists', () => {
    expect(numbersOf(CALLBACK_CRYPTO)).toEqual(from(-40011, -40001).reverse());
    for (const [number, errcode] of Object.entries(CALLBACK_CRYPTO)) expectPairs(Number(number), errcode);
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
  expect(wechatError(errcode, 'm', PATH).code).toBe(code);
});

test('an unknown number is a refusal with the words of the platform', () => {
  const error = wechatError(99999, 'something new', PATH);
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
    const error = wechatError(40013, errmsg, PATH);
    expect(error.rid).toBe(RID);
    expect(error.text.en).toContain('invalid appid');
    expect(error.text.en).not.toContain('rid');
    expect(error.text.zh).not.toContain(RID);
  });

  test.each(['invalid appid', 'invalid grid: 12-34', 'invalid appid rid: ', ''])('is absent in %j', (errmsg) => {
    expect(wechatError(40013, errmsg, PATH).rid).toBeUndefined();
  });
});

describe('the address that the platform saw', () => {
  test.each([
    ['203.0.113.7', `access clientip is not registered requestIP: 203.0.113.7 rid: ${RID}`],
    ['203.0.113.7', 'access clientip is not registered requestIP:203.0.113.7'],
    ['203.0.113.7', `access clientip is not registered, requestIP: 203.0.113.7, rid: ${RID}`],
    ['2001:db8::7', `access clientip is not registered requestIP: 2001:db8::7 rid: ${RID}`],
  ])('%s is named in the next step of 61004', (ip, errmsg) => {
    const error = wechatError(61004, errmsg, PATH);
    expect(error.requestIp).toBe(ip);
    expect(error.hint?.en).toContain(`Add ${ip} to 白名单IP`);
    expect(error.hint?.zh).toContain(`将 ${ip} 加入`);
  });

  test('does not take the end of the sentence with it', () => {
    expect(wechatError(61004, 'not registered requestIP: 203.0.113.7.', PATH).requestIp).toBe('203.0.113.7');
  });

  test('may be missing: the next step still reads well', () => {
    const error = wechatError(61004, 'access clientip is not registered', PATH);
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
    expect(KNOWN.filter((errcode) => explainErrcode(errcode)?.retry === 'wait-ticket')).toEqual([
      40091, 41019, 41020, 61005, 61006,
    ]);
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

  test('exactly four numbers are cured by a new token', () => {
    expect(KNOWN.filter(needsNewToken)).toEqual([40001, 40014, 42001, 42006]);
    expect(needsNewToken(99999)).toBe(false);
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
    expect(wechatError(errcode, 'm', PATH).retryable).toBe(retryable);
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
