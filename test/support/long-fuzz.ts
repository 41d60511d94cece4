/** `npm run fuzz [inputs] [seed]`: the long form, against the built command; bundled and started by `test/fuzz.mjs`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { freePort } from './free-port.ts';
import { documents, judgePush, KEYS, pushes, readsAlike, requests, sendRaw } from './fuzz.ts';

const total = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
if (!Number.isInteger(total) || total < 100 || !Number.isInteger(seed)) {
  throw new Error('How many inputs (at least 100), and which seed? npm run fuzz -- 1000000 7');
}
const TOGETHER = 50;
const [forDocuments, forPushes] = [Math.ceil(total * 0.5), Math.ceil(total * 0.4)];
const forRequests = total - forDocuments - forPushes;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

function counted<Value>(verdicts: Record<string, number>, judge: (value: Value) => string): (value: Value) => void {
  return (value) => {
    const verdict = judge(value);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  };
}

function report(name: string, inputs: number, verdicts: Record<string, number>, since: number): void {
  const seconds = ((Date.now() - since) / 1000).toFixed(0);
  say(`${name.padEnd(22)} ${String(inputs).padStart(8)} inputs  ${JSON.stringify(verdicts)}  ${seconds} s`);
}

say(`Node ${process.version}, seed ${seed}, ${total} inputs`);

const read: Record<string, number> = {};
let since = Date.now();
fc.assert(fc.property(documents, counted(read, readsAlike)), { numRuns: forDocuments, seed });
report('documents, two readers', forDocuments, read, since);

const judged: Record<string, number> = {};
since = Date.now();
fc.assert(fc.property(pushes, counted(judged, judgePush)), { numRuns: forPushes, seed });
report('pushes, opened', forPushes, judged, since);

const home = mkdtempSync(join(tmpdir(), 'wxop-fuzz-'));
const port = await freePort();
const listener = spawn(
  process.execPath,
  [resolve('bin/wxop.js'), 'listen', '--no-start-push', '--json', '--quiet', '--port', String(port)],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      WXOP_HOME: home,
      WXOP_COMPONENT_APPID: KEYS.componentAppId,
      WXOP_MESSAGE_TOKEN: KEYS.messageToken,
      WXOP_ENCODING_AES_KEY: KEYS.encodingAesKeys[0],
    },
  },
);
let ended = false;
listener.on('exit', () => (ended = true));

async function measured(): Promise<Record<string, number>> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const values = [...page.matchAll(/^(\w+)(?:\{[^}]*result="accepted"\})? ([\d.e+]+)$/gm)];
  return Object.fromEntries(values.map(([, name = '', value]) => [name, Number(value)]));
}

try {
  for (let tries = 0; ; tries++) {
    if (
      await measured().then(
        () => true,
        () => false,
      )
    )
      break;
    if (tries > 200 || ended) throw new Error('the listener did not start');
    await new Promise((done) => setTimeout(done, 50));
  }
  const answers: Record<string, number> = {};
  const count = counted<string>(answers, (verdict) => verdict);
  since = Date.now();
  let sent = 0;
  const memory: number[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: TOGETHER, maxLength: TOGETHER }), async (many) => {
      for (const verdict of await Promise.all(many.map((bytes) => sendRaw(port, bytes)))) count(verdict);
      sent += many.length;
      if (sent % (TOGETHER * 100) === 0) memory.push((await measured()).process_resident_memory_bytes ?? 0);
    }),
    { numRuns: Math.ceil(forRequests / TOGETHER), seed, endOnFailure: true },
  );
  report('requests, raw sockets', sent, answers, since);
  const after = await measured();
  const quarter = (index: number): number =>
    Math.max(...memory.slice((memory.length * index) / 4, (memory.length * (index + 1)) / 4));
  say(`resident memory of the listener: second quarter ${megabytes(quarter(1))}, last ${megabytes(quarter(3))}`);
  say(
    `left behind: ${after.wxop_connections! - 1} connections, ${after.wxop_requests_under_way! - 1} requests, ${after.wxop_body_bytes} bytes`,
  );
  if (ended || after.wxop_pushes_total !== undefined) throw new Error('the listener ended, or accepted something');
  if (after.wxop_requests_under_way !== 1 || after.wxop_body_bytes !== 0) throw new Error('something is held');
  say('none accepted that is not genuine, none unanswered, no crash');
} finally {
  listener.kill();
  rmSync(home, { recursive: true, force: true });
}
