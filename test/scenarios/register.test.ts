/** `wxop register`: what is asked for, what is refused before WeChat sees it, and what WeChat answers. */
import { beforeAll, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { runWxop } from '../support/world.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ accounts: 0 });
  await runWxop(['ticket', 'set'], { environment: sandbox.env, stdin: sandbox.state().ticket });
  return () => sandbox.close();
});

const register = (...argv: string[]) => runWxop(['register', ...argv], { environment: sandbox.env });
const json = async (...argv: string[]) => {
  const { code, stdout } = await register(...argv, '--json');
  return { code, document: JSON.parse(stdout) as Record<string, unknown> };
};
const company = (name: string) => [name, '张三', 'zhangsan_88'];
const asking = (name: string, code = '91500000MA00000000') => ['company', name, code, '张三', 'zhangsan_88'];
const sent = (): number =>
  Object.entries(sandbox.state().calls).reduce((sum, [path, n]) => sum + (path.includes('register') ? n : 0), 0);

describe('register company', () => {
  test('is asked for once, is under way until the legal person confirms, and is created then', async () => {
    const asked = await register(...asking('甲'));
    expect([asked.code, asked.stdout]).toEqual([0, '']);
    expect(asked.stderr).toContain('within 24 hours');
    expect((await json('query', 'company', ...company('甲'))).document).toMatchObject({
      state: 'face-check',
      errcode: 89251,
    });
    const again = await register(...asking('甲'), '--json');
    expect([again.code, errorOf(again).errcode]).toEqual([3, 89249]);
    await sandbox.decideRegistration({ kind: 'company' });
    expect((await json('query', 'company', ...company('甲'))).document).toMatchObject({ state: 'created', errcode: 0 });
  });

  test('that was never asked for is an error with the next step', async () => {
    const result = await register('query', 'company', ...company('乙'), '--json');
    expect([result.code, result.stdout, errorOf(result).errcode]).toEqual([3, '', 89250]);
  });

  test('whose answer is lost is not sent again: exit 5, and where to look', async () => {
    sandbox.addFault('fastregisterweapp=reset*1');
    const before = sent();
    const result = await register(...asking('丙'), '--json');
    expect([result.code, errorOf(result).code, sent() - before]).toEqual([5, 'OUTCOME_UNKNOWN', 1]);
    expect(errorOf(result).hint).toContain('wxop register query company');
  });

  test.each([
    [89254, 'lacks permission sets', '全网发布'],
    [61007, 'not granted', ''],
  ])('that WeChat refuses with %i says so in words, with the next step', async (errcode, words, field) => {
    sandbox.addFault(`fastregisterweapp=${errcode}*1`);
    const result = await register(...asking('丁'), '--json');
    expect([result.code, errorOf(result).errcode]).toEqual([3, errcode]);
    expect(errorOf(result).message).toContain(words);
    expect(errorOf(result).hint).toContain(field);
  });
});

test('register personal prints the link, and its task can be asked about', async () => {
  const asked = await register('personal', '张三', 'zhangsan_88');
  expect([asked.code, asked.stdout]).toEqual([0, expect.stringMatching(/^https:\/\/mp\.weixin\.qq\.com\/\S+\n$/)]);
  const task = /wxop register query personal (\w+)`/.exec(asked.stderr)?.[1] ?? '';
  expect((await register('query', 'personal', task)).stdout).toBe('0\tasked for\n');
  await sandbox.decideRegistration({ kind: 'personal', status: 1004 });
  expect((await register('query', 'personal', task, '--lang', 'zh')).stdout).toBe('11\t创建失败\n');
});

test('register trial prints the link that its user opens', async () => {
  const { document } = await json('trial', '小麦烤鸡', 'oK8Yg5YaUM-axuE_vVZmV_oIZxxx');
  expect(document).toMatchObject({ authorizeUrl: expect.stringContaining(String(document.uniqueId)) as string });
});

test.each([
  ['a code of no kind', asking('戊', '12345'), '统一社会信用代码'],
  ['a mobile number for a WeChat id', ['personal', '张三', '13800000000'], 'mobile number'],
  ['a name that is too short', ['trial', '茶', 'oK8Yg5YaUM-axuE_vVZmV_oIZxxx'], '4 to 30'],
  ['a WeChat id for an openid', ['trial', '小麦烤鸡', 'zhangsan_88'], 'openid'],
])('%s is refused before anything is sent', async (_, argv, hint) => {
  const before = sent();
  const result = await register(...argv, '--json');
  expect([result.code, result.stdout, errorOf(result).code, sent()]).toEqual([2, '', 'USAGE', before]);
  expect(errorOf(result).hint).toContain(hint);
});
