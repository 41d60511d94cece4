import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { ask } from '../support/listener.ts';
import { eventually, freePort } from '../support/processes.ts';
import { runWxop, temporaryFolder, type RunResult } from '../support/world.ts';

const MINUTE = 60_000;
const START_PUSH = '/cgi-bin/component/api_start_push_ticket';

interface Watched {
  sandbox: Sandbox;
  /** Moves the listener's clock, which stands still otherwise. */
  pass(milliseconds: number): void;
  /** Resolves when the listener has looked at its clock a few times more. */
  looks(): Promise<unknown>;
  stderr(): string;
  asked(): number;
  /** Another listener, or `wxop ticket set`, puts a ticket into the store. */
  bring(): Promise<void>;
  stop(): Promise<RunResult>;
}

/** `wxop listen`, to which no ticket ever comes; its store may hold one of this age. */
async function watched(argv: string[], environment: Record<string, string> = {}, ticketAge?: number): Promise<Watched> {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  let [time, looks, stderr] = [Date.now(), 0, ''];
  const bring = async (age = 0): Promise<void> => {
    const now = (): number => time - age;
    const set = { environment: { ...sandbox.env, ...environment }, now, stdin: 'ticket@@@x' };
    expect(await runWxop(['ticket', 'set'], set)).toMatchObject({ code: 0 });
  };
  if (ticketAge !== undefined) await bring(ticketAge);
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const port = await freePort();
  const running = runWxop(['listen', '--port', String(port), ...argv], {
    environment: { ...sandbox.env, ...environment },
    now: () => {
      looks++;
      return time;
    },
    signal: stopping.signal,
    // It looks at its clock every second.
    longestSleep: 50,
    shown: (text) => (stderr = text),
  });
  await eventually(() => ask(`http://127.0.0.1:${port}/healthz`).catch(() => undefined));
  return {
    sandbox,
    pass: (milliseconds) => void (time += milliseconds),
    looks: () => {
      const enough = looks + 6;
      return eventually(() => looks >= enough || undefined);
    },
    stderr: () => stderr,
    asked: () => sandbox.state().calls[START_PUSH] ?? 0,
    bring,
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

it('after two intervals it warns once, in JSON too', async () => {
  const folder = temporaryFolder();
  const watch = await watched(['--json', '--no-start-push', '--on-overdue', `echo x >> '${folder}/calls'`]);
  watch.pass(21 * MINUTE);
  await eventually(() => existsSync(join(folder, 'calls')) || undefined);
  watch.pass(15 * MINUTE);
  await watch.looks();
  const { stdout, stderr } = await watch.stop();
  const lines = stdout.split('\n').filter((line) => line.includes('ticket-overdue'));
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    {
      type: 'ticket-overdue',
      componentAppId: expect.stringMatching(/^wx/) as string,
      ageSeconds: expect.any(Number) as number,
    },
  ]);
  expect(stderr.match(/No ticket for/g)).toHaveLength(1);
  expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe('x\n');
  expect(watch.asked()).toBe(0);
});

it('the command gets facts as variables, and none of our secrets', async () => {
  const folder = temporaryFolder();
  const watch = await watched([], {
    WXOP_ON_OVERDUE: `env > '${folder}/env.part'; mv '${folder}/env.part' '${folder}/env'`,
  });
  watch.pass(21 * MINUTE);
  const variables = await eventually(() =>
    existsSync(join(folder, 'env')) ? readFileSync(join(folder, 'env'), 'utf8') : undefined,
  );
  expect(variables).toMatch(/^COMPONENT_APPID=wx[0-9a-f]{16}$/m);
  expect(variables).toMatch(/^TICKET_AGE_SECONDS=1260$/m);
  expect(variables).not.toContain('WXOP_');
  await watch.stop();
});

const count = (file: string): number => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);

it('a command that fails is a warning, and tried again', async () => {
  const calls = join(temporaryFolder(), 'calls');
  const watch = await watched(['--on-overdue', `echo x >> '${calls}'; exit 3`]);
  watch.pass(21 * MINUTE);
  await eventually(() => count(calls) === 1 || undefined);
  // The next one is due when the first one is known to have failed.
  await eventually(() => {
    watch.pass(2 * MINUTE);
    return count(calls) === 2 || undefined;
  });
  const { stderr } = await watch.stop();
  expect(stderr).toContain('Could not report the overdue ticket: exit 3.');
  expect(stderr.match(/No ticket for/g)).toHaveLength(1);
});

it('a call that came through is repeated after an hour', async () => {
  const calls = join(temporaryFolder(), 'calls');
  const watch = await watched(['--no-start-push', '--on-overdue', `echo x >> '${calls}'`]);
  watch.pass(21 * MINUTE);
  await eventually(() => count(calls) === 1 || undefined);
  await eventually(() => {
    watch.pass(61 * MINUTE);
    return count(calls) === 2 || undefined;
  });
  await watch.stop();
});

it('a ticket that another listener took counts', async () => {
  const calls = join(temporaryFolder(), 'calls');
  const watch = await watched(['--on-overdue', `echo x >> '${calls}'`], {}, 0);
  watch.pass(15 * MINUTE);
  await watch.bring();
  watch.pass(16 * MINUTE);
  await watch.looks();
  expect([count(calls), watch.asked()]).toEqual([0, 0]);
  watch.pass(5 * MINUTE);
  await eventually(() => count(calls) || undefined);
  expect((await watch.stop()).stderr).toMatch(/No ticket for 21 min/);
});

it('after a restart the age is that of the stored ticket, and one interval is given', async () => {
  const calls = join(temporaryFolder(), 'calls');
  const watch = await watched(['--on-overdue', `echo x >> '${calls}'`], {}, 11 * 60 * MINUTE);
  watch.pass(9 * MINUTE);
  await watch.looks();
  expect(count(calls)).toBe(0);
  // Less than two intervals after the start: a listener that is restarted again and again gets to say it.
  watch.pass(4 * MINUTE);
  await eventually(() => count(calls) || undefined);
  expect((await watch.stop()).stderr).toMatch(/No ticket for 11 h/);
});

it.each([
  ['a stored ticket whose date lies days ahead', -11 * 24 * 60 * MINUTE, 0],
  ['a clock that is set back by days', 0, -3 * 24 * 60 * MINUTE],
])('%s does not put the warning off for days', async (_, ticketAge, jump) => {
  const calls = join(temporaryFolder(), 'calls');
  const watch = await watched(['--on-overdue', `echo x >> '${calls}'`], {}, ticketAge);
  await watch.looks();
  watch.pass(jump);
  await watch.looks();
  watch.pass(21 * MINUTE);
  await eventually(() => count(calls) || undefined);
  await watch.stop();
});

it('a URL is sent a POST', async () => {
  const received: string[] = [];
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => received.push(`${request.method} ${request.url} ${chunk.toString()}`));
    request.on('end', () => response.end());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const watch = await watched(['--on-overdue', `http://127.0.0.1:${port}/overdue`]);
  watch.pass(21 * MINUTE);
  const [line] = await eventually(() => (received.length > 0 ? received : undefined));
  expect(line).toMatch(/^POST \/overdue \{"type":"ticket-overdue","componentAppId":"wx\w{16}","ageSeconds":1260\}$/);
  await watch.stop();
});

it('after three intervals it asks WeChat to push, then ever more seldom', async () => {
  const watch = await watched([]);
  await eventually(() => watch.asked() === 1 || undefined);
  watch.pass(31 * MINUTE);
  await eventually(() => watch.asked() === 2 || undefined);
  watch.pass(11 * MINUTE);
  await eventually(() => watch.asked() === 3 || undefined);
  watch.pass(11 * MINUTE);
  await watch.looks();
  expect(watch.asked()).toBe(3);
  watch.pass(10 * MINUTE);
  await eventually(() => watch.asked() === 4 || undefined);
  await watch.stop();
});
