// What a run of releases costs: `wxop release run` from the upload to the submitted audit, as a multiple of a bare undici loop
// that makes the same calls and remembers nothing.
//
//   npm run build && node bench/releases.mjs [--merchants 1000] [--rounds 3] [--store tmpfs,redis,disk]
//
// The platform is the sandbox in a process of its own, 20 ms latency, 8 at once. Runs are interleaved; after each, the clock of
// the sandbox is moved on until every audit is decided.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createClient } from '@redis/client';
import { makeFolder, median, report, startPlatform, startRedis, timed, wxop } from './measuring.mjs';

const { values: flags } = parseArgs({
  options: {
    merchants: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    store: { type: 'string', default: 'tmpfs,redis,disk' },
  },
});
const [merchants, rounds] = [Number(flags.merchants), Number(flags.rounds)];
const [CONCURRENCY, LATENCY] = [8, 20];
/** Milliseconds: longer than a run, so that it ends with every audit open. */
const AUDIT = 600_000;
const BASELINE = join(import.meta.dirname, 'releases-baseline.mjs');
/** The exit code of a run that waits for audits. */
const WAITING = 5;

let isOver = false;
function measured(id, value, unit) {
  // A ratio is shown as one; everything else is a value with its unit.
  const row = unit === '×' ? { id, value, unit: '', ratio: value } : { id, value, unit };
  if (!report('releases', [row])) isOver = true;
}

/** From the newest version of each record in the store: asking the command for a thousand would take minutes. */
async function tokensIn(env, redis, appIds) {
  const tokenIn = (written) => JSON.parse(written).value.accessToken;
  if (!redis) {
    return appIds.map((appId) => {
      const at = join(env.WXOP_HOME, 'state', env.WXOP_COMPONENT_APPID, 'token', appId);
      const versions = readdirSync(at).flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []);
      return [appId, tokenIn(readFileSync(join(at, `${Math.max(...versions)}.json`), 'utf8'))];
    });
  }
  const client = await createClient({ url: redis.url }).connect();
  const found = await Promise.all(
    appIds.map(async (appId) => {
      const record = await client.hGetAll(`wxop:{${env.WXOP_COMPONENT_APPID}}:record:token/${appId}`);
      return [appId, tokenIn(record[`value:${record.version}`])];
    }),
  );
  client.destroy();
  return found;
}

async function compare(place) {
  const platform = await startPlatform({
    accounts: 1,
    miniPrograms: merchants,
    releases: {
      quota: { limit: 1_000_000 },
      accounts: { '*': { detection: 0, audit: { outcome: 'pass', after: AUDIT } } },
    },
  });
  const redis = place === 'redis' ? await startRedis() : undefined;
  const { folder, close } = makeFolder(place === 'disk' ? 'disk' : 'tmpfs');
  const env = {
    ...platform.env,
    WXOP_HOME: join(folder, 'home'),
    WXOP_LANG: 'en',
    ...(redis && { WXOP_STORE: redis.url }),
  };
  try {
    await wxop(['ticket', 'set', '--quiet'], env, platform.ticket);
    await wxop(['accounts', 'sync', '--json', '--concurrency', '16'], env);
    await wxop(['token', 'refresh', '--all', '--json', '--concurrency', '16'], env);
    const accounts = await tokensIn(env, redis, platform.appIds.slice(-merchants));
    const orders = join(folder, 'baseline.json');
    const source = join(folder, 'autumn.yaml');
    await platform.tell({ latency: LATENCY });
    const [bare, own] = [[], []];
    let calls = await platform.tell({});
    const madeSince = async () => {
      const now = await platform.tell({});
      const made = Object.entries(now).map(([path, count]) => [path, count - (calls[path] ?? 0)]);
      calls = now;
      return Object.fromEntries(made.filter(([path, count]) => count >= merchants && path.startsWith('/wxa/')));
    };
    for (let round = 1; round <= rounds; round++) {
      writeFileSync(
        orders,
        JSON.stringify({ url: env.WXOP_API_URL, concurrency: CONCURRENCY, version: `1.${round}.0`, accounts }),
      );
      await madeSince();
      bare.push(await timed([BASELINE, orders], {}));
      const wanted = await madeSince();
      await platform.tell({ advance: AUDIT });
      writeFileSync(source, `template: 1\nversion: '2.${round}.0'\naccounts: all\n`);
      await wxop(['release', 'plan', source, '--json', '--concurrency', '16'], env);
      await madeSince();
      own.push(
        await wxop(
          [
            'release',
            'run',
            join(folder, 'autumn.plan.json'),
            '--no-wait',
            '--json',
            '--concurrency',
            String(CONCURRENCY),
          ],
          env,
          '',
          WAITING,
        ),
      );
      const made = await madeSince();
      if (JSON.stringify(made) !== JSON.stringify(wanted)) {
        throw new Error(`not the same calls: ${JSON.stringify({ made, wanted })}`);
      }
      await platform.tell({ advance: AUDIT });
    }
    const took = (of) => median(of.map((run) => run.took));
    return { bare: took(bare), own: took(own), memory: Math.max(...own.map(({ memory }) => memory)) };
  } finally {
    await platform.close();
    await redis?.close();
    close();
  }
}

console.log(
  `Node ${process.version}, ${merchants} merchants, ${CONCURRENCY} at once, ${rounds} interleaved rounds, medians`,
);
for (const place of flags.store.split(',')) {
  const found = await compare(place);
  measured(`${place}: bare loop`, found.bare / 1000, 's');
  measured(`${place}: release run, upload to submitted`, found.own / 1000, 's');
  measured(`${place}: ratio`, found.own / found.bare, '×');
  measured(`${place}: memory at most`, found.memory, 'MiB');
}
process.exitCode = isOver ? 1 : 0;
