/** What the street sends, over raw sockets: everything is answered, and nothing that is not genuine is accepted. */
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/processes.ts';
import {
  ask,
  askRaw,
  COMPONENT,
  EVENT_PATH,
  listenerWorld,
  sealed,
  statusOf,
  ticketEvent,
  type ListenerWorld,
  type Push,
} from '../support/listener.ts';

const MESSAGE = { ToUserName: 'gh_1', FromUserName: 'o1', CreateTime: 1700000000, MsgType: 'text', Content: 'hello' };
const ACCOUNT = '/wechat/message/wx0123456789abcdef';
const message = (content = 'hello'): Push => sealed({ ...MESSAGE, Content: content }, { path: ACCOUNT });

const bytes = ({ path, body }: Push, head: string[] = [], version = '1.1'): string =>
  [`POST ${path} HTTP/${version}`, 'Host: listener', `Content-Length: ${body.length}`, ...head, '', body].join('\r\n');
const statuses = (answer: string): number[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
const told = (world: ListenerWorld, type: string): number =>
  world.activity.filter((activity) => activity.type === type).length;

/** A connection that is held open, and what came back on it so far. */
async function held(
  world: ListenerWorld,
  host = new URL(world.url).hostname,
): Promise<{ socket: Socket; answer: () => string; closed: Promise<void> }> {
  let received = '';
  const socket = connect({ host, port: Number(new URL(world.url).port), allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.on('end', () => socket.end());
  socket.on('error', () => undefined);
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  await new Promise<void>((done) => socket.once('connect', () => done()));
  return { socket, answer: () => received, closed };
}
const whole = (answer: string): string | undefined => (answer.includes('\r\n\r\n') ? answer : undefined);

async function stillTakes(world: ListenerWorld): Promise<void> {
  expect((await world.push(message(`after ${Math.random()}`))).body).toBe('success');
}

describe('slow clients', () => {
  it('a head that never ends is 408 and closed', async () => {
    const world = await listenerWorld({ requestDeadline: undefined });
    const dripping = await held(world);
    dripping.socket.write(`POST ${EVENT_PATH} HTTP/1.1\r\nHost: listener\r\nX-Drip: `);
    const drip = setInterval(() => dripping.socket.write('x'), 200);
    onTestFinished(() => clearInterval(drip));
    await dripping.closed;
    expect(statusOf(dripping.answer())).toBe(408);
    await stillTakes(world);
  });

  it('a body that drips is 408 after five seconds, whatever drips', async () => {
    const world = await listenerWorld({ requestDeadline: undefined });
    const dripping = await held(world);
    dripping.socket.write(`POST ${ACCOUNT} HTTP/1.1\r\nHost: listener\r\nContent-Length: 1000\r\n\r\n<xml>`);
    const drip = setInterval(() => dripping.socket.write(' '), 200);
    onTestFinished(() => clearInterval(drip));
    await dripping.closed;
    expect(statusOf(dripping.answer())).toBe(408);
    expect(world.rejected()).toEqual([{ reason: 'too-slow', status: 408 }]);
  });

  it('slow ones do not hold up the others', async () => {
    const world = await listenerWorld();
    for (let index = 0; index < 50; index++) (await held(world)).socket.write('POST /wechat/event HTTP/1.1\r\n');
    await stillTakes(world);
  });
});

describe('one connection', () => {
  it('pipelined pushes are answered in their order', async () => {
    const world = await listenerWorld();
    const bad = message('bad');
    const answer = await askRaw(
      world.url,
      bytes(message('1')) + bytes({ ...bad, body: message('other').body }) + bytes(message('3'), ['Connection: close']),
    );
    expect(statuses(answer)).toEqual([200, 403, 200]);
    expect(told(world, 'message')).toBe(2);
  });

  it('a flood of pipelined requests is refused from the seventeenth on', async () => {
    const world = await listenerWorld();
    const flood = Array.from({ length: 40 }, () => 'GET /healthz HTTP/1.1\r\nHost: listener\r\n\r\n').join('');
    const got = statuses(await askRaw(world.url, flood));
    expect(got.slice(0, 16)).toEqual(Array<number>(16).fill(200));
    expect(got[16]).toBe(503);
    await stillTakes(world);
  });

  it('garbage after a push: the push is answered, then 400', async () => {
    const world = await listenerWorld();
    const answer = await askRaw(world.url, `${bytes(message())}NONSENSE\r\n\r\n`);
    expect(statuses(answer)).toEqual([200, 400]);
    expect(told(world, 'message')).toBe(1);
  });

  it('half closed after the push: it is answered all the same', async () => {
    const world = await listenerWorld();
    expect(await askRaw(world.url, bytes(message()), { end: true })).toMatch(/^HTTP\/1\.1 200 [^]*success$/);
  });

  it('half closed in the middle of a body', async () => {
    const world = await listenerWorld();
    const answer = await askRaw(world.url, bytes(message()).slice(0, -5), { end: true });
    expect(statuses(answer)).toEqual([400]);
    expect(told(world, 'message')).toBe(0);
  });

  it('CONNECT is answered', async () => {
    const world = await listenerWorld();
    const answer = await askRaw(world.url, 'CONNECT api.weixin.qq.com:443 HTTP/1.1\r\nHost: api.weixin.qq.com\r\n\r\n');
    expect(statuses(answer)).toEqual([405]);
  });

  it('an upgrade is an ordinary request', async () => {
    const world = await listenerWorld();
    const head = 'GET / HTTP/1.1\r\nHost: listener\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const asked = await held(world);
    asked.socket.write(head);
    expect(statuses(await eventually(() => whole(asked.answer())))).toEqual([404]);
  });
});

describe('bodies', () => {
  it('Expect: 100-continue is continued, then taken', async () => {
    const world = await listenerWorld();
    const push = message();
    const [head, body] = bytes(push, ['Expect: 100-continue', 'Connection: close']).split('\r\n\r\n');
    const asked = await held(world);
    asked.socket.write(`${head}\r\n\r\n`);
    expect(await eventually(() => whole(asked.answer()))).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    asked.socket.write(body ?? '');
    await asked.closed;
    expect(statuses(asked.answer())).toEqual([100, 200]);
  });

  it.each([
    ['a body too large', 'POST', EVENT_PATH, 'Content-Length: 1048577', 413],
    ['another method', 'PUT', EVENT_PATH, 'Content-Length: 10', 405],
    ['an encoding', 'POST', EVENT_PATH, 'Content-Encoding: br\r\nContent-Length: 10', 415],
  ])('Expect: 100-continue before %s is refused without the body', async (_, method, path, head, status) => {
    const world = await listenerWorld();
    const answer = await askRaw(
      world.url,
      `${method} ${path}?a=b HTTP/1.1\r\nHost: listener\r\n${head}\r\nExpect: 100-continue\r\n\r\n`,
    );
    expect(statuses(answer)).toEqual([status]);
  });

  it('another Expect is 417', async () => {
    const world = await listenerWorld();
    expect(statuses(await askRaw(world.url, bytes(message(), ['Expect: tea', 'Connection: close'])))).toEqual([417]);
  });

  it('chunks of any size are one body', async () => {
    const world = await listenerWorld();
    const { path, body } = message();
    const chunks = body.match(/[^]{1,7}/g) ?? [];
    const answer = await askRaw(
      world.url,
      `POST ${path} HTTP/1.1\r\nHost: listener\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n` +
        `${chunks.map((chunk) => `${chunk.length.toString(16)};ext=1\r\n${chunk}\r\n`).join('')}0\r\nTrailer: x\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*success$/);
  });

  it('chunks that make no sense are 400 at once', async () => {
    const world = await listenerWorld();
    const answer = await askRaw(
      world.url,
      `POST ${message().path} HTTP/1.1\r\nHost: listener\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<xml>\r\nzz\r\n`,
    );
    expect(statuses(answer)).toEqual([400]);
    expect(world.rejected()).toEqual([{ reason: 'malformed', status: 400 }]);
  });

  it.each(['gzip', 'br', 'zstd', 'gzip, identity'])('Content-Encoding %s is 415', async (encoding) => {
    const world = await listenerWorld();
    const answer = await askRaw(world.url, bytes(message(), [`Content-Encoding: ${encoding}`, 'Connection: close']));
    expect(statuses(answer)).toEqual([415]);
  });

  it.each(['Content-Encoding: Identity', 'Content-Encoding:', 'content-encoding: IDENTITY'])(
    '%s is none, and taken',
    async (header) => {
      const world = await listenerWorld();
      const answer = await askRaw(world.url, bytes(message(), [header, 'Connection: close']));
      expect(statuses(answer)).toEqual([200]);
    },
  );

  it('Transfer-Encoding: Chunked is read as chunks', async () => {
    const world = await listenerWorld();
    const { path, body } = message();
    const chunks = `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n`;
    expect(statuses(await askRaw(world.url, head + chunks))).toEqual([200]);
  });

  it('compressed chunks are 415', async () => {
    const world = await listenerWorld();
    const answer = await askRaw(
      world.url,
      `POST ${message().path} HTTP/1.1\r\nHost: listener\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n`,
    );
    expect(statuses(answer)).toEqual([415]);
  });

  it('more than the memory for bodies is 503, and the memory comes back', async () => {
    const world = await listenerWorld();
    const waiting: Awaited<ReturnType<typeof held>>[] = [];
    const megabyte = 'x'.repeat(1024 * 1024 - 1);
    // One more than there is memory for: 64 MiB.
    for (let index = 0; index < 66; index++) {
      const one = await held(world);
      one.socket.write(
        `POST ${ACCOUNT} HTTP/1.1\r\nHost: listener\r\nContent-Length: ${1024 * 1024}\r\n\r\n${megabyte}`,
      );
      waiting.push(one);
    }
    await Promise.race(waiting.map(({ closed }) => closed));
    const answers = await eventually(() => {
      const got = waiting.flatMap(({ answer }) => whole(answer()) ?? []);
      return got.length > 1 ? got : undefined;
    });
    expect(new Set(answers.map(statusOf))).toEqual(new Set([503]));
    for (const { socket } of waiting) socket.destroy();
    await eventually(async () => (await world.get('/metrics')).body.includes('\nwxop_body_bytes 0\n') || undefined);
  });
});

describe('heads', () => {
  it.each([
    ['two Host lines', '/healthz', 'Host: a\r\nHost: b'],
    ['two equal Host lines, however they are written', '/healthz', 'Host: a\r\nhOST: a'],
  ])('%s are 400, for nobody knows which one counts', async (_, target, head) => {
    const world = await listenerWorld({ metricsAt: { host: '127.0.0.1', port: 0 } });
    const asked = `GET ${target} HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`;
    expect(statusOf(await askRaw(world.url, asked))).toBe(400);
    expect(statusOf(await askRaw(world.listener.metricsUrl ?? '', asked.replace('/healthz', '/metrics')))).toBe(400);
    expect(statusOf(await askRaw(world.url, asked.replace(/\r\nhost: .(?=\r\nC)/i, '')))).toBe(200);
  });

  it('HTTP/1.0 without Host is taken and closed', async () => {
    const world = await listenerWorld();
    const { path, body } = message();
    const answer = await askRaw(world.url, `POST ${path} HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*success$/);
  });

  it('an absolute address is read for its path', async () => {
    const world = await listenerWorld();
    const push = message();
    const absolute = { ...push, path: `http://wx.example.com${push.path}` };
    expect(statuses(await askRaw(world.url, bytes(absolute, ['Connection: close'])))).toEqual([200]);
  });

  it.each([
    ['a slash more', `/${ACCOUNT}`],
    ['a slash inside', ACCOUNT.replace('/message', '//message')],
    ['a dot', `/.${ACCOUNT}`],
    ['a detour', `/x/..${ACCOUNT}`],
    ['an encoded dot', `/%2e${ACCOUNT}`],
    ['an encoded detour', `/x/%2e%2e${ACCOUNT}`],
    ['an encoded slash', ACCOUNT.replace('/message', '%2fmessage')],
    ['an encoded letter', ACCOUNT.replace('wechat', 'w%65chat')],
    ['an encoded NUL', `${ACCOUNT}%00`],
    ['a slash at the end', `${ACCOUNT}/`],
    ['a backslash', ACCOUNT.replace('/message', '\\message')],
    ['a path parameter', `${ACCOUNT};a=b`],
    ['an appid that is a path', ACCOUNT.replace(/wx\w+$/, '..')],
  ])('there is one spelling of a route: a genuine push with %s is 404', async (_, path) => {
    const world = await listenerWorld();
    const push = sealed(MESSAGE, { path });
    expect(statuses(await askRaw(world.url, bytes(push, ['Connection: close'])))).toEqual([404]);
    expect(told(world, 'message')).toBe(0);
  });

  it('a NUL in the request line is 400', async () => {
    const world = await listenerWorld();
    expect(statuses(await askRaw(world.url, `GET ${EVENT_PATH}\0 HTTP/1.1\r\nHost: a\r\n\r\n`))).toEqual([400]);
  });

  it.each(['timestamp=1', 'nonce=1', 'msg_signature=1', 'signature=1', 'echostr=1&echostr=2'])(
    'a genuine push with a second %s is 400',
    async (more) => {
      const world = await listenerWorld();
      const push = message();
      for (const path of [`${push.path}&${more}`, push.path.replace('?', `?${more}&`)]) {
        expect(statuses(await askRaw(world.url, bytes({ ...push, path }, ['Connection: close'])))).toEqual([400]);
      }
      expect(told(world, 'message')).toBe(0);
    },
  );

  it('a head of more than 16 KiB is 431', async () => {
    const world = await listenerWorld();
    expect(statuses(await askRaw(world.url, bytes(message(), [`X-Flood: ${'x'.repeat(17_000)}`])))).toEqual([431]);
  });

  it('more than a hundred fields are 431', async () => {
    const world = await listenerWorld();
    const flood = Array.from({ length: 120 }, (_, index) => `X-${index}: 1`);
    expect(statuses(await askRaw(world.url, bytes(message(), flood)))).toEqual([431]);
    expect(told(world, 'message')).toBe(0);
  });
});

describe('who asks', () => {
  const from = async (world: ListenerWorld, forwarded: string): Promise<unknown> => {
    const push = sealed(ticketEvent('ticket@@@x'), { token: 'another' });
    await askRaw(world.url, bytes(push, [`X-Forwarded-For: ${forwarded}`, 'Connection: close']));
    return world.activity.findLast((activity) => activity.type === 'rejected');
  };

  it('X-Forwarded-For is not believed', async () => {
    expect(await from(await listenerWorld(), '203.0.113.7')).toMatchObject({ address: '127.0.0.1' });
  });

  it('of a trusted proxy it is: the last address that is no proxy', async () => {
    const world = await listenerWorld({ trustedProxies: ['loopback', '10.0.0.0/8'] });
    expect(await from(world, '198.51.100.1, 203.0.113.7, 10.1.2.3')).toMatchObject({ address: '203.0.113.7' });
    expect(await from(world, '2001:db8::7')).toMatchObject({ address: '2001:db8::7' });
    expect(await from(world, 'unknown')).toMatchObject({ address: '127.0.0.1' });
  });

  it('of a stranger it is not', async () => {
    const world = await listenerWorld({ trustedProxies: ['10.0.0.0/8'] });
    expect(await from(world, '203.0.113.7')).toMatchObject({ address: '127.0.0.1' });
  });

  it('one address behind a proxy may have 128 requests under way, others are not held up by it', async () => {
    const world = await listenerWorld({ trustedProxies: ['loopback'] });
    const open = (address: string): Promise<Awaited<ReturnType<typeof held>>> =>
      held(world).then((one) => {
        one.socket.write(
          `POST ${ACCOUNT} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${address}\r\nContent-Length: 9\r\n\r\n`,
        );
        return one;
      });
    for (let index = 0; index < 128; index++) await open('203.0.113.7');
    await eventually(async () => /wxop_requests_under_way 129\n/.test((await world.get('/metrics')).body) || undefined);
    const refused = await open('203.0.113.7');
    await refused.closed;
    expect(statusOf(refused.answer())).toBe(429);
    await stillTakes(world);
    expect(world.activity).toContainEqual({
      ...{ type: 'limited', status: 429, address: '203.0.113.7' },
      ...{ count: 1, isProxy: false },
    });
    expect((await world.get('/metrics')).body).toContain('wxop_limited_total{status="429"} 1\n');
  });
});

/** This machine's address on a network: whoever connects to it comes from it, and not from loopback. */
const outside = Object.values(networkInterfaces())
  .flatMap((addresses = []) => addresses)
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describe.skipIf(outside === undefined)('one address of the street (skipped on a machine without a network)', () => {
  it('may have 128 connections; the next is refused, others are not held up by it, and it may come again', async () => {
    const world = await listenerWorld({ host: '0.0.0.0' });
    const open = () => held(world, outside);
    const connections = await Promise.all(Array.from({ length: 128 }, open));
    const asked = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';
    const refused = await open();
    refused.socket.write(asked.replace('Host', 'X-Forwarded-For: 203.0.113.7\r\nHost'));
    await refused.closed;
    expect(statusOf(refused.answer())).toBe(503);
    const twice = await open();
    twice.socket.write(asked);
    await twice.closed;
    // The operator hears of it once, and that it may be a proxy.
    expect(world.activity.filter(({ type }) => type === 'limited')).toEqual([
      { type: 'limited', status: 503, address: outside, count: 1, isProxy: true },
    ]);
    expect((await ask(`http://127.0.0.1:${new URL(world.url).port}/healthz`)).status).toBe(200);
    connections[0]?.socket.destroy();
    await eventually(async () => {
      const again = await open();
      again.socket.write(asked);
      const answer = await eventually(() => whole(again.answer()));
      again.socket.destroy();
      return statusOf(answer) === 200 || undefined;
    });
  });
});

describe('metrics', () => {
  it('count pushes by type and result, and tell no secret', async () => {
    const world = await listenerWorld();
    await world.giveTicket();
    await stillTakes(world);
    await world.push(sealed(ticketEvent('ticket@@@x'), { token: 'another' }));
    await world.push(sealed(ticketEvent('ticket@@@x')));
    const { body, headers } = await world.get('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain('wxop_pushes_total{kind="message",type="text",result="accepted"} 1\n');
    expect(body).toContain('wxop_pushes_total{kind="event",type="component_verify_ticket",result="accepted"} 1\n');
    expect(body).toContain('wxop_pushes_total{kind="event",type="unknown",result="bad-signature"} 1\n');
    expect(body).toMatch(/^wxop_push_seconds_bucket\{kind="message",le="\+Inf"\} 1$/m);
    expect(body).toMatch(/^wxop_ticket_age_seconds \d+$/m);
    for (const secret of ['ticket@@@', COMPONENT.secret, COMPONENT.messageToken, COMPONENT.encodingAesKey])
      expect(body).not.toContain(secret);
    for (const line of body.trimEnd().split('\n'))
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? [\d.e+-]+)$/);
  });

  it.each([
    ['of a proxy', ['X-Forwarded-For: 203.0.113.7', 'Host: 127.0.0.1']],
    ['for another host', ['Host: wx.example.com']],
  ])('are not there in a request %s', async (_, head) => {
    const world = await listenerWorld();
    const answer = await askRaw(
      world.url,
      ['GET /metrics HTTP/1.1', ...head, 'Connection: close', '', ''].join('\r\n'),
    );
    expect(statuses(answer)).toEqual([404]);
  });

  it('of a public listener are at an address of their own only', async () => {
    const world = await listenerWorld({ isPublic: true });
    expect((await world.get('/metrics')).status).toBe(404);
  });
});

it('connections over the limit of one address come from elsewhere: this machine may have more', async () => {
  const world = await listenerWorld();
  for (let index = 0; index < 200; index++) await held(world);
  await stillTakes(world);
});
