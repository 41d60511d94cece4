/** `npm run fuzz [inputs] [seed] [kinds…]`: the long form, against the built command; bundled and started by `test/fuzz.mjs`. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { seal } from '../../src/protocol/envelope.ts';
import { openStore } from '../../torture/open-store.ts';
import { attaching } from './attach-fuzz.ts';
import { callerRequests } from './caller-fuzz.ts';
import { files } from './files-under.ts';
import { freePort } from './free-port.ts';
import { documents, judgePush, KEYS, pushes, readsAlike, requests, sendRaw } from './fuzz.ts';
import { sendToDoor } from './send-to-door.ts';
import { fillStore, OTHER, startWitness, TEA, TOKENS } from './team-doors.ts';

/** Parts of all inputs. */
const SHARES = { documents: 0.45, pushes: 0.35, requests: 0.1, attaching: 0.05, callers: 0.05 };
type Kind = keyof typeof SHARES;
const [given = 1_000_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2, 4).map(Number);
const chosen = (process.argv.length > 4 ? process.argv.slice(4) : Object.keys(SHARES)) as Kind[];
if (!Number.isInteger(given) || given < 100 || !Number.isInteger(seed) || chosen.some((kind) => !SHARES[kind])) {
  throw new Error(
    `How many inputs (at least 100), which seed, which of ${Object.keys(SHARES).join(', ')}? npm run fuzz -- 1000000 7`,
  );
}
const whole = chosen.reduce((sum, kind) => sum + SHARES[kind], 0);
const countOf = (kind: Kind): number => (chosen.includes(kind) ? Math.ceil((given * SHARES[kind]) / whole) : 0);
const TOGETHER = 50;
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

say(`Node ${process.version}, seed ${seed}, ${given} inputs`);

function pure<Value>(kind: Kind, name: string, inputs: fc.Arbitrary<Value>, judge: (value: Value) => string): void {
  const numRuns = countOf(kind);
  if (numRuns === 0) return;
  const verdicts: Record<string, number> = {};
  const since = Date.now();
  fc.assert(fc.property(inputs, counted(verdicts, judge)), { numRuns, seed });
  report(name, numRuns, verdicts, since);
}

pure('documents', 'documents, two readers', documents, readsAlike);
pure('pushes', 'pushes, opened', pushes, judgePush);

const home = mkdtempSync(join(tmpdir(), 'wxop-fuzz-'));
const folder = join(home, 'state', KEYS.componentAppId);
const store = await openStore({ folder }, { componentAppId: KEYS.componentAppId });
const keys = await fillStore(store, KEYS.componentAppId);
const witness = await startWitness();
const children: ChildProcess[] = [];
let said = '';
let isOver = false;

async function start(command: string, ...flags: string[]): Promise<number> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [resolve('bin/wxop.js'), command, ...flags.map((flag) => flag.replace('$PORT', String(port))), '--json'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        WXOP_HOME: home,
        WXOP_COMPONENT_APPID: KEYS.componentAppId,
        WXOP_COMPONENT_APPSECRET: '0123456789abcdef0123456789abcdef',
        WXOP_MESSAGE_TOKEN: KEYS.messageToken,
        WXOP_ENCODING_AES_KEY: KEYS.encodingAesKeys[0],
        WXOP_API_URL: witness.url,
      },
    },
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-1_000_000)));
  }
  child.on('exit', (code) => {
    if (children.includes(child)) children.splice(children.indexOf(child), 1);
    if (code !== null && !isOver) say(`wxop ${command} ended with ${code}\n${said.slice(-2_000)}`);
  });
  children.push(child);
  for (let tries = 0; ; tries++) {
    const isThere = await measured(port).then(
      () => true,
      () => false,
    );
    if (isThere) return port;
    if (tries > 200 || !children.includes(child)) throw new Error(`wxop ${command} did not start\n${said}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

const pageOf = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

async function measured(port: number): Promise<Record<string, number>> {
  const values = [...(await pageOf(port)).matchAll(/^(\w+)(?:\{[^}]*result="accepted"\})? ([\d.e+]+)$/gm)];
  return Object.fromEntries(values.map(([, name = '', value]) => [name, Number(value)]));
}

/** How many genuine pushes were sent. */
let pushed = 0;

/** A client among the others: it gets every push of its account, in order, and nothing else. Resolves once it has them. */
async function attachHonestly(port: number): Promise<() => Promise<void>> {
  if (countOf('attaching') === 0) return () => Promise.resolve();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/attach`, {
    headers: { authorization: `Bearer ${keys.events}` },
  });
  const got: string[] = [];
  let onPush: () => void = () => undefined;
  let failed: (error: Error) => void = () => undefined;
  await new Promise<void>((done) => {
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'hello', name: 'honest', filters: [], responds: true, opened: true })),
    );
    socket.on('close', (code) => failed(new Error(`the honest client was closed with ${code}`)));
    socket.on('message', (data: Buffer) => {
      const word = JSON.parse(data.toString()) as { type: string; entry?: { id: string; fields: { MsgId: string } } };
      if (word.type === 'attached') done();
      if (!word.entry) return;
      got.push(word.entry.fields.MsgId);
      socket.send(JSON.stringify({ type: 'ack', ids: [word.entry.id] }));
      socket.send(JSON.stringify({ type: 'reply', id: word.entry.id }));
      onPush();
    });
  });
  let wanted = 0;
  return () =>
    new Promise((done, fail) => {
      failed = fail;
      const timer = setTimeout(
        () => fail(new Error(`the honest client has ${got.length} of ${wanted} pushes`)),
        30_000,
      );
      wanted++;
      onPush = () => {
        if (got.length < wanted) return;
        clearTimeout(timer);
        const isRight = got.every((id, at) => id === String(at + 1));
        if (isRight) done();
        else fail(new Error(`the honest client got ${got.join(' ').slice(-200)}`));
      };
      for (const appId of [OTHER, TEA]) void push(port, appId, wanted).catch(fail);
    });
}

async function push(port: number, appId: string, id: number): Promise<void> {
  pushed++;
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), `${pushed}`];
  const { encrypted, signature } = seal({
    message: `<xml><ToUserName>gh_${appId}</ToUserName><FromUserName>o</FromUserName><CreateTime>${timestamp}</CreateTime><MsgType>text</MsgType><Content>x</Content><MsgId>${id}</MsgId></xml>`,
    token: KEYS.messageToken,
    encodingAesKey: KEYS.encodingAesKeys[0] ?? '',
    receiver: KEYS.componentAppId,
    timestamp,
    nonce,
    random: '0123456789abcdef',
  });
  const query = new URLSearchParams({ timestamp, nonce, msg_signature: signature, encrypt_type: 'aes' });
  const body = `<xml><ToUserName>gh_${appId}</ToUserName><Encrypt>${encrypted}</Encrypt></xml>`;
  const url = `http://127.0.0.1:${port}/wechat/message/${appId}?${query.toString()}`;
  const answer = await fetch(url, { method: 'POST', body });
  if (answer.status !== 200) throw new Error(`a genuine push got ${answer.status}`);
}

interface RawInputs<Value> {
  name: string;
  port: number;
  inputs: fc.Arbitrary<Value>;
  send: (port: number, value: Value) => Promise<string>;
  /** After so many at once. */
  meanwhile?: () => Promise<void>;
}

/** Sends inputs to a process, many at once, and looks at what they leave behind there. */
async function raw<Value>(kind: Kind, { name, port, inputs, send, meanwhile }: RawInputs<Value>): Promise<void> {
  const wanted = countOf(kind);
  if (wanted === 0) return;
  const answers: Record<string, number> = {};
  const count = counted<string>(answers, (verdict) => verdict);
  const since = Date.now();
  let sent = 0;
  const memory: number[] = [];
  const every = Math.max(1, Math.floor(wanted / TOGETHER / 20)) * TOGETHER;
  await fc.assert(
    fc.asyncProperty(fc.array(inputs, { minLength: TOGETHER, maxLength: TOGETHER }), async (many) => {
      for (const verdict of await Promise.all(many.map((one) => send(port, one)))) count(verdict);
      await meanwhile?.();
      sent += many.length;
      if (sent % every === 0) memory.push((await measured(port)).process_resident_memory_bytes ?? 0);
    }),
    { numRuns: Math.ceil(wanted / TOGETHER), seed, endOnFailure: true },
  );
  report(name, sent, answers, since);
  const quarter = (index: number): number =>
    Math.max(...memory.slice((memory.length * index) / 4, (memory.length * (index + 1)) / 4));
  say(`  resident memory: second quarter ${megabytes(quarter(1))}, last ${megabytes(quarter(3))}`);
  const idle = (found: Record<string, number>): boolean =>
    found.wxop_connections === 1 + (found.wxop_attached_clients ?? 0) &&
    found.wxop_requests_under_way === 1 &&
    !found.wxop_body_bytes &&
    // The honest one.
    (found.wxop_attached_clients ?? 0) === (meanwhile ? 1 : 0);
  let after = await measured(port);
  for (let tries = 0; tries < 100 && !idle(after); tries++) {
    await new Promise((done) => setTimeout(done, 100));
    after = await measured(port);
  }
  if (!idle(after)) throw new Error(`something is held: ${JSON.stringify(after)}`);
  if ((after.wxop_pushes_total ?? 0) !== (meanwhile ? pushed : 0)) throw new Error('something was accepted');
}

try {
  const listener = await start('listen', '--no-start-push', '--attach', '--port', '$PORT');
  await raw('requests', { name: 'requests, raw sockets', port: listener, inputs: requests, send: sendRaw });
  const meanwhile = await attachHonestly(listener);
  const clients = { name: 'clients that attach', inputs: attaching(keys), send: sendToDoor, meanwhile };
  await raw('attaching', { ...clients, port: listener });
  const broker = await start('serve', '--api', '--address', '127.0.0.1:$PORT');
  const callers = { name: 'callers of the broker', inputs: callerRequests(keys), send: sendToDoor };
  await raw('callers', { ...callers, port: broker });
  if (witness.seen.length > 0) throw new Error(`WeChat got:\n${witness.seen.slice(0, 5).join('\n')}`);
  say(`  ${witness.calls()} calls reached WeChat, each as it was asked for`);
  const [pages, running] = [`${await pageOf(listener)}${await pageOf(broker)}`, [...children]];
  if (running.length !== 2) throw new Error('the listener or the broker ended');
  if (pages.length > 1024 * 1024) throw new Error(`the metrics have ${pages.length} characters`);
  isOver = true;
  for (const child of running) {
    child.kill();
    await new Promise((done) => child.on('close', done));
  }
  const logs = files(home).filter(({ path }) => /broker-log|journal/.test(path));
  const left = [said, pages, ...logs.map(({ content }) => content)].join('\n');
  const secrets = [...Object.values(TOKENS), 'canary-refresh', ...Object.values(keys).map((key) => key.slice(-43))];
  if (secrets.some((secret) => left.includes(secret))) throw new Error('a secret is in a log or in the metrics');
  say('none accepted that is not genuine, none unanswered, nothing let out, no crash');
} finally {
  for (const child of children) child.kill('SIGKILL');
  witness.close();
  await store.close();
  rmSync(home, { recursive: true, force: true });
}
