// What a push costs behind nginx, for each of the processes; run by scale.mjs.
import { connect as connectTls } from 'node:tls';
import { createClient } from '@redis/client';
import { load } from './load.mjs';
import { processorTime, report } from './measuring.mjs';
import { residentBytes } from './place.mjs';
import { bytesOf, messagePush } from './pushes.mjs';

const CONNECTIONS = 64;
const TLS_CONNECTIONS = 8;

/** Each push over a connection of its own, none resumed. */
async function overTls(port, requests) {
  let next = 0;
  const one = (bytes) =>
    new Promise((done, failed) => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, session: undefined }, () =>
        socket.write(bytes),
      );
      socket.on('error', failed);
      socket.once('data', (chunk) => {
        socket.destroy();
        if (chunk.toString('latin1', 9, 12) === '200') done();
        else failed(new Error(chunk.toString('latin1', 0, 40)));
      });
    });
  const worker = async () => {
    while (next < requests.length) await one(requests[next++]);
  };
  await Promise.all(Array.from({ length: TLS_CONNECTIONS }, worker));
}

export async function measurePushes({ place, ports, component, key, forwarded, account, pushes }) {
  const { listeners, nginx, redis, broker } = place;
  const client = createClient({ url: `redis://:${place.password}@127.0.0.1:${place.redisPort}`, RESP: 2 });
  await client.connect();
  const info = async (section, name) =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await client.sendCommand(['INFO', section]))[1]);
  const messages = (count, appId = account) =>
    Array.from({ length: count }, () => bytesOf(messagePush(appId, component)));

  /** Microseconds of each process for one push, and how many a second it was. */
  async function cost(count, send) {
    const pids = { listener: listeners.map(({ child }) => child.pid), nginx: [nginx.pid], redis: [redis.pid] };
    const timesOf = () =>
      Object.fromEntries(
        Object.entries({ ...pids, broker: [broker.pid] }).map(([name, all]) => [
          name,
          all.reduce((sum, pid) => sum + processorTime({ pid }), 0),
        ]),
      );
    const [before, start] = [timesOf(), performance.now()];
    await send();
    const [after, took] = [timesOf(), performance.now() - start];
    const costs = Object.keys(after).map((name) => [name, (after[name] - before[name]) / count]);
    return { ...Object.fromEntries(costs), rate: (count / took) * 1000 };
  }
  async function plainly(count, appId) {
    const requests = messages(count, appId);
    return cost(count, async () => {
      const { statuses, unanswered } = await load({ port: ports.open, requests, connections: CONNECTIONS });
      if (statuses[200] !== count || unanswered > 0) throw new Error(JSON.stringify({ statuses, unanswered }));
    });
  }
  async function handshakes(kind) {
    await place.recertify(kind);
    const count = Math.ceil(pushes / 10);
    const requests = messages(count);
    return cost(count, () => overTls(ports.tls, requests));
  }

  // Each listener compiles what it needs, and again what it needs often.
  await plainly(listeners.length * 2_000);
  const [memory, log] = [await info('memory', 'used_memory'), await info('persistence', 'aof_current_size')];
  const always = await plainly(pushes);
  const logged = ((await info('persistence', 'aof_current_size')) - log) / pushes;
  await client.sendCommand(['CONFIG', 'SET', 'appendfsync', 'everysec']);
  const everysec = await plainly(pushes);
  const [forwarding, ecdsa, rsa] = [
    await plainly(pushes / 4, forwarded),
    await handshakes('ec'),
    await handshakes('rsa:2048'),
  ];
  // What holds a push together for ten seconds has gone.
  await new Promise((done) => setTimeout(done, 10_500));
  const held = ((await info('memory', 'used_memory')) - memory) / (pushes * 2.45);
  const seen = await client.sendCommand(['SCAN', '0', 'MATCH', `wxop:{${component.appId}}:seen:*`, 'COUNT', '1000']);
  const seenBytes = Number(await client.sendCommand(['MEMORY', 'USAGE', seen[1][0]]));
  const line = Buffer.from(`GET /token/${forwarded} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`);
  const tokens = await cost(pushes, () =>
    load({ port: ports.open, requests: Array.from({ length: pushes }, () => line) }),
  );
  await client.close();

  const µs = (id, value) => ({ id, value, unit: 'µs' });
  const isGood = report('scale', [
    µs('a push: the listeners', everysec.listener),
    µs('a push: nginx, its connection kept', everysec.nginx),
    µs('a push: Redis, everysec', everysec.redis),
    µs('a push: Redis, always', always.redis),
    µs('forwarding it as well: the listeners', forwarding.listener - everysec.listener),
    µs('a new TLS connection for it, P-256: nginx', ecdsa.nginx - everysec.nginx),
    µs('a new TLS connection for it, RSA 2048: nginx', rsa.nginx - everysec.nginx),
    µs('a cached token: the broker', tokens.broker),
    { id: 'pushes with everything on this machine, always', value: always.rate, unit: '/s' },
    { id: 'the same, everysec', value: everysec.rate, unit: '/s' },
    { id: 'memory of Redis for a push in the journal', value: held - seenBytes, unit: 'bytes' },
    { id: 'and for ten minutes, to know it again', value: seenBytes, unit: 'bytes' },
    { id: 'append-only file for a push', value: logged, unit: 'bytes' },
    {
      id: 'memory of a listener after all that',
      value: Math.max(...listeners.map(({ child }) => residentBytes(child.pid))) / 2 ** 20,
      unit: 'MiB',
    },
  ]);
  return {
    isGood,
    listener: everysec.listener,
    nginx: everysec.nginx,
    redis: everysec.redis,
    redisAlways: always.redis,
    forwarding: forwarding.listener - everysec.listener,
    tls: ecdsa.nginx - everysec.nginx,
    entryBytes: held - seenBytes,
    seenBytes,
    loggedBytes: logged,
  };
}
