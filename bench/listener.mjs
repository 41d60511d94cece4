// How many distinct genuine messages a second `wxop listen` takes, against a server that checks nothing.
//
//   npm run build && node bench/listener.mjs [--rounds 5] [--pushes 20000] [--no-easywechat] [-- flags for wxop listen]
//
// Every push is signed and encrypted on its own, before the clock starts. Each server is a process of its own; rounds are
// interleaved and the first does not count; the ratio is that of the medians of processor time, so that
// other work on the machine is not in it. What stands after `--` goes to every
// `wxop listen` of the run.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { load, median, percentile } from './load.mjs';
import { processorTime, report } from './measuring.mjs';
import { EASYWECHAT as NODE_EASYWECHAT, installPeer } from './peers.mjs';
import { bytesOf, COMPONENT, messagePush, settings } from './pushes.mjs';

const BIN = resolve(import.meta.dirname, '../bin/wxop.js');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    pushes: { type: 'string', default: '20000' },
    'no-easywechat': { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const pushes = Number(values.pushes);
const folder = mkdtempSync(join(tmpdir(), 'wxop-bench-'));
const help = execFileSync(process.execPath, [BIN, 'listen', '--help'], { encoding: 'utf8' });
const hasJournal = help.includes('--no-journal');

const BARE = `
const { createServer } = require('node:http');
createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    Buffer.concat(chunks);
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': 7 });
    response.end('success');
  });
}).listen(Number(process.argv[2]), '127.0.0.1');`;

/** One server object for each push: its handlers pile up otherwise, and every push but the first is refused. */
const EASYWECHAT = `
const { createServer } = require('node:http');
const { OpenPlatform } = require('node-easywechat');
const ServerRequest = require('node-easywechat/dist/Core/Http/ServerRequest');
const app = new OpenPlatform(${JSON.stringify({ app_id: COMPONENT.appId, secret: 'unused', token: COMPONENT.token, aes_key: COMPONENT.aesKey })});
createServer(async (incoming, response) => {
  try {
    app.server = null;
    app.setRequest(await ServerRequest.createFromIncomingMessage(incoming));
    const answer = await app.getServer().serve();
    const body = String(answer.getBody());
    response.writeHead(answer.getStatusCode(), { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  } catch (error) {
    response.writeHead(500, { 'content-length': 0 });
    response.end();
  }
}).listen(Number(process.argv[2]), '127.0.0.1');`;

function easywechat() {
  if (values['no-easywechat']) return [];
  const peer = installPeer(...NODE_EASYWECHAT);
  if (!peer) return [];
  writeFileSync(join(peer.folder, 'server.cjs'), EASYWECHAT);
  // The slowest by far: what a push costs it shows in fewer of them.
  return [{ id: 'node-easywechat', share: 0.25, argv: [join(peer.folder, 'server.cjs')], cwd: peer.folder }];
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

writeFileSync(join(folder, 'bare.cjs'), BARE);
const listen = ['listen', '--json', '--no-start-push', ...positionals];
const servers = [
  { id: 'node:http', argv: [join(folder, 'bare.cjs')] },
  ...(hasJournal
    ? [
        { id: 'wxop listen --no-journal', argv: [BIN, ...listen, '--no-journal'] },
        { id: 'wxop listen', argv: [BIN, ...listen] },
        { id: 'wxop listen --workers 2', argv: [BIN, ...listen, '--workers', '2'] },
      ]
    : [{ id: 'wxop listen', argv: [BIN, ...listen] }]),
  ...easywechat(),
];
for (const server of servers) {
  const port = await freePort();
  const home = mkdtempSync(join(folder, 'home-'));
  const isOurs = server.argv[0] === BIN;
  const output = openSync(join(folder, `${port}.out`), 'w');
  Object.assign(server, { port, rates: [], costs: [], latencies: [] });
  server.child = spawn(process.execPath, [...server.argv, ...(isOurs ? [] : [String(port)])], {
    cwd: server.cwd ?? folder,
    env: settings(home, port),
    stdio: ['ignore', output, 'inherit'],
  });
  for (let tries = 0; ; tries++) {
    const isUp = await fetch(`http://127.0.0.1:${port}/healthz`, {
      method: isOurs ? 'GET' : 'POST',
      body: isOurs ? undefined : '<xml></xml>',
    }).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    if (tries > 200) throw new Error(`${server.id} did not start`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

try {
  for (let round = 0; round <= rounds; round++) {
    // The same bytes for all in one round: nobody sees a push twice.
    const requests = Array.from({ length: pushes }, () => bytesOf(messagePush()));
    for (const server of servers) {
      const before = processorTime(server.child);
      const sent = requests.slice(0, pushes * (server.share ?? 1));
      const { took, statuses, latencies, unanswered } = await load({ port: server.port, requests: sent });
      if (statuses[200] !== sent.length || unanswered > 0) {
        throw new Error(`${server.id} answered ${JSON.stringify(statuses)}, ${unanswered} not at all`);
      }
      if (round === 0) continue;
      server.rates.push((sent.length / took) * 1000);
      server.costs.push((processorTime(server.child) - before) / sent.length);
      server.latencies.push(...latencies);
    }
  }
} finally {
  for (const { child } of servers) child?.kill();
}

const costOf = ({ costs }) => median(costs);
const [bare] = servers;
console.log(
  `Node ${process.version}, ${rounds} interleaved rounds of ${pushes} distinct messages, 32 connections, medians`,
);
const rows = servers.map((server) => ({
  id: server.id,
  value: costOf(server),
  unit: 'µs',
  ratio: costOf(bare) / costOf(server),
  more: `${median(server.rates).toFixed(0)} /s  p50 ${median(server.latencies).toFixed(2)} ms  p99 ${percentile(server.latencies, 0.99).toFixed(2)} ms`,
}));
const held = [report('listener', rows)];
const named = (id) => servers.find((server) => server.id === id);
const [own, journalled, two, theirs] = [
  'wxop listen --no-journal',
  'wxop listen',
  'wxop listen --workers 2',
  'node-easywechat',
].map(named);
if (theirs) {
  const ratio = costOf(theirs) / costOf(own);
  held.push(report('listener and node-easywechat', [{ id: own.id, value: costOf(own), unit: 'µs', ratio }]));
}
// The load would need a third core: what two free cores give follows from what a message costs.
if (two && journalled) {
  const ratio = (2 * costOf(journalled)) / costOf(two);
  held.push(report('listener on two cores', [{ id: two.id, value: costOf(two), unit: 'µs', ratio }]));
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = held.every(Boolean) ? 0 : 1;
