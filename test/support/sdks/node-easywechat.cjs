// A service built with node-easywechat: it receives the pushes at RECEIVER_PORT, and asks for what a service needs first.
const { createServer } = require('node:http');
const { sdk, component, consent, push, say } = require('./service.cjs');
const { OpenPlatform, ServerRequest } = sdk('node-easywechat');

const memory = new Map();
const cache = {
  get: async (key) => memory.get(key),
  set: async (key, value) => !!memory.set(key, value),
  has: async (key) => memory.has(key),
  delete: async (key) => memory.delete(key),
};
const platform = () => {
  const { appId, secret, messageToken, encodingAesKey } = component;
  return new OpenPlatform({ app_id: appId, secret, token: messageToken, aes_key: encodingAesKey }).setCache(cache);
};

let gotTicket;
const ticket = new Promise((resolve) => (gotTicket = resolve));
const receiver = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const app = platform().setRequest(new ServerRequest(request.method, request.url, request.headers, body));
  const server = app.getServer();
  server.with((message, next) => (message.MsgType === 'text' ? `收到${message.Content}` : next(message)));
  response.end((await server.serve()).getBody().toString());
  if (request.url.startsWith('/ticket')) gotTicket(true);
});

receiver.listen(Number(process.env.RECEIVER_PORT), '127.0.0.1', async () => {
  const app = platform();
  say('ticket', await ticket);
  const link = new URL(await app.createPreAuthorizationUrl('http://127.0.0.1/back'));
  const { appId, code } = await consent(link.searchParams.get('pre_auth_code'));
  const authorization = await app.getAuthorization(code);
  say('exchange', authorization.getAppId() === appId);
  const refreshToken = authorization.getRefreshToken();
  say('refresh', (await app.refreshAuthorizerToken(appId, refreshToken)).authorizer_refresh_token === refreshToken);
  const post = async (client, path, body) => (await client.postJson(path, body)).toObject();
  const own = { component_appid: component.appId };
  const list = await post(app.getClient(), 'cgi-bin/component/api_get_authorizer_list', {
    ...own,
    offset: 0,
    count: 9,
  });
  say('list', list.total_count === 1);
  const option = { ...own, authorizer_appid: appId, option_name: 'voice_recognize' };
  const asked = await post(app.getClient(), 'cgi-bin/component/api_get_authorizer_option', option);
  say('option', asked.option_value === '0');
  const account = await app.getOfficialAccountWithRefreshToken(appId, refreshToken, { secret: 'unused' });
  const client = account.getClient();
  const button = [{ type: 'click', name: '今日', key: 'K' }];
  say('menu', (await post(client, 'cgi-bin/menu/create', { button })).errcode === 0);
  say('menu read', (await client.get('cgi-bin/menu/get')).toObject().menu.button[0].key === 'K');
  say('reply', await push(appId, '你好'));
  const touser = 'oSandboxFollowerOfTheAccount';
  const message = { touser, msgtype: 'text', text: { content: '您好' } };
  say('message', (await post(client, 'cgi-bin/message/custom/send', message)).errcode === 0);
  say('user', (await client.get('cgi-bin/user/info', { params: { openid: touser } })).toObject().subscribe === 1);
  say('JS ticket', (await account.getTicket().getTicket()).length > 20);
  process.exit();
});
