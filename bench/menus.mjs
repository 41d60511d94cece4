// What menus cost: `wxop menu dump --all` as a multiple of a bare undici loop that makes the same calls, and `wxop menu get`
// as a multiple of a script that loads undici and does the one request.
//
//   npm run build && node bench/menus.mjs [--accounts 10000] [--rounds 2] [--runs 31] [--limits-only]
//
// The platform is the sandbox in a process of its own, 20 ms latency, 16 at once. Runs are interleaved. `--limits-only` leaves
// out what has no limit: the dump without latency.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeFolder, median, report, startPlatform, timed, wxop } from './measuring.mjs';

const { values: flags } = parseArgs({
  options: {
    accounts: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '2' },
    runs: { type: 'string', default: '31' },
    'limits-only': { type: 'boolean', default: false },
  },
});
const [accounts, rounds, runs] = [Number(flags.accounts), Number(flags.rounds), Number(flags.runs)];
const [CONCURRENCY, LATENCY] = [16, 20];
const [BARE_DUMP, BARE_GET] = ['menus-baseline.mjs', 'menu-get-baseline.mjs'].map((name) =>
  join(import.meta.dirname, name),
);

let isOver = false;
function measured(id, value, unit) {
  // A ratio is shown as one; everything else is a value with its unit.
  const row = unit === '×' ? { id, value, unit: '', ratio: value } : { id, value, unit: unit.trim() };
  if (!report('menus', [row])) isOver = true;
}

const platform = await startPlatform({ accounts });
const { folder, close } = makeFolder('tmpfs');
const env = { ...platform.env, WXOP_HOME: join(folder, 'home'), WXOP_LANG: 'en' };
const [orders, dump] = [join(folder, 'baseline.json'), join(folder, 'menus')];
await wxop(['ticket', 'set', '--quiet'], env, platform.ticket);
await wxop(['accounts', 'sync', '--json', '--concurrency', '16'], env);
await wxop(['token', 'refresh', '--all', '--json', '--concurrency', '16'], env);
// The sandbox's mini program has no menu, and its twelfth merchant did not grant the menus: neither is in the contest.
const [, , , , mini, , , , , , , refused] = platform.appIds;
if (refused) await wxop(['accounts', 'remove', refused, '--yes'], env);
const tokens = platform.appIds.filter((appId) => appId !== mini && appId !== refused).map(tokenOf);
writeFileSync(orders, JSON.stringify({ url: env.WXOP_API_URL, concurrency: CONCURRENCY, tokens }));

/** The newest version in the store: asking the command for ten thousand would take an hour. */
function tokenOf(appId) {
  const at = join(env.WXOP_HOME, 'state', env.WXOP_COMPONENT_APPID, 'token', appId);
  const versions = readdirSync(at).flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []);
  const record = JSON.parse(readFileSync(join(at, `${Math.max(...versions)}.json`), 'utf8'));
  return record.value.accessToken;
}

async function dumpAll() {
  rmSync(dump, { recursive: true, force: true });
  const argv = ['menu', 'dump', '--all', '-o', dump, '--json', '--concurrency', String(CONCURRENCY)];
  const run = await wxop(argv, env);
  const { dumped } = JSON.parse(run.stdout.trimEnd().split('\n').at(-1));
  if (dumped !== tokens.length) throw new Error(`${dumped} dumped of ${tokens.length}`);
  return run;
}

async function compare(latency, times) {
  await platform.tell({ latency });
  const [bare, own] = [[], []];
  for (let round = 0; round < times; round++) {
    bare.push(await timed([BARE_DUMP, orders], {}));
    own.push(await dumpAll());
  }
  const took = (of) => median(of.map((run) => run.took));
  return { bare: took(bare), own: took(own), memory: Math.max(...own.map(({ memory }) => memory)) };
}

console.log(
  `Node ${process.version}, ${accounts} accounts, ${CONCURRENCY} at once, ${rounds} interleaved rounds, medians`,
);
await platform.tell({ latency: 0 });
const [bareGet, get] = [[], []];
const one = platform.appIds[0];
for (let round = -2; round < runs; round++) {
  const bare = await timed([BARE_GET, env.WXOP_API_URL, tokens[0]], {});
  const own = await wxop(['menu', 'get', one, '--json'], env);
  if (bare.stdout !== own.stdout) throw new Error('they did not read the same menu');
  if (round < 0) continue;
  bareGet.push(bare.took);
  get.push(own.took);
}
measured('one request by a script with undici', median(bareGet), ' ms');
measured('menu get, token cached', median(get), ' ms');
measured('menu get, ratio', median(get) / median(bareGet), '×');

const found = await compare(LATENCY, rounds);
measured('bare loop', found.bare / 1000, ' s');
measured('menu dump --all', found.own / 1000, ' s');
measured('menu dump --all, ratio', found.own / found.bare, '×');
measured('menu dump --all, memory at most', found.memory, ' MiB');
if (!flags['limits-only']) {
  const quick = await compare(0, 1);
  measured('menu dump --all without latency, ratio', quick.own / quick.bare, '×');
}
await platform.close();
close();
process.exitCode = isOver ? 1 : 0;
