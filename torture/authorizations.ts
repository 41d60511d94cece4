/**
 * Several listeners on one store behind a load balancer take the redirect and the event of each consent, and are killed
 * while they exchange. A code is asked for once, and once more for each death while its authorization is open; every
 * account is stored in the end.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { freePort } from '../test/support/free-port.ts';
import { sleep } from './open-store.ts';
import { recover } from './exchanges.ts';
import { createPlatformSide, type PlatformSide } from './platform-side.ts';
import type { Random } from './random.ts';
import type { Ground, Outcome, Run } from './run.ts';

/** `patience`: milliseconds until an authorization must have been finished by whoever is left. */
const SHORT = { listeners: 2, consents: 4, kills: 3, patience: 120_000 };
const LONG = { listeners: 4, consents: 40, kills: 40, patience: 120_000 };

interface Listener {
  process: ChildProcess;
  /** Known when it listens. */
  url?: string;
}

/** How often a request is passed on before it is given up, and for how long somebody is waited for who takes it. */
const MOST_TRIES = 100;
const WAIT_FOR_LISTENER = 60_000;

async function run({ random, place, bin, isLong }: Ground): Promise<Outcome> {
  const size = isLong ? LONG : SHORT;
  const counts = { consents: 0, exchanges: 0, refusedCodes: 0, kills: 0, redirects: 0, crashes: 0 };
  const broken: string[] = [];
  let [finished, mayRepeat] = [0, 0];
  /** Somebody dies: every code that is not dealt with may be asked for once more. */
  const risk = (): void => void (mayRepeat += counts.consents - finished);
  const listeners = new Set<Listener>();
  let untilKill = 2;
  let mayKill = true;
  const balancer = await balance(random, listeners);
  const sandbox = await startSandbox({
    accounts: size.consents,
    latency: 10,
    pushUrl: `${balancer.url}/wechat/event`,
    onActivity: (news) => {
      if (news.type !== 'call') return;
      if (news.path.endsWith('api_query_auth')) {
        if (news.errcode === 0) counts.exchanges++;
        else counts.refusedCodes++;
      }
      // Pushes and calls alike are moments to die at; the one who asked is as likely to be hit as any other.
      if (--untilKill > 0 || !mayKill || counts.kills >= size.kills) return;
      untilKill = 1 + random.below(6);
      shoot();
    },
  });
  const { WXOP_HOME = '' } = place.environment;
  // As a user has one: without it each start would compile anew.
  const cache = { XDG_CACHE_HOME: join(dirname(WXOP_HOME), 'cache') };
  const environment = { PATH: process.env.PATH, ...sandbox.env, ...place.environment, ...cache, WXOP_LANG: 'en' };

  function start(): void {
    const child = spawn(process.execPath, [bin, 'listen', '--port', '0', '--no-start-push', '--json'], {
      env: { ...environment, WXOP_PORT: '', WXOP_PUBLIC_URL: balancer.url },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const listener: Listener = { process: child };
    listeners.add(listener);
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.endsWith('}')) return;
      const { type, url } = JSON.parse(line) as { type: string; url: string };
      if (type === 'listening') listener.url = url;
      if (type === 'authorized' || type === 'updated') finished++;
    });
    child.on('exit', () => listeners.delete(listener));
  }

  function shoot(): void {
    const ready = [...listeners].filter(({ url }) => url !== undefined);
    if (ready.length === 0) return;
    counts.kills++;
    risk();
    const victim = random.pick(ready);
    listeners.delete(victim);
    victim.process.kill('SIGKILL');
    start();
  }

  for (let index = 0; index < size.listeners; index++) start();
  const store = await place.open();
  const side = createPlatformSide(store, sandbox.url);
  await side.keeper.keepTicket({ ticket: sandbox.state().ticket ?? '', createTime: 1, receivedAt: Date.now() });
  const appIds = sandbox.state().accounts.map(({ appId }) => appId);
  const attemptIds: string[] = [];
  for (const appId of appIds) {
    const { id } = await side.attempts.create({ authType: 'all' });
    attemptIds.push(id);
    const preAuthCode = sandbox.state().preAuthCodes.at(-1) ?? '';
    const { redirectUrl } = sandbox.consent({ preAuthCode, appId });
    counts.consents++;
    if (random.chance(80)) {
      counts.redirects++;
      await fetch(redirectUrl, { signal: AbortSignal.timeout(60_000) }).catch(() => undefined);
    }
    if (random.chance(30)) shoot();
    if (place.kind !== 'file' && random.chance(20)) {
      counts.crashes++;
      risk();
      await place.crash();
    }
  }
  mayKill = false;
  const open = await unfinished(side, attemptIds, size.patience, () => random.chance(3) && shoot());
  if (open > 0) broken.push(`${open} authorizations were never finished`);
  for (const sentence of await recover(store, side, appIds)) broken.push(sentence);
  if (counts.exchanges > counts.consents) broken.push('a code was exchanged twice');
  if (counts.exchanges + counts.refusedCodes > counts.consents + mayRepeat) {
    broken.push(`${counts.exchanges} exchanges and ${counts.refusedCodes} refused ones, ${mayRepeat} for deaths`);
  }
  const left = [...listeners].map((listener) => listener.process);
  for (const child of left) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  await side.close();
  await sandbox.close();
  await balancer.close();
  return { counts, broken };
}

/**
 * How many attempts are still open after a while. A listener looks for what others left undone when it starts: that is
 * what a supervisor does with a dead one, so `meanwhile` starts some.
 */
async function unfinished(
  { attempts }: PlatformSide,
  attemptIds: string[],
  patience: number,
  meanwhile: () => void,
): Promise<number> {
  let open = attemptIds;
  for (const until = Date.now() + patience; open.length > 0 && Date.now() < until;) {
    await sleep(100);
    const read = await Promise.all(open.map((id) => attempts.read(id)));
    open = open.filter((_, index) => read[index]?.appId === undefined);
    if (open.length > 0) meanwhile();
  }
  return open.length;
}

/** Passes each request to a listener that lives, and to another one when that one dies over it. */
async function balance(random: Random, listeners: Set<Listener>) {
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing));
  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    for (let [tried, until] = [0, Date.now() + WAIT_FOR_LISTENER]; tried < MOST_TRIES && Date.now() < until;) {
      const ready = [...listeners].filter(({ url }) => url !== undefined);
      const answer = ready.length > 0 ? await ask(random.pick(ready).url!, incoming, Buffer.concat(chunks)) : undefined;
      if (answer && answer.status < 500) {
        outgoing.writeHead(answer.status, { 'content-type': answer.type });
        return void outgoing.end(answer.body);
      }
      // A machine on which a process takes long to start must not use up the tries.
      if (ready.length > 0) tried++;
      await sleep(20);
    }
    outgoing.writeHead(502).end();
  }
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const ask = (
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; type: string; body: Buffer } | undefined> =>
  new Promise((answer) => {
    const sent = request(
      target + (url ?? ''),
      { method, headers: { ...headers, host: new URL(target).host } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => answer(undefined));
        response.on('end', () =>
          answer({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.on('error', () => answer(undefined));
    sent.end(body);
  });

export const authorizations: Run = { name: 'authorizations', places: ['file', 'redis', 'cluster'], run };
