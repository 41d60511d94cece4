/** Statement 13: a planted secret appears nowhere but where it belongs. */
import { expect, it } from 'vitest';
import { files } from '../support/files-under.ts';
import { accountOf, appIdOf, openHome } from '../support/prepared-homes.ts';
import { startTarget } from '../support/target.ts';
import { runWxop } from '../support/world.ts';

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
