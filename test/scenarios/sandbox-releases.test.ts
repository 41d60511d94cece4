/** `wxop sandbox --release-script` as a process: a release by `wxop api`, and its event at `wxop listen`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually, freePort, startWxop, wxop, type Environment } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

interface State {
  accounts: { appId: string }[];
  releases: Record<string, { effects: Record<string, number>; online?: string }>;
  pushes: Record<string, { lastStatus: number }>;
}

const SCRIPT = `{
  // Everything in no time.
  "accounts": { "*": { "detection": 0, "audit": { "outcome": "pass", "after": 0 }, "calls": { "commit": ["reset"] } } },
}`;

function scriptFile(content: string): string {
  const path = join(temporaryFolder(), 'releases.jsonc');
  writeFileSync(path, content);
  return path;
}

describe('wxop sandbox --release-script', () => {
  test('plays a release as the file says, and wxop listen takes the event of the audit', async () => {
    const port = await freePort();
    const base = `http://127.0.0.1:${port}/wechat`;
    const sandbox = startWxop([
      ...['sandbox', '--port', '0', '--json', '--accounts', '0', '--mini-programs', '1'],
      ...['--push-url', `${base}/event`, '--message-url', `${base}/message/$APPID$`],
      ...['--release-script', scriptFile(SCRIPT)],
    ]);
    const { url, env } = await sandbox.json<{ url: string; env: Environment }>('sandbox');
    const state = async () => (await (await fetch(`${url}/_sandbox/state`)).json()) as State;
    const listen = startWxop(['listen', '--json'], env);
    await listen.json('listening');
    const [{ appId } = { appId: '' }] = (await state()).accounts;
    await fetch(`${url}/_sandbox/push`, { method: 'POST', body: '{"event":"component_verify_ticket"}' });
    await fetch(`${url}/_sandbox/push`, { method: 'POST', body: JSON.stringify({ event: 'authorized', appId }) });
    await listen.json('authorized');

    const api = (method: string, path: string, body?: object) =>
      wxop(['api', method, path, '--as', appId, ...(body ? ['--data', JSON.stringify(body)] : [])], env);
    const build = { template_id: 1, ext_json: '{}', user_version: '2.0.0', user_desc: '' };
    const lost = await api('POST', '/wxa/commit', build);
    expect(lost.code).not.toBe(0);
    expect((await state()).releases[appId]?.effects).toEqual({ commit: 1 });
    expect(await api('POST', '/wxa/submit_audit', {})).toMatchObject({ code: 0 });
    expect(await sandbox.json('audit')).toMatchObject({ appId, status: 0 });
    await eventually(async () => (await state()).pushes.weapp_audit_success?.lastStatus === 200 || undefined);
    expect(await api('POST', '/wxa/release', {})).toMatchObject({ code: 0 });
    expect((await state()).releases[appId]).toMatchObject({
      effects: { commit: 1, submit_audit: 1, release: 1 },
      online: '2.0.0',
    });
    const events = await wxop(['events', 'list', '--event', 'weapp_audit_success', '--json'], env);
    expect(events.stdout).toContain(appId);
  });

  test('names the place of what is wrong in the file, and does not start', async () => {
    const bad = scriptFile('{ "accounts": { "*": { "audit": { "outcome": "maybe" } } } }');
    const { code, stderr } = await wxop(['sandbox', '--port', '0', '--release-script', bad]);
    expect(stderr).toContain('The release script is wrong at accounts.*.audit.outcome.');
    expect(code).toBe(2);
    const missing = await wxop(['sandbox', '--port', '0', '--release-script', `${bad}.none`]);
    expect(missing.stderr).toContain(`Cannot read ${bad}.none.`);
    expect(missing.code).toBe(2);
  });
});
