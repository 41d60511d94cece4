/** The journal of the built command: nothing that was answered is lost, and it can be looked at and sent again. */
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createFileJournal } from '../../src/delivery/file-journal.ts';
import { COMPONENT, sealed, ticketEvent, type Push } from '../support/listener.ts';
import { here } from '../support/here.ts';
import { eventually, freePort, startWxop, type Environment } from '../support/processes.ts';
import { sleep } from '../support/sleep.ts';
import { startTarget } from '../support/target.ts';
import { temporaryFolder } from '../support/world.ts';

const APPID = 'wx0123456789abcdef';
const PATH = `/wechat/message/${APPID}`;

const environmentIn = (home: string, more: Environment = {}): Environment => ({
  WXOP_HOME: home,
  WXOP_COMPONENT_APPID: COMPONENT.appId,
  WXOP_MESSAGE_TOKEN: COMPONENT.messageToken,
  WXOP_ENCODING_AES_KEY: COMPONENT.encodingAesKey,
  WXOP_API_URL: 'http://127.0.0.1:1',
  ...more,
});

interface Entry {
  id: string;
  type: string;
  createTime: string;
  deliveries: { url: string; state: string; tries: number }[];
}

async function listen(environment: Environment, ...flags: string[]) {
  const process = startWxop(['listen', '--port', '0', '--no-start-push', '--json', ...flags], environment);
  const { url } = await process.json<{ url: string }>('listening');
  return { ...process, url };
}

const list = async (environment: Environment, ...flags: string[]): Promise<Entry[]> =>
  JSON.parse((await here(['events', 'list', '--json', ...flags], environment)).stdout) as Entry[];

const journalOf = ({ WXOP_HOME = '' }: Environment) =>
  createFileJournal({
    folder: join(WXOP_HOME, 'state', COMPONENT.appId, 'journal'),
    now: Date.now,
    random: Math.random,
    sleep,
    pid: process.pid,
    host: () => 'test',
    isAlive: () => true,
  });

/** Posts over kept connections; undefined when the connection breaks. */
function post(url: string, { path, body }: Push, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = request(`${url}${path}`, { method: 'POST', agent }, (response) => {
      let answer = '';
      response.on('data', (chunk: Buffer) => (answer += chunk.toString('utf8')));
      response.on('end', () => resolve(answer));
      response.on('error', () => resolve(undefined));
    });
    sent.on('error', () => resolve(undefined));
    sent.end(body);
  });
}

const textPush = (number: number): Push =>
  sealed(
    {
      ToUserName: 'gh_1',
      FromUserName: 'oFollower',
      CreateTime: number,
      MsgType: 'text',
      Content: '你好',
      MsgId: `${number}`,
    },
    { path: PATH },
  );

describe('handover', () => {
  test('by flag warns that other commands do not know of it; by environment it need not', async () => {
    const target = await startTarget();
    const more = { WXOP_FORWARD_TO: target.url };
    const byFlag = await listen(environmentIn(temporaryFolder(), more), '--forward-events', 'handover');
    await eventually(() => (byFlag.stderr().includes('would still exchange') ? true : undefined));
    const environment = environmentIn(temporaryFolder(), {
      ...more,
      WXOP_FORWARD_EVENTS: 'handover',
      WXOP_COMPONENT_APPSECRET: COMPONENT.secret,
    });
    const told = await listen(environment);
    await eventually(() => (told.stderr().includes('neither exchanges nor refreshes') ? true : undefined));
    expect((await told.stop()).stderr).not.toContain('would still exchange');
    await here(['ticket', 'set'], environment, 'ticket@@@of-the-target');
    const other = await here(['token', 'component', '--json'], environment);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('HANDED_OVER')]);
  });
});

describe('kill -9', () => {
  test.each(['interval', 'always'])('loses nothing that was answered (--journal-sync %s)', async (sync) => {
    const environment = environmentIn(temporaryFolder());
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const answered: number[] = [];
    let number = 1_700_000_000;
    for (let round = 0; round < 3; round++) {
      const listener = await listen(environment, '--quiet', '--journal-sync', sync);
      const killAfter = 100 + Math.floor(Math.random() * 400);
      const before = answered.length;
      const pusher = async (): Promise<void> => {
        while (answered.length - before < 1_000) {
          const mine = ++number;
          const answer = await post(listener.url, textPush(mine), agent);
          if (answer === undefined) return;
          expect(answer).toBe('success');
          answered.push(mine);
          if (answered.length - before === killAfter) listener.process.kill('SIGKILL');
        }
      };
      await Promise.all(Array.from({ length: 16 }, pusher));
      await listener.finished;
    }
    agent.destroy();
    const entries = await list(environment, '--limit', '100000');
    const journaled = new Set(entries.map(({ createTime }) => Date.parse(createTime) / 1000));
    expect(answered.length).toBeGreaterThan(300);
    expect(answered.filter((each) => !journaled.has(each))).toEqual([]);
  });

  test('what was not forwarded is forwarded by the next listener', async () => {
    const port = await freePort();
    const environment = environmentIn(temporaryFolder(), { WXOP_FORWARD_TO: `http://127.0.0.1:${port}/wx/$APPID$` });
    const agent = new Agent();
    const first = await listen(environment);
    const pushes = [1, 2, 3].map((number) => textPush(1_700_000_000 + number));
    for (const push of pushes) expect(await post(first.url, push, agent)).toBe('success');
    await first.stop('SIGKILL');
    expect((await list(environment)).map(({ deliveries }) => deliveries[0]?.state)).not.toContain('done');
    const target = await startTarget(() => ({}), port);
    await listen(environment);
    await eventually(() => (target.got.length >= 3 ? true : undefined));
    expect(new Set(target.got.map(({ body }) => body))).toEqual(new Set(pushes.map(({ body }) => body)));
    expect(new Set(target.got.map(({ url }) => url.split('?')[0]))).toEqual(new Set([`/wx/${APPID}`]));
  });
});

describe('wxop events', () => {
  test('list, show, replay and tail; no credential is shown', async () => {
    const environment = environmentIn(temporaryFolder());
    const agent = new Agent();
    const listener = await listen(environment);
    const shows = (tail: { lines: string[] }, what: string) =>
      eventually(() => (tail.lines.some((line) => line.includes(what)) ? true : undefined));
    await post(listener.url, sealed(ticketEvent('ticket@@@veryverysecret')), agent);
    const tail = startWxop(['events', 'tail', '--since', '1h', '--json'], environment);
    await shows(tail, 'component_verify_ticket');
    // It follows now: what comes is shown.
    await post(listener.url, textPush(1_700_000_001), agent);
    await shows(tail, '"text"');
    expect(JSON.parse(tail.lines.at(-1) ?? '')).toMatchObject({ kind: 'message', type: 'text', appId: APPID });
    expect((await tail.stop('SIGINT')).code).toBe(130);

    const [ticket, message] = await list(environment);
    expect([ticket?.type, message?.type]).toEqual(['component_verify_ticket', 'text']);
    expect(await list(environment, '--type', 'text', '--since', '1h', '--limit', '1')).toMatchObject([
      { type: 'text' },
    ]);
    for (const entry of [ticket, message]) {
      const shown = await here(['events', 'show', entry?.id ?? '', '--json'], environment);
      expect(JSON.parse(shown.stdout)).toMatchObject({ id: entry?.id, fields: {} });
      const human = await here(['events', 'show', entry?.id ?? ''], environment);
      expect([human.code, human.stdout.includes(entry?.id ?? '-')]).toEqual([0, true]);
      for (const output of [shown.stdout, human.stdout, tail.lines.join()])
        expect(output).not.toContain('veryverysecret');
    }

    const [short, whole] = await Promise.all([
      here(['events', 'list', '--limit', '1'], environment),
      here(['events', 'list'], environment),
    ]);
    expect([short.stderr, whole.stderr]).toEqual([expect.stringContaining('there are more: --limit 10'), '']);
    const target = await startTarget();
    const replayed = await here(
      ['events', 'replay', message?.id ?? '', '--to', `${target.url}/x`, '--json'],
      environment,
    );
    expect(JSON.parse(replayed.stdout)).toEqual([{ id: message?.id, url: `${target.url}/x`, done: true, status: 200 }]);
    expect(target.got).toHaveLength(1);
    const failing = await startTarget(() => ({ status: 503 }));
    const failed = await here(['events', 'replay', '--limit', '1', '--to', failing.url, '--json'], environment);
    expect([failed.code, JSON.parse(failed.stdout)]).toMatchObject([3, [{ done: false, reason: 'HTTP 503' }]]);
    expect((await here(['events', 'show', '0'.repeat(21)], environment)).code).toBe(2);
    expect((await here(['events', 'replay'], environment)).code).toBe(2);

    const fromNow = startWxop(['events', 'tail', '--json'], environment);
    let number = 1_700_000_001;
    // It has begun when it shows something.
    await eventually(async () => {
      await post(listener.url, textPush(++number), agent);
      return fromNow.lines[0];
    });
    const { type, id } = JSON.parse(fromNow.lines[0] ?? '') as Entry;
    expect([type, [ticket?.id, message?.id].includes(id)]).toEqual(['text', false]);
    expect((await listener.stop()).code).toBe(143);
  });

  test('a dead letter that another target has taken is none any more', async () => {
    const environment = environmentIn(temporaryFolder());
    const listener = await listen(environment);
    for (const number of [1, 2]) await post(listener.url, textPush(1_700_000_000 + number), new Agent());
    await listener.stop();
    const [first, second] = await list(environment);
    const journal = journalOf(environment);
    for (const { id = '' } of [first, second].filter((entry) => entry !== undefined)) {
      for (const target of ['shop', 'stock']) {
        const about = { id, target, url: `http://127.0.0.1:1/${target}`, at: Date.now() };
        await journal.note({ ...about, state: 'dead', tries: 9, status: 500, reason: 'HTTP 500' });
      }
    }
    await journal.close();
    expect(await list(environment, '--dead')).toHaveLength(2);
    const other = await startTarget(({ body }) => ({ status: body.includes('<') && other.got.length > 1 ? 503 : 200 }));
    const replayed = await here(['events', 'replay', '--dead', '--to', other.url, '--json'], environment);
    expect([replayed.code, JSON.parse(replayed.stdout)]).toMatchObject([3, [{ done: true }, { done: false }]]);
    // What was not taken stays.
    const [left, ...more] = await list(environment, '--dead');
    expect([left?.id, more]).toEqual([second?.id, []]);
    const [revived] = await list(environment);
    expect(revived?.deliveries.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    expect(revived?.deliveries).toContainEqual(
      expect.objectContaining({ url: 'http://127.0.0.1:1/shop', tries: 9, reason: `replayed to ${other.url}` }),
    );
  });

  test('what is owed to a target that is none any more is told, listed, and can be sent elsewhere', async () => {
    const port = await freePort();
    const environment = environmentIn(temporaryFolder());
    const url = `http://127.0.0.1:${port}/old`;
    const first = await listen(environment, '--forward-to', `${url}#type=text`);
    for (const number of [1, 2]) await post(first.url, textPush(1_700_000_000 + number), new Agent());
    await first.stop();
    const other = await startTarget();
    const second = await listen(environment, '--forward-to', other.url);
    await eventually(
      () =>
        second.stderr().includes(`2 pushes are waiting for ${url}, which is no longer a forwarding target`) ||
        undefined,
    );
    await second.stop();
    const dead = await list(environment, '--dead');
    expect(dead.flatMap(({ deliveries }) => deliveries.map(({ url: to, state }) => [to, state]))).toEqual(
      [1, 2].map(() => [url, 'stranded']),
    );
    expect((await here(['events', 'list'], environment)).stdout).toContain('no target now');
    const withOther = { ...environment, WXOP_FORWARD_TO: other.url };
    const nothing = await here(['events', 'replay', '--dead'], withOther);
    expect([nothing.code, nothing.stderr]).toEqual([0, expect.stringContaining('name one with --to')]);
    const replayed = await here(['events', 'replay', '--dead', '--to', `${other.url}/new`, '--json'], environment);
    expect(JSON.parse(replayed.stdout)).toMatchObject([{ done: true }, { done: true }]);
    expect(await list(environment, '--dead')).toEqual([]);
    const third = await listen(environment, '--forward-to', other.url);
    expect((await third.stop()).stderr).not.toContain('no longer a forwarding target');
    expect(other.got.map(({ url: asked }) => asked.split('?')[0])).toEqual(['/new', '/new']);
  });

  test('--no-journal keeps none; forwarding works all the same', async () => {
    const environment = environmentIn(temporaryFolder());
    const target = await startTarget();
    const listener = await listen(environment, '--no-journal', '--forward-to', target.url);
    expect(await post(listener.url, textPush(1), new Agent())).toBe('success');
    expect(target.got).toHaveLength(1);
    expect(await list(environment)).toEqual([]);
  });
});
