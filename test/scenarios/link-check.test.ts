/** `wxop link check`: links that somebody built, by the built command, for people and for scripts; offline. */
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { freePort, startWxop, wxop } from '../support/processes.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

const HOST = 'https://wx.example.com';
const CODE = `preauthcode@@@${'k'.repeat(50)}`;
const OURS = `component_appid=wx0123456789abcdef&pre_auth_code=${CODE}`;
const BACK = `redirect_uri=${encodeURIComponent(`${HOST}/back?cid=14`)}`;
const PC = `https://mp.weixin.qq.com/cgi-bin/componentloginpage?${OURS}&${BACK}&auth_type=3`;
const MOBILE = `https://open.weixin.qq.com/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1&${OURS}&${BACK}&auth_type=3#wechat_redirect`;

/** The rules that are broken, and `name!` for an error. */
async function broken(link: string, ...flags: string[]): Promise<[number, string[]]> {
  const { code, stdout } = await runWxop(['link', 'check', '-', '--json', '--public-url', HOST, ...flags], {
    stdin: `${link}\n`,
  });
  const found = JSON.parse(stdout) as { rule: string; severity: string; parameter?: string }[];
  return [
    code,
    found.map(
      ({ rule, severity, parameter }) =>
        `${[rule, parameter].filter(Boolean).join(' ')}${severity === 'error' ? '!' : ''}`,
    ),
  ];
}

test('a right link needs no settings, no network and no words on stdout', async () => {
  for (const link of [PC, MOBILE]) {
    const home = temporaryFolder();
    const { code, stdout, stderr } = await wxop(['link', 'check', link], { WXOP_HOME: home });
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^The link is right\.\n/);
  }
});

const WRONG: [what: string, link: string, broken: string[]][] = [
  ['is another address', 'https://example.com/x', ['address!']],
  ['has http', PC.replace('https:', 'http:'), ['scheme!']],
  ['has no scheme', PC.replace('https://', ''), ['scheme!']],
  ['is on the host of the other link', MOBILE.replace('open.', 'mp.'), ['host!']],
  ['has a wrong path', PC.replace('loginpage', 'login'), ['path!']],
  ['has the path of older documents', MOBILE.replace('open.', 'mp.').replace('/wxaopen', ''), ['path']],
  ['was copied out of HTML', PC.replaceAll('&', '&amp;'), ['html!']],
  ['was broken over lines', PC.replace('&auth', ' \n&auth'), ['characters!']],
  [
    'was cut by a shell',
    PC.replace(/&.*/, ''),
    ['missing pre_auth_code!', 'missing redirect_uri!', 'missing auth_type'],
  ],
  ['has a misspelt parameter', PC.replace('auth_type', 'auth-type'), ['unknown auth-type!', 'missing auth_type']],
  ['has a parameter twice', `${PC}&auth_type=1`, ['duplicate auth_type!']],
  ['has an empty code', PC.replace(CODE, ''), ['missing pre_auth_code!']],
  ['has the authorization code', PC.replace('preauth', 'queryauth'), ['code pre_auth_code!']],
  ['has a code that was encoded twice', PC.replace('@@@', '%2540%2540%2540'), ['encoding pre_auth_code!']],
  ['has an original id', `${PC}&biz_appid=gh_0123456789ab`, ['auth-type auth_type', 'appid biz_appid!']],
  ['has auth_type beside biz_appid', `${PC}&biz_appid=wx00000000000000aa`, ['auth-type auth_type']],
  ['has an auth_type that does not exist', PC.replace('type=3', 'type=9'), ['auth-type auth_type!']],
  ['has permission sets with commas', `${PC}&category_id_list=15,11`, ['permission-sets category_id_list!']],
  ['has permission sets nobody knows', `${PC}&category_id_list=15%7C999`, ['permission-sets category_id_list']],
  [
    'has a redirect_uri that is not encoded',
    PC.replace(BACK, `redirect_uri=${HOST}/back?cid=14&shop=7`),
    ['redirect-encoding redirect_uri!', 'unknown shop!'],
  ],
  ['has a redirect_uri that is encoded twice', PC.replace(/%/g, '%25'), ['redirect-encoding redirect_uri!']],
  ['has a redirect_uri without a scheme', PC.replace('https%3A%2F%2F', ''), ['redirect-scheme redirect_uri!']],
  ['leads to another host', PC.replace('wx.example.com', 'www.wx.example.com'), ['redirect-host redirect_uri!']],
  ['leads to another port', PC.replace('wx.example.com', 'wx.example.com%3A8443'), ['redirect-host redirect_uri!']],
  ['leads to http', PC.replace('https%3A', 'http%3A'), ['redirect-scheme redirect_uri']],
  ['has no #wechat_redirect', MOBILE.replace(/#.*/, ''), ['wechat-redirect!']],
  ['has an encoded #wechat_redirect', MOBILE.replace('#', '%23'), ['auth-type auth_type!', 'wechat-redirect!']],
  ['has neither action nor no_scan', MOBILE.replace(/action=.*?1&/, ''), ['missing action', 'missing no_scan']],
];

test.each(WRONG)('a link that %s is told so', async (_what, link, rules) => {
  expect(await broken(link)).toEqual([rules.some((rule) => rule.endsWith('!')) ? 2 : 0, rules]);
});

test('a link does not work everywhere, and is told so where it is said where it will be opened', async () => {
  expect(await broken(PC, '--opened-in', 'page')).toEqual([0, []]);
  expect(await broken(MOBILE, '--opened-in', 'qr')).toEqual([0, []]);
  for (const place of ['browser', 'wechat', 'qr'])
    expect(await broken(PC, '--opened-in', place)).toEqual([2, ['place!']]);
  for (const place of ['browser', 'page']) expect(await broken(MOBILE, '--opened-in', place)).toEqual([2, ['place!']]);
});

test('a problem is shown with its place, and the code is not', async () => {
  const { code, stdout, stderr } = await wxop(['link', 'check', PC.replace('type=3', 'type=9')], {
    WXOP_HOME: temporaryFolder(),
  });
  expect([code, stdout.includes(CODE), stderr.includes(CODE)]).toEqual([2, false, false]);
  const [problem = '', line = '', mark = ''] = stdout.split('\n');
  expect(problem).toMatch(/^link:1:\d+: error auth-type: auth_type 9 does not exist\.$/);
  expect(line.slice(mark.indexOf('^'))).toBe('auth_type=9');
});

test('nothing, too much, and what is no text are refused', async () => {
  for (const stdin of ['', ' \n', `https://mp.weixin.qq.com/?${'x'.repeat(9_000)}`]) {
    const refused = await runWxop(['link', 'check', '-', '--json'], { stdin });
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'USAGE']);
  }
});

test('the store tells a code that is its own, used, expired, or of somebody else', async () => {
  const port = String(await freePort());
  const sandbox = await startSandbox({ accounts: 1, pushUrl: `http://127.0.0.1:${port}/wechat/event` });
  onTestFinished(() => sandbox.close());
  const listener = startWxop(['listen', '--json', '--no-start-push'], sandbox.env);
  await listener.json('ticket');
  const made = await runWxop(['authorize', '--no-wait', '--json'], { environment: sandbox.env });
  const { pcUrl } = JSON.parse(made.stdout) as { pcUrl: string };
  const check = async (link: string, now = Date.now()) => {
    const { code, stdout } = await runWxop(['link', 'check', link, '--json'], {
      environment: sandbox.env,
      now: () => now,
    });
    return [code, (JSON.parse(stdout) as { message: string }[]).map(({ message }) => message)];
  };
  expect(await check(pcUrl)).toEqual([0, []]);
  expect(await check(pcUrl, Date.now() + 25 * 60 * 60_000)).toEqual([2, [expect.stringMatching(/expired .* ago/)]]);
  expect(await check(pcUrl.replace(/@@@.{5}/, '@@@other'))).toEqual([0, [expect.stringMatching(/did not make/)]]);
  expect(await check(pcUrl.replace(/component_appid=wx\w+/, 'component_appid=wx00000000000000bb'))).toEqual([
    2,
    [expect.stringMatching(/component_appid is not/)],
  ]);
});
