/** `wxop explain` as it is typed: offline, without settings. */
import { describe, expect, test } from 'vitest';
import { explain, everyExplanation } from '../../src/protocol/errcodes/explain.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { here } from '../support/here.ts';

const NOWHERE = { WXOP_HOME: '/nonexistent/wxop' };
const RID = '5f34ffda-15f5225d-519bc4eb';

test('a number, for scripts', async () => {
  expect(await here(['explain', '61004', '--json'], NOWHERE)).toEqual({
    code: 0,
    stdout: `${JSON.stringify({
      codes: [
        {
          code: 61004,
          of: 'api',
          means: 'this IP is not on the whitelist',
          cause: 'The outbound address changed, or the whitelist was saved but not published.',
          next: 'Add this IP to 白名单IP in the console, save, and publish again (全网发布); tickets arriving prove nothing about it.',
          retry: 'no',
        },
      ],
    })}\n`,
    stderr: '',
  });
});

test('a whole answer on stdin: number, address and request id', async () => {
  const answer = { errcode: 61004, errmsg: `access clientip is not registered requestIP: 203.0.113.7 rid: ${RID}` };
  const { code, stdout } = await here(['explain', '-'], NOWHERE, JSON.stringify(answer));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^61004 {2}This IP is not on the whitelist\. {2}\(answer of the API\)\n/);
  expect(stdout).toContain('Add 203.0.113.7 to 白名单IP');
  expect(stdout).toContain(`wxop rid ${RID}`);
  const json = await here(['explain', '-', '--json'], NOWHERE, JSON.stringify(answer));
  expect(JSON.parse(json.stdout)).toMatchObject({ rid: RID, requestIp: '203.0.113.7', codes: [{ code: 61004 }] });
});

test('-28 is a code of the consent page, -1 may be either; in Chinese', async () => {
  const { stdout } = await here(['explain', '-28', '-1', '--lang', 'zh'], NOWHERE);
  const heads = stdout.split('\n').filter((line) => /^-?\d/.test(line));
  expect(heads).toEqual([
    '-28  预授权码已经被授权过。（授权页（商家所见））',
    '-1  系统繁忙。（接口返回码）',
    '-1  授权页系统错误。（授权页（商家所见））',
  ]);
});

test.each(['en', 'zh'])('every number that is listed is explained (%s)', async (lang) => {
  const listed = await here(['explain', '--list', '--json', '--lang', lang], NOWHERE);
  const all = JSON.parse(listed.stdout) as { code: number; of: string; means: string }[];
  expect(all.map(({ code, of }) => `${of} ${code}`)).toEqual(everyExplanation().map(({ code, of }) => `${of} ${code}`));
  const said = await here(['explain', '--lang', lang, ...new Set(all.map(({ code }) => `${code}`))], NOWHERE);
  expect([said.code, said.stderr]).toEqual([0, '']);
  for (const { code, of } of all) {
    const [one] = explain(code).filter((explanation) => explanation.of === of);
    const means = lang === 'zh' ? one?.means.zh : one?.means.en.slice(1);
    expect(said.stdout).toContain(means);
  }
});

describe('what is not known', () => {
  test('is answered with what stands next to it', async () => {
    const { code, stdout } = await here(['explain', '61036'], NOWHERE);
    expect([code, stdout]).toEqual([
      0,
      "61036  Not known.\n  Similar known numbers: 61033, 61034, 61035. WeChat's documentation may list it.\n",
    ]);
    const json = await here(['explain', '61036', '--json'], NOWHERE);
    expect(JSON.parse(json.stdout)).toEqual({ codes: [{ code: 61036, near: [61033, 61034, 61035] }] });
  });

  test.each([[['explain']], [['explain', 'nothing', 'here']], [['explain', '-']]])(
    '%j is wrong usage',
    async (argv) => {
      const { code, stdout, stderr } = await here([...argv, '--json'], NOWHERE, '');
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('"code":"USAGE"');
    },
  );
});

test('a code of wxop itself', async () => {
  const { stdout } = await here(['explain', 'NO_TICKET', '--json'], NOWHERE);
  expect(JSON.parse(stdout)).toEqual({
    codes: [{ code: 'NO_TICKET', of: 'wxop', means: 'no ticket has arrived yet', exitCode: 4, retryable: true }],
  });
});

test('what another command says of a refusal is the same text', async () => {
  const sandbox = await startSandbox({ faults: ['api_component_token=45009'] });
  try {
    await here(['ticket', 'set', '--quiet'], sandbox.env, sandbox.state().ticket);
    const refused = await here(['token', 'component', '--json'], sandbox.env);
    const { error } = JSON.parse(refused.stderr) as { error: { message: string; hint: string; errcode: number } };
    const [known] = explain(45009);
    expect(error).toMatchObject({ errcode: 45009, hint: known?.next.en });
    expect(error.message).toContain(known?.means.en);
    const pasted = await here(['explain', '-', '--json'], NOWHERE, refused.stderr);
    expect(JSON.parse(pasted.stdout)).toMatchObject({ codes: [{ code: 45009, next: error.hint }] });
  } finally {
    await sandbox.close();
  }
});

test('a log of megabytes, and what a stranger wrote into it, do no harm', async () => {
  const numbers = await here(['explain', '-'], NOWHERE, '61004 '.repeat(1_000_000));
  expect([numbers.code, numbers.stderr]).toEqual([0, '']);
  const { code, stdout } = await here(['explain', '-'], NOWHERE, 'errcode: 61004 hint: [\u001b[31m\u0007red]');
  expect(code).toBe(0);
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test.each([[RID], [`system error rid: ${RID} hint: [q1w2e3r4]`]])(
  '%s has no number: the request id leads on',
  async (pasted) => {
    const { code, stdout } = await here(['explain', pasted], NOWHERE);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`wxop rid ${RID}`)]);
    const json = await here(['explain', pasted, '--json'], NOWHERE);
    expect(JSON.parse(json.stdout)).toMatchObject({ rid: RID, codes: [] });
  },
);

test('a sentence without a number, and a number without neighbours', async () => {
  const { code, stdout } = await here(['explain', '访问不到校验文件'], NOWHERE);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^The verification file was not found\. {2}\(the console, or its alarm\)\n {2}Cause:/);
  const json = await here(['explain', '访问不到校验文件', '--json'], NOWHERE);
  expect(JSON.parse(json.stdout)).toEqual({
    codes: [expect.not.objectContaining({ code: expect.anything() as number })],
  });
  expect((await here(['explain', '99999'], NOWHERE)).stdout).toBe(
    "99999  Not known.\n  WeChat's documentation may list it.\n",
  );
});
