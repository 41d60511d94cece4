/** Statements 12 and 13: errors that help, and a planted secret appears nowhere but where it belongs. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { issue, serveTls } from '../support/doctor-setup.ts';
import { errorOf } from '../support/error-line.ts';
import { files } from '../support/files-under.ts';
import { accountOf, appIdOf, openHome } from '../support/prepared-homes.ts';
import { installed } from '../support/installed.ts';
import { freePort, wxop } from '../support/processes.ts';
import { startTarget } from '../support/target.ts';
import { runWxop } from '../support/world.ts';

const openssl = installed('openssl', 'no certificate that nobody trusts is tried');

describe('12. An error', () => {
  const RID = /^rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/;

  it('of WeChat has what was refused, our explanation, errcode, errmsg, the next step and rid; a stack only with --verbose', async () => {
    const sandbox = await startSandbox({ faults: ['api_component_token=61004', 'api_start_push_ticket=61006'] });
    onTestFinished(() => sandbox.close());
    await runWxop(['ticket', 'set', '--quiet'], { environment: sandbox.env, stdin: sandbox.state().ticket });
    const [ip, json, ticket, verbose, chinese] = await Promise.all([
      wxop(['token', 'component'], sandbox.env),
      wxop(['token', 'component', '--json'], sandbox.env),
      wxop(['ticket', 'start'], sandbox.env),
      wxop(['ticket', 'start', '--verbose'], sandbox.env),
      wxop(['token', 'component', '--lang', 'zh'], sandbox.env),
    ]);
    expect([ip.code, ip.stdout]).toEqual([3, '']);
    expect(ip.stderr.split('\n')).toEqual([
      'error: api_component_token was refused: this IP is not on the whitelist (61004: access clientip is not registered requestIP: 127.0.0.1).',
      expect.stringMatching(/^Add 127\.0\.0\.1 to 白名单IP /),
      expect.stringMatching(RID),
      '',
    ]);
    expect(errorOf(json)).toMatchObject({
      code: 'IP_NOT_ALLOWED',
      errcode: 61004,
      message: expect.stringContaining('access clientip is not registered requestIP: 127.0.0.1') as string,
      hint: expect.stringContaining('127.0.0.1') as string,
      rid: expect.stringMatching(/^[0-9a-f-]{26}$/) as string,
    });
    expect([ticket.code, ticket.stderr.split('\n')]).toEqual([
      4,
      [
        'error: api_start_push_ticket was refused: the ticket is not valid (61006: component ticket is invalid).',
        expect.stringMatching(/`wxop listen`.* ticket .*`wxop ticket start`/),
        expect.stringMatching(RID),
        '',
      ],
    ]);
    expect(verbose.stderr).toMatch(/\n {4}at /);
    expect(chinese.stderr).toMatch(/^错误：.*（61004: .*）。\n.*127\.0\.0\.1.*白名单IP.*\nrid: /);
  });

  it('of the way to WeChat names the host and the setting, for DNS, proxy, time-out and a port where nothing answers', async () => {
    const nowhere = `127.0.0.1:${await freePort()}`;
    const silent = new URL((await startTarget(() => new Promise(() => undefined))).url).host;
    const call = ['api', 'GET', '/cgi-bin/x', '--as', 'none'];
    const cases: [environment: Record<string, string>, said: string, hint: string, flags?: string[]][] = [
      [
        { WXOP_API_URL: 'http://wechat.invalid' },
        'wechat.invalid: its name cannot be resolved.',
        'DNS and WXOP_API_URL',
      ],
      [
        { WXOP_API_URL: 'https://wechat.invalid', HTTPS_PROXY: `http://user:pass-of-proxy@${nowhere}` },
        `wechat.invalid through the proxy ${nowhere}: nothing answers there (ECONNREFUSED).`,
        'HTTPS_PROXY/NO_PROXY',
      ],
      [
        { WXOP_API_URL: 'https://wechat.invalid', HTTPS_PROXY: 'http://proxy.invalid:3128' },
        'wechat.invalid through the proxy proxy.invalid:3128: the name of the proxy cannot be resolved.',
        'DNS and HTTPS_PROXY',
      ],
      [
        { WXOP_API_URL: `http://${silent}` },
        `${silent}: no answer within 0.3 s.`,
        'HTTPS_PROXY/NO_PROXY and WXOP_API_URL',
        ['--timeout', '300ms'],
      ],
      [{ WXOP_API_URL: `http://${nowhere}` }, `${nowhere}: nothing answers there (ECONNREFUSED).`, 'WXOP_API_URL'],
    ];
    if (openssl) {
      const { key, chain } = issue(1, 'intermediate');
      const untrusted = await serveTls({ key, cert: chain }, () => undefined);
      const { host } = new URL(untrusted);
      const said = `${host}: its certificate is not trusted`;
      cases.push([{ WXOP_API_URL: untrusted }, said, 'NODE_EXTRA_CA_CERTS']);
    }
    const all = await Promise.all(cases.map(([environment, , , flags = []]) => wxop([...call, ...flags], environment)));
    for (const [index, { code, stdout, stderr }] of all.entries()) {
      const [, said, hint] = cases[index] ?? [];
      const [error = '', next, ...rest] = stderr.split('\n');
      expect([code, stdout, error, next, rest]).toEqual([
        5,
        '',
        expect.stringContaining(`error: Cannot reach ${said}`),
        expect.stringContaining(hint ?? ''),
        [''],
      ]);
      expect(stderr).not.toContain('pass-of-proxy');
    }
  });
});

/** With hyphens, and not of a shape that gives them away. */
const PLANTED = {
  WXOP_COMPONENT_APPSECRET: 'app-secret-of-the-canary-1',
  WXOP_MESSAGE_TOKEN: 'CanaryMessageToken2',
  WXOP_ENCODING_AES_KEY: 'CanaryKey3'.padEnd(43, 'k'),
  WXOP_FORWARD_SECRET: 'forward-secret-canary-4',
  WXOP_PASSPHRASE: 'pass-phrase-of-canary-5',
};
const TICKET = 'ticket@@@canary-ticket-6';
const REFRESH_TOKEN = 'refreshtoken@@@canary-refresh-7';
const SECRETS = [...Object.values(PLANTED), TICKET.slice(9), REFRESH_TOKEN.slice(15)];

/** What each command is called with; `$` is an account. Those that are not here are called with nothing. */
const ARGUMENTS: Record<string, string> = {
  'config get': 'componentAppSecret',
  'accounts show': '$',
  'accounts alias': '$ tea',
  'token get': '$',
  'token refresh': '$',
  'menu get': '$',
  'menu diff': '$ menu.json',
  api: 'GET /cgi-bin/x --as none',
  'ticket wait': '--timeout 0 --fresh',
  authorize: '--timeout 0',
  listen: '--timeout 0 --port 0',
  sandbox: '--timeout 0 --port 0',
  rid: '5f34ffda-15f5225d-519bc4eb',
  explain: '61004',
  completion: 'bash',
  'events tail': '--timeout 0',
  trigger: 'text --to http://127.0.0.1:9/',
  'publish-check': '--timeout 1ms',
  demo: '--timeout 1ms',
  doctor: '--offline',
};

const names = (JSON.parse((await runWxop(['map', '--json'])).stdout) as { commands: { name: string }[] }).commands.map(
  ({ name }) => name,
);

const FORMS = [['--verbose'], ['--verbose', '--json'], ['--verbose', '--lang', 'zh']];

it('13. no command shows a planted secret on either stream, or writes it into a file where it does not belong', async () => {
  const home = await openHome([accountOf(1, { refreshToken: REFRESH_TOKEN })]);
  const inside = home.environment.WXOP_HOME ?? '';
  // WeChat repeats what it was sent beside Chinese text, which has no blanks.
  const target = await startTarget(({ body, url }) => ({
    body: JSON.stringify({
      errcode: 40013,
      errmsg: `无效的${[...Object.values(PLANTED), TICKET, REFRESH_TOKEN].join('和')}。${url}${body}`,
    }),
  }));
  const environment = {
    ...home.environment,
    ...PLANTED,
    WXOP_API_URL: target.url,
    WXOP_OPEN_URL: target.url,
    WXOP_MP_URL: target.url,
    WXOP_TIMEOUT: '5s',
  };
  await runWxop(['ticket', 'set', '--quiet'], { environment, stdin: TICKET });
  for (const name of names) {
    const given = (ARGUMENTS[name] ?? '').replace('$', appIdOf(1)).split(' ').filter(Boolean);
    for (const form of FORMS) {
      const argv = [...name.split(' '), ...given, ...form];
      const { stdout, stderr } = await runWxop(argv, { environment });
      const isRaw = name === 'api';
      for (const secret of SECRETS) {
        for (const written of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
          expect([argv, stderr.includes(written), !isRaw && stdout.includes(written)]).toEqual([argv, false, false]);
        }
      }
    }
  }
  expect(target.got.length).toBeGreaterThan(10);
  // The store holds ticket and refresh token; settings from the environment are in no file.
  for (const { path, content } of files(inside)) {
    for (const secret of Object.values(PLANTED)) expect([path, content.includes(secret)]).toEqual([path, false]);
    const mayHold = /\/(?:ticket|account)\//.test(path);
    for (const secret of [TICKET, REFRESH_TOKEN])
      expect([path, mayHold || !content.includes(secret)]).toEqual([path, true]);
  }
});
