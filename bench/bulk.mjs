// `wxop token refresh --all` as a multiple of a bare undici loop that stores nothing, on the same platform in one run.
//
//   npm run build && node bench/bulk.mjs [--accounts 10000] [--rounds 2] [--store tmpfs,redis,disk] [--limits-only] [--no-peers]
//
// The platform is the sandbox in a process of its own, 20 ms latency, 8 at once. Runs are interleaved.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeFolder, median, report, startPlatform, startRedis, timed, wxop } from './measuring.mjs';
import { EASYWECHAT, installPeer } from './peers.mjs';

const { values: flags } = parseArgs({
  options: {
    accounts: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '2' },
    store: { type: 'string', default: 'tmpfs,redis,disk' },
    'limits-only': { type: 'boolean', default: false },
    'no-peers': { type: 'boolean', default: false },
  },
});
const accounts = Number(flags.accounts);
const rounds = Number(flags.rounds);
const stores = flags.store.split(',');
const [CONCURRENCY, LATENCY] = [8, 20];
const [BASELINE, PEER] = ['baseline.mjs', 'easywechat.cjs'].map((name) => join(import.meta.dirname, name));
const peer = flags['no-peers'] ? undefined : installPeer(...EASYWECHAT);

let isOver = false;
function measured(id, value, unit) {
  // A ratio is shown as one; everything else is a value with its unit.
  const row = unit === '×' ? { id, value, unit: '', ratio: value } : { id, value, unit: unit.trim() };
  if (!report('bulk', [row])) isOver = true;
}

/** A filled store, and both contestants on it. */
async function open({ count, place, rotate = false }) {
  const platform = await startPlatform({ accounts: count, rotate });
  const redis = place === 'redis' ? await startRedis() : undefined;
  const { folder, close } = makeFolder(place === 'disk' ? 'disk' : 'tmpfs');
  const env = { ...platform.env, WXOP_HOME: folder, WXOP_LANG: 'en', ...(redis && { WXOP_STORE: redis.url }) };
  await wxop(['ticket', 'set', '--quiet'], env, platform.ticket);
  const filled = await wxop(['accounts', 'sync', '--json', '--concurrency', '16'], env);
  if (JSON.parse(filled.stdout).length !== count) throw new Error('the store was not filled');
  const token = (await wxop(['token', 'component'], env)).stdout.trim();
  const orders = join(folder, 'baseline.json');

  /** The refresh tokens, as the platform lists them. */
  async function listed() {
    const found = [];
    while (found.length < count) {
      const answer = await fetch(
        `${env.WXOP_API_URL}/cgi-bin/component/api_get_authorizer_list?component_access_token=${token}`,
        {
          method: 'POST',
          body: JSON.stringify({ component_appid: env.WXOP_COMPONENT_APPID, offset: found.length, count: 500 }),
        },
      );
      const { list } = await answer.json();
      for (const item of list) found.push([item.authorizer_appid, item.refresh_token]);
    }
    return found;
  }

  async function giveOrder(more) {
    const { WXOP_API_URL: url, WXOP_COMPONENT_APPID: componentAppId } = env;
    const order = { url, token, componentAppId, concurrency: CONCURRENCY, accounts: await listed(), ...more };
    writeFileSync(orders, JSON.stringify(order));
  }

  return {
    filled,
    bare: async () => {
      await giveOrder();
      return timed([BASELINE, orders], {});
    },
    easywechat: async () => {
      await giveOrder({
        peer: peer.folder,
        secret: env.WXOP_COMPONENT_APPSECRET,
        ticket: platform.ticket,
        cache: join(folder, 'easywechat'),
      });
      await timed([PEER, 'ticket', orders], {});
      return timed([PEER, 'refresh', orders], {});
    },
    refresh: async () => {
      const before = (await platform.tell({}))['/cgi-bin/component/api_authorizer_token'] ?? 0;
      const run = await wxop(['token', 'refresh', '--all', '--concurrency', String(CONCURRENCY), '--json'], env);
      const after = (await platform.tell({}))['/cgi-bin/component/api_authorizer_token'] ?? 0;
      if (after - before !== count) throw new Error(`${after - before} exchanges for ${count} accounts`);
      return run;
    },
    list: () => wxop(['accounts', 'list', '--json'], env),
    tell: platform.tell,
    close: async () => {
      await platform.close();
      await redis?.close();
      close();
    },
  };
}

/** Medians of both, interleaved. */
async function compare(setting, latency, times = rounds, withPeer = false) {
  const contest = await open(setting);
  try {
    await contest.tell({ latency });
    const [bare, refresh, easywechat] = [[], [], []];
    for (let round = 0; round < times; round++) {
      if (!setting.rotate || round === 0) bare.push(await contest.bare());
      // The bare loop stores nothing: where tokens rotate, the store is behind the platform after it.
      if (setting.rotate) break;
      refresh.push(await contest.refresh());
      if (withPeer) easywechat.push(await contest.easywechat());
    }
    const list = await contest.list();
    return {
      bare: median(bare.map(({ took }) => took)),
      refresh: median(refresh.map(({ took }) => took)),
      easywechat: withPeer ? median(easywechat.map(({ took }) => took)) : undefined,
      memory: Math.max(...refresh.map(({ memory }) => memory)),
      list,
      filled: contest.filled,
    };
  } finally {
    await contest.close();
  }
}

const seconds = (milliseconds) => milliseconds / 1000;

console.log(
  `Node ${process.version}, ${accounts} accounts, ${CONCURRENCY} at once, ${rounds} interleaved rounds, medians`,
);
for (const place of stores) {
  const withPeer = peer !== undefined && place === stores[0];
  const found = await compare({ count: accounts, place }, LATENCY, rounds, withPeer);
  measured(`${place}: bare loop`, seconds(found.bare), ' s');
  measured(`${place}: token refresh --all`, seconds(found.refresh), ' s');
  measured(`${place}: ratio`, found.refresh / found.bare, '×');
  if (withPeer) measured(`${place}: node-easywechat, storing nothing`, seconds(found.easywechat), ' s');
  measured(`${place}: memory at most`, found.memory, ' MiB');
  measured(`${place}: accounts sync (no latency, 16 at once)`, seconds(found.filled.took), ' s');
  measured(`${place}: accounts list`, seconds(found.list.took), ' s');
  if (place !== stores[0]) continue;
  const twice = await compare({ count: 2 * accounts, place }, LATENCY, 1);
  measured(`${place}: token refresh --all, twice the accounts`, seconds(twice.refresh), ' s');
  measured(`${place}: twice the accounts, ratio`, twice.refresh / found.refresh, '×');
  measured(`${place}: twice the accounts, memory at most`, twice.memory, ' MiB');
  if (flags['limits-only']) continue;
  const quick = await compare({ count: accounts, place }, 0, 1);
  measured(`${place}: without latency, ratio`, quick.refresh / quick.bare, '×');
}
if (!flags['limits-only']) {
  for (const place of stores) {
    const contest = await open({ count: accounts, place, rotate: true });
    await contest.tell({ latency: LATENCY });
    const { took } = await contest.refresh();
    const bare = await contest.bare();
    await contest.close();
    measured(`${place}: every refresh token changes, ratio`, took / bare.took, '×');
  }
}
process.exitCode = isOver ? 1 : 0;
