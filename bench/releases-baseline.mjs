// What a run of releases costs without wxop: a bare undici loop that makes the same calls, from the upload to the look at the
// submitted audit, and remembers nothing.
//
//   node bench/releases-baseline.mjs FILE   with { url, concurrency, version, accounts: [[appId, token]] }
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';

const { url, concurrency, version, accounts } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const dispatcher = new Agent();
const NO_AUDIT = 85058;
let next = 0;

async function call(token, path, document) {
  const { body } = await request(`${url}${path}?access_token=${token}`, {
    dispatcher,
    ...(document && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(document),
    }),
  });
  const answer = await body.json();
  if (answer.errcode && answer.errcode !== NO_AUDIT) throw new Error(`refused at ${path}: ${answer.errcode}`);
  return answer;
}

async function work() {
  while (next < accounts.length) {
    const [appId, token] = accounts[next++];
    await call(token, '/wxa/getversioninfo', {});
    await call(token, '/wxa/get_latest_auditstatus');
    await call(token, '/wxa/commit', {
      template_id: 1,
      ext_json: JSON.stringify({ extAppid: appId }),
      user_version: version,
      user_desc: 'bare',
    });
    await call(token, '/wxa/security/get_code_privacy_info');
    await call(token, '/wxa/getversioninfo', {});
    await call(token, '/wxa/get_latest_auditstatus');
    const { category_list: categories } = await call(token, '/wxa/get_category');
    await call(token, '/wxa/submit_audit', { item_list: categories.slice(0, 1) });
    await call(token, '/wxa/get_latest_auditstatus');
  }
}

await Promise.all(Array.from({ length: concurrency }, work));
await dispatcher.close();
