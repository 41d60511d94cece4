/** What is found in what people paste. */
import { wechatError } from '../../../src/protocol/errcodes/errcodes.ts';
import { describe, expect, test } from 'vitest';
import {
  everyExplanation,
  explain,
  near,
  ownCodesIn,
  readPasted,
  sentencesIn,
} from '../../../src/protocol/errcodes/explain.ts';

const RID = '5f34ffda-15f5225d-519bc4eb';

describe('a pasted message', () => {
  test.each<[string, number[]]>([
    ['errcode: 61004, access clientip is not registered', [61004]],
    ['{"errcode":61004,"errmsg":"access clientip is not registered"}', [61004]],
    ['{\\"errcode\\":61004,\\"errmsg\\":\\"x\\"}', [61004]],
    [`{'errcode': 40001, 'errmsg': 'invalid credential'}`, [40001]],
    ['Error code: 45009', [45009]],
    ['41002: appid missing hint: [req_id: aBcd]', [41002]],
    ['redis at cache:40001: connection lost', []],
    ['error_code=45009', [45009]],
    ['GET /callback?code=-28&x=1', [-28]],
    ['错误码：61003', [61003]],
    ['api_create_preauthcode was refused: this IP is not on the whitelist (61004: access clientip).', [61004]],
    ['2024-01-15 10:22:33.40001 WARN [exec-1] WxErrorException: 40014 invalid access_token', [40014]],
    ['aes: -40007 illegal buffer', [-40007]],
    ['{"error":{"code":"IP_NOT_ALLOWED","message":"…","errcode":61004}}', [61004]],
    ['first errcode:40001 then errcode:61023 then errcode:40001', [40001, 61023]],
    ['{"errcode":0,"errmsg":"ok"} after {"errcode":45011}', [45011]],
    ['{"errcode":0,"errmsg":"ok"}', [0]],
    ['授权入口页所在域名：空', [-14]],
    ['PreAuthCode无效', [-11]],
    ['当前微信号尚未绑定为任何小程序或公众号的管理员', [-22]],
    ['order 40001-7 from 10.40001.2.3 at port :40001 took 1240001 ms', []],
    ['nothing here', []],
  ])('%s', (pasted, numbers) => {
    expect(readPasted(pasted).numbers).toEqual(numbers);
  });

  test('gives up the request id, the address and the old hint', () => {
    const pasted = `{"errcode":61004,"errmsg":"access clientip is not registered requestIP: 203.0.113.7 rid: ${RID}"}`;
    expect(readPasted(pasted)).toEqual({ numbers: [61004], rid: RID, requestIp: '203.0.113.7' });
    expect(readPasted('errcode 40001 invalid credential hint: [q1w2e3r4]')).toEqual({
      numbers: [40001],
      hint: 'q1w2e3r4',
    });
    const ours = `{"error":{"code":"IP_NOT_ALLOWED","errcode":61004,"rid":"${RID}","requestIp":"2001:db8::7"}}`;
    expect(readPasted(ours)).toEqual({ numbers: [61004], rid: RID, requestIp: '2001:db8::7' });
  });
});

test('the address of an answer that words it otherwise is found', () => {
  const pasted = 'errcode 40164 invalid ip 198.51.100.4 ipv6 ::ffff:198.51.100.4, not in whitelist';
  expect(readPasted(pasted)).toEqual({ numbers: [40164], requestIp: '198.51.100.4' });
});

test.each<[number, string, RegExp]>([
  [40164, 'next', /this IP.*mp\.weixin\.qq\.com/],
  [40090, 'next', /this IP.*mp\.weixin\.qq\.com/],
  [61023, 'next', /^Read it again.*`wxop accounts sync`/],
  [40013, 'next', /in the body/],
  [41002, 'next', /in the body/],
  [41019, 'retry', /^wait-ticket$/],
  [45009, 'next', /api_component_token only `wxop quota clear --component`/],
  [89256, 'next', /component token/],
])('%i says its own %s', (code, key, wanted) => {
  const [known] = explain(code);
  const { next, retry, cause } = known!;
  expect(key === 'retry' ? retry : next.en).toMatch(wanted);
  // Whose log it stands in is not known.
  expect(cause.en).not.toMatch(/wxop has/);
});

test.each([
  ['该第三方平台仅支持指定账号wx0123456789abcdef授权', 'consent-page'],
  ['推送失败：得到的回应不合法(应返回success)', 'console'],
  ['访问不到校验文件，请确保校验文件已放置到每个域名的对应目录中', 'console'],
])('%s is a sentence without a number', (pasted, of) => {
  expect(sentencesIn(pasted)).toEqual([expect.objectContaining({ of })]);
});

test('a number that several speakers use has all their meanings', () => {
  expect(explain(-1).map(({ of }) => of)).toEqual(['api', 'consent-page']);
  expect(explain(-28).map(({ of }) => of)).toEqual(['consent-page']);
  expect(explain(-40001).map(({ of }) => of)).toEqual(['callback-crypto']);
  expect(explain(40001).map(({ of }) => of)).toEqual(['api']);
  expect(explain(99999)).toEqual([]);
});

test('what is near an unknown number', () => {
  expect(near(61060)).toEqual([61058, 61061, 61063]);
  expect(near(-29)).toEqual([-28, -27, -26]);
  expect(near(99999)).toEqual([]);
});

test('all of it is listed once', () => {
  const all = everyExplanation().map(({ of, code }) => `${of} ${code}`);
  expect(all.length).toBeGreaterThan(200);
  expect(new Set(all).size).toBe(all.length);
});

test('codes of wxop itself', () => {
  expect(ownCodesIn('error NO_TICKET and PORT_TAKEN, not JSON or NOTHING')).toEqual(['NO_TICKET', 'PORT_TAKEN']);
  expect(ownCodesIn('no_ticket')).toEqual(['NO_TICKET']);
  expect(ownCodesIn(' network ')).toEqual(['NETWORK']);
  expect(ownCodesIn('the network was down in constructor')).toEqual([]);
});

test.each([
  ['blanks after a name', `code${' '.repeat(100_000)}x`],
  ['blanks before nothing', ' '.repeat(100_000)],
  ['hints that never end', 'hint: ['.repeat(100_000)],
  ['a word without end', 'A_'.repeat(5_000_000)],
])('%s are read to their end', (_, pasted) => {
  expect(readPasted(pasted)).toEqual({ numbers: [] });
  expect(ownCodesIn(pasted)).toEqual([]);
  expect(wechatError(99999, pasted, '/x').errcode).toBe(99999);
});

test('of a whole log, the first five hundred numbers', () => {
  const log = Array.from({ length: 50_000 }, (_, index) => `errcode: ${index + 100_000}`).join('\n');
  expect(readPasted(log).numbers).toEqual(Array.from({ length: 500 }, (_, index) => index + 100_000));
});
