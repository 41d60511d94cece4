/** One thing is broken, and the doctor names it as the first failed check, with its exit code. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import {
  admit,
  diagnose,
  expectWorst,
  issue,
  openClinic,
  passOn,
  readDiagnosis,
  serve,
  serveTls,
  type Clinic,
  type Passed,
} from '../support/doctor-setup.ts';
import { installed } from '../support/installed.ts';
import { openFileStore } from '../support/wechat.ts';
import { here } from '../support/here.ts';
import { freePort, startWxop, type Environment } from '../support/processes.ts';
import { isRoot, withoutRights } from '../support/rights.ts';
import { temporaryFolder } from '../support/world.ts';

const FIXED = 'wx5a4db0c0ffee0001';
const HOUR = 60 * 60 * 1000;
const openssl = installed('openssl', 'certificates with faults are not tried');

const storeOf = ({ environment }: Clinic) => openFileStore(join(environment.WXOP_HOME ?? '', 'state', FIXED));

describe('an operation in order', () => {
  it('has no failed check, and exit code 0', async () => {
    const clinic = await openClinic();
    await admit(clinic);
    const { code, ok, checks, stderr } = await diagnose(clinic.environment);
    const verdicts = Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]));
    // Node grows old by itself.
    expect({ ...verdicts, 'program.node': '' }).toEqual({
      'program.version': 'ok',
      'program.node': '',
      'settings.origins': 'info',
      'settings.component-appid': 'ok',
      'settings.component-appsecret': 'ok',
      'settings.message-token': 'ok',
      'settings.aes-key': 'ok',
      'settings.previous-aes-key': 'skipped',
      'settings.public-url': 'ok',
      'settings.cloud-pushes': 'ok',
      'settings.message-path': 'ok',
      'files.modes': 'ok',
      'store.reach': 'ok',
      'store.writable': 'ok',
      'store.locks': 'ok',
      'store.encryption': 'info',
      'store.server': 'skipped',
      'api.proxy': 'ok',
      'api.name': 'ok',
      'api.connection': 'ok',
      'api.clock': 'ok',
      'public.local': 'ok',
      'public.name': 'ok',
      'public.connection': 'ok',
      'public.identity': 'ok',
      // A warning where this machine took seconds for it.
      'public.event-url': expect.stringMatching(/^(?:ok|warning)$/) as string,
      'public.message-url': expect.stringMatching(/^(?:ok|warning)$/) as string,
      'public.files': 'skipped',
      'pushes.refused': 'ok',
      'pushes.keys': 'ok',
      'pushes.newest': 'ok',
      'ticket.age': 'ok',
      'ticket.interval': 'skipped',
      'platform.whitelist': 'ok',
      'platform.appsecret': 'ok',
      'platform.component-token': 'ok',
      'platform.pre-auth-code': 'ok',
      'authorization.launch-page': 'ok',
      'accounts.records': 'ok',
      'accounts.tokens': 'ok',
      'accounts.authorized': 'ok',
      'accounts.status': 'ok',
      'accounts.menus': 'ok',
      'accounts.newest-event': 'info',
    });
    expect([code, ok, stderr]).toEqual([0, true, '']);
  });

  it('leaves nothing behind but what any command leaves', async () => {
    const clinic = await openClinic();
    const store = storeOf(clinic);
    expect((await diagnose(clinic.environment)).code).toBe(0);
    expect(await store.list('attempt')).toEqual([]);
    expect(clinic.sandbox.state().calls).toMatchObject({
      '/cgi-bin/component/api_component_token': 1,
      '/cgi-bin/component/api_create_preauthcode': 1,
    });
  });

  it('makes no call with --offline', async () => {
    const clinic = await openClinic();
    const before = clinic.sandbox.state().calls;
    const { code, of } = await diagnose(clinic.environment, '--offline');
    expect(code).toBe(0);
    expect(of('public.identity').verdict).toBe('skipped');
    expect(of('ticket.age').verdict).toBe('ok');
    expect(clinic.sandbox.state().calls).toEqual(before);
  });
});

describe('the doctor names', () => {
  it('an AES key of the wrong length', async () => {
    const clinic = await openClinic();
    const key = clinic.environment.WXOP_ENCODING_AES_KEY ?? '';
    const found = await diagnose({ ...clinic.environment, WXOP_ENCODING_AES_KEY: key.slice(1) });
    const worst = expectWorst(found, 'settings.aes-key', 'SETTINGS_INVALID', 2);
    expect(worst.seen).toContain('42 characters instead of 43');
    expect(found.stdout).not.toContain(key.slice(1, 20));
    expect(found.of('ticket.age').verdict).toBe('ok');
  });

  it("a message token that differs from the console's", async () => {
    const clinic = await openClinic({ environment: { WXOP_MESSAGE_TOKEN: 'anotherToken' }, hasTicket: false });
    await clinic.sandbox.push({ event: 'component_verify_ticket' });
    const worst = expectWorst(await diagnose(clinic.environment), 'pushes.refused', 'PUSH_INVALID', 3);
    expect(worst.seen).toContain('bad-signature');
    expect(worst.next).toContain('消息校验Token');
  });

  it("settings other than the listener's", async () => {
    const clinic = await openClinic();
    const found = await diagnose({ ...clinic.environment, WXOP_MESSAGE_TOKEN: 'anotherToken' });
    expect(expectWorst(found, 'public.event-url', 'PUBLIC_URL_WRONG', 2).seen).toContain('another message token');
    expect(found.of('pushes.keys')).toMatchObject({ verdict: 'failed', code: 'PUSH_INVALID' });
  });

  it('an address that is not on the whitelist', async () => {
    const clinic = await openClinic({ sandbox: { allowedIps: ['203.0.113.9'] } });
    const worst = expectWorst(await diagnose(clinic.environment), 'platform.whitelist', 'IP_NOT_ALLOWED', 3);
    expect(worst.next).toContain('127.0.0.1');
    expect(worst.next).toContain('全网发布');
  });

  it('a ticket that never came', async () => {
    const clinic = await openClinic({ hasTicket: false });
    const found = await diagnose(clinic.environment);
    expectWorst(found, 'ticket.age', 'NO_TICKET', 4);
    // What needs no ticket is asked all the same.
    expect(found.of('platform.whitelist').verdict).toBe('ok');
    expect(found.of('platform.appsecret').verdict).toBe('ok');
    expect(found.of('platform.component-token').verdict).toBe('skipped');
  });

  it('an address that is not on the whitelist, before any ticket came', async () => {
    const sandbox = await startSandbox({ allowedIps: ['203.0.113.9'], quiet: true });
    onTestFinished(() => sandbox.close());
    const { of, code } = await diagnose(sandbox.env, '--only', 'ticket,platform');
    expect([code, of('ticket.age').code]).toEqual([4, 'NO_TICKET']);
    expect(of('platform.whitelist')).toMatchObject({ verdict: 'failed', code: 'IP_NOT_ALLOWED' });
    expect(of('platform.whitelist').next).toContain('127.0.0.1');
  });

  it('a ticket of yesterday', async () => {
    const clinic = await openClinic();
    const store = storeOf(clinic);
    const { version = 0, value } = (await store.read('ticket')) ?? {};
    if (!value) throw new Error('no ticket');
    await store.write('ticket', { ...value, receivedAt: Date.now() - 13 * HOUR }, version, { durable: true });
    const worst = expectWorst(await diagnose(clinic.environment), 'ticket.age', 'TICKET_EXPIRED', 4);
    expect(worst.seen).toContain('13 hours');
  });

  it('a wrong AppSecret', async () => {
    const clinic = await openClinic();
    const found = await diagnose({ ...clinic.environment, WXOP_COMPONENT_APPSECRET: 'f'.repeat(32) });
    expect(expectWorst(found, 'platform.appsecret', 'PLATFORM_REFUSED', 3).seen).toContain('40125');
    expect(found.of('platform.whitelist').verdict).toBe('info');
  });

  it('a wrong AppSecret while a component token is stored, and says that the ticket was not tried', async () => {
    const clinic = await openClinic();
    const first = await diagnose(clinic.environment, '--only', 'platform');
    expect(first.of('platform.component-token').seen).toContain('got with the ticket just now');
    const again = await diagnose(clinic.environment, '--only', 'platform');
    expect(again.of('platform.component-token').seen).toContain('the ticket was not tried');
    const wrong = { ...clinic.environment, WXOP_COMPONENT_APPSECRET: '0'.repeat(32) };
    const found = await diagnose(wrong, '--only', 'settings,ticket,platform');
    expect(expectWorst(found, 'platform.appsecret', 'PLATFORM_REFUSED', 3).seen).toContain('40125');
  });

  it('a store that cannot be written', async () => {
    const clinic = await openClinic();
    const home = clinic.environment.WXOP_HOME ?? '';
    await clinic.listener.stop();
    execFileSync('chmod', ['-R', isRoot ? 'go+rX' : 'a-w', home]);
    const argv = ['doctor', '--json', '--only', 'store'];
    const doctor = startWxop(argv, clinic.environment, undefined, withoutRights(temporaryFolder()));
    const found = readDiagnosis(await doctor.finished);
    execFileSync('chmod', ['-R', 'u+w', home]);
    expectWorst(found, 'store.writable', 'STORE_NOT_WRITABLE', 1);
    expect(found.of('store.reach').verdict).toBe('ok');
  });

  it('a public URL where another listener answers', async () => {
    const [clinic, other] = [await openClinic(), await openClinic()];
    const found = await diagnose({ ...clinic.environment, WXOP_PUBLIC_URL: other.origin });
    expect(expectWorst(found, 'public.identity', 'PUBLIC_URL_WRONG', 2).seen).toContain('another wxop');
    expect(found.of('public.local').verdict).toBe('ok');
  });

  it('a public URL where a plain web server answers', async () => {
    const clinic = await openClinic();
    const url = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html', server: 'nginx' }).end('<h1>It works!</h1>'),
    );
    const found = await diagnose({ ...clinic.environment, WXOP_PUBLIC_URL: url });
    const worst = expectWorst(found, 'public.identity', 'PUBLIC_URL_WRONG', 2);
    expect(worst.seen).toContain('HTTP 200, nginx, text/html');
  });

  it('a public URL with nothing behind its gateway', async () => {
    const clinic = await openClinic();
    const url = await serve(passOn(`http://127.0.0.1:${await freePort()}`));
    const found = await diagnose({ ...clinic.environment, WXOP_PUBLIC_URL: url });
    expect(expectWorst(found, 'public.identity', 'NETWORK', 5).seen).toContain('nginx answers, but nothing behind');
  });

  it('a public URL that redirects', async () => {
    const clinic = await openClinic();
    const url = await serve((request, response) =>
      response.writeHead(301, { location: `https://www.example.com${request.url}` }).end(),
    );
    const found = await diagnose({ ...clinic.environment, WXOP_PUBLIC_URL: url });
    expect(expectWorst(found, 'public.identity', 'PUBLIC_URL_WRONG', 2).seen).toContain('https://www.example.com');
  });

  it('a public URL where nothing listens', async () => {
    const clinic = await openClinic();
    const found = await diagnose({ ...clinic.environment, WXOP_PUBLIC_URL: `http://127.0.0.1:${await freePort()}` });
    expect(expectWorst(found, 'public.connection', 'NETWORK', 5).seen).toContain('ECONNREFUSED');
  });

  it('a public host that does not resolve', async () => {
    const clinic = await openClinic();
    const found = await diagnose({ ...clinic.environment, WXOP_PUBLIC_URL: 'https://nowhere.invalid' });
    const worst = expectWorst(found, 'public.name', 'NETWORK', 5);
    expect(worst.seen).toMatch(/nowhere\.invalid.*(?:does not resolve|no name server|no answer)/);
  });

  it.skipIf(!openssl)('a self-signed certificate', async () => {
    const clinic = await openClinic();
    const { key, certificate } = issue(90, 'itself');
    const url = await serveTls({ key, cert: certificate }, passOn(clinic.origin));
    const found = await diagnose({ ...clinic.environment, WXOP_PUBLIC_URL: url });
    expect(expectWorst(found, 'public.connection', 'NETWORK', 5).seen).toContain('self-signed');
  });

  it.skipIf(!openssl)('a missing intermediate certificate, and nothing once it is there', async () => {
    const clinic = await openClinic();
    const { key, certificate, chain, ca } = issue(90, 'intermediate');
    const trusting = { ...clinic.environment, NODE_EXTRA_CA_CERTS: ca };
    const half = await serveTls({ key, cert: certificate }, passOn(clinic.origin));
    const found = await diagnose({ ...trusting, WXOP_PUBLIC_URL: half });
    const worst = expectWorst(found, 'public.connection', 'NETWORK', 5);
    expect(worst.seen).toContain('intermediate certificate is missing');
    expect(worst.next).toContain('fullchain.pem');
    const whole = await serveTls({ key, cert: chain }, passOn(clinic.origin));
    const better = await diagnose({ ...trusting, WXOP_PUBLIC_URL: whole }, '--only', 'settings,public');
    expect(better.of('public.connection')).toMatchObject({ verdict: 'ok' });
    expect(better.of('public.event-url').verdict).toBe('ok');
    expect(better.code).toBe(0);
  });

  it.skipIf(!openssl)('a certificate that ends within two weeks, as a warning', async () => {
    const clinic = await openClinic();
    const { key, chain, ca } = issue(5, 'intermediate');
    const url = await serveTls({ key, cert: chain }, passOn(clinic.origin));
    const environment = { ...clinic.environment, WXOP_PUBLIC_URL: url, NODE_EXTRA_CA_CERTS: ca };
    const { code, of } = await diagnose(environment, '--only', 'public');
    expect([code, of('public.connection').verdict]).toEqual([0, 'warning']);
  });

  it('a proxy that cannot be reached, without its password', async () => {
    const clinic = await openClinic();
    const proxy = `http://operator:pr0xyPassw0rd@127.0.0.1:${await freePort()}`;
    const found = await diagnose({ ...clinic.environment, HTTP_PROXY: proxy });
    expect(expectWorst(found, 'api.connection', 'NETWORK', 5).seen).toMatch(/^the proxy .* \(ECONNREFUSED\)$/);
    expect(found.stdout + found.stderr).not.toMatch(/pr0xyPassw0rd|operator:/);
  });

  it('a clock that is off by an hour', async () => {
    const clinic = await openClinic();
    clinic.sandbox.advance(HOUR);
    const worst = expectWorst(await diagnose(clinic.environment), 'api.clock', 'CLOCK_WRONG', 1);
    expect(worst.seen).toMatch(/^(?:1 h|59 min|1 h 1 min) behind/);
  });

  it('an account that cancelled', async () => {
    const clinic = await openClinic();
    const appId = await admit(clinic);
    await clinic.sandbox.push({ event: 'unauthorized', appId });
    const worst = expectWorst(await diagnose(clinic.environment), 'accounts.authorized', 'REVOKED', 4);
    expect(worst.seen).toContain(appId);
    await here(['accounts', 'remove', appId, '--yes'], clinic.environment);
    expect((await diagnose(clinic.environment)).code).toBe(0);
  });

  it('an account without the permission set for menus', async () => {
    const clinic = await openClinic();
    const appId = await admit(clinic);
    const store = storeOf(clinic);
    const { version = 0, value } = (await store.read(`account/${appId}`)) ?? {};
    if (!value) throw new Error('no account');
    await store.write(`account/${appId}`, { ...value, funcInfo: [1] }, version, { durable: true });
    const found = await diagnose(clinic.environment, '--account', appId);
    const worst = expectWorst(found, 'accounts.menus', 'PLATFORM_REFUSED', 3);
    expect(worst.seen).toContain('1 can still be shown');
    // One that nobody asks for may be there for other things than menus.
    const all = await diagnose(clinic.environment);
    expect([all.code, all.of('accounts.menus').verdict]).toEqual([0, 'warning']);
  });

  it('an account that WeChat banned', async () => {
    const clinic = await openClinic();
    const appId = await admit(clinic);
    const store = storeOf(clinic);
    const { version = 0, value } = (await store.read(`account/${appId}`)) ?? {};
    if (!value) throw new Error('no account');
    expect(value).toMatchObject({ serviceType: 2, accountStatus: 1, registerType: 0 });
    await store.write(`account/${appId}`, { ...value, accountStatus: 16 }, version, { durable: true });
    const found = await diagnose(clinic.environment, '--only', 'accounts', '--account', appId);
    expect(expectWorst(found, 'accounts.status', 'PLATFORM_REFUSED', 3).seen).toMatch(/^1 of 1 .*banned \(16\)$/);
    const all = await diagnose(clinic.environment, '--only', 'accounts');
    expect([all.code, all.of('accounts.status').verdict]).toEqual([0, 'warning']);
  });

  it('an account that is not there, said once', async () => {
    const clinic = await openClinic();
    await admit(clinic);
    const found = await diagnose(clinic.environment, '--only', 'accounts', '--account', 'nobody');
    expectWorst(found, 'accounts.records', 'NO_ACCOUNT', 4);
    expect(found.checks.filter(({ verdict }) => verdict === 'failed').map(({ id }) => id)).toEqual([
      'accounts.records',
    ]);
    expect(found.of('accounts.menus').verdict).toBe('skipped');
  });

  it('files that were opened to others, as a warning with what to type', async () => {
    const clinic = await openClinic();
    const home = clinic.environment.WXOP_HOME ?? '';
    await here(['init', '--public-url', clinic.origin], clinic.environment);
    await here(['ticket', 'set', '--yes'], clinic.environment, 'ticket@@@kept-for-its-owner');
    const record = `state/${clinic.environment.WXOP_COMPONENT_APPID}/ticket/1.json`;
    for (const name of ['config.json', record]) chmodSync(join(home, name), 0o644);
    const { code, of, stderr } = await diagnose(clinic.environment, '--only', 'files');
    expect(code).toBe(0);
    expect(of('files.modes')).toMatchObject({ verdict: 'warning', seen: `open to others in ${home}: ${record} (644)` });
    expect(of('files.modes').next).toContain(`chmod -R go= ${home}`);
    expect(statSync(join(home, record)).mode & 0o777).toBe(0o644);
    // Read before any check, and so repaired.
    expect(stderr).toContain(`${join(home, 'config.json')} was open to others (mode 644); now 600.`);
    expect(statSync(join(home, 'config.json')).mode & 0o777).toBe(0o600);
  });
});

describe('what stands between the public name and the listener', () => {
  const FILE = '0qwMjOAYmX.txt';

  async function behind(change: (answer: Passed, path: string) => Passed) {
    const clinic = await openClinic();
    const file = join(temporaryFolder(), FILE);
    writeFileSync(file, '3d2f0a9c8b7e6f5d4c3b2a190817f6e5');
    await here(['init', '--verify-file', file], clinic.environment);
    const url = await serve(passOn(clinic.origin, change));
    return diagnose({ ...clinic.environment, WXOP_PUBLIC_URL: url });
  }

  it('may pass a verification file on as it is', async () => {
    const found = await behind((answer) => answer);
    expect(found.of('public.files')).toMatchObject({ verdict: 'ok', seen: `${FILE}: byte for byte` });
  });

  it('puts a BOM before it', async () => {
    const bom = Buffer.from([0xef, 0xbb, 0xbf]);
    const found = await behind((answer, path) =>
      path.endsWith('.txt') ? { ...answer, body: Buffer.concat([bom, answer.body]) } : answer,
    );
    expect(expectWorst(found, 'public.files', 'PUBLIC_URL_WRONG', 2).seen).toBe(`/${FILE} arrives with a BOM`);
  });

  it('redirects it', async () => {
    const found = await behind((answer, path) =>
      path.endsWith('.txt') ? { status: 302, headers: { location: '/login' }, body: Buffer.from('') } : answer,
    );
    expect(expectWorst(found, 'public.files', 'PUBLIC_URL_WRONG', 2).seen).toContain('redirected to /login');
  });

  it('adds to the answer', async () => {
    const found = await behind((answer, path) =>
      path.includes('echostr') ? { ...answer, body: Buffer.from(`\ufeff${answer.body.toString()}`) } : answer,
    );
    expect(expectWorst(found, 'public.event-url', 'PUBLIC_URL_WRONG', 2).seen).toContain('BOM');
  });

  it('keeps /healthz to itself, which is a warning', async () => {
    const found = await behind((answer, path) =>
      path === '/healthz' ? { status: 403, headers: {}, body: Buffer.from('no') } : answer,
    );
    expect(found.of('public.identity')).toMatchObject({ verdict: 'warning' });
    expect(found.of('public.event-url').verdict).toBe('ok');
  });

  it('takes the referrer off the launch page', async () => {
    const found = await behind((answer, path) =>
      path.startsWith('/authorize/')
        ? { ...answer, headers: { ...answer.headers, 'referrer-policy': 'no-referrer' } }
        : answer,
    );
    // The redirect leads to the listener's own public URL here, but nobody would come that far.
    const worst = expectWorst(found, 'authorization.launch-page', 'PUBLIC_URL_WRONG', 2);
    expect(worst.seen).toContain('no-referrer');
  });

  it('leads to a name other than the one of the redirect', async () => {
    const clinic = await openClinic();
    const url = await serve(
      passOn(clinic.origin, (answer) => ({
        ...answer,
        body: Buffer.from(answer.body.toString('latin1').replaceAll('127.0.0.1', 'other.example.com'), 'latin1'),
      })),
    );
    const found = await diagnose({ ...clinic.environment, WXOP_PUBLIC_URL: url });
    const worst = expectWorst(found, 'authorization.launch-page', 'PUBLIC_URL_WRONG', 2);
    expect(worst.seen).toContain('other.example.com');
  });
});

describe('the report for the public', () => {
  it('holds no secret, no name and no whole appid', async () => {
    const clinic = await openClinic();
    const appId = await admit(clinic);
    const report = join(temporaryFolder(), 'report.md');
    const environment: Environment = {
      ...clinic.environment,
      HTTP_PROXY: `http://someone:pr0xyPassw0rd@127.0.0.1:${await freePort()}`,
      NO_PROXY: '127.0.0.1',
      WXOP_FORWARD_TO: 'https://hooks.example.com/path?key=h00kKey',
      WXOP_FORWARD_SECRET: 'aForwardSecretOfTheTest',
      WXOP_ON_OVERDUE: 'https://alarm.example.com/al4rmKey',
      WXOP_PASSPHRASE: 'aPassphraseOfTheTest',
      WXOP_PREVIOUS_ENCODING_AES_KEY: 'PreviousKeyOfTheTestNotForProduction1234567',
    };
    const { code } = await here(['doctor', '--bundle', report], environment);
    expect(code).toBe(0);
    expect(statSync(report).mode & 0o777).toBe(0o600);
    const content = readFileSync(report, 'utf8');
    const store = openFileStore(join(clinic.environment.WXOP_HOME ?? '', 'state', FIXED));
    const account = await store.read(`account/${appId}`);
    const secrets = [
      environment.WXOP_COMPONENT_APPSECRET,
      environment.WXOP_MESSAGE_TOKEN,
      environment.WXOP_ENCODING_AES_KEY,
      environment.WXOP_FORWARD_SECRET,
      environment.WXOP_PASSPHRASE,
      environment.WXOP_PREVIOUS_ENCODING_AES_KEY,
      'pr0xyPassw0rd',
      'someone',
      'h00kKey',
      'al4rmKey',
      (await store.read('ticket'))?.value.ticket,
      (await store.read('component-token'))?.value.accessToken,
      (await store.read(`token/${appId}`))?.value.accessToken,
      account?.value.refreshToken,
      account?.value.nickName,
      account?.value.userName,
      appId,
      FIXED,
      environment.WXOP_HOME,
    ];
    for (const secret of secrets) {
      expect(secret).toMatch(/./);
      expect(content).not.toContain(secret);
    }
    expect(content).toContain('wx5a4d…0001');
    expect(content).toMatch(/\| encodingAesKey \| WXOP_ENCODING_AES_KEY \| \*\*\* \|/);
    expect(content).toMatch(/pushes accepted within a day: .*\d × event component_verify_ticket/);
    expect(content).toMatch(/\| public\.identity \| ok \|/);
  });

  it("names neither the profile, nor an account as it was typed, nor anybody else's host", async () => {
    const elsewhere = 'https://sso.secret-shop.example/login?next=';
    const front = await serve((_, response) =>
      response.writeHead(302, { location: elsewhere + 'A'.repeat(5_000) }).end(),
    );
    const home = temporaryFolder();
    const report = join(home, 'report.md');
    const profile = { componentAppId: FIXED, componentAppSecret: 'aSecretOfTheTest', publicUrl: front };
    writeFileSync(join(home, 'config.json'), JSON.stringify({ current: 'acme', profiles: { acme: profile } }));
    const asked = ['--only', 'settings,store,public,accounts', '--account', 'SecretMerchant'];
    for (const lang of ['en', 'zh']) {
      const argv = ['doctor', ...asked, '--bundle', report, '--force', '--lang', lang];
      const { stdout } = await here(argv, { WXOP_HOME: home, WXOP_API_URL: front });
      expect(stdout).toContain(elsewhere);
      expect(stdout).not.toContain('A'.repeat(300));
      const content = readFileSync(report, 'utf8');
      expect(content).not.toMatch(/acme|secret-?(?:shop|merchant)/i);
      expect(content).toContain('https://\\<other host>');
      expect(content).toContain('<account>');
    }
  });

  it('names no account, no host and no address where checks failed', async () => {
    const clinic = await openClinic({ sandbox: { allowedIps: ['203.0.113.9'] } });
    const report = join(temporaryFolder(), 'report.md');
    const environment = { ...clinic.environment, WXOP_PUBLIC_URL: 'https://secret-shop.invalid' };
    const { code } = await here(['doctor', '--bundle', report, '--lang', 'zh'], environment);
    expect(code).toBe(5);
    const content = readFileSync(report, 'utf8');
    expect(content).not.toContain('secret-shop');
    expect(content).toContain('<public host>');
    expect((await here(['doctor', '--bundle', report], environment)).code).toBe(2);
    const alone = await here(['doctor', '--bundle', '-', '--lang', 'zh'], environment);
    expect(alone.code).toBe(code);
    expect(alone.stdout.split('\n')[0]).toBe(content.split('\n')[0]);
    expect(alone.stdout).not.toContain('secret-shop');
    expect((await here(['doctor', '--bundle', '-', '--json'], environment)).code).toBe(2);
    expect(readdirSync(clinic.environment.WXOP_HOME ?? '').length).toBeGreaterThan(0);
  });
});
