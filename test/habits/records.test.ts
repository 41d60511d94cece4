/** Statements 19 to 21 of what a good command-line tool does: records under many processes, damaged and newer files. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { COMPONENT_APPID } from '../support/prepared-homes.ts';
import { eventually, startWxop, wxop, type Environment } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

const PROCESSES = 8;
const EACH = 25;
const appIdOf = (process: number, index: number): string =>
  `wx${(process * EACH + index).toString(16).padStart(16, '0')}`;

/** What another library stored: 25 accounts of one of the processes. */
function foreignFolder(process: number): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'authorizer_tokens'));
  for (let index = 0; index < EACH; index++) {
    const appId = appIdOf(process, index);
    const record = { authorizer_appid: appId, authorizer_refresh_token: `refreshtoken@@@${appId}` };
    writeFileSync(join(folder, 'authorizer_tokens', `${appId}.json`), JSON.stringify(record));
  }
  return folder;
}

/** Everything under a folder, with its mode. */
const modesUnder = (folder: string): { path: string; mode: number; isFile: boolean }[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return { path, mode: statSync(path).mode & 0o777, isFile: entry.isFile() };
  });

interface Row {
  appId: string;
  error?: unknown;
}

describe('19. Eight processes that write 25 records each', () => {
  it('lose none, show no reader a torn one, and leave all private', async () => {
    const home = temporaryFolder();
    const env = { WXOP_HOME: home, WXOP_COMPONENT_APPID: COMPONENT_APPID };
    let atWork = true;
    const writers = Promise.all(
      Array.from({ length: PROCESSES }, (_, index) => wxop(['import', `wego:${foreignFolder(index)}`], env)),
    ).finally(() => (atWork = false));
    const lists: Row[][] = [];
    while (atWork) {
      const { code, stdout } = await wxop(['accounts', 'list', '--json'], env);
      expect(code).toBe(0);
      lists.push(JSON.parse(stdout) as Row[]);
    }
    expect((await writers).map(({ code }) => code)).toEqual(Array(PROCESSES).fill(0));
    expect(lists.flat().filter(({ error }) => error !== undefined)).toEqual([]);
    const all = JSON.parse((await wxop(['accounts', 'list', '--json'], env)).stdout) as Row[];
    expect(new Set(all.map(({ appId }) => appId)).size).toBe(PROCESSES * EACH);
    for (const { path, mode, isFile } of modesUnder(home)) expect([path, mode]).toEqual([path, isFile ? 0o600 : 0o700]);
  });

  it('find looser modes repaired, with a warning', async () => {
    const home = temporaryFolder();
    const env = { WXOP_HOME: home, WXOP_COMPONENT_APPID: COMPONENT_APPID };
    await wxop(['ticket', 'set'], env, 'ticket@@@private');
    const files = modesUnder(home).filter(({ isFile, path }) => isFile && path.includes('ticket'));
    expect(files.length).toBeGreaterThan(0);
    for (const { path } of files) chmodSync(path, 0o644);
    const { stderr } = await wxop(['ticket', 'show'], env);
    expect(stderr).toMatch(/^warning: .*644/m);
    for (const { path } of files) expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

/** A home with one account and its token. */
async function settledHome(): Promise<{ sandbox: Sandbox; env: Environment; appId: string; tokens: string }> {
  const sandbox = await startSandbox({ rotate: true });
  onTestFinished(() => sandbox.close());
  const { env } = sandbox;
  const appId = sandbox.state().accounts[0]?.appId ?? '';
  await sandbox.push({ event: 'authorized', appId });
  await wxop(['ticket', 'set'], env, sandbox.state().ticket);
  await wxop(['accounts', 'sync'], env);
  expect((await wxop(['token', 'get', appId], env)).code).toBe(0);
  const tokens = join(env.WXOP_HOME ?? '', 'state', env.WXOP_COMPONENT_APPID ?? '', 'token', appId);
  return { sandbox, env, appId, tokens };
}

describe('20. A file', () => {
  it('that is damaged is moved aside with the time, and named', async () => {
    const { env, appId, tokens } = await settledHome();
    const [name = ''] = readdirSync(tokens).filter((file) => file.endsWith('.json'));
    writeFileSync(join(tokens, name), '{"format":');
    const finished = await wxop(['token', 'get', appId, '--json'], env);
    expect([finished.code, finished.stdout, errorOf(finished).code]).toEqual([1, '', 'RECORD_DAMAGED']);
    expect(errorOf(finished).message).toContain(join(tokens, name));
    const aside = readdirSync(tokens).find((file) => /damaged-\d{8}T/.test(file));
    expect(readFileSync(join(tokens, aside ?? ''), 'utf8')).toBe('{"format":');
    expect((await wxop(['token', 'get', appId], env)).code).toBe(0);
  });

  it('of a newer version is refused, and left as it is', async () => {
    const { env, appId, tokens } = await settledHome();
    const path = join(tokens, '9.json');
    const content = '{"format":99,"version":9,"value":{"new":true}}\n';
    writeFileSync(path, content, { mode: 0o600 });
    const finished = await wxop(['token', 'get', appId, '--json'], env);
    expect([finished.code, finished.stdout, errorOf(finished).code]).toEqual([1, '', 'RECORD_NEWER']);
    expect(readFileSync(path, 'utf8')).toBe(content);
  });
});

const TOKEN_CALL = '/cgi-bin/component/api_authorizer_token';

describe('21. An expired token', () => {
  it('that eight processes find causes one request, and a changed refresh token is kept', async () => {
    const { sandbox, env, appId, tokens } = await settledHome();
    for (const name of readdirSync(tokens).filter((file) => file.endsWith('.json'))) {
      const record = readFileSync(join(tokens, name), 'utf8');
      writeFileSync(join(tokens, name), record.replace(/"expiresAt": ?\d+/, '"expiresAt":1'));
    }
    const before = sandbox.state().calls[TOKEN_CALL] ?? 0;
    const get = () => wxop(['token', 'get', appId], env);
    const finished = await Promise.all(Array.from({ length: PROCESSES }, get));
    expect(new Set(finished.map(({ code, stdout }) => `${code} ${stdout}`)).size).toBe(1);
    expect((sandbox.state().calls[TOKEN_CALL] ?? 0) - before).toBe(1);
    expect((await wxop(['token', 'refresh', appId], env)).code).toBe(0);
  });

  it('is refreshed though the process that held the lock died', async () => {
    const { sandbox, env, appId } = await settledHome();
    const before = sandbox.state().calls[TOKEN_CALL] ?? 0;
    sandbox.addFault('api_authorizer_token=hang*1');
    const holder = startWxop(['token', 'refresh', appId], env);
    await eventually(() => (sandbox.state().calls[TOKEN_CALL] ?? 0) > before || undefined);
    await holder.stop('SIGKILL');
    expect((await wxop(['token', 'refresh', appId], env)).code).toBe(0);
  });
});
