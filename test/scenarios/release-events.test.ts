/** WeChat's events about mini programs: shown, handed to the operator, and what moves a run in another process on. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ReleaseScript } from '../../src/sandbox/sandbox.ts';
import { eventually, freePort, startWxop, wxop, type Environment } from '../support/processes.ts';
import { hasRedis, ownRedis } from '../support/redis.ts';
import { openReleaseRuns, PATIENCE } from '../support/release-runs.ts';

const ALL = `template: 1\nversion: "2.4.0"\naccounts: all\n${PATIENCE}`;
const BY_A_PERSON = { audit: { outcome: 'person' } } as const;
/** Nothing but an event brings a run on in time. */
const SELDOM = ['--poll', '24h', '--json'];

/** Mini programs whose events come to the port of a listener. */
async function openEvents(accounts: ReleaseScript['accounts'], miniPrograms = 1) {
  const port = await freePort();
  const messageUrl = `http://127.0.0.1:${port}/wechat/message/$APPID$`;
  const opened = await openReleaseRuns(accounts, { miniPrograms, messageUrl });
  const env: Environment = { ...opened.env, WXOP_PORT: String(port) };
  const listen = async (flags: string[], environment = env) => {
    const started = startWxop(['listen', '--no-start-push', '--json', ...flags], environment);
    await started.json('listening');
    return started;
  };
  const submitted = () =>
    eventually(() => opened.appIds.every((appId) => opened.effects(appId).submit_audit) || undefined);
  return { ...opened, env, listen, submitted };
}

/** What the hook of a command got, a document a line. */
const documentsIn = (file: string): Record<string, unknown>[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    : [];

describe('an audit that is decided while `run` waits in one process and `listen` takes pushes in another', () => {
  const moved = async (environment: (env: Environment) => Promise<Environment>) => {
    const [once = '', twice = '', late = ''] = (await openEvents({}, 3)).appIds;
    const opened = await openEvents(
      {
        '*': { detection: 0, ...BY_A_PERSON },
        [once]: { events: 'once' },
        [twice]: { events: 'twice' },
        [late]: { events: { late: 300, times: 2 } },
      },
      3,
    );
    const env = await environment(opened.env);
    await opened.here(['ticket', 'set', '--quiet'], { environment: env, stdin: opened.sandbox.state().ticket });
    await opened.here(['accounts', 'sync', '--json'], { environment: env });
    const listener = await opened.listen([], env);
    const { path } = await opened.plan(ALL);
    const run = startWxop(['release', 'run', path, ...SELDOM], env);
    await opened.submitted();
    for (const appId of opened.appIds) opened.sandbox.decideAudit({ appId, outcome: 'pass' });
    const ran = await run.finished;
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(opened.read(ran)).toMatchObject({ state: 'done', counts: { online: 3 } });
    for (const appId of opened.appIds) {
      expect(opened.effects(appId)).toEqual({ commit: 1, submit_audit: 1, release: 1 });
    }
    expect((await listener.stop()).stderr).toBe('Stopped.\n');
  };

  test('moves the run forward at once, with events that come once, twice and late', async () => {
    await moved((env) => Promise.resolve(env));
  });

  test.skipIf(!hasRedis)('does so through Redis too', async () => {
    const redis = await ownRedis();
    await moved((env) => Promise.resolve({ ...env, WXOP_STORE: redis.url }));
  });

  test('is seen by polling where the event never comes', async () => {
    const { plan, listen, submitted, env, appIds, sandbox } = await openEvents({
      '*': { detection: 0, ...BY_A_PERSON, events: 'never' },
    });
    await listen([]);
    const { path } = await plan(ALL);
    const run = startWxop(['release', 'run', path, '--poll', '1s', '--json'], env);
    await submitted();
    sandbox.decideAudit({ appId: appIds[0] ?? '', outcome: 'pass' });
    expect((await run.finished).code).toBe(0);
  });
});

const ATTACK = '$(touch pwned) `touch pwned` "; touch pwned; \' & touch pwned | %PATH% <br>(1):第二行\u0007';

describe('wxop listen', () => {
  test('says what WeChat decided in a sentence, tells scripts in JSON, and calls the hook, once for each event', async () => {
    const opened = await openEvents({
      '*': {
        detection: 0,
        ...BY_A_PERSON,
        events: 'twice',
        sets: [17, 18, 30, 76],
        rights: ['chooseAddress'],
        rename: { outcome: 'reject', after: 1_000, nickname: '新茶', reason: '与他人重名' },
        violations: [{ reason: '内容违规', content: '用户原文', after: 100_000 }],
        quirks: ['quoted-privacy-event'],
      },
    });
    const { listen, sandbox, appId, submit, env, folder } = opened;
    const file = join(folder, 'results');
    const listener = await listen(['--on-result', `cat >> '${file}'; env >> '${file}.env'`]);
    sandbox.advance(1_000);
    const wish = { api_name: 'wx.choosePoi', content: '选择门店', url_list: ['https://example.com/a.png'] };
    await wxop(
      ['api', 'POST', '/wxa/security/apply_privacy_interface', '--as', appId, '--data', JSON.stringify(wish)],
      env,
    );
    await submit();
    sandbox.decideAudit({ appId, outcome: 'delay', reason: '高峰' });
    sandbox.decideAudit({ appId, outcome: 'reject', reason: ATTACK, screenshots: ['shot1', 'shot2'] });
    sandbox.advance(60_000);
    const documents = await eventually(() => {
      const found = documentsIn(file);
      return found.length >= 5 ? found : undefined;
    });
    const { stdout, stderr } = await listener.stop();
    expect(stderr).toBe('Stopped.\n');
    const byEvent = (event: string) => documents.filter((document) => document.event === event);
    expect(byEvent('weapp_audit_fail')).toEqual([
      {
        type: 'mini-program-event',
        componentAppId: env.WXOP_COMPONENT_APPID,
        appId,
        nickName: '小店 1',
        event: 'weapp_audit_fail',
        result: 'rejected',
        subject: null,
        reason: expect.stringContaining('(1):第二行') as string,
        id: null,
        url: null,
        screenshots: ['shot1', 'shot2'],
        createdAt: expect.stringMatching(/Z$/) as string,
      },
    ]);
    expect(byEvent('weapp_audit_delay')).toMatchObject([{ result: 'delayed', reason: '高峰' }]);
    expect(byEvent('wxa_nickname_audit')).toMatchObject([
      { result: 'rejected', subject: '新茶', reason: '与他人重名' },
    ]);
    expect(byEvent('wxa_illegal_record')).toMatchObject([{ result: 'found', reason: '内容违规', id: 'violation1' }]);
    // Some of its values come in quotes of their own.
    expect(byEvent('wxa_privacy_apply')).toMatchObject([{ result: 'approved', subject: 'wx.choosePoi' }]);
    // What a user of the merchant wrote goes nowhere.
    expect(JSON.stringify(documents) + stdout).not.toContain('用户原文');
    const lines = stdout.split('\n').filter((line) => line.includes('"mini-program-event"'));
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event).sort()).toEqual(
      documents.map(({ event }) => event).sort(),
    );
    const variables = readFileSync(`${file}.env`, 'utf8');
    expect(variables).toMatch(new RegExp(`^APPID=${appId}$`, 'm'));
    expect(variables).toMatch(/^RESULT=(?:found|rejected|delayed)$/m);
    expect(variables).not.toMatch(/WXOP_|touch pwned|新茶/);
    expect(readdirSync(folder)).not.toContain('pwned');
    expect(existsSync('pwned')).toBe(false);
    // Journaled, and forwarded as any message.
    const journal = await wxop(['events', 'list', '--json'], env);
    expect(journal.stdout).toContain('weapp_audit_fail');
  });

  test('writes one harmless line for a person, whichever of several processes took it in', async () => {
    const { sandbox, appId, submit, env } = await openEvents({ '*': { detection: 0, ...BY_A_PERSON } });
    const listener = startWxop(['listen', '--no-start-push', '--workers', '2'], env);
    await eventually(() => listener.stderr().includes('Listening') || undefined);
    await submit();
    sandbox.decideAudit({ appId, outcome: 'reject', reason: `1:原因\u001b[2J<br>(1):细节` });
    const line = await eventually(() => listener.lines.find((one) => one.includes(appId)));
    expect(line).toMatch(/ mini program +wx[0-9a-f]{16} {2}小店 1 {2}the audit was rejected: 1:原因.*; \(1\):细节$/);
    // eslint-disable-next-line no-control-regex -- none is what it wants
    expect(line).not.toMatch(/\u001b/);
    await listener.stop();
  });
});

describe('--on-result of a run', () => {
  test('hears of each mini program and of the end, as a POST', async () => {
    const [first = '', second = ''] = (await openReleaseRuns({}, { miniPrograms: 2 })).appIds;
    const { plan, run, appIds, read } = await openReleaseRuns(
      { [second]: { detection: 0, audit: { outcome: 'reject', after: 0, reason: ATTACK } } },
      { miniPrograms: 2 },
    );
    expect(appIds).toEqual([first, second]);
    const bodies: { type: string; result: string; appId?: string; reason?: string; run: string }[] = [];
    const server = createServer((request, response) => {
      request
        .setEncoding('utf8')
        .on('data', (body: string) => bodies.push(JSON.parse(body) as (typeof bodies)[number]));
      request.on('end', () => response.end());
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await eventually(() => server.listening || undefined);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/result`;
    const ran = await run('release', 'run', (await plan(ALL)).path, '--poll', '1s', '--on-result', url, '--json');
    expect(ran.code).toBe(3);
    const of = (appId?: string) => bodies.filter((body) => body.appId === appId);
    expect(of(first).map(({ result }) => result)).toEqual(['approved', 'online']);
    expect(of(second)).toMatchObject([{ type: 'release', result: 'rejected' }]);
    expect(of(second)[0]?.reason).toContain('第二行');
    expect(of()).toMatchObject([{ type: 'release-run', result: 'failures', run: read(ran).run }]);
  });

  test('that fails is a warning, and the run goes on', async () => {
    const { plan, run, read } = await openReleaseRuns();
    const ran = await run('release', 'run', (await plan(ALL)).path, '--poll', '1s', '--on-result', 'exit 7', '--json');
    expect([ran.code, read(ran).state]).toEqual([0, 'done']);
    expect(ran.stderr).toContain('Could not report the result');
    expect(ran.stderr).toContain('exit 7');
  });
});
