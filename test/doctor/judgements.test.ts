/** The doctor's pure parts: keys, files, words. */
import { describe, expect, it } from 'vitest';
import { aesKeyProblem, appIdProblem, messageTokenProblem } from '../../src/doctor/key-problem.ts';
import { publicReport } from '../../src/doctor/public-report.ts';
import { judgeFile } from '../../src/doctor/public-answer.ts';
import { same } from '../../src/doctor/check.ts';

const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';

describe('a key that was copied by hand', () => {
  it.each([
    [KEY, undefined],
    [`  ${KEY}\n`, undefined],
    [`${KEY.slice(0, 20)} ${KEY.slice(20)}`, 'blanks'],
    [`${KEY}=`, 'ends with ='],
    [KEY.slice(1), '42 characters instead of 43'],
    [`${KEY}x`, '44 characters instead of 43'],
    ['0123456789abcdef'.repeat(4), 'hexadecimal'],
    [`${KEY.slice(1)}_`, 'no such key'],
  ])('AES key %s: %s', (key, problem) => {
    const found = aesKeyProblem(key)?.en;
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
    expect(found ?? '').not.toContain(KEY.slice(1, 12));
  });

  it.each([
    ['abc', undefined],
    ['a'.repeat(32), undefined],
    ['a'.repeat(33), '33 characters'],
    ['ab', '2 characters'],
    ['ab cd', 'blanks'],
    ['ab-cd', 'letters and digits'],
  ])('message token %s: %s', (token, problem) => {
    const found = messageTokenProblem(token)?.en;
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });

  it.each([
    ['wx0123456789abcdef', undefined],
    ['gh_0123456789ab', 'original id'],
    ['WX0123456789ABCDEF', 'capital'],
    ['wx0123456789abcde', '16 hexadecimal'],
  ])('appid %s: %s', (appId, problem) => {
    const found = appIdProblem(appId)?.en;
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });
});

describe('a verification file', () => {
  const expected = Buffer.from('3d2f0a9c8b7e6f5d');
  const answered = { status: 200, headers: {}, body: expected, milliseconds: 1 };
  const bom = Buffer.from([0xef, 0xbb, 0xbf]);
  it.each([
    ['byte for byte', answered, 'ok', 'a.txt'],
    ['with a BOM', { ...answered, body: Buffer.concat([bom, expected]) }, 'failed', 'BOM'],
    ['with a line end', { ...answered, body: Buffer.concat([expected, Buffer.from('\n')]) }, 'failed', 'other bytes'],
    ['as a page', { ...answered, body: Buffer.from('<!doctype html>') }, 'failed', 'HTML'],
    [
      'redirected',
      { ...answered, status: 301, headers: { location: 'https://b.example.com/' } },
      'failed',
      'https://b.',
    ],
    ['missing', { ...answered, status: 404 }, 'failed', 'HTTP 404'],
  ])('%s', (_name, answer, verdict, seen) => {
    const found = judgeFile('a.txt', expected, answer);
    expect(found.verdict).toBe(verdict);
    expect(found.seen.en).toContain(seen);
  });

  it('that was saved with a BOM is wrong however it arrives', () => {
    const saved = Buffer.concat([bom, expected]);
    expect(judgeFile('a.txt', saved, { ...answered, body: saved }).seen.en).toContain('saved with a BOM');
  });
});

describe('a report for the public', () => {
  const report = (seen: string): string =>
    publicReport({
      lang: 'en',
      version: '1',
      nodeVersion: '20.19.0',
      platform: 'linux',
      at: '2026-01-02T03:04:05.000Z',
      settings: undefined,
      counts: [],
      names: [
        ['shop', '<short>'],
        ['shop.example.com', '<public host>'],
        ['春风茶馆', '<nickname>'],
      ],
      results: [
        {
          id: 'a.1',
          title: same('a'),
          group: { id: 'a', title: same('a'), checks: [] },
          verdict: 'ok',
          seen: same(seen),
        },
      ],
    });

  it.each([
    ['shop.example.com → 203.0.113.7', '\\<public host> → 203.0.x.x'],
    ['127.0.0.1:7788 and 10.1.2.3', '127.0.0.1:7788 and 10.1.2.3'],
    ['wx0123456789abcdef 春风茶馆', 'wx0123…cdef \\<nickname>'],
    ['gh_0123456789ab', 'gh_…'],
    ['2001:db8:1:2:3:4:5:6', 'x:x::x'],
    ['a | b', 'a \\| b'],
    ['one\ntwo', 'one two'],
    ['<img src=x> [click](x)', '\\<img src=x> \\[click\\](x)'],
    ['run `wxop menu dump <account>`', 'run `wxop menu dump <account>`'],
    ['``x``y`<img>`', "''x''y'\\<img>'"],
    ['one ` <b> \\', 'one ` \\<b> \\\\'],
    ['\u202eturned \u001b[31mred\u009b1m', 'turned \\[31mred1m'],
  ])('%s is shown as %s', (seen, shown) => {
    expect(report(seen)).toContain(`| a.1 | ok | ${shown} |`);
  });

  it('keeps the time at which it was made', () => {
    expect(report('-')).toContain('2026-01-02T03:04:05.000Z');
  });
});
