/** `wxop menu validate`: files checked offline by the built command, for people and for scripts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { here } from '../support/here.ts';
import { temporaryFolder } from '../support/world.ts';

const FINE = '{"button":[{"type":"click","name":"点我","key":"K"}]}';
const WRONG = [
  '{ "button": [',
  '  { "type": "view", "name": "今日推荐菜单", "url": "tea.example.com" },',
  '  { "name": "我的", "sub_button": [',
  '    { "type": "text", "name": "电话" },',
  '    { "type": "click", "name": "会员", "key": "", "url": "x" }',
  '  ] }',
  '] }',
  '',
].join('\r\n');

function files(contents: Record<string, string | Buffer>): {
  env: { WXOP_HOME: string };
  path: (name: string) => string;
} {
  const folder = temporaryFolder();
  const path = (name: string): string => join(folder, name);
  for (const [name, content] of Object.entries(contents)) writeFileSync(path(name), content);
  return { env: { WXOP_HOME: path('home') }, path };
}

test('a file with more problems than anybody reads has them all told', async () => {
  const { env, path } = files({ 'menu.json': `{"button":[${Array(60_000).fill('{"type":1}').join()}]}` });
  const { code, stdout } = await here(['menu', 'validate', path('menu.json')], env);
  expect([code, stdout.trimEnd().split('\n').length]).toEqual([2, 3 * 120_001]);
});

test('a valid file needs no settings, no network and no words on stdout', async () => {
  const { env, path } = files({ 'menu.json': FINE });
  expect(await here(['menu', 'validate', path('menu.json')], env)).toEqual({
    code: 0,
    stdout: '',
    stderr: `${path('menu.json')} is valid.\n`,
  });
  expect(await here(['menu', 'validate', path('menu.json'), '--json'], env)).toEqual({
    code: 0,
    stdout: '[]\n',
    stderr: '',
  });
});

test('each problem is a line with place, errcode and rule, then the line of the file with a mark', async () => {
  const { env, path } = files({ 'menu.json': WRONG });
  const at = path('menu.json');
  const { code, stdout, stderr } = await here(['menu', 'validate', at], env);
  expect(code).toBe(2);
  expect(stdout.split('\n')).toEqual([
    `${at}:2:29: error 40018 name-length: The name has 18 bytes; 16 are the most (a 汉字 has 3).`,
    '    { "type": "view", "name": "今日推荐菜单", "url": "tea.example.com" },',
    '                              ^',
    `${at}:2:46: error 40055 url: This is no web address.`,
    '    { "type": "view", "name": "今日推荐菜单", "url": "tea.example.com" },',
    '                                                     ^ It begins with https:// or http://, and has no blanks.',
    `${at}:4:15: error 40024 website-type: Only the website makes buttons of type text.`,
    '    { "type": "text", "name": "电话" },',
    '              ^ Use type click, and let your service answer its event with the text.',
    `${at}:5:45: error 40026 required: The field key is empty.`,
    '    { "type": "click", "name": "会员", "key": "", "url": "x" }',
    '                                              ^',
    `${at}:5:56: warning unknown-field: The field url means nothing to a button of type click.`,
    '    { "type": "click", "name": "会员", "key": "", "url": "x" }',
    '                                                         ^',
    '',
  ]);
  // In one long line, what is around it.
  const long = await here(['menu', 'validate', '-'], env, `{"button":[${Array(4).fill(FINE.slice(11, -2)).join()}]}`);
  expect(long.stdout.split('\n').slice(1, 3)).toEqual([
    '    ":"click","name":"点我","key":"K"},{"type":"click","name":"点我","key…',
    `${' '.repeat(39)}^`,
  ]);
  expect(stderr).toBe(`error: Cannot be pushed: ${at}.\nThe problems are listed on stdout.\n`);
  const colored = await here(['menu', 'validate', at], { ...env, FORCE_COLOR: '1' });
  expect(colored.stdout).toContain('\x1b[31merror 40018\x1b[39m name-length');
});

test('for scripts it is one array, whatever is wrong', async () => {
  const { env, path } = files({ 'a.json': FINE, 'b.json': '{"button":[{"name":"n"}]}' });
  const { code, stdout, stderr } = await here(['menu', 'validate', path('a.json'), path('b.json'), '--json'], env);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toEqual([
    {
      file: path('b.json'),
      line: 1,
      column: 12,
      path: 'button[0]',
      severity: 'error',
      rule: 'no-action',
      errcode: 40017,
      message: 'The button has neither a type nor a sub-menu.',
    },
  ]);
  expect(JSON.parse(stderr)).toEqual({
    error: {
      code: 'MENU_INVALID',
      message: `Cannot be pushed: ${path('b.json')}.`,
      hint: 'The problems are listed on stdout.',
      exitCode: 2,
      retryable: false,
    },
  });
});

test('it speaks Chinese', async () => {
  const { env, path } = files({ 'menu.json': '{"button":[]}' });
  const { stdout, stderr } = await here(['menu', 'validate', path('menu.json'), '--lang', 'zh'], env);
  expect(stdout).toContain('错误 40016 button-count: 没有按钮；需要 1–3 个。');
  expect(stderr).toContain('无法推送：');
});

test('stdin is a file named -, read whole before it is decoded', async () => {
  const { env } = files({});
  // Longer than a pipe: a character is cut in two somewhere.
  const long = `{"button":[{"type":"click","name":"点","key":"K"}],"x":"${'字'.repeat(100_001)}"}`;
  const { code, stdout } = await here(['menu', 'validate', '-', '--json'], env, long);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([{ file: '-', rule: 'unknown-field', path: 'x' }]);
});

test('a file that is not UTF-8 is told where', async () => {
  const gbk = Buffer.concat([Buffer.from('{"button":[{"name":"'), Buffer.from([0xb2, 0xcb]), Buffer.from('"}]}')]);
  const { env, path } = files({ 'gbk.json': gbk });
  const { code, stdout } = await here(['menu', 'validate', path('gbk.json')], env);
  expect(code).toBe(2);
  expect(stdout).toContain(':1:21: error 65318 encoding: The file is not UTF-8.');
});

test('a file that is not there is wrong usage', async () => {
  const { env, path } = files({});
  const { code, stdout, stderr } = await here(['menu', 'validate', path('none.json')], env);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`Cannot read ${path('none.json')}.`);
});
