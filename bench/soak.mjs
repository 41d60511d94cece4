// `wxop listen` under mixed pushes, good and bad, beside a sandbox that pushes a ticket every 100 ms and fails on purpose.
//
//   npm run build && node bench/soak.mjs --pushes 100000
//   node bench/soak.mjs --minutes 60 --rate 200            [-- flags for wxop listen]
//
// Memory is read after a collection that is asked for through the inspector; counters and handles from /metrics.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startSandbox } from '../dist/sandbox.js';
import { load, percentile } from './load.mjs';
import { bytesOf, messagePush, push } from './pushes.mjs';

const BIN = resolve(import.meta.dirname, '../bin/wxop.js');
const SAMPLES = 24;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pushes: { type: 'string', default: '100000' }, minutes: { type: 'string' }, rate: { type: 'string' } },
});
const duration = values.minutes === undefined ? undefined : Number(values.minutes) * 60_000;
const pace = values.rate === undefined ? (duration === undefined ? undefined : 200) : Number(values.rate);
const wanted = duration === undefined ? Number(values.pushes) : Math.ceil((pace * duration) / 1000);

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

const port = await freePort();
const sandbox = await startSandbox({
  pushUrl: `http://127.0.0.1:${port}/wechat/event`,
  ticketInterval: 100,
  rotate: true,
  ttl: 60_000,
});
const home = mkdtempSync(join(tmpdir(), 'wxop-soak-'));
const { WXOP_COMPONENT_APPID: appId, WXOP_MESSAGE_TOKEN: token, WXOP_ENCODING_AES_KEY: aesKey } = sandbox.env;
const component = { appId, token, aesKey };
const [{ appId: account }] = sandbox.state().accounts;

const child = spawn(
  process.execPath,
  ['--inspect=127.0.0.1:0', BIN, 'listen', '--json', '--port', String(port), ...positionals],
  {
    env: { PATH: process.env.PATH, ...sandbox.env, WXOP_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  },
);
let lines = 0;
child.stdout.on('data', (chunk) => (lines += chunk.toString('latin1').split('\n').length - 1));
let ended = false;
child.on('exit', () => (ended = true));
const inspectorUrl = await new Promise((found, failed) => {
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-10_000);
    const url = /ws:\/\/\S+/.exec(said)?.[0];
    if (url) found(url);
  });
  child.once('exit', () => failed(new Error(said)));
});

/** A question to the inspector: WebSocket frames by hand, because Node 20 has no client of its own. */
async function collectGarbage() {
  const { createConnection } = await import('node:net');
  const { hostname, port: inspectorPort, pathname } = new URL(inspectorUrl);
  await new Promise((done, failed) => {
    const socket = createConnection({ host: hostname, port: Number(inspectorPort) });
    let isOpen = false;
    socket.on('connect', () =>
      socket.write(
        `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: d3hvcC1zb2FrLWJlbmNoIQ==\r\n\r\n',
      ),
    );
    socket.on('data', () => {
      if (isOpen) return (socket.destroy(), done());
      isOpen = true;
      const text = Buffer.from('{"id":1,"method":"HeapProfiler.collectGarbage"}');
      // One masked text frame; the mask is zero.
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
    });
    socket.on('error', failed);
  });
}

async function metrics() {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } })).text();
  return Object.fromEntries(
    [...page.matchAll(/^(\w+(?:\{[^}]*\})?) ([\d.e+-]+)$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}

async function sample() {
  await collectGarbage();
  await collectGarbage();
  const read = await metrics();
  return {
    heap: read.nodejs_heap_size_used_bytes,
    resident: read.process_resident_memory_bytes,
    handles: read.nodejs_active_resources,
    connections: read.wxop_connections,
    read,
  };
}

let turn = 0;
/** Half are genuine messages, one in twelve is an event, the others are bad in one way each. */
function request() {
  const good = messagePush(account, component);
  switch (++turn % 12) {
    case 0:
      return bytesOf({ ...good, path: good.path.replace(/msg_signature=../, 'msg_signature=zz') });
    case 1:
      return bytesOf({ ...good, body: good.body.replace('</xml>', '').slice(0, 200) });
    case 2:
      return bytesOf(push(`/wechat/message/${account}`, '<xml><MsgType>text</xml>', component));
    case 3:
      return bytesOf(
        push(`/wechat/message/${account}`, '<xml><MsgType>text</MsgType></xml>', { ...component, appId: 'wx0' }),
      );
    case 4:
      return bytesOf(good, 'POST', 'Content-Encoding: gzip\r\n');
    case 5:
      return bytesOf({ path: `/scan/${turn}`, body: 'x'.repeat(turn % 5000) });
    case 6:
      return bytesOf(
        push(
          '/wechat/event',
          `<xml><AppId>${appId}</AppId><InfoType>some_event</InfoType><CreateTime>1</CreateTime></xml>`,
          component,
        ),
      );
    default:
      return bytesOf(good);
  }
}

for (let tries = 0; ; tries++) {
  if (
    await metrics().then(
      () => true,
      () => false,
    )
  )
    break;
  if (tries > 200 || ended) throw new Error('the listener did not start');
  await new Promise((done) => setTimeout(done, 50));
}
// Faults of the platform all the while, authorizations too, so that the keeper works.
const FAULTS = [
  'api_component_token=busy',
  'api_query_auth=reset',
  'api_query_auth=truncated',
  'api_component_token=html',
  'api_get_authorizer_info=busy',
];
let faults = 0;
const meddling = setInterval(() => {
  sandbox.addFault(FAULTS[faults++ % FAULTS.length]);
  void sandbox.push({ event: 'authorized', appId: account }).catch(() => undefined);
}, 2_000);

const fresh = await sample();
const started = Date.now();
const samples = [];
const statuses = {};
const latencies = [];
let slowest = 0;
let unanswered = 0;
let sent = 0;
console.log(`Node ${process.version}, ${wanted} pushes${pace === undefined ? '' : ` at ${pace}/s`}`);
console.log('   pushes      heap   resident  handles  connections');
const megabytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
for (let index = 0; index < SAMPLES; index++) {
  const upTo = Math.round((wanted * (index + 1)) / SAMPLES);
  while (sent < upTo) {
    const requests = Array.from({ length: Math.min(2_000, upTo - sent) }, request);
    const result = await load({ port, requests, pace });
    sent += requests.length;
    unanswered += result.unanswered;
    for (const [status, count] of Object.entries(result.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
    for (const latency of result.latencies) {
      slowest = Math.max(slowest, latency);
      if (latencies.length < 2_000_000) latencies.push(latency);
    }
  }
  const taken = await sample();
  samples.push(taken);
  const { heap, resident, handles, connections } = taken;
  console.log(
    `${String(sent).padStart(9)}  ${megabytes(heap).padStart(8)}  ${megabytes(resident).padStart(9)}  ${String(handles).padStart(7)}  ${String(connections).padStart(11)}`,
  );
}
clearInterval(meddling);
const seconds = (Date.now() - started) / 1000;
const tickets = sandbox.state().pushes.component_verify_ticket;
await sandbox.close();
// Without a platform, exchanges that are under way try a while and then give up.
let idle = await sample();
for (const until = Date.now() + 60_000; idle.handles > fresh.handles && Date.now() < until; idle = await sample()) {
  await new Promise((done) => setTimeout(done, 2_000));
}

const mean = (list, key) => list.reduce((sum, taken) => sum + taken[key], 0) / list.length;
const quarter = (index) => samples.slice((SAMPLES * index) / 4, (SAMPLES * (index + 1)) / 4);
const change = (key) => mean(quarter(3), key) / mean(quarter(1), key) - 1;
const percent = (share) => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;
const verdicts = [
  ['heap, last quarter to second', percent(change('heap')), change('heap') <= 0.05],
  ['resident memory, likewise', percent(change('resident')), change('resident') <= 0.15],
  [
    'connections and requests left',
    `${idle.connections - 1}, ${idle.read.wxop_requests_under_way - 1}`,
    idle.connections === 1 && idle.read.wxop_requests_under_way === 1,
  ],
  ['memory of bodies left', `${idle.read.wxop_body_bytes}`, idle.read.wxop_body_bytes === 0],
  ['handles, at the start and idle at the end', `${fresh.handles}, ${idle.handles}`, idle.handles <= fresh.handles],
  ['slowest answer', `${slowest.toFixed(0)} ms`, slowest < 1_000],
  ['unanswered', `${unanswered}`, unanswered === 0],
];
console.log(`${sent} pushes in ${seconds.toFixed(0)} s, answers ${JSON.stringify(statuses)}`);
console.log(
  `tickets ${tickets?.count}, last answered ${tickets?.lastStatus} ${tickets?.lastBody}; ${faults} faults; ${lines} lines of output`,
);
console.log(
  ['p50', 'p90', 'p99', 'p99.9']
    .map((name) => `${name} ${percentile(latencies, Number(name.slice(1)) / 100).toFixed(1)} ms`)
    .join('  '),
);
for (const [name, value, isGood] of verdicts) console.log(`${isGood ? 'ok  ' : 'OVER'}  ${name.padEnd(42)} ${value}`);
child.kill('SIGTERM');
const code = await new Promise((done) => (ended ? done(child.exitCode) : child.once('exit', done)));
console.log(`ended with ${code}`);
rmSync(home, { recursive: true, force: true });
process.exitCode = verdicts.every(([, , isGood]) => isGood) && code === 143 ? 0 : 1;
