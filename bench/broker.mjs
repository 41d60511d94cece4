// What `wxop serve` costs: a cached token against a bare server, a call through it against a bare undici call, and how often
// ten processes that ask for one expired token make it exchange.
//
//   npm run build && node bench/broker.mjs [--rounds 5] [--requests 20000] [--calls 2000]
//
// Each server is a process of its own; rounds are interleaved and the first does not count; ratios are those of the medians, of
// tokens by the processor time of the server.
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { load } from './load.mjs';
import { BIN, makeFolder, median, processorTime, report, startPlatform, wxop } from './measuring.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '20000' },
    calls: { type: 'string', default: '2000' },
  },
});
const [rounds, requests, calls] = [flags.rounds, flags.requests, flags.calls].map(Number);
/** Milliseconds until WeChat answers; it is rarely faster. */
const UPSTREAM = 20;
const PROCESSES = 10;
const EXCHANGE = '/cgi-bin/component/api_authorizer_token';
const ANSWER = JSON.stringify({ access_token: 'x'.repeat(86), expires_in: 7199 });

const BARE = `
const { createServer } = require('node:http');
const body = process.argv[2];
const pause = Number(process.argv[3] ?? 0);
const server = createServer((request, response) => {
  request.resume().on('end', async () => {
    if (pause > 0) await new Promise((done) => setTimeout(done, pause));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
}).listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: 'http://127.0.0.1:' + server.address().port })));`;

const { folder, close } = makeFolder('tmpfs');
const bareFile = join(folder, 'bare.cjs');
writeFileSync(bareFile, BARE);
const started = [];

/** A server that says its URL in its first line of JSON, and its process. */
async function start(argv, env = {}) {
  const child = spawn(process.execPath, argv, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) return { url: JSON.parse(line).url, pid: child.pid };
  }
  throw new Error(`${argv.join(' ')} did not start`);
}

/** Milliseconds for one call, one after the other. */
async function timeCalls(url, headers, dispatcher, times) {
  const begun = performance.now();
  for (let call = 0; call < times; call++) {
    const { statusCode, body } = await request(url, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"touser":"o1","msgtype":"text","text":{"content":"hello"}}',
    });
    await body.text();
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`);
  }
  return (performance.now() - begun) / times;
}

const platform = await startPlatform({ accounts: 1 });
let held = false;
try {
  const [appId] = platform.appIds;
  const env = { ...platform.env, WXOP_HOME: join(folder, 'home') };
  await wxop(['ticket', 'set', '--quiet'], env, platform.ticket);
  await wxop(['accounts', 'sync'], env);
  await wxop(['token', 'get', appId], env);
  const made = await wxop(['serve', 'key', 'add', 'bench', '--accounts', appId, '--rate', '10000000'], env);
  const key = made.stdout.trim();
  const headers = { authorization: `Bearer ${key}`, 'x-account': appId };
  const upstream = await start([bareFile, '{"errcode":0,"errmsg":"ok"}']);
  const bare = await start([bareFile, ANSWER]);
  const serve = [BIN, 'serve', '--api', '--address', '0', '--json'];
  const slow = await start([bareFile, '{"errcode":0,"errmsg":"ok"}', String(UPSTREAM)]);
  const broker = await start(serve, { ...env, WXOP_API_URL: upstream.url });
  const distant = await start(serve, { ...env, WXOP_API_URL: slow.url });

  const portOf = ({ url }) => Number(new URL(url).port);
  const line = Buffer.from(`GET /token/${appId} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`);
  const all = Array.from({ length: requests }, () => line);
  const dispatcher = new Agent({ connections: 1 });
  const [bareCosts, tokenCosts, direct, through, far, farThrough] = [[], [], [], [], [], []];
  for (let round = 0; round <= rounds; round++) {
    for (const [server, costs] of [
      [bare, bareCosts],
      [broker, tokenCosts],
    ]) {
      const before = processorTime(server);
      const { statuses } = await load({ port: portOf(server), requests: all });
      if (statuses[200] !== requests) throw new Error(`${server.url} answered ${JSON.stringify(statuses)}`);
      if (round > 0) costs.push((processorTime(server) - before) / requests);
    }
    const path = '/cgi-bin/message/custom/send';
    const way = async (url, times, sent) => timeCalls(url + path, sent, dispatcher, times);
    for (const [times, url, sent] of [
      [direct, upstream.url, {}],
      [through, `${broker.url}/api`, headers],
      [far, slow.url, {}],
      [farThrough, `${distant.url}/api`, headers],
    ]) {
      const took = await way(url, times === direct || times === through ? calls : calls / 10, sent);
      if (round > 0) times.push(took);
    }
  }
  await dispatcher.close();

  // On the platform itself, whose exchanges are counted.
  const exchanging = await start(serve, env);
  rmSync(join(env.WXOP_HOME, 'state', env.WXOP_COMPONENT_APPID, 'token', appId), { recursive: true });
  const before = (await platform.tell({}))[EXCHANGE] ?? 0;
  const caller = (index) => ({
    WXOP_HOME: join(folder, `caller-${index}`),
    WXOP_STORE: `broker+${exchanging.url}`,
    WXOP_BROKER_KEY: key,
  });
  const got = await Promise.all(
    Array.from({ length: PROCESSES }, (_, index) => wxop(['token', 'get', appId], caller(index))),
  );
  if (new Set(got.map(({ stdout }) => stdout)).size !== 1) throw new Error('different tokens');
  const exchanges = ((await platform.tell({}))[EXCHANGE] ?? 0) - before;

  console.log(`Node ${process.version}, ${rounds} interleaved rounds, 32 connections, one call at a time, medians`);
  held = report('broker', [
    { id: 'node:http, a constant', value: median(bareCosts), unit: 'µs', ratio: 1 },
    {
      id: 'GET /token, cached',
      value: median(tokenCosts),
      unit: 'µs',
      ratio: median(bareCosts) / median(tokenCosts),
    },
    { id: `a bare undici call, ${UPSTREAM} ms away`, value: median(far), unit: 'ms', ratio: 1 },
    {
      id: 'the same through the broker',
      value: median(farThrough),
      unit: 'ms',
      ratio: median(farThrough) / median(far),
    },
    { id: 'a bare undici call, no distance', value: median(direct), unit: 'ms', ratio: 1 },
    {
      id: 'what the broker adds to it',
      value: median(through) - median(direct),
      unit: 'ms',
      ratio: (median(through) - median(direct)) / median(direct),
    },
    { id: '10 processes, one expired token', value: exchanges, unit: 'exchanges' },
  ]);
} finally {
  for (const child of started) child.kill();
  await platform.close();
  close();
}
process.exitCode = held ? 0 : 1;
