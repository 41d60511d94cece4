/** The options of an account: read in words, written, and read back, because WeChat's ok proves nothing. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { runWxop } from '../support/world.ts';

let sandbox: Sandbox;
let appId = '';
let more: Record<string, string> = {};

beforeAll(async () => {
  sandbox = await startSandbox({ accounts: 2 });
  appId = sandbox.state().accounts[0]?.appId ?? '';
  await sandbox.push({ event: 'authorized', appId });
  await runWxop(['ticket', 'set'], { environment: sandbox.env, stdin: sandbox.state().ticket });
  await runWxop(['accounts', 'sync'], { environment: sandbox.env });
  return () => sandbox.close();
});

const option = (...argv: string[]) =>
  runWxop(['accounts', 'option', ...argv], { environment: { ...sandbox.env, ...more } });

const calls = (name: string): number => sandbox.state().calls[`/cgi-bin/component/${name}`] ?? 0;

/** WeChat as it is seen through a gateway that answers these paths itself. */
async function answering(answers: Record<string, object>): Promise<void> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x');
    const answer = answers[pathname.split('/').at(-1) ?? ''];
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      if (answer) return response.end(JSON.stringify(answer));
      const { method, url } = request;
      void fetch(sandbox.url + url, { method, ...(method === 'POST' && { body: Buffer.concat(chunks) }) })
        .then((passed) => passed.text())
        .then((body) => response.end(body));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  more = { WXOP_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  onTestFinished(() => {
    more = {};
    server.close();
  });
}

describe('accounts option get', () => {
  test('shows every option with what its value means', async () => {
    const { code, stdout } = await option('get', appId);
    expect([code, stdout.split('\n').filter(Boolean)]).toEqual([
      0,
      [
        'location_report\toff\toff: no location is reported',
        'voice_recognize\toff\toff: voice messages come without text',
        'customer_service\toff\toff',
      ],
    ]);
  });

  test('asks for the named one only, and says in Chinese what it means', async () => {
    const before = calls('api_get_authorizer_option');
    const { stdout } = await option('get', appId, 'voice_recognize', '--lang', 'zh');
    expect(stdout).toBe('voice_recognize\toff\t关闭：语音消息不带识别结果\n');
    expect(calls('api_get_authorizer_option') - before).toBe(1);
  });

  test('where WeChat does not know the older call, the newer one is asked with the account’s token', async () => {
    await answering({ api_get_authorizer_option: { errcode: 40066, errmsg: 'invalid url' } });
    const { code, stdout } = await option('get', appId, 'location_report', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { appId, options: [{ name: 'location_report', value: '0', state: 'off' }] },
    ]);
  });

  test('a value that no document names is shown as it came', async () => {
    await answering({ api_get_authorizer_option: { option_name: 'location_report', option_value: 7 } });
    expect((await option('get', appId, 'location_report')).stdout).toBe(
      'location_report\t7\ta value that the documents do not name\n',
    );
  });
});

describe('accounts option set', () => {
  test('takes a word or WeChat’s number, reads the option back, and changes nothing twice', async () => {
    const first = await option('set', appId, 'location_report', 'every-5s', '--json');
    expect(JSON.parse(first.stdout)).toEqual({
      appId,
      ...{ name: 'location_report', value: '2', state: 'every-5s', changed: true },
      before: { name: 'location_report', value: '0', state: 'off' },
    });
    const before = calls('api_set_authorizer_option');
    const again = await option('set', appId, 'location_report', '2');
    expect([again.code, again.stderr]).toEqual([
      0,
      'location_report was set like that already: reported every 5 seconds. Nothing was changed.\n',
    ]);
    expect(calls('api_set_authorizer_option')).toBe(before);
    expect((await option('get', appId, 'location_report')).stdout).toContain('every-5s');
  });

  test('a value of another option is refused before anything is sent, with what it takes', async () => {
    const result = await option('set', appId, 'voice_recognize', 'every-5s', '--json');
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([2, '', 'USAGE']);
    expect(errorOf(result).hint).toBe('It takes: off (0), on (1).');
  });

  test('an option of no such name is refused with those that there are', async () => {
    const result = await option('set', appId, 'voice', 'on', '--json');
    expect([result.code, errorOf(result).code]).toEqual([2, 'USAGE']);
    expect(`${errorOf(result).message} ${errorOf(result).hint}`).toContain('voice_recognize');
  });

  test('an ok that WeChat does not keep is an error that says what it shows instead', async () => {
    await answering({ api_set_authorizer_option: { errcode: 0, errmsg: 'ok' } });
    const result = await option('set', appId, 'customer_service', 'on', '--json');
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([3, '', 'PLATFORM_REFUSED']);
    expect(errorOf(result).message).toBe('WeChat said ok, but shows 0 for customer_service instead of 1.');
  });

  test.each([
    [61007, 'not granted'],
    [48001, 'may not use'],
    [61025, 'only be read'],
  ])('%i is said in words, with the next step', async (errcode, words) => {
    await answering({ api_set_authorizer_option: { errcode, errmsg: 'refused' } });
    const result = await option('set', appId, 'customer_service', 'on', '--json');
    expect([result.code, errorOf(result).errcode]).toEqual([3, errcode]);
    expect(errorOf(result).message).toContain(words);
    expect(errorOf(result).hint).not.toBe('');
  });

  test('an account that never authorized, or cancelled, ends with 4', async () => {
    const stranger = await option('set', 'wx0000000000000000', 'voice_recognize', 'on', '--json');
    expect([stranger.code, errorOf(stranger).code]).toEqual([4, 'NO_ACCOUNT']);
    await answering({ api_get_authorizer_option: { errcode: 61003, errmsg: 'not authorized' } });
    const gone = await option('get', appId, '--json');
    expect([gone.code, errorOf(gone).code]).toEqual([4, 'REVOKED']);
  });
});
