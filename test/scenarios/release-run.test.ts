/** A release over many merchants: plan, run, resume. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { openReleaseRuns, PATIENCE, type ShownRun } from '../support/release-runs.ts';
import { startWxop, wxop, type Started } from '../support/processes.ts';

describe('a release over twenty merchants', () => {
  test('is uploaded, checked, submitted, waited for and published, each once', async () => {
    const { plan, run, read, appIds, effects, sandbox, folder } = await openReleaseRuns({}, { miniPrograms: 20 });
    const made = await plan(
      `template: 1\nversion: "2.4.0"\ndescription: 秋季菜单\nextJson:\n  ext: {shop: tea}\naccounts: all\n${PATIENCE}`,
    );
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(sandbox.state().releases).toEqual(
      Object.fromEntries(appIds.map((appId) => [appId, { effects: {}, audits: [] }])),
    );
    const ran = await run('release', 'run', made.path, '--poll', '1s', '--json');
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(read(ran)).toMatchObject({ state: 'done', counts: { online: 20 }, stop: null });
    for (const appId of appIds) {
      expect(effects(appId)).toEqual({ commit: 1, submit_audit: 1, release: 1 });
      expect(sandbox.state().releases[appId]?.online).toBe('2.4.0');
    }
    const again = await run('release', 'run', made.path, '--json');
    expect([again.code, errorOf(again).code]).toEqual([2, 'USAGE']);
    expect(JSON.parse(readFileSync(join(folder, 'autumn.plan.json'), 'utf8'))).toMatchObject({ version: '2.4.0' });
  });
});

const EFFECTS = ['/wxa/commit', '/wxa/submit_audit', '/wxa/release'] as const;

/** Between wxop and the sandbox: at a chosen call it kills wxop, before it passes the call on or after. */
async function startKiller(target: string) {
  let armed: { path: string; when: 'before' | 'after'; victim: Started } | undefined;
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const hit = armed && request.url?.startsWith(armed.path) ? armed : undefined;
      if (hit) armed = undefined;
      if (hit?.when === 'before') return void hit.victim.process.kill('SIGKILL');
      const { method, headers } = request;
      const body = method === 'GET' ? undefined : Buffer.concat(chunks);
      const answer = await fetch(`${target}${request.url}`, {
        method,
        body,
        headers: { 'content-type': headers['content-type'] ?? 'application/json' },
      });
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (hit) return void hit.victim.process.kill('SIGKILL');
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(bytes);
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Before it is started, since the call may come at once. */
    arm: (path: string, when: 'before' | 'after', victim: Started) => void (armed = { path, when, victim }),
  };
}

describe('kill -9 between the request and the record', () => {
  test(
    'at every step: nothing is sent twice, and every merchant ends in its right state',
    { timeout: 60_000 },
    async () => {
      const { plan, env, appIds, effects, sandbox, read } = await openReleaseRuns({}, { miniPrograms: 6 });
      const killer = await startKiller(sandbox.url);
      const behind = { ...env, WXOP_API_URL: killer.url };
      const { path: file } = await plan(`template: 1\nversion: "2.4.0"\naccounts: all\n${PATIENCE}`);
      const flags = ['--poll', '1s', '--concurrency', '2', '--json'];
      let argv = ['release', 'run', file, ...flags];
      let id = '';
      for (const step of EFFECTS) {
        for (const when of ['before', 'after'] as const) {
          const started = startWxop(argv, behind);
          killer.arm(step, when, started);
          expect([step, when, (await started.finished).code]).toEqual([step, when, null]);
          id ||= (JSON.parse((await wxop(['release', 'runs', '--json'], env)).stdout) as ShownRun[])[0]?.run ?? '';
          argv = ['release', 'resume', id, ...flags];
        }
      }
      const resumed = await wxop(argv, env);
      // Nobody can tell of a submission that never arrived whether WeChat will still show it. Two are under way at a time.
      expect([resumed.code, errorOf(resumed).code]).toEqual([3, 'PARTLY_FAILED']);
      const { online = 0, unknown = 0 } = read(resumed).counts;
      expect([online + unknown, unknown > 0]).toEqual([6, true]);
      const ended = await wxop([...argv, '--resubmit'], env);
      expect([ended.code, ended.stderr]).toEqual([0, '']);
      expect(read(ended).counts).toEqual({ online: 6 });
      for (const appId of appIds) {
        expect([appId, effects(appId)]).toEqual([appId, { commit: 1, submit_audit: 1, release: 1 }]);
      }
    },
  );
});
