/** A run that is killed, doubled or stopped, and continued, on files and on Redis. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../torture/open-store.ts';
import { startKiller } from '../support/call-killer.ts';
import { errorOf } from '../support/error-line.ts';
import { eventually, startWxop, wxop, type Environment } from '../support/processes.ts';
import { hasRedis, useRedis } from '../support/redis.ts';
import { openReleaseRuns, PATIENCE, type ShownRun } from '../support/release-runs.ts';
import { temporaryFolder } from '../support/world.ts';

const ALL = `template: 1\nversion: "2.4.0"\naccounts: all\n${PATIENCE}`;
const QUICKLY = ['--poll', '1s', '--json'];
const EFFECTS = ['/wxa/commit', '/wxa/submit_audit', '/wxa/release'] as const;
const MONTH = 32 * 24 * 3_600_000;
const ONCE = { commit: 1, submit_audit: 1, release: 1 };

const redis = useRedis();
let databases = 0;
/** A store of this test alone. */
const STORES: [string, () => Environment][] = [
  ['files', () => ({})],
  ...(hasRedis
    ? [['Redis', () => ({ WXOP_STORE: `${redis().url}/${databases++}` })] as [string, () => Environment]]
    : []),
];

describe.each(STORES)('a run on %s', (place, storeOf) => {
  const open = (...[accounts, options, script]: Parameters<typeof openReleaseRuns>) =>
    openReleaseRuns(accounts, options, script, storeOf());
  const idOf = async (env: Environment): Promise<string> =>
    (JSON.parse((await wxop(['release', 'runs', '--json'], env)).stdout) as ShownRun[])[0]?.run ?? '';

  test(
    'killed with -9 at every step sends nothing twice, and every merchant ends in its right state',
    { timeout: 60_000 },
    async () => {
      const { plan, env, appIds, effects, sandbox, read } = await open({}, { miniPrograms: 6 });
      const killer = await startKiller(sandbox.url);
      const behind = { ...env, WXOP_API_URL: killer.url };
      const { path: file } = await plan(ALL);
      const flags = ['--poll', '1s', '--concurrency', '2', '--json'];
      let argv = ['release', 'run', file, ...flags];
      let id = '';
      for (const step of EFFECTS) {
        for (const when of ['before', 'after'] as const) {
          const started = startWxop(argv, behind);
          killer.arm(step, when, started);
          expect([step, when, (await started.finished).code]).toEqual([step, when, null]);
          id ||= await idOf(env);
          argv = ['release', 'resume', id, ...flags];
        }
      }
      const resumed = await wxop(argv, env);
      // Nobody can tell of a submission that never arrived whether WeChat will still show it. Two are under way at a time.
      expect([resumed.code, errorOf(resumed).code]).toEqual([3, 'PARTLY_FAILED']);
      const { online = 0, unknown = 0 } = read(resumed).counts;
      expect([online + unknown, unknown > 0]).toEqual([6, true]);
      const ended = await wxop([...argv, '--resubmit', '--retry'], env);
      expect([ended.code, ended.stderr]).toEqual([0, '']);
      expect(read(ended).counts).toEqual({ online: 6 });
      for (const appId of appIds) expect([appId, effects(appId)]).toEqual([appId, ONCE]);
    },
  );

  test('killed with -9 around a withdrawal withdraws once: what cannot be known is left to a person', async () => {
    const audits = [{ outcome: 'person' }, { outcome: 'pass', after: 0 }] as const;
    const { plan, run, env, appId, effects, sandbox, submit, read } = await open({
      '*': { detection: 0, audit: [...audits] },
    });
    await submit('9.9.9');
    const killer = await startKiller(sandbox.url);
    const { path: file } = await plan(`${ALL}openAudit: withdraw\n`);
    const started = startWxop(['release', 'run', file, ...QUICKLY], { ...env, WXOP_API_URL: killer.url });
    killer.arm('/wxa/undocodeaudit', 'before', started);
    expect((await started.finished).code).toBe(null);
    const id = await idOf(env);
    const resumed = await run('release', 'resume', id, ...QUICKLY);
    expect([resumed.code, read(resumed).accounts[0]?.error]).toMatchObject([3, { code: 'OUTCOME_UNKNOWN' }]);
    expect(effects().undocodeaudit).toBeUndefined();
    const again = startWxop(['release', 'withdraw', appId, '--yes'], { ...env, WXOP_API_URL: killer.url });
    killer.arm('/wxa/undocodeaudit', 'after', again);
    expect((await again.finished).code).toBe(null);
    const ended = await run('release', 'resume', id, ...QUICKLY);
    expect([ended.code, ended.stderr, effects()]).toEqual([
      0,
      '',
      { commit: 2, submit_audit: 2, undocodeaudit: 1, release: 1 },
    ]);
  });

  test('twice at the same time: one works, and the other is refused, as is whoever resumes it meanwhile', async () => {
    const { plan, env, appIds, effects, sandbox } = await open(
      { '*': { detection: 0, audit: { outcome: 'person' } } },
      { miniPrograms: 6 },
    );
    const { path } = await plan(ALL);
    const both = [0, 1].map(() => startWxop(['release', 'run', path, ...QUICKLY], env));
    const id = await eventually(async () => (await idOf(env)) || undefined);
    const third = await wxop(['release', 'resume', id, ...QUICKLY], env);
    expect([third.code, errorOf(third).code]).toEqual([1, 'STORE_CONFLICT']);
    await eventually(() => (appIds.every((appId) => effects(appId).submit_audit) ? true : undefined));
    for (const appId of appIds) sandbox.decideAudit({ appId, outcome: 'pass' });
    const ended = await Promise.all(both.map(({ finished }) => finished));
    expect(ended.filter(({ code }) => code === 0)).toHaveLength(1);
    const refused = ended.find(({ code }) => code !== 0);
    expect(refused && ['USAGE', 'STORE_CONFLICT'].includes(errorOf(refused).code)).toBe(true);
    for (const appId of appIds) expect(effects(appId)).toEqual(ONCE);
    const shown = await wxop(['release', 'runs', '--json'], env);
    expect(JSON.parse(shown.stdout)).toMatchObject([{ state: 'done', counts: { online: 6 } }]);
  });

  test('whose quota is gone at merchant 37 publishes the 36, and finishes when there is quota again', async () => {
    const { plan, run, here, env, read, appIds, effects, sandbox } = await open(
      {},
      { miniPrograms: 40 },
      { quota: { limit: 100, rest: 36 } },
    );
    const { path } = await plan(ALL);
    const stopped = await run('release', 'run', path, ...QUICKLY);
    expect([stopped.code, errorOf(stopped)]).toMatchObject([3, { code: 'RUN_STOPPED', errcode: 85085 }]);
    expect(read(stopped)).toMatchObject({
      state: 'stopped',
      counts: { online: 36, checked: 4 },
      stop: { errcode: 85085 },
    });
    sandbox.advance(MONTH);
    await sandbox.push({ event: 'component_verify_ticket' });
    await here(['ticket', 'set', '--quiet'], { stdin: sandbox.state().ticket, environment: env });
    const ended = await run('release', 'resume', read(stopped).run, ...QUICKLY);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    for (const appId of appIds) expect(effects(appId)).toEqual(ONCE);
  });

  test('whose audit somebody withdrew says so, and with --retry submits it again and finishes', async () => {
    const audits = [{ outcome: 'person' }, { outcome: 'pass', after: 0 }] as const;
    const { plan, run, read, appId, effects } = await open({ '*': { detection: 0, audit: [...audits] } });
    const { path } = await plan(ALL);
    const begun = await run('release', 'run', path, ...QUICKLY, '--no-wait');
    expect([begun.code, errorOf(begun)]).toMatchObject([5, { code: 'RUN_WAITING', retryable: true }]);
    expect((await run('release', 'withdraw', appId, '--yes')).code).toBe(0);
    const resumed = await run('release', 'resume', read(begun).run, ...QUICKLY);
    expect([resumed.code, errorOf(resumed).code]).toEqual([3, 'PARTLY_FAILED']);
    expect(read(resumed).accounts[0]?.error).toMatchObject({ code: 'WRONG_STAGE' });
    const ended = await run('release', 'resume', read(begun).run, ...QUICKLY, '--retry');
    expect([ended.code, ended.stderr, effects()]).toEqual([0, '', { ...ONCE, submit_audit: 2, undocodeaudit: 1 }]);
  });

  test('of a newer wxop is left alone', async () => {
    const { plan, run, env, read, effects } = await open({ '*': { detection: 0, audit: { outcome: 'person' } } });
    const { path } = await plan(ALL);
    const { run: id } = read(await run('release', 'run', path, ...QUICKLY, '--no-wait'));
    const { WXOP_HOME = '', WXOP_COMPONENT_APPID = '', WXOP_STORE: url } = env;
    const store = await openStore(url ? { url } : { folder: join(WXOP_HOME, 'state', WXOP_COMPONENT_APPID) });
    const stored = await store.read(`release-run/${id}`);
    if (!stored) throw new Error('no run');
    await store.write(`release-run/${id}`, { ...stored.value, format: 99 }, stored.version, { durable: true });
    await store.close();
    for (const verb of ['resume', 'show']) {
      const refused = await run('release', verb, id, '--json');
      expect([verb, refused.code, errorOf(refused).code]).toEqual([verb, 1, 'RECORD_NEWER']);
    }
    expect(effects()).toEqual({ commit: 1, submit_audit: 1 });
  });

  test.runIf(place === 'Redis')('is finished on another machine', async () => {
    const { plan, run, env, read, appId, effects, sandbox } = await open({
      '*': { detection: 0, audit: { outcome: 'person' } },
    });
    const { path } = await plan(ALL);
    const { run: id } = read(await run('release', 'run', path, ...QUICKLY, '--no-wait'));
    sandbox.decideAudit({ appId, outcome: 'pass' });
    const elsewhere = { ...env, WXOP_HOME: temporaryFolder() };
    const ended = await wxop(['release', 'resume', id, ...QUICKLY], elsewhere);
    expect([ended.code, ended.stderr, effects()]).toEqual([0, '', ONCE]);
  });
});
