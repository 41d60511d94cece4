// The jobs about tokens, done with node-easywechat and its cache of files.
//
//   node bench/easywechat.cjs ticket FILE       keeps the ticket
//   node bench/easywechat.cjs component FILE    the token of the component: the kept one, or a new one
//   node bench/easywechat.cjs refresh FILE      the tokens of accounts, as bench/baseline.mjs gets them
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');

const [, , job, file] = process.argv;
const order = JSON.parse(readFileSync(file, 'utf8'));
const { peer, url, componentAppId, secret, ticket, cache, concurrency, accounts = [] } = order;
const { OpenPlatform } = createRequire(join(peer, 'package.json'))('node-easywechat');
const app = new OpenPlatform({
  app_id: componentAppId,
  secret,
  token: 'unused',
  aes_key: 'x'.repeat(43),
  http: { baseURL: `${url}/` },
  file_cache: { path: cache },
});

async function run() {
  if (job === 'ticket') return app.getVerifyTicket().setTicket(ticket);
  if (job === 'component') return process.stdout.write(await app.getComponentAccessToken().getToken());
  let next = 0;
  const work = async () => {
    while (next < accounts.length) await app.refreshAuthorizerToken(...accounts[next++]);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}
run().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
