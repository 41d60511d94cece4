/** `wxop listen --via`: a laptop attached to the listener of its team, each a process of its own. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { leaksIn } from '../support/leaks.ts';
import { ask, askRaw, COMPONENT, sealed, statusOf, ticketEvent, type Answered } from '../support/listener.ts';
import { eventually, startWxop, type Started } from '../support/processes.ts';
import { hasRedis, ownRedis } from '../support/redis.ts';
import { startTarget } from '../support/target.ts';
import { startWay } from '../support/way.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

const TEA = 'wx0123456789abcdef';
const OTHER = 'wx1111111111111111';

interface Team {
  url: string;
  env: Record<string, string>;
  listener: Started;
  key: (name: string, accounts: string, ...flags: string[]) => Promise<string>;
  push: (id: string, appId?: string) => Promise<Answered>;
}

async function startTeam(flags: string[] = [], port = '0', env = teamEnvironment()): Promise<Team> {
  const argv = ['listen', '--attach', '--json', '--port', port, '--no-start-push', ...flags];
  const listener = startWxop(argv, env);
  const { url } = await listener.json<{ url: string }>('listening');
  return {
    url,
    env,
    listener,
    key: async (name, accounts, ...more) => {
      const argv = ['serve', 'key', 'add', name, '--accounts', accounts, '--scopes', 'events', ...more];
      const { code, stdout, stderr } = await runWxop(argv, { environment: env });
      if (code !== 0) throw new Error(stderr);
      return stdout.trim();
    },
    push: (id, appId = TEA) => {
      const { path, body } = message(id, appId);
      return ask(url + path, { method: 'POST', body, headers: { 'content-type': 'text/xml; charset=utf-8' } });
    },
  };
}

const teamEnvironment = (): Record<string, string> => ({
  WXOP_HOME: temporaryFolder(),
  WXOP_COMPONENT_APPID: COMPONENT.appId,
  WXOP_MESSAGE_TOKEN: COMPONENT.messageToken,
  WXOP_ENCODING_AES_KEY: COMPONENT.encodingAesKey,
  WXOP_API_URL: 'http://127.0.0.1:1',
});

const message = (id: string, appId: string) =>
  sealed(
    { ToUserName: 'gh_1', FromUserName: 'oUser', CreateTime: 1_700_000_000, MsgType: 'text', Content: id, MsgId: id },
    { path: `/wechat/message/${appId}` },
  );

async function attach(via: string, key: string, home: string, ...flags: string[]) {
  const started = startWxop(['listen', '--via', via, '--json', ...flags], {
    WXOP_HOME: home,
    WXOP_BROKER_KEY: key,
    WXOP_FORWARD_SECRET: 'a-secret-of-the-laptop',
  });
  await started.json('attached');
  return started;
}

const contents = (got: readonly { body: string }[]): string[] =>
  got.map(({ body }) => (JSON.parse(body) as { fields: { Content: string } }).fields.Content);

describe('listen --via', () => {
  it('hands on what the listener gets, as it came and as JSON, of the accounts of its key only', async () => {
    const team = await startTeam();
    const key = await team.key('laptop', TEA);
    const raw = await startTarget();
    const json = await startTarget();
    const home = temporaryFolder();
    const laptop = await attach(
      team.url,
      key,
      home,
      '--verbose',
      '--forward-to',
      `${raw.url}/$APPID$/x?a=1`,
      '--forward-to',
      `${json.url}/#format=json&type=text`,
    );
    await team.listener.json('attached');
    await team.push('other', OTHER);
    const { path } = sealed(ticketEvent('ticket@@@secret'));
    await ask(team.url + path, { method: 'POST', body: sealed(ticketEvent('ticket@@@secret')).body });
    const { path: sent, body } = message('first', TEA);
    await ask(team.url + sent, { method: 'POST', body, headers: { 'content-type': 'text/xml; charset=utf-8' } });
    await eventually(() => (raw.got.length > 0 && json.got.length > 0) || undefined);
    await team.push('second');
    await eventually(() => (raw.got.length > 1 && json.got.length > 1) || undefined);

    const [, query] = sent.split('?');
    expect(raw.got[0]).toMatchObject({ url: `/${TEA}/x?a=1&${query}`, body, method: 'POST' });
    expect(raw.got[0]?.headers).toMatchObject({ 'content-type': 'text/xml; charset=utf-8', 'user-agent': 'wxop' });
    expect(contents(json.got)).toEqual(['first', 'second']);
    const [, time, signature] = /^t=(\d+),v1=(\w+)$/.exec(String(json.got[0]?.headers['x-wxop-signature'])) ?? [];
    const made = createHmac('sha256', 'a-secret-of-the-laptop').update(`${time}.${json.got[0]?.body}`).digest('hex');
    expect(signature).toBe(made);
    expect(JSON.parse(json.got[0]?.body ?? '')).toMatchObject({
      componentAppId: COMPONENT.appId,
      appId: TEA,
      kind: 'message',
    });
    const places = { running: [team.listener, laptop], urls: [team.url], folders: [team.env.WXOP_HOME ?? '', home] };
    expect(await leaksIn([key.slice(-43), 'a-secret-of-the-laptop'], places)).toEqual([]);
    expect((await laptop.stop('SIGINT')).code).toBe(130);
    await team.listener.json('detached');
  });

  it('has every push once, however often the way breaks, the laptop ends and the listener starts anew', async () => {
    const team = await startTeam();
    const { port } = new URL(team.url);
    const key = await team.key('laptop', 'all');
    const way = await startWay(team.url);
    const target = await startTarget();
    const home = temporaryFolder();
    const to = ['--forward-to', `${target.url}/#format=json`];
    let laptop = await attach(way.url, key, home, ...to);
    const sent: string[] = [];
    const pushSome = async (push: Team['push']): Promise<void> => {
      for (let count = 0; count < 20; count++) {
        sent.push(String(sent.length));
        expect((await push(sent.at(-1) ?? '')).status).toBe(200);
        if (count === 10) way.cut();
      }
    };
    // What a service took, and is told to have taken, never comes again.
    const told = () => laptop.lines.filter((line) => line.includes('"type":"forwarded"')).length;
    let toldBefore = 0;
    const all = () => eventually(() => toldBefore + told() >= sent.length || undefined);
    await pushSome(team.push);
    await all();
    toldBefore += told();
    await laptop.stop('SIGKILL');
    await pushSome(team.push);
    laptop = await attach(way.url, key, home, ...to);
    await all();
    await team.listener.stop('SIGKILL');
    const again = await startTeam([], port, team.env);
    await pushSome(again.push);
    await all();
    expect(contents(target.got).sort()).toEqual([...sent].sort());
    expect(new Set(target.got.map(({ headers }) => headers['x-wxop-event-id'])).size).toBe(sent.length);
  }, 40_000);

  it('keeps what a service does not take, and brings it once it does', async () => {
    const team = await startTeam();
    let isAway = true;
    const target = await startTarget(() => ({ status: isAway ? 500 : 200 }));
    await attach(
      team.url,
      await team.key('laptop', 'all'),
      temporaryFolder(),
      '--forward-to',
      `${target.url}/#format=json`,
    );
    await Promise.all(Array.from({ length: 70 }, (_, count) => team.push(String(count))));
    await eventually(() => target.got.length >= 64 || undefined);
    isAway = false;
    const taken = target.got.length;
    await eventually(() => new Set(contents(target.got.slice(taken))).size === 70 || undefined);
  }, 40_000);

  it('answers the user where it is the one that responds, and a second one is refused', async () => {
    const team = await startTeam();
    const key = await team.key('laptop', 'all');
    const reply = '<xml><ToUserName>oUser</ToUserName><MsgType>text</MsgType><Content>hello</Content></xml>';
    const target = await startTarget(() => ({ body: reply }));
    const flags = ['--respond', '--forward-to', target.url];
    const laptop = await attach(team.url, key, temporaryFolder(), '--as', 'anna', ...flags);
    await team.listener.json('attached');
    const { status, body } = await team.push('1');
    expect([status, body]).toEqual([200, expect.stringMatching(/<Encrypt>/)]);
    const environment = { WXOP_HOME: temporaryFolder(), WXOP_BROKER_KEY: key };
    const second = await runWxop(['listen', '--via', team.url, '--json', ...flags], { environment });
    expect(errorOf(second)).toMatchObject({ code: 'USAGE', message: 'anna answers the users already.' });
    await laptop.stop('SIGTERM');
    await team.listener.json('detached');
    expect((await team.push('2')).body).toBe('success');
  });

  it('begins further back where it is asked to, with several processes too, where it cannot respond', async () => {
    const team = await startTeam(['--workers', '2']);
    const key = await team.key('laptop', 'all');
    for (const id of ['1', '2', '3', '4']) await team.push(id);
    const target = await startTarget();
    const to = ['--forward-to', `${target.url}/#format=json`];
    await attach(team.url, key, temporaryFolder(), '--since', '10m', ...to);
    await eventually(() => target.got.length >= 4 || undefined);
    for (const id of ['5', '6', '7', '8']) await team.push(id);
    await eventually(() => target.got.length >= 8 || undefined);
    expect(contents(target.got).sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    const environment = {
      WXOP_HOME: temporaryFolder(),
      WXOP_BROKER_KEY: key,
      WXOP_FORWARD_SECRET: 'a-secret-of-the-laptop',
    };
    const refused = await runWxop(['listen', '--via', team.url, '--json', '--respond', ...to], { environment });
    expect(errorOf(refused)).toMatchObject({ code: 'USAGE', message: expect.stringMatching(/--workers/) as string });
  }, 40_000);

  it.skipIf(!hasRedis)(
    'reads a journal on Redis, also what another machine received, and says what it no longer has',
    async () => {
      const redis = await ownRedis({ args: ['--stream-node-max-entries', '1'] });
      const onRedis = () => ({ ...teamEnvironment(), WXOP_STORE: redis.url });
      const [team, other] = await Promise.all([startTeam([], '0', onRedis()), startTeam([], '0', onRedis())]);
      const key = await team.key('laptop', 'all');
      const target = await startTarget();
      const [home, to] = [temporaryFolder(), ['--forward-to', `${target.url}/#format=json`]];
      for (const [at, { push }] of [team, other, team].entries()) await push(String(at));
      const laptop = await attach(team.url, key, home, '--since', '10m', ...to);
      await eventually(() => target.got.length >= 3 || undefined);
      await other.push('3');
      await eventually(() => target.got.length >= 4 || undefined);
      expect(contents(target.got).sort()).toEqual(['0', '1', '2', '3']);
      expect(laptop.lines.filter((line) => line.includes('"gap"'))).toEqual([]);
      await laptop.stop();
      await Promise.all([team.listener.stop(), other.listener.stop()]);
      const small = await startTeam(['--journal-size', '3KiB'], '0', onRedis());
      for (const id of ['4', '5', '6', '7']) await small.push(id);
      const again = await attach(small.url, key, home, '--since', '10m', ...to);
      await again.json('gap');
      await eventually(() => contents(target.got).includes('7') || undefined);
      expect(contents(target.got)).not.toContain('4');
      expect(new Set(contents(target.got)).size).toBe(target.got.length);
    },
    40_000,
  );

  it('says what is wrong with a key, an address or a flag, and ends when its key is revoked', async () => {
    const team = await startTeam();
    const key = await team.key('laptop', 'all');
    const { stdout: token } = await runWxop(['serve', 'key', 'add', 'ci', '--accounts', 'all'], {
      environment: team.env,
    });
    const closed = await startTarget(() => ({ status: 404 }));
    const cases: [flags: string[], key: string, code: string, said: RegExp][] = [
      [['--via', team.url], `${key.slice(0, -4)}AAAA`, 'KEY_REFUSED', /does not know this key/],
      [['--via', team.url], token.trim(), 'KEY_NOT_ALLOWED', /no scope events/],
      [['--via', 'http://127.0.0.1:1'], key, 'NETWORK', /nothing answers there/],
      [['--via', closed.url], key, 'NETWORK', /Nobody can attach/],
      [['--via', 'http://wx.example.com'], key, 'USAGE', /plain HTTP/],
      [['--via', 'wx.example.com'], key, 'USAGE', /address of a listener/],
      [['--via', team.url, '--port', '1'], key, 'USAGE', /--port does not go with --via/],
      [['--via', team.url, '--respond'], key, 'USAGE', /--respond without a service/],
      [['--since', '10m'], key, 'USAGE', /--since goes with --via/],
      [['--attach', '--no-journal', '--no-start-push', '--port', '0'], key, 'USAGE', /--no-journal/],
    ];
    for (const [flags, shown, code, said] of cases) {
      const environment = { ...team.env, WXOP_HOME: temporaryFolder(), WXOP_BROKER_KEY: shown };
      const ended = await runWxop(['listen', ...flags, '--json'], { environment });
      expect([flags, errorOf(ended)]).toEqual([
        flags,
        expect.objectContaining({ code, message: expect.stringMatching(said) as string }),
      ]);
    }
    const laptop = await attach(team.url, key, temporaryFolder());
    await runWxop(['serve', 'key', 'revoke', 'laptop'], { environment: team.env });
    expect((await laptop.finished).code).not.toBe(0);
    expect(laptop.stderr()).toContain('KEY_REFUSED');
  }, 40_000);

  it('lets nobody in without a key, from a web page, or with words that are none', async () => {
    const team = await startTeam();
    const key = await team.key('laptop', 'all');
    const head = (path: string, ...lines: string[]): string =>
      [
        `GET ${path} HTTP/1.1`,
        'Host: x',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        ...lines,
        '',
        '',
      ].join('\r\n');
    const authorization = `Authorization: Bearer ${key}`;
    expect(statusOf(await askRaw(team.url, head('/attach')))).toBe(401);
    expect(statusOf(await askRaw(team.url, head('/attach', authorization, 'Origin: https://evil.example')))).toBe(403);
    expect(statusOf(await askRaw(team.url, head('/nowhere', authorization)))).toBe(404);
    const compressed = await askRaw(
      team.url,
      `${head('/attach', authorization, 'Sec-WebSocket-Extensions: permessage-deflate')}\x81\x03abc`,
    );
    expect(compressed).toMatch(/^HTTP\/1.1 101(?![^]*permessage-deflate)/);
    // A frame that announces more than any word has, one that is no JSON, and one that is not masked.
    for (const frame of [
      '\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff\x00\x00\x00\x00',
      '\x81\x83\x00\x00\x00\x00abc',
      '\x81\x03abc',
    ])
      expect(statusOf(await askRaw(team.url, head('/attach', authorization) + frame))).toBe(101);
    expect((await team.push('1')).status).toBe(200);
    expect((await team.listener.stop('SIGTERM')).code).toBe(143);
  });
});
