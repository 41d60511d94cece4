/**
 * Services built with SDKs of others, unmodified, cannot tell the sandbox from WeChat. WXOP_TEST_SDKS is a folder where they
 * are installed (.ci/run); without it there is nothing to try.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { SANDBOX_COMPONENT, startSandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from '../support/free-port.ts';
import { startWxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

const FOLDER = process.env.WXOP_TEST_SDKS;
const SUPPORT = join(import.meta.dirname, '..', 'support', 'sdks');
if (!FOLDER) console.warn('skipped: the SDKs are not installed (WXOP_TEST_SDKS)');

/** What the service said of each step. */
async function tried(name: string, sandboxUrl: string, receiverPort: number): Promise<[string, unknown][]> {
  // Some keep files where they run.
  const cwd = temporaryFolder();
  const env = {
    ...process.env,
    SANDBOX_URL: sandboxUrl,
    RECEIVER_PORT: String(receiverPort),
    COMPONENT: JSON.stringify(SANDBOX_COMPONENT),
    FILE: join(cwd, 'picture.png'),
  };
  const args = ['--require', join(SUPPORT, 'to-sandbox.cjs'), join(SUPPORT, `${name}.cjs`)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [string, unknown]);
}

const EASYWECHAT = ['ticket', 'exchange', 'refresh', 'list', 'option', 'menu', 'menu read', 'reply', 'message', 'user'];
const sealed = expect.stringMatching(/^<xml><Encrypt>[^]*<MsgSignature>/) as unknown;
const easywechat = [...EASYWECHAT, 'JS ticket'].map((step) => [step, step === 'reply' ? sealed : true]);

test.skipIf(!FOLDER)('node-easywechat does all that it does, pushes come to it directly', async () => {
  const port = await freePort();
  const pushUrl = `http://127.0.0.1:${port}/ticket`;
  const messageUrl = `http://127.0.0.1:${port}/$APPID$/message`;
  const sandbox = await startSandbox({ pushUrl, messageUrl, ticketInterval: 500 });
  onTestFinished(() => sandbox.close());
  expect(await tried('node-easywechat', sandbox.url, port)).toEqual(easywechat);
});

test.skipIf(!FOLDER)('node-easywechat does all that it does behind listen --forward-to', async () => {
  const [port, listenPort] = [await freePort(), await freePort()];
  const listener = `http://127.0.0.1:${listenPort}`;
  const sandbox = await startSandbox({
    pushUrl: `${listener}/wechat/event`,
    messageUrl: `${listener}/wechat/message/$APPID$`,
    ticketInterval: 500,
  });
  onTestFinished(() => sandbox.close());
  const target = `http://127.0.0.1:${port}`;
  const { json } = startWxop(
    [
      ...['listen', '--port', String(listenPort), '--no-start-push', '--json', '--forward-events', 'handover'],
      ...['--forward-to', `${target}/$APPID$/message#kind=message`, '--forward-to', `${target}/ticket#kind=event`],
    ],
    { ...sandbox.env, WXOP_HOME: temporaryFolder(), WXOP_EVENT_PATH: '/wechat/event' },
  );
  await json('listening');
  expect(await tried('node-easywechat', sandbox.url, port)).toEqual(easywechat);
});

test.skipIf(!FOLDER)('co-wechat-open-api does all that it does', async () => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const steps = ['exchange', 'refresh, menu', 'menu read', 'message', 'users', 'JS ticket', 'QR code', 'material'];
  const expected = [...steps, 'counts', 'web login'].map((step) => [step, true]);
  expect(await tried('co-wechat-open-api', sandbox.url, 0)).toEqual(expected);
});
