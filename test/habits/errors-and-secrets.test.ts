/** Statements 12 and 13: errors that help, and a planted secret appears nowhere but where it belongs. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { issue, serveTls } from '../support/doctor-setup.ts';
import { errorOf } from '../support/error-line.ts';
import { files } from '../support/files-under.ts';
import { accountOf, appIdOf, openHome } from '../support/prepared-homes.ts';
import { installed } from '../support/installed.ts';
import { eventually, freePort, startWxop, STAYS_OPEN, wxop } from '../support/processes.ts';
import { startTarget } from '../support/target.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

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
/** What WeChat gives out in the test. */
const COMPONENT_TOKEN = 'component-token_8'.padEnd(86, '-x');
const ACCESS_TOKEN = 'account-token_9'.padEnd(86, '-x');
const SECRETS = [...Object.values(PLANTED), TICKET, REFRESH_TOKEN, COMPONENT_TOKEN, ACCESS_TOKEN];
const KNOWN = SECRETS.slice(0, -2);
const OF_WECHAT = SECRETS.slice(-4);
/** Beside Chinese text, which has no blanks. */
const SAID = `无效的${KNOWN.join('和')}。`;

/** As a secret may be written; of WeChat's own, what follows the three signs. */
const waysToWrite = (secret: string): string[] => {
  const bare = secret.replace(/^\w+@@@/, '');
  return [bare, encodeURIComponent(bare), Buffer.from(bare).toString('base64').replace(/=+$/, '')];
};
const secretsIn = (content: string, secrets: string[] = SECRETS): string[] =>
  secrets.filter((secret) => waysToWrite(secret).some((written) => content.includes(written)));

/** Cut inside each secret, and once inside a Chinese character. */
function cutInside(whole: string, secrets: string[] = SECRETS): Buffer[] {
  const bytes = Buffer.from(whole);
  const cuts = secrets
    .map((secret) => bytes.indexOf(secret) + Math.floor(secret.length / 2))
    .concat(bytes.indexOf('和') + 1)
    .filter((at) => at > 20)
    .sort((a, b) => a - b);
  return [0, ...cuts].map((at, index) => bytes.subarray(at, cuts[index]));
}

/** A WeChat that sends its answers in pieces. */
async function startInPieces(answer: (got: { url: string; body: string }) => Promise<string> | string) {
  let count = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      count++;
      void Promise.resolve(answer({ url: request.url ?? '', body: Buffer.concat(chunks).toString() })).then(
        async (whole) => {
          const tokens = [...whole.matchAll(/_(?:access|refresh)_token":"([^"]+)"/g)].map(([, token = '']) => token);
          for (const piece of cutInside(whole, [...SECRETS, ...tokens])) {
            response.write(piece);
            await setTimeout(1);
          }
          response.end();
        },
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count };
}

/** A privacy guide that is complete. */
const GUIDE = {
  owner_setting: { contact_phone: '02300000000', notice_method: '弹窗' },
  setting_list: [{ privacy_key: 'UserInfo', privacy_text: '展示头像' }],
};

/**
 * What each command is called with; `$` is an official account, `#` a mini program. Every one there is, those last that
 * take something away.
 */
const ARGUMENTS: Record<string, string> = {
  demo: '--timeout 1ms',
  init: '--secrets-stdin --public-url https://wx.example.com --no-check',
  'config list': '',
  'config get': 'componentAppSecret',
  'config set': 'componentAppSecret --yes',
  'config unset': 'publicUrl --yes',
  env: '',
  status: '',
  listen: '--timeout 0 --port 0',
  authorize: '--code -',
  'ticket show': '',
  'ticket wait': '--timeout 0 --fresh',
  'ticket set': '',
  'ticket start': '',
  'accounts list': '',
  'accounts show': '$ --history',
  'accounts sync': '$',
  'accounts alias': '$ tea',
  'accounts option get': '$ voice_recognize',
  'accounts option set': '$ voice_recognize on --yes',
  'register company': '茶饮 91500000MA00000000 张三 zhangsan_88 --yes',
  'register personal': '张三 zhangsan_88 --yes',
  'register trial': '小麦烤鸡 oK8Yg5YaUM-axuE_vVZmV_oIZxxx --yes',
  'register query company': '茶饮 张三 zhangsan_88',
  'register query personal': '5f34ffda15f5225d',
  'accounts export': '--output accounts.wxop --force',
  'accounts import': 'accounts.wxop',
  'token get': '$',
  'token component': '',
  'token refresh': '$',
  'token list': '',
  serve: '--timeout 100ms --address 0',
  'serve key add': 'ci --accounts all,component --expires 1h',
  'serve key list': '',
  'serve key revoke': 'ci',
  'serve log': '',
  'store show': '',
  api: 'POST /cgi-bin/x --as none --data - --yes',
  'menu get': '$',
  'menu dump': '$ --output menus',
  'link check': 'https://example.com/',
  'menu validate': 'menu.json',
  'menu diff': '$ menu.json',
  'menu push': '$ menu.json --yes',
  'menu restore': '$ --yes',
  'menu delete': '$ --yes',
  'menu preview': 'menu.json',
  'template drafts': '',
  'template list': '',
  'template add': '1',
  'template delete': '1 --yes',
  'release status': '#',
  'release upload': '# --template 1',
  'release check': '# --timeout 1s',
  'release submit': '#',
  'release withdraw': '# --yes',
  'release hurry': '# --yes',
  'release reasons': '#',
  'release publish': '# --yes',
  'release revert': '# --yes',
  'release qr': '# -o trial.jpg',
  'release quota': '#',
  'release plan': 'plan.yaml --output plan.json',
  'release run': 'plan.json --no-wait --yes',
  'release resume': 'r0123456789 --yes',
  'release runs': '',
  'release show': 'r0123456789',
  'mini privacy get': '#',
  'mini privacy set': '# --guide guide.json',
  'mini domains get': '#',
  'mini domains add': '# --request https://api.example.com',
  'mini domains remove': '# --request https://api.example.com --yes',
  'mini domains set': '# --request https://api.example.com --yes',
  'mini testers list': '#',
  'mini testers add': '# --wechat-id xiaoming_2024',
  'mini testers remove': '# --wechat-id xiaoming_2024',
  'mini categories': '#',
  'mini visit show': '#',
  'mini visit on': '# --yes',
  'mini visit off': '# --yes',
  'profile list': '',
  'profile show': '',
  'profile use': 'default',
  'profile set': 'default --production --yes',
  'profile rename': 'default shop --yes',
  'profile add-file': 'MP_verify_abc.txt',
  'profile remove-file': 'MP_verify_abc.txt',
  import: 'wego:wego',
  doctor: '--offline',
  explain: '-',
  'events list': '',
  'events show': '1',
  'events replay': '1 --to http://127.0.0.1:9/',
  'events tail': '--timeout 0',
  'quota get': '/cgi-bin/menu/create --as $',
  'quota clear': '$ --yes',
  rid: '5f34ffda-15f5225d-519bc4eb',
  ip: '',
  sandbox: '--timeout 0 --port 0',
  trigger: 'text --to http://127.0.0.1:9/ --xml -',
  decrypt: '--unsigned',
  'publish-check': '--timeout 1ms',
  completion: 'bash',
  map: '',
  'store encrypt': '--yes',
  'store decrypt': '--yes',
  'accounts remove': '$ --yes',
  'profile remove': 'default --yes',
};
/** What comes on stdin of the others that read it: somebody's text with all the secrets in it. */
const STDIN: Record<string, string> = {
  'ticket set': TICKET,
  'config set': PLANTED.WXOP_COMPONENT_APPSECRET,
  explain: `errcode: 61004 ${SAID}`,
  init: JSON.stringify({
    componentAppId: 'wx5a4db0c0ffee0001',
    componentAppSecret: PLANTED.WXOP_COMPONENT_APPSECRET,
    messageToken: PLANTED.WXOP_MESSAGE_TOKEN,
    encodingAesKey: PLANTED.WXOP_ENCODING_AES_KEY,
  }),
};
const FORMS = [['--verbose'], ['--verbose', '--json'], ['--verbose', '--lang', 'zh']];
/** What is a command's purpose to print; the answer of `api` is WeChat's, as it came. */
const PRINTS: Record<string, string[]> = {
  api: SECRETS,
  'token get': [ACCESS_TOKEN],
  'token component': [COMPONENT_TOKEN],
  'token refresh': [ACCESS_TOKEN],
};
/** They derive keys, or wait for a listener. */
const SLOW = /^(?:accounts (?:export|import)|publish-check)$/;
/** They write the profile: in a home of their own. */
const OF_PROFILES = /^(?:init|config (?:set|unset)|profile .*)$/;

/** Everything that is written in the test is below one folder: home, working folder and temporary files. */
function oneFolder(): string {
  const folder = temporaryFolder();
  const before = process.cwd();
  vi.stubEnv('TMPDIR', folder);
  process.chdir(folder);
  onTestFinished(() => {
    process.chdir(before);
    vi.unstubAllEnvs();
  });
  return folder;
}

describe('13. A planted secret', () => {
  it('is shown by no command on either stream, and written into no file where it does not belong', async () => {
    const { commands } = JSON.parse((await runWxop(['map', '--json'])).stdout) as { commands: { name: string }[] };
    expect(Object.keys(ARGUMENTS).toSorted()).toEqual(commands.map(({ name }) => name).toSorted());

    const folder = oneFolder();
    const home = await openHome([1, 2].map((index) => accountOf(index, { refreshToken: REFRESH_TOKEN })));
    const own = temporaryFolder();
    writeFileSync('menu.json', '{"button":[{"type":"click","name":"今日","key":"TODAY"}]}');
    writeFileSync('MP_verify_abc.txt', 'abc');
    writeFileSync('guide.json', JSON.stringify(GUIDE));
    writeFileSync('plan.yaml', "template: 1\nversion: '1.0.0'\n");
    // WeChat gives out tokens, and refuses all else, repeating what it was sent.
    const wechat = await startInPieces(({ url, body }) =>
      JSON.stringify(
        url.includes('api_component_token')
          ? { component_access_token: COMPONENT_TOKEN, expires_in: 7200 }
          : url.includes('api_authorizer_token')
            ? { authorizer_access_token: ACCESS_TOKEN, expires_in: 7200, authorizer_refresh_token: REFRESH_TOKEN }
            : { errcode: 40013, errmsg: `${SAID}${url.replace(/.*_token=/, '令牌')}。${body}` },
      ),
    );
    const addresses = { WXOP_API_URL: wechat.url, WXOP_OPEN_URL: wechat.url, WXOP_MP_URL: wechat.url };
    const environment = { ...home.environment, ...PLANTED, ...addresses, WXOP_TIMEOUT: '5s' };
    await runWxop(['ticket', 'set', '--quiet'], { environment, stdin: TICKET });
    const leaks: [argv: string, stream: string, secrets: string[]][] = [];
    const failed = new Set<string>();
    const run = async (name: string, argv: string[], stdin: string, mayPrint: string[]): Promise<void> => {
      const changes = OF_PROFILES.test(name) ? { WXOP_HOME: own } : {};
      const result = await runWxop(argv, { environment: { ...environment, ...changes }, stdin: cutInside(stdin) });
      if (result.code !== 0) failed.add(name);
      const shown = `${argv.join(' ').slice(0, 60)} … ${argv.at(-1)}`;
      leaks.push([shown, 'stderr', secretsIn(result.stderr)]);
      leaks.push([shown, 'stdout', secretsIn(result.stdout).filter((secret) => !mayPrint.includes(secret))]);
    };
    for (const [name, given] of Object.entries(ARGUMENTS)) {
      const words = `${name} ${given.replace('$', appIdOf(1)).replace('#', appIdOf(2))}`.split(' ').filter(Boolean);
      for (const form of SLOW.test(name) ? FORMS.slice(1) : FORMS)
        await run(name, [...words, ...form], STDIN[name] ?? SAID, PRINTS[name] ?? []);
      // Secrets in the wrong place.
      await run(name, [...words, SAID, ...KNOWN, `--${SAID}`, '--verbose'], '', []);
    }
    expect(failed.size).toBe(commands.length);
    expect(leaks.filter(([, , secrets]) => secrets.length > 0)).toEqual([]);
    expect(wechat.count()).toBeGreaterThan(50);
    for (const { path, content } of files(folder)) {
      const mayHold = /\/(?:ticket|account|(?:[a-z]+-)?token)\//.test(path) ? OF_WECHAT : [];
      const profiles = path.startsWith(own) && path.includes('config.json') ? Object.values(PLANTED) : [];
      const found = secretsIn(content).filter((secret) => ![...mayHold, ...profiles].includes(secret));
      expect([path, found]).toEqual([path, []]);
    }
  });

  it.skipIf(process.platform !== 'linux')(
    'is in no arguments, environment or file that the built command leaves to others',
    async () => {
      const folder = oneFolder();
      const sandbox = await startSandbox({ accounts: 1 });
      onTestFinished(() => sandbox.close());
      const wechat = await startInPieces(async ({ url, body }) => {
        const answer = await fetch(`${sandbox.url}${url}`, body ? { method: 'POST', body } : {});
        return answer.text();
      });
      const { WXOP_COMPONENT_APPSECRET = '', WXOP_MESSAGE_TOKEN = '', WXOP_ENCODING_AES_KEY = '' } = sandbox.env;
      const { ticket = '' } = sandbox.state();
      const environment = { ...sandbox.env, WXOP_API_URL: wechat.url, TMPDIR: folder, WXOP_PASSPHRASE: TICKET };
      const secrets = [WXOP_COMPONENT_APPSECRET, WXOP_MESSAGE_TOKEN, WXOP_ENCODING_AES_KEY, ticket, TICKET];

      // A day in a second and a half: the ticket is overdue at once.
      const clock = join(temporaryFolder(), 'clock.cjs');
      writeFileSync(clock, 'const { now } = Date, start = now(); Date.now = () => start + (now() - start) * 3000;');
      const hook = 'cat /proc/self/environ /proc/$PPID/cmdline /proc/$$/cmdline > hook.part; mv hook.part hook';
      const listen = startWxop(
        ['listen', '--port', '0', '--no-start-push', '--verbose', '--on-overdue', hook],
        environment,
        '',
        ['--require', clock],
      );
      const stdin = startWxop(['ticket', 'set', '--verbose'], environment, STAYS_OPEN);
      for (const piece of cutInside(`${ticket}\n`, [ticket])) stdin.process.stdin?.write(piece);
      const ownArguments = readFileSync(`/proc/${stdin.process.pid}/cmdline`, 'latin1');
      stdin.process.stdin?.end();
      const kept = await stdin.finished;
      const [shown, asJson] = await Promise.all([
        wxop(['token', 'component', '--verbose'], environment),
        wxop(['token', 'component', '--verbose', '--json'], environment),
      ]);
      const token = shown.stdout.trim();
      expect([kept.code, asJson.code, token.length > 60]).toEqual([0, 0, true]);
      const seen = await eventually(() => (existsSync('hook') ? readFileSync('hook', 'latin1') : undefined));
      const { stdout, stderr } = await listen.stop();
      expect(seen).toContain('TICKET_AGE_SECONDS=');
      expect(seen).not.toContain('WXOP_');
      secrets.push(token);
      for (const content of [seen, ownArguments, kept.stdout, kept.stderr, shown.stderr, asJson.stderr, stdout, stderr])
        expect(secretsIn(content, secrets)).toEqual([]);
      for (const { path, content } of files(folder)) {
        const found = secretsIn(content, secrets).filter((secret) => secret !== ticket && secret !== token);
        expect([path, found]).toEqual([path, []]);
      }
    },
  );
});
