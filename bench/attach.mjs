// Clients attached to `wxop listen --attach` while pushes come: has each every push that it asked for, in order; how late;
// and what it costs WeChat and memory.
//
//   npm run build && node bench/attach.mjs [--clients 200] [--rate 500] [--seconds 20] [--without 20] [--accounts 20]
//
// Each client asks for one account. The same pushes come without them first, for a minute at most (`--without`): what the
// answers took is compared. `--seconds 600` says whether memory stays flat: that after a minute against that at the end.
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
import { processorTime, report } from './measuring.mjs';
import { messagePush, settings } from './pushes.mjs';

const BIN = resolve(import.meta.dirname, '../bin/wxop.js');
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '200' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    without: { type: 'string' },
    accounts: { type: 'string', default: '20' },
  },
});
const [clients, rate, seconds, accounts] = [values.clients, values.rate, values.seconds, values.accounts].map(Number);
const alone = Number(values.without ?? Math.min(60, seconds));
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
  [BIN, 'serve', 'key', 'add', 'bench', '--accounts', 'all', '--scopes', 'events', '--rate', '1000'],
  {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  },
).trim();
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${listener.pid}/status`, 'utf8'))[1]) / 1024;

/** Seconds of processor time so far. */
const spent = () => processorTime(listener) / 1e6;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const sentAt = new Map();
/** MsgId of the first push that is made. */
const FIRST_ID = 7_000_000_000_000;
let number = 0;

/** Sent again where the listener closed an idle connection at that very moment, as WeChat would. */
const answered = (path, body) =>
  new Promise((done, failed) => {
    const headers = { 'content-length': Buffer.byteLength(body) };
    const sent = request(url + path, { method: 'POST', agent, headers });
    sent.on('response', (response) => response.resume().on('end', done));
    sent.on('error', (error) => (sent.reusedSocket ? answered(path, body).then(done, failed) : failed(error)));
    sent.end(body);
  });

/** Pushes at the rate, for so long; resolves with how long each answer took. */
async function pushFor(seconds) {
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
    underWay.push(answered(path, body).then(() => took.push(performance.now() - at)));
  }
  await Promise.all(underWay);
  return took.sort((a, b) => a - b);
}

const begun = spent();
const without = await pushFor(alone);
const spentWithout = (spent() - begun) / alone;
const received = Array.from({ length: clients }, () => []);
/** Clients that got an entry after one that came into the journal later. */
const unordered = new Set();
const late = [];
const sockets = received.map((got, index) => {
  let newest = '';
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
    if (word.entry.id <= newest) unordered.add(index);
    newest = word.entry.id;
    late.push(performance.now() - sentAt.get(id));
    socket.send(JSON.stringify({ type: 'ack', ids: [word.entry.id] }));
  });
  return new Promise((done) => socket.once('message', () => done(socket)));
});
const opened = await Promise.all(sockets);
const first = number;
const begunWith = spent();
/** Megabytes, every second. */
const sizes = [memory()];
const watching = setInterval(() => sizes.push(memory()), 1000);
const withClients = await pushFor(seconds);
const spentWith = (spent() - begunWith) / seconds;
clearInterval(watching);
for (let waited = 0; waited < 30 && late.length < (rate * seconds * clients) / accounts; waited++) await sleep(1000);
const wanted = (index) =>
  Array.from({ length: rate * seconds }, (_, count) => first + count).filter(
    (id) => id % accounts === index % accounts,
  );
const incomplete = received.filter(
  (got, index) => JSON.stringify([...got].sort((a, b) => a - b)) !== JSON.stringify(wanted(index)),
);
late.sort((a, b) => a - b);
/** The mean of ten seconds: a collection may just have been. */
const meanAt = (second) => {
  const some = sizes.slice(Math.max(0, second - 5), second + 5);
  return some.reduce((sum, size) => sum + size, 0) / some.length;
};
const [early, end] = [meanAt(Math.min(60, Math.floor(sizes.length / 2))), meanAt(sizes.length - 5)];
console.log(
  `Node ${process.version}, ${clients} clients, ${rate} pushes a second for ${seconds} s, ${late.length} handed on`,
);
const [p99Without, p99With] = [without, withClients].map((took) => percentile(took, 0.99));
const held = report('attach', [
  { id: 'answers without clients, p50', value: percentile(without, 0.5), unit: 'ms' },
  { id: 'answers without clients, p99', value: p99Without, unit: 'ms' },
  { id: 'answers with clients, p50', value: percentile(withClients, 0.5), unit: 'ms' },
  { id: 'answers with clients, p99', value: p99With, unit: 'ms' },
  { id: 'p99, more than without', value: p99With - p99Without, unit: 'ms' },
  { id: 'push to client, p50', value: percentile(late, 0.5), unit: 'ms' },
  { id: 'push to client, p99', value: percentile(late, 0.99), unit: 'ms' },
  { id: 'clients that lack a push', value: incomplete.length, unit: '' },
  { id: 'clients with pushes out of order', value: unordered.size, unit: '' },
  { id: 'processor time a second, without', value: spentWithout, unit: 's' },
  { id: 'processor time a second, with', value: spentWith, unit: 's' },
  { id: `memory after ${Math.min(60, Math.floor(sizes.length / 2))} s`, value: early, unit: 'MB' },
  { id: 'memory at most', value: Math.max(...sizes), unit: 'MB' },
  { id: 'memory at the end', value: end, unit: 'MB', ratio: end / early },
]);
for (const socket of opened) socket.terminate();
listener.kill('SIGTERM');
await new Promise((done) => listener.once('exit', done));
rmSync(home, { recursive: true, force: true });
agent.destroy();
process.exitCode = held ? 0 : 1;
