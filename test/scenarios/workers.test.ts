/** `wxop listen --workers`: several processes that are one listener to everybody outside. */
import { execFileSync, fork } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { ask, COMPONENT, sealed, type Answered } from '../support/listener.ts';
import { BIN, eventually, startWxop, wxop, type Started } from '../support/processes.ts';
import { startTarget } from '../support/target.ts';
import { temporaryFolder } from '../support/world.ts';

const PATH = '/wechat/message/wx0123456789abcdef';

interface Message {
  msgType: string;
}

const environment = (more: Record<string, string> = {}) => ({
  WXOP_HOME: temporaryFolder(),
  WXOP_COMPONENT_APPID: COMPONENT.appId,
  WXOP_MESSAGE_TOKEN: COMPONENT.messageToken,
  WXOP_ENCODING_AES_KEY: COMPONENT.encodingAesKey,
  WXOP_API_URL: 'http://127.0.0.1:1',
  ...more,
});

async function listen(env: Record<string, string>, ...flags: string[]) {
  const argv = ['listen', '--json', '--workers', '2', '--port', '0', '--no-start-push', ...flags];
  const started = startWxop(argv, env);
  const { url } = await started.json<{ url: string }>('listening');
  return { ...started, url };
}

/** Each over a connection of its own, and so given to one worker after the other. */
const push = (url: string, msgId: string, more: Record<string, string> = {}): Promise<Answered> => {
  const fields = { ToUserName: 'gh_1', FromUserName: 'oFollower', CreateTime: 1_700_000_000, MsgType: 'text', ...more };
  const { path, body } = sealed({ ...fields, MsgId: msgId }, { path: PATH });
  return ask(url + path, { method: 'POST', body });
};

const workersOf = ({ process: { pid } }: Started): number[] =>
  execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);

const told = ({ lines }: Started, type: string) =>
  lines.map((line) => JSON.parse(line) as { type: string } & Message).filter((line) => line.type === type);

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const accepted = async (url: string): Promise<number> => {
  const lines = (await ask(`${url}/metrics`)).body.matchAll(/^wxop_pushes_total\{.*result="accepted"\} (\d+)$/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
};

describe('listen --workers 2', () => {
  it('takes a message that comes to both workers once, and gives each the same reply', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((done) => (release = done));
    const reply =
      '<xml><ToUserName>oFollower</ToUserName><FromUserName>gh_1</FromUserName><CreateTime>1700000001</CreateTime>' +
      '<MsgType>text</MsgType><Content>hello</Content></xml>';
    const target = await startTarget(async () => (await released, { body: reply }));
    const env = environment({ WXOP_FORWARD_TO: target.url });
    const listener = await listen(env);
    const first = Array.from({ length: 8 }, () => push(listener.url, '1'));
    await eventually(() => target.got.length > 0 || undefined);
    release();
    const answers = await Promise.all(first);
    answers.push(...(await Promise.all(Array.from({ length: 4 }, () => push(listener.url, '1')))));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(answers[0]?.body).toMatch(/<Encrypt>/);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(target.got.length).toBe(1);
    await listener.stop();
    expect(told(listener, 'message').length).toBe(1);
    const events = await wxop(['events', 'list', '--json'], env);
    expect((JSON.parse(events.stdout) as { events?: unknown[] }).events ?? JSON.parse(events.stdout)).toHaveLength(1);
  });

  it('is one in its log, its journal and its metrics, whichever worker is asked', async () => {
    const env = environment();
    const listener = await listen(env);
    await Promise.all(Array.from({ length: 40 }, (_, index) => push(listener.url, `distinct ${index}`)));
    // One after the other, each to the next worker.
    const counts = [await accepted(listener.url), await accepted(listener.url), await accepted(listener.url)];
    expect(counts).toEqual([40, 40, 40]);
    const { body } = await ask(`${listener.url}/metrics`);
    expect(body.match(/^wxop_pushes_total/gm)).toHaveLength(1);
    expect(body).toMatch(/^wxop_push_seconds_count\{kind="message"\} 40$/m);
    expect(body).toMatch(/^wxop_accounts 0$/m);
    for (const index of Array(30).keys()) await ask(`${listener.url}/nothing/${index}`);
    await listener.stop();
    expect(told(listener, 'message').length).toBe(40);
    // Ten a minute are told, as of one process.
    expect(told(listener, 'not-found').length).toBe(10);
    const { stdout } = await wxop(['events', 'list', '--json', '--limit', '100'], env);
    const ids = [...stdout.matchAll(/"id":\s*"(\w+)"/g)].map(([, id]) => id ?? '');
    expect(ids.length).toBe(40);
    expect(new Set(ids).size).toBe(40);
    expect([ids.toSorted(), ids.toSorted().reverse()]).toContainEqual(ids);
  });

  it('replaces workers that are killed: what they had not finished is done, and no count goes back', async () => {
    let answer: () => Promise<object> = () => new Promise(() => undefined);
    const target = await startTarget(() => answer());
    const listener = await listen(environment({ WXOP_FORWARD_TO: `${target.url}#type=text` }));
    for (const index of Array(4).keys()) await push(listener.url, '', { MsgType: 'image', MediaId: String(index) });
    expect(await accepted(listener.url)).toBe(4);
    const unanswered = push(listener.url, '1').catch((error: Error) => error);
    await eventually(() => target.got.length > 0 || undefined);
    answer = () => Promise.resolve({});
    for (const pid of workersOf(listener)) process.kill(pid, 'SIGKILL');
    expect(await unanswered).toBeInstanceOf(Error);
    // On the same port, and WeChat repeats: nobody waits for the dead one. A connection that was just given to it is lost.
    const patience = () => new Promise<undefined>((done) => setTimeout(() => done(undefined), 2_000));
    const again = await eventually(() => Promise.race([push(listener.url, '1').catch(() => undefined), patience()]));
    expect(again).toMatchObject({ status: 200, body: 'success' });
    expect(listener.stderr()).toMatch(/^warning: Worker [12] ended \(SIGKILL\)\. Another one takes its place\.$/m);
    expect(await accepted(listener.url)).toBeGreaterThanOrEqual(5);
    // What the dead one still owed to the target.
    const owed = target.got[0]?.headers['x-wxop-event-id'];
    const isOwed = () => target.got.filter(({ headers }) => headers['x-wxop-event-id'] === owed).length === 2;
    await eventually(() => isOwed() || undefined);
    expect((await listener.stop()).code).toBe(143);
  });

  it('stops as a whole: every process gets the signal, every request its answer', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((done) => (release = done));
    const target = await startTarget(async () => (await released, {}));
    const listener = await listen(environment({ WXOP_FORWARD_TO: target.url }));
    const answers = Array.from({ length: 4 }, (_, index) => push(listener.url, `slow ${index}`));
    await eventually(() => target.got.length === 4 || undefined);
    const workers = workersOf(listener);
    // As a terminal and systemd do.
    for (const pid of workers) process.kill(pid, 'SIGTERM');
    const stopped = listener.stop();
    await eventually(() =>
      ask(`${listener.url}/healthz`).then(
        () => undefined,
        () => true,
      ),
    );
    release();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await stopped).code).toBe(143);
    expect(listener.stderr().match(/Stopped\./g)).toHaveLength(1);
    expect(workers.filter(isAlive)).toEqual([]);
  });

  it('lets as many strangers start an authorization as one process does, and leaves none of its own behind', async () => {
    const sandbox = await startSandbox({ accounts: 1 });
    onTestFinished(() => sandbox.close());
    const env = { ...sandbox.env, WXOP_HOME: temporaryFolder() };
    await wxop(['ticket', 'set'], env, sandbox.state().ticket);
    const listener = await listen(env, '--standing-link');
    const headers = { 'user-agent': 'Mozilla/5.0', accept: 'text/html' };
    const visits: number[] = [];
    for (let visit = 0; visit < 9; visit++) visits.push((await ask(`${listener.url}/authorize`, { headers })).status);
    expect(visits).toEqual([302, 302, 302, 302, 302, 302, 429, 429, 429]);
    const workers = workersOf(listener);
    expect(workers.length).toBe(2);
    await listener.stop('SIGKILL');
    await eventually(() => workers.every((pid) => !isAlive(pid)) || undefined);
  });

  it('says in one error that the port is taken, or that it cannot start workers', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await eventually(() => server.address() ?? undefined);
    const port = String((server.address() as AddressInfo).port);
    const taken = await wxop(['listen', '--workers', '2', '--no-start-push', '--port', port], environment());
    expect(taken.code).toBe(5);
    expect(taken.stderr.match(/^error:/gm)).toHaveLength(1);
    expect(taken.stderr).toMatch(/--port/);
    const many = await wxop(['listen', '--workers', '65'], environment());
    expect([many.code, many.stderr]).toEqual([2, expect.stringMatching(/at most 64/)]);
    // As pm2 starts instances: a worker of somebody else's cluster.
    const child = fork(BIN, ['listen', '--workers', '2', '--port', '0'], {
      env: { PATH: process.env.PATH, ...environment(), WXOP_LANG: 'en', NODE_UNIQUE_ID: '1' },
      silent: true,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await eventually(() => /cannot start workers/.test(stderr) || undefined);
  });
});
