// 100 processes ask for one expired token at once: one exchange, all served, and how long the last one waits.
//
//   npm run build && node bench/contention.mjs [--processes 100] [--rounds 3] [--store tmpfs,redis] [--no-peers]
//
// Beside it the same crowd with node-easywechat, which wants the token of the component: it keeps no other.
// Limit: 3 × the exchange + 1.5 × the time that the same processes take when the token is valid, in the same run.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeFolder, median, report, startPlatform, startRedis, timed, wxop } from './measuring.mjs';
import { EASYWECHAT, installPeer } from './peers.mjs';

const { values: flags } = parseArgs({
  options: {
    processes: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    store: { type: 'string', default: 'tmpfs,redis' },
    'no-peers': { type: 'boolean', default: false },
  },
});
const processes = Number(flags.processes);
const LATENCY = 500;
const EXCHANGE = '/cgi-bin/component/api_authorizer_token';
let isOver = false;
const rows = [];
console.log(`Node ${process.version}, ${processes} processes, ${flags.rounds} rounds, medians`);
for (const place of flags.store.split(',')) {
  const platform = await startPlatform({ accounts: 1 });
  const redis = place === 'redis' ? await startRedis() : undefined;
  const { folder, close } = makeFolder('tmpfs');
  const env = { ...platform.env, WXOP_HOME: folder, ...(redis && { WXOP_STORE: redis.url }) };
  const [appId] = platform.appIds;
  await wxop(['ticket', 'set', '--quiet'], env, platform.ticket);
  await wxop(['accounts', 'sync'], env);
  await wxop(['token', 'get', appId], env);
  await platform.tell({ latency: LATENCY });

  /** All at once: milliseconds until the last is served, and the exchanges that it took. */
  async function crowd(argv) {
    const before = (await platform.tell({}))[EXCHANGE] ?? 0;
    const start = performance.now();
    const runs = await Promise.all(Array.from({ length: processes }, () => wxop(argv, env)));
    const took = performance.now() - start;
    const tokens = new Set(runs.map(({ stdout }) => stdout));
    const exchanges = ((await platform.tell({}))[EXCHANGE] ?? 0) - before;
    if (tokens.size !== 1) throw new Error(`${tokens.size} different tokens`);
    return { took, exchanges };
  }

  const [exchange, valid, expired] = [[], [], []];
  for (let round = 0; round < Number(flags.rounds); round++) {
    valid.push((await crowd(['token', 'get', appId])).took);
    const start = performance.now();
    await wxop(['token', 'refresh', appId, '--force'], env);
    const alone = performance.now() - start;
    const again = performance.now();
    await wxop(['token', 'get', appId], env);
    // What the exchange adds to one process that is alone.
    exchange.push(alone - (performance.now() - again));
    expire({ folder, env, redis, appId });
    const { took, exchanges } = await crowd(['token', 'get', appId]);
    if (exchanges !== 1) throw new Error(`${exchanges} exchanges for ${processes} processes`);
    expired.push(took);
  }
  await platform.close();
  await redis?.close();
  close();

  // Every round was refused unless it had exactly one exchange.
  const limit = 3 * median(exchange) + 1.5 * median(valid);
  isOver ||= median(expired) > limit;
  rows.push(
    { id: `${place}: the exchange alone`, value: median(exchange), unit: 'ms' },
    { id: `${place}: all served, token valid`, value: median(valid), unit: 'ms' },
    { id: `${place}: all served, token expired`, value: median(expired), unit: 'ms', limit: Math.round(limit) },
    { id: `${place}: exchanges`, value: 1, unit: '' },
  );
}
const peer = flags['no-peers'] ? undefined : installPeer(...EASYWECHAT);
if (peer) rows.push(...(await easywechat(peer)));
report('contention', rows);
process.exitCode = isOver ? 1 : 0;

/** The same number of processes, a kept ticket, and no token yet. */
async function easywechat(peer) {
  const platform = await startPlatform({ accounts: 1 });
  const { folder, close } = makeFolder('tmpfs');
  const { WXOP_API_URL: url, WXOP_COMPONENT_APPID: componentAppId, WXOP_COMPONENT_APPSECRET: secret } = platform.env;
  const [script, order] = [join(import.meta.dirname, 'easywechat.cjs'), join(folder, 'order.json')];
  const given = { peer: peer.folder, url, componentAppId, secret, ticket: platform.ticket, cache: folder };
  writeFileSync(order, JSON.stringify(given));
  await timed([script, 'ticket', order], {});
  await platform.tell({ latency: LATENCY });
  const start = performance.now();
  await Promise.all(Array.from({ length: processes }, () => timed([script, 'component', order], {})));
  const took = performance.now() - start;
  const exchanges = (await platform.tell({}))['/cgi-bin/component/api_component_token'];
  await platform.close();
  close();
  return [
    { id: 'node-easywechat: all served, no token', value: took, unit: 'ms' },
    { id: 'node-easywechat: exchanges', value: exchanges, unit: '' },
  ];
}

/** Makes the stored token one that expired a moment ago, in the record itself: nobody waits two hours. */
function expire({ folder, env, redis, appId }) {
  const past = (content) => {
    const record = JSON.parse(content);
    record.value.expiresAt = Date.now() - 1000;
    return JSON.stringify(record);
  };
  const component = env.WXOP_COMPONENT_APPID;
  if (redis) {
    const key = `wxop:{${component}}:record:token/${appId}`;
    const cli = (...words) => execFileSync('redis-cli', ['-u', redis.url, ...words], { encoding: 'utf8' }).trimEnd();
    const field = `value:${cli('HGET', key, 'version')}`;
    cli('HSET', key, field, past(cli('HGET', key, field)));
    return;
  }
  const records = join(folder, 'state', component, 'token', appId);
  const newest = Math.max(
    ...readdirSync(records)
      .map((name) => Number.parseInt(name, 10))
      .filter(Number.isInteger),
  );
  const file = join(records, `${newest}.json`);
  writeFileSync(file, past(readFileSync(file, 'utf8')));
}
