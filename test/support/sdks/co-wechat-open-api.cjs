// A service built with co-wechat-open-api, which has no receiver: it takes the ticket from the sandbox.
const { writeFileSync } = require('node:fs');
const { sdk, component, consent, push, state, say } = require('./service.cjs');
const { API, Oauth, ComponentAPI } = sdk('co-wechat-open-api');

async function main() {
  let kept;
  const componentApi = new ComponentAPI({
    componentAppId: component.appId,
    componentAppSecret: component.secret,
    getComponentTicket: async () => (await state()).ticket,
    getComponentToken: async () => kept,
    saveComponentToken: async (token) => void (kept = token),
  });
  const { pre_auth_code } = await componentApi.getPreAuthCode();
  const { appId, code } = await consent(pre_auth_code);
  const { authorization_info } = await componentApi.getAuthorizationInfo(code);
  say('exchange', authorization_info.authorizer_appid === appId);
  let tokens = { refreshToken: authorization_info.authorizer_refresh_token };
  const getToken = async () => tokens;
  const saveToken = async (accessToken, refreshToken) => void (tokens = { accessToken, refreshToken });
  const api = new API({ componentApi, authorizerAppId: appId, getToken, saveToken });
  say('refresh, menu', (await api.createMenu({ button: [{ type: 'click', name: 'a', key: 'K' }] })).errcode === 0);
  say('menu read', (await api.getMenu()).menu.button[0].key === 'K');
  await push(appId, 'hi');
  const openId = 'oSandboxFollowerOfTheAccount';
  say('message', (await api.sendText(openId, 'hi')).errcode === 0);
  say('users', (await api.batchGetUsers([openId])).user_info_list.length === 1);
  say('JS ticket', typeof (await api.getTicket()).ticket === 'string');
  say('QR code', typeof (await api.createTmpQRCode(10000, 1800)).ticket === 'string');
  const file = process.env.FILE;
  writeFileSync(file, 'bytes');
  const { media_id } = await api.uploadMaterial(file, 'image');
  say('material', String(await api.getMaterial(media_id)) === 'bytes');
  say('counts', (await api.getMaterialCount()).image_count === 1);
  const oauth = new Oauth({ componentApi, authorizerAppId: appId });
  const link = new URL(oauth.getAuthorizeURL(encodeURIComponent('http://127.0.0.1/l'), 's', 'snsapi_userinfo'));
  const page = await fetch(process.env.SANDBOX_URL + link.pathname + link.search, { redirect: 'manual' });
  const login = new URL(page.headers.get('location')).searchParams.get('code');
  const token = await oauth.getUserAccessToken(login);
  const { openid } = token.data ?? token;
  say('web login', (await oauth.getUser(openid)).openid === openid);
}
void main();
