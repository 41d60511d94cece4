import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { eventually, freePort, startWxop, wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

test.each(['SIGTERM', 'SIGINT'] as const)('%s while a code is exchanged: the account is stored', async (signal) => {
  const port = await freePort();
  const options = { pushUrl: `http://127.0.0.1:${port}/wechat/event`, ticketInterval: 3_600_000, latency: 0 };
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  const env = { ...sandbox.env, WXOP_HOME: join(temporaryFolder(), 'home'), WXOP_PORT: String(port) };
  await wxop(['ticket', 'set'], env, sandbox.state().ticket);
  await wxop(['token', 'component'], env);
  const [{ appId = '' } = {}] = sandbox.state().accounts;
  const listen = startWxop(['listen', '--json', '--no-start-push'], env);
  await listen.json('listening');
  options.latency = 700;
  expect(await sandbox.push({ event: 'authorized', appId })).toMatchObject({ status: 200 });
  await eventually(
    () => Object.keys(sandbox.state().calls).some((path) => path.endsWith('api_query_auth')) || undefined,
  );
  await listen.stop(signal);
  const shown = await wxop(['accounts', 'list', '--json'], env);
  expect(shown.stdout).toContain(appId);
});
