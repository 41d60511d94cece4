/** `trigger` and `decrypt` as processes, against the listener and against receivers that are worse. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { seal } from '../../src/protocol/envelope.ts';
import { writeXml } from '../../src/protocol/events.ts';
import { FORGERY_KINDS } from '../../src/receiver-kit/forgeries.ts';
import { SAMPLE_NAMES } from '../../src/receiver-kit/samples.ts';
import { here } from '../support/here.ts';
import { startWxop } from '../support/processes.ts';
import { SANDBOX_COMPONENT } from '../../src/sandbox/sandbox-options.ts';

interface PushLine {
  type: 'push';
  name: string;
  verdict: 'pass' | 'warn' | 'fail';
  expected: number;
  status: number;
  reply?: { xml: string; fields: Record<string, string> };
}

const { appId, messageToken, encodingAesKey } = SANDBOX_COMPONENT;
const ENVIRONMENT = {
  WXOP_HOME: '/nonexistent/wxop',
  WXOP_COMPONENT_APPID: appId,
  WXOP_MESSAGE_TOKEN: messageToken,
  WXOP_ENCODING_AES_KEY: encodingAesKey,
};

const linesOf = (stdout: string): PushLine[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as PushLine)
    .filter(({ type }) => type === 'push');

interface Heard {
  path: string;
  body: string;
}

/** A receiver of another make. */
async function receiver(
  answer: (heard: Heard, response: ServerResponse) => void,
): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const got = { path: request.url ?? '', body: Buffer.concat(chunks).toString('utf8') };
    heard.push(got);
    answer(got, response);
  };
  const server = createServer((request, response) => void take(request, response).catch(() => response.destroy()));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

async function listener() {
  const sandbox = startWxop(['sandbox', '--port', '0', '--json']);
  const { env } = await sandbox.json<{ env: Record<string, string> }>('sandbox');
  const listening = startWxop(['listen', '--json'], { ...env, WXOP_PORT: '0' });
  const { url } = await listening.json<{ url: string }>('listening');
  return { url, env, listening };
}

describe('trigger', () => {
  test('our own listener passes every forgery with exactly the status that is promised', async () => {
    const { url, env } = await listener();
    for (const [name, path] of [
      ['text', '/wechat/message/$APPID$'],
      ['notify_third_fasteregister', '/wechat/event'],
    ] as const) {
      const { code, stdout } = await here(['trigger', name, '--forge', 'all', '--to', url + path, '--json'], env);
      const pushes = linesOf(stdout);
      expect(pushes.map((push) => push.name)).toEqual([name, ...FORGERY_KINDS]);
      expect(pushes.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
      // A key that is another makes noise, and noise may by chance be padded.
      for (const push of pushes) if (push.name !== 'wrong-key') expect(push.status).toBe(push.expected);
      expect(code).toBe(0);
    }
  });

  test('every name that is listed is taken by the listener for what it is', async () => {
    const { url, env, listening } = await listener();
    const to = (path: string): string[] => ['--to', url + path, '--quiet'];
    const sent = [
      ...['component_verify_ticket', 'unauthorized', 'notify_3rd_wxa_auth'].map((name) => [name, '/wechat/event']),
      ...['image', 'location', 'CLICK', 'scancode_push'].map((name) => [name, '/wechat/message/$APPID$']),
    ] as [string, string][];
    for (const [name, path] of sent) {
      expect([name, (await here(['trigger', name, ...to(path)], env)).code]).toEqual([name, 0]);
    }
    await listening.json<{ event?: string }>('message', ({ event }) => event === 'scancode_push');
    await listening.json<{ infoType?: string }>('event', ({ infoType }) => infoType === 'notify_3rd_wxa_auth');
    await listening.json('ticket');
    const { stdout } = await here(['trigger', '--list']);
    for (const name of Object.values(SAMPLE_NAMES).flat()) expect(stdout).toContain(`\t${name}\n`);
  });

  test('a receiver that takes everything is found out', async () => {
    const { url } = await receiver((_heard, response) => void response.end('success'));
    const { code, stdout, stderr } = await here(
      ['trigger', 'authorized', '--forge', 'bad-signature', '--forge', 'bad-padding', '--to', url, '--json'],
      ENVIRONMENT,
    );
    expect(linesOf(stdout).map(({ name, verdict }) => [name, verdict])).toEqual([
      ['authorized', 'pass'],
      ['bad-signature', 'fail'],
      ['bad-padding', 'warn'],
    ]);
    expect(code).toBe(3);
    expect(stderr).toContain('PARTLY_FAILED');
  });

  test('a receiver that refuses everything is found out too', async () => {
    const { url } = await receiver((_heard, response) => void response.writeHead(403).end());
    const { code, stdout } = await here(['trigger', 'text', '--forge', 'tampered', '--to', url, '--json'], ENVIRONMENT);
    expect(linesOf(stdout).map(({ verdict }) => verdict)).toEqual(['fail', 'pass']);
    expect(code).toBe(3);
  });

  test('success in quotes is no success', async () => {
    const { url } = await receiver((_heard, response) => void response.end('"success"'));
    const { code, stdout } = await here(['trigger', 'component_verify_ticket', '--to', url], ENVIRONMENT);
    expect(code).toBe(3);
    expect(stdout).toContain('something around it');
  });

  test('a passive reply is opened and shown; one that is sealed for the wrong receiver is not taken', async () => {
    const answers = [appId, 'wxffffffffffffffff'];
    const { url } = await receiver((_heard, response) => {
      const message = writeXml({ ToUserName: 'o1', FromUserName: 'gh_1', MsgType: 'text', Content: '你好' });
      const [timestamp, nonce] = ['1700000000', '42'];
      const made = seal({
        message,
        token: messageToken,
        encodingAesKey,
        receiver: answers.shift() ?? '',
        timestamp,
        nonce,
        random: 'abcdefghijklmnop',
      });
      response.end(
        writeXml({ Encrypt: made.encrypted, MsgSignature: made.signature, TimeStamp: Number(timestamp), Nonce: nonce }),
      );
    });
    const right = await here(['trigger', 'text', '--to', url, '--json'], ENVIRONMENT);
    expect(right.code).toBe(0);
    expect(linesOf(right.stdout)[0]?.reply?.fields.Content).toBe('你好');
    const wrong = await here(['trigger', 'text', '--to', url, '--json'], ENVIRONMENT);
    expect([wrong.code, linesOf(wrong.stdout)[0]?.verdict]).toEqual([3, 'fail']);
  });

  test('what was triggered is what decrypt opens: fields, a file of XML, the appid in the URL', async () => {
    const { url, heard } = await receiver((_heard, response) => void response.end('success'));
    const fields = ['--field', 'appid=wx9', '--field', 'info.name=一 二', '--field', 'status=89249'];
    await here(['trigger', 'notify_third_fasteregister', ...fields, '--to', `${url}/e`], ENVIRONMENT);
    const xml = '<xml><MsgType>text</MsgType><Content>as it is\r\n</Content></xml>\n';
    await here(['trigger', '--xml', '-', '--appid', 'wx7', '--to', `${url}/$APPID$/m`], ENVIRONMENT, xml);
    const [event, message] = heard as [Heard, Heard];
    const first = await here(['decrypt', '--url', event.path, '--json'], ENVIRONMENT, event.body);
    expect(JSON.parse(first.stdout)).toMatchObject({
      signed: true,
      key: 'current',
      fields: { InfoType: 'notify_third_fasteregister', appid: 'wx9', status: '89249', info: { name: '一 二' } },
    });
    expect(message.path).toMatch(/^\/wx7\/m\?/);
    const query = new URLSearchParams(message.path.slice(message.path.indexOf('?')));
    const flags = ['timestamp', 'nonce', 'msg_signature'].flatMap((name) => [
      `--${name.replace('_', '-')}`,
      query.get(name) ?? '',
    ]);
    const second = await here(['decrypt', ...flags], ENVIRONMENT, message.body);
    // Lines are split and joined on the way: what must be equal is every byte but those.
    expect(second.stdout.replaceAll('\n', '')).toBe(xml.replace('\r\n', '').replaceAll('\n', ''));
  });

  test('many at once, all of them distinct', async () => {
    const { url, heard } = await receiver((_heard, response) => void response.end('success'));
    const argv = ['trigger', 'text', '--count', '200', '--concurrency', '8', '--to', url, '--json'];
    const { code, stdout } = await here(argv, ENVIRONMENT);
    expect(code).toBe(0);
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'summary',
      sent: 200,
      passed: 200,
    });
    expect(new Set(heard.map(({ path }) => path)).size).toBe(200);
  });

  test('nobody there is a network failure, an unknown name a usage error', async () => {
    const nobody = await here(['trigger', 'text', '--to', 'http://127.0.0.1:1', '--json'], ENVIRONMENT);
    expect([nobody.code, nobody.stderr.includes('"NETWORK"')]).toEqual([5, true]);
    const suite = ['trigger', 'text', '--forge', 'all', '--to', 'http://127.0.0.1:1', '--json'];
    const forged = await here(suite, ENVIRONMENT);
    expect([forged.code, forged.stderr.includes('"NETWORK"')]).toEqual([5, true]);
    expect(forged.stdout).not.toContain('"pass"');
    for (const argv of [['txt'], ['text', '--forge', 'x'], [], ['text', '--field', 'x']]) {
      const { code, stdout } = await here(['trigger', ...argv, '--to', 'http://127.0.0.1:1'], ENVIRONMENT);
      expect([argv, code, stdout]).toEqual([argv, 2, '']);
    }
    expect((await here(['trigger', 'text'], ENVIRONMENT)).code).toBe(2);
  });
});

describe('decrypt', () => {
  const message = writeXml({ InfoType: 'component_verify_ticket', ComponentVerifyTicket: 'ticket@@@abc' });
  const made = seal({
    message,
    token: messageToken,
    encodingAesKey,
    receiver: appId,
    timestamp: '1',
    nonce: '2',
    random: 'abcdefghijklmnop',
  });
  const body = writeXml({ AppId: appId, Encrypt: made.encrypted });
  const url = `https://wx.example.com/e?timestamp=1&nonce=2&msg_signature=${made.signature}`;

  test('prints what is inside and nothing else', async () => {
    for (const given of [url, url.slice(url.indexOf('?')), url.slice(url.indexOf('?') + 1)]) {
      const { code, stdout, stderr } = await here(['decrypt', '--url', given], ENVIRONMENT, body);
      expect([code, stdout.trimEnd(), stderr]).toEqual([0, message, '']);
    }
  });

  test('says that nothing was signed', async () => {
    const { code, stderr } = await here(['decrypt', '--unsigned'], ENVIRONMENT, made.encrypted);
    expect([code, stderr]).toEqual([0, expect.stringContaining('nothing proves who made this push')]);
  });

  test.each([
    ['another token', ['--url', url], { WXOP_MESSAGE_TOKEN: 'plantedToken' }, /Signature: .*message token/],
    [
      'another key',
      ['--url', url],
      { WXOP_ENCODING_AES_KEY: 'k'.repeat(42) + 'A' },
      /Key: the EncodingAESKey does not/,
    ],
    [
      'another component',
      ['--url', url],
      { WXOP_COMPONENT_APPID: 'wx00000000000000ff' },
      new RegExp(`Receiver: .*${appId}`),
    ],
  ])('%s is named, no secret is', async (_name, argv, changed, said) => {
    const environment = { ...ENVIRONMENT, ...changed };
    const { code, stdout, stderr } = await here(['decrypt', ...argv], environment, body);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(said);
    for (const secret of [messageToken, encodingAesKey, 'plantedToken', 'ticket@@@abc']) {
      expect(stderr).not.toContain(secret);
    }
  });

  test('without its query it is wrong usage', async () => {
    const { code, stderr } = await here(['decrypt', '--json'], ENVIRONMENT, body);
    expect([code, stderr]).toEqual([2, expect.stringContaining('timestamp, nonce, msg_signature')]);
  });
});
