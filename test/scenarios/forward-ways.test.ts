/** The ways in and out that need a network of their own: an account in the host name, a proxy on the way to a target. */
import { createServer, request as httpRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ask, COMPONENT, sealed } from '../support/listener.ts';
import { eventually, startWxop } from '../support/processes.ts';
import { startTarget } from '../support/target.ts';
import { temporaryFolder } from '../support/world.ts';

const APPID = 'wx0123456789abcdef';

const environment = (more: Record<string, string> = {}) => ({
  WXOP_HOME: temporaryFolder(),
  WXOP_COMPONENT_APPID: COMPONENT.appId,
  WXOP_MESSAGE_TOKEN: COMPONENT.messageToken,
  WXOP_ENCODING_AES_KEY: COMPONENT.encodingAesKey,
  WXOP_API_URL: 'http://127.0.0.1:1',
  ...more,
});

async function listen(more: Record<string, string>, ...flags: string[]) {
  const started = startWxop(['listen', '--port', '0', '--no-start-push', '--json', ...flags], environment(more));
  return { ...started, ...(await started.json<{ url: string; messageUrl: string }>('listening')) };
}

const push = (path: string) =>
  sealed(
    { ToUserName: 'gh_1', FromUserName: 'oFollower', CreateTime: 1_700_000_000, MsgType: 'text', MsgId: '1' },
    { path },
  );

test('an account may stand in the host name', async () => {
  const template = 'https://$APPID$.wx.example.com/receive';
  const listener = await listen({ WXOP_MESSAGE_PATH: template });
  expect(listener.messageUrl).toBe(template);
  const { path, body } = push('/receive');
  const post = (host: string) => ask(listener.url + path, { method: 'POST', headers: { host }, body });
  for (const host of [
    'wx.example.com',
    `${APPID}.wx.example.org`,
    `a.${APPID}.wx.example.com`,
    `${APPID}.wxxexample.com`,
  ]) {
    expect([host, (await post(host)).status]).toEqual([host, 404]);
  }
  expect(await post(`${APPID}.wx.example.com`)).toMatchObject({ status: 200, body: 'success' });
  expect(await listener.json<{ appId: string }>('message')).toMatchObject({ appId: APPID, msgType: 'text' });
});

/** Passes everything on to this machine, whatever name it is asked for, and remembers the names. */
async function startProxy(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    const { host, pathname, search, port } = new URL(request.url ?? '');
    asked.push(host);
    const { method, headers } = request;
    const sent = httpRequest(`http://127.0.0.1:${port}${pathname}${search}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(sent);
  });
  proxy.on('connect', (request, client) => {
    asked.push(request.url ?? '');
    const server = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    for (const end of [server, client]) end.on('error', () => undefined);
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked };
}

test.each([
  ['goes through the proxy', 'target.test', ['target.test']],
  ['to this machine goes around it', '127.0.0.1', []],
])('what is forwarded %s', async (_name, host, names) => {
  const [target, proxy] = [await startTarget(), await startProxy()];
  const { port } = new URL(target.url);
  const listener = await listen({ HTTP_PROXY: proxy.url }, '--forward-to', `http://${host}:${port}/hook`);
  const { path, body } = push(`/wechat/message/${APPID}`);
  expect((await ask(listener.url + path, { method: 'POST', body })).status).toBe(200);
  const got = await eventually(() => target.got[0]);
  expect([got.body, got.url.split('?')[0]]).toEqual([body, '/hook']);
  expect(proxy.asked).toEqual(names.map((name) => `${name}:${port}`));
});
