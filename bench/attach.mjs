// Clients attached to `wxop listen --attach` while pushes come: has each every push that it asked for, in order; how late;
// and what it costs WeChat and memory.
//
//   npm run build && node bench/attach.mjs [--clients 200] [--rate 500] [--seconds 20] [--accounts 20]
//
// Each client asks for one account. The same pushes come with and without them: what the answers took is compared.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { percentile } from './load.mjs';
import { messagePush, settings } from './pushes.mjs';

const BIN = resolve(import.meta.dirname, '../bin/wxop.js');
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '200' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    accounts: { type: 'string', default: '20' },
  },
});
const [clients, rate, seconds, accounts] = [values.clients, values.rate, values.seconds, values.accounts].map(Number);
const home = mkdtempSync(join(tmpdir(), 'wxop-bench-'));
const env = settings(home, 0);
const appIds = Array.from({ length: accounts }, (_, index) => `wx${String(index).padStart(16, '0')}`);

const listener = spawn(
  process.execPath,
  [BIN, 'listen', '--attach', '--json', '--quiet', '--port', '0', '--no-start-push'],
  {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
const url = await new Promise((done) =>
  createInterface({ input: listener.stdout }).on('line', (line) => {
    const { type, url } = JSON.parse(line);
    if (type === 'listening') done(url);
  }),
);
const key = execFileSync(
  process.execPath,
  [BIN, 'serve', 'key', 'add', 'bench', '--accounts', 'all', '--scopes', 'events'],
  {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  },
).trim();
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${listener.pid}/status`, 'utf8'))[1]) / 1024;

/** Seconds of processor time so far. */
const processorTime = () => {
  const [user, system] = readFileSync(`/proc/${listener.pid}/stat`, 'utf8').split(' ').slice(13, 15);
  return (Number(user) + Number(system)) / 100;
};

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const sentAt = new Map();
/** MsgId of the first push that is made. */
const FIRST_ID = 7_000_000_000_000;
let number = 0;

/** Pushes at the rate; resolves with how long each answer took. */
async function pushAll() {
  const took = [];
  const underWay = [];
  const begin = performance.now();
  for (let count = 0; count < rate * seconds; count++) {
    const wait = begin + (count * 1000) / rate - performance.now();
    if (wait > 1) await sleep(wait);
    const id = number++;
    const { path, body } = messagePush(appIds[id % accounts]);
    const at = performance.now();
    sentAt.set(id, at);
    underWay.push(
      new Promise((done, failed) => {
        const sent = request(url + path, {
          method: 'POST',
          agent,
          headers: { 'content-length': Buffer.byteLength(body) },
        });
        sent.on('response', (response) => response.resume().on('end', () => done(took.push(performance.now() - at))));
        sent.on('error', failed).end(body);
      }),
    );
  }
  await Promise.all(underWay);
  return took.sort((a, b) => a - b);
}

const begun = processorTime();
const without = await pushAll();
const spentWithout = processorTime() - begun;
const received = Array.from({ length: clients }, () => []);
const late = [];
const sockets = received.map((got, index) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/attach`, {
    headers: { authorization: `Bearer ${key}` },
    perMessageDeflate: false,
  });
  const filter = { kinds: ['event', 'message'], names: [], appIds: [appIds[index % accounts]] };
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'hello', name: `c${index}`, filters: [filter], responds: false, opened: true })),
  );
  socket.on('message', (data) => {
    const word = JSON.parse(data);
    if (word.type !== 'push') return;
    const id = Number(word.entry.fields.MsgId) - FIRST_ID;
    got.push(id);
    late.push(performance.now() - sentAt.get(id));
    socket.send(JSON.stringify({ type: 'ack', ids: [word.entry.id] }));
  });
  return new Promise((done) => socket.once('message', () => done(socket)));
});
const opened = await Promise.all(sockets);
const before = memory();
const first = number;
const begunWith = processorTime();
const withClients = await pushAll();
const spentWith = processorTime() - begunWith;
for (let waited = 0; waited < 30 && late.length < (rate * seconds * clients) / accounts; waited++) await sleep(1000);
const after = memory();
const wanted = (index) =>
  Array.from({ length: rate * seconds }, (_, count) => first + count).filter(
    (id) => id % accounts === index % accounts,
  );
const incomplete = received.filter(
  (got, index) => JSON.stringify([...got].sort((a, b) => a - b)) !== JSON.stringify(wanted(index)),
);
const unordered = received.filter((got) => got.some((id, at) => at > 0 && id < got[at - 1] - 8));
late.sort((a, b) => a - b);
const ms = (value) => `${value.toFixed(1)} ms`;
console.log(`${clients} clients, ${rate} pushes a second for ${seconds} s, ${late.length} handed on`);
console.log(`answers without clients: p50 ${ms(percentile(without, 0.5))}, p99 ${ms(percentile(without, 0.99))}`);
console.log(
  `answers with clients:    p50 ${ms(percentile(withClients, 0.5))}, p99 ${ms(percentile(withClients, 0.99))}`,
);
console.log(`push to client:          p50 ${ms(percentile(late, 0.5))}, p99 ${ms(percentile(late, 0.99))}`);
console.log(`clients without every push: ${incomplete.length}; out of order: ${unordered.length}`);
console.log(
  `processor time of the listener: ${spentWithout.toFixed(1)} s without, ${spentWith.toFixed(1)} s with clients`,
);
console.log(`memory: ${before.toFixed(0)} → ${after.toFixed(0)} MB`);
for (const socket of opened) socket.terminate();
listener.kill('SIGTERM');
await new Promise((done) => listener.once('exit', done));
rmSync(home, { recursive: true, force: true });
agent.destroy();
