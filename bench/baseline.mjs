// What the refresh of all accounts costs without wxop: a bare undici loop that stores nothing.
//
//   node bench/baseline.mjs FILE   with { url, token, componentAppId, concurrency, accounts: [[appId, refreshToken]] }
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';

const { url, token, componentAppId, concurrency, accounts } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const dispatcher = new Agent();
const target = `${url}/cgi-bin/component/api_authorizer_token?component_access_token=${token}`;
let next = 0;

async function work() {
  while (next < accounts.length) {
    const [appId, refreshToken] = accounts[next++];
    const { body } = await request(target, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        component_appid: componentAppId,
        authorizer_appid: appId,
        authorizer_refresh_token: refreshToken,
      }),
    });
    const answer = await body.json();
    if (!answer.authorizer_access_token) throw new Error(`refused: ${answer.errcode}`);
  }
}

await Promise.all(Array.from({ length: concurrency }, work));
await dispatcher.close();
