// Nothing that was answered is lost: the listener is killed with SIGKILL at random during 10,000 pushes; then everything
// that it answered with `success` must be in the journal.
//
//   npm run build && node bench/kill.mjs [--pushes 10000] [-- flags for wxop listen, --journal-sync always for one]
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BIN } from './measuring.mjs';
import { push, settings } from './pushes.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pushes: { type: 'string', default: '10000' } },
});
const CONNECTIONS = 32;
const LONGEST_LIFE = 1_500;
const FIRST = 1_700_000_000;
const home = mkdtempSync(join(tmpdir(), 'wxop-bench-'));
const env = settings(home, 0);
const pushes = Array.from({ length: Number(values.pushes) }, (_, index) =>
  push(
    '/wechat/message/wx00000000000000aa',
    `<xml><ToUserName>gh_1</ToUserName><FromUserName>o${index}</FromUserName><CreateTime>${FIRST + index}</CreateTime>` +
      `<MsgType>text</MsgType><Content>hello</Content><MsgId>${index + 1}</MsgId></xml>`,
  ),
);

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
/** What was answered; undefined when the line was cut. */
const post = (port, { path, body }) =>
  new Promise((done) => {
    const sent = request({ port, host: '127.0.0.1', path, method: 'POST', agent }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => done(text));
      answer.on('error', () => done());
    });
    sent.on('error', () => done());
    sent.end(body);
  });

const answered = [];
let next = 0;
let kills = 0;
while (next < pushes.length) {
  const argv = [BIN, 'listen', '--json', '--quiet', '--no-start-push', ...positionals];
  const listener = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(listener, 'close');
  const [line] = await once(listener.stdout, 'data');
  const port = Number(/:(\d+)"/.exec(line)[1]);
  const last = next + Math.floor(Math.random() * LONGEST_LIFE);
  const worker = async () => {
    while (next < pushes.length && listener.exitCode === null && listener.signalCode === null) {
      const index = next++;
      if ((await post(port, pushes[index])) === 'success') answered.push(index);
      if (next >= last) listener.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  listener.kill('SIGKILL');
  kills++;
  await closed;
}
const listed = execFileSync(process.execPath, [BIN, 'events', 'list', '--json', '--limit', '1000000'], {
  env,
  maxBuffer: 2 ** 30,
});
const journaled = new Set(JSON.parse(listed).map(({ createTime }) => Date.parse(createTime) / 1000 - FIRST));
const lost = answered.filter((index) => !journaled.has(index));
rmSync(home, { recursive: true });
console.log(
  `Node ${process.version}: ${kills} kills, ${pushes.length} pushes, ${answered.length} answered with success, ` +
    `${journaled.size} in the journal, ${lost.length} lost`,
);
process.exitCode = lost.length > 0 ? 1 : 0;
