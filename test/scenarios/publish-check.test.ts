/** `publish-check` as a process: against our own listener, against one that runs, and against a worse one. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, startWxop, wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';
import { SANDBOX_COMPONENT } from '../../src/sandbox/sandbox-options.ts';

interface Line {
  type: 'step' | 'summary';
  step: string;
  verdict: string;
  reason: string;
}

const linesOf = (stdout: string): Line[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const settings = (home: string): Record<string, string> => ({
  WXOP_HOME: home,
  WXOP_COMPONENT_APPID: SANDBOX_COMPONENT.appId,
  WXOP_COMPONENT_APPSECRET: SANDBOX_COMPONENT.secret,
  WXOP_MESSAGE_TOKEN: SANDBOX_COMPONENT.messageToken,
  WXOP_ENCODING_AES_KEY: SANDBOX_COMPONENT.encodingAesKey,
});

test('our own listener passes, with settings of the caller or without', async () => {
  const home = temporaryFolder();
  const given: Record<string, string>[] = [
    { WXOP_HOME: home },
    { ...settings(home), WXOP_API_URL: 'http://127.0.0.1:1' },
  ];
  for (const environment of given) {
    const { code, stdout } = await wxop(['publish-check', '--json'], environment);
    const lines = linesOf(stdout);
    expect(lines.at(-1)).toEqual({ type: 'summary', steps: 31, passed: 31, warned: 0, failed: 0 });
    expect(code).toBe(0);
  }
});

test('a listener that runs passes, and keeps a transcript without the code', async () => {
  const home = temporaryFolder();
  const port = await freePort();
  const apiPort = await freePort();
  const environment = { ...settings(home), WXOP_API_URL: `http://127.0.0.1:${apiPort}`, WXOP_PORT: `${port}` };
  const listening = startWxop(['listen', '--json', '--no-start-push'], environment);
  const { url } = await listening.json<{ url: string }>('listening');
  const { code, stdout } = await wxop(
    [
      ...['publish-check', '--event-url', `${url}/wechat/event`, '--message-url', `${url}/wechat/message/$APPID$`],
      ...['--api-port', `${apiPort}`, '--appid', 'wx570bc396a51b8ff8', '--json'],
    ],
    environment,
  );
  expect(linesOf(stdout).map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass', undefined]);
  expect(code).toBe(0);
  const told = await listening.json<{ outcome: string }>('publish-check', ({ outcome }) => outcome === 'sent');
  expect(told).toMatchObject({ appId: 'wx570bc396a51b8ff8', asked: 'QUERY_AUTH_CODE:***' });
  await listening.stop();
  const transcript = await wxop(['publish-check', '--transcript'], environment);
  expect(linesOf(transcript.stdout)).toMatchObject([
    { case: 'text', asked: 'TESTCOMPONENT_MSG_TYPE_TEXT', outcome: 'replied' },
    { case: 'event', asked: 'LOCATION', outcome: 'replied' },
    { case: 'api', outcome: 'received' },
    { case: 'api', outcome: 'sent' },
  ]);
  expect(transcript.stdout).not.toContain('@@@');
});

test('a receiver that knows nothing of the check fails it, step by step', async () => {
  const server = createServer((_request, response) => void response.end('success'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/$APPID$`;
  const argv = ['publish-check', '--event-url', url, '--message-url', url, '--appid', 'wx570bc396a51b8ff8', '--json'];
  const { code, stdout, stderr } = await wxop(argv, settings(temporaryFolder()));
  expect(linesOf(stdout).map(({ step, verdict }) => [step, verdict])).toEqual([
    ['ticket', 'pass'],
    ['authorized', 'pass'],
    ['text', 'fail'],
    ['event', 'warn'],
    ['api', 'fail'],
    [undefined, undefined],
  ]);
  expect([code, stderr.includes('PARTLY_FAILED')]).toEqual([3, true]);
});

test('one URL without the other, or an account that is none of the ten, is wrong usage', async () => {
  for (const argv of [
    ['--event-url', 'http://127.0.0.1:1'],
    ['--appid', 'wx0123456789abcdef'],
  ]) {
    expect((await wxop(['publish-check', ...argv])).code).toBe(2);
  }
});
