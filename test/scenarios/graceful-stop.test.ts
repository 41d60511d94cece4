import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { ask } from '../support/listener.ts';
import { eventually, freePort, startWxop, wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

/** A way to WeChat on which one answer is held back: WeChat has done its work, and nobody knows of it yet. */
async function openGate(wechat: string, path: string) {
  let release: () => void = () => undefined;
  const released = new Promise<void>((done) => (release = done));
  let taken: () => void = () => undefined;
  const isTaken = new Promise<void>((done) => (taken = done));
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method, url = '' } = request;
      const answer = await fetch(wechat + url, { method, ...(method === 'POST' && { body: Buffer.concat(chunks) }) });
      const body = await answer.text();
      if (url.includes(path)) {
        taken();
        await released;
      }
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
    })();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    release();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, isTaken, release };
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s while a code is exchanged: the account is stored', async (signal) => {
  const port = await freePort();
  const pushUrl = `http://127.0.0.1:${port}/wechat/event`;
  const sandbox = await startSandbox({ pushUrl, ticketInterval: 3_600_000 });
  onTestFinished(() => sandbox.close());
  const gate = await openGate(sandbox.url, 'api_query_auth');
  const env = {
    ...sandbox.env,
    WXOP_API_URL: gate.url,
    WXOP_HOME: join(temporaryFolder(), 'home'),
    WXOP_PORT: String(port),
  };
  await wxop(['ticket', 'set'], env, sandbox.state().ticket);
  const [{ appId = '' } = {}] = sandbox.state().accounts;
  const listen = startWxop(['listen', '--json', '--no-start-push'], env);
  await listen.json('listening');
  expect(await sandbox.push({ event: 'authorized', appId })).toMatchObject({ status: 200 });
  // The code is used up, and what it gave is on its way.
  await gate.isTaken;
  const stopped = listen.stop(signal);
  // The listener has heard the signal when nobody is let in any more.
  await eventually(() =>
    ask(`http://127.0.0.1:${port}/healthz`).then(
      () => undefined,
      () => true,
    ),
  );
  gate.release();
  await stopped;
  const shown = await wxop(['accounts', 'list', '--json'], env);
  expect(shown.stdout).toContain(appId);
});
