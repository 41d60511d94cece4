// A cached token from a store with 10,000 accounts, against one with a single account: the same, within 10 %.
//
//   npm run build && node bench/read-one.mjs [--accounts 10000] [--runs 31]
//
// Medians of interleaved runs of `wxop token get`.
import { parseArgs } from 'node:util';
import { makeFolder, median, startPlatform, wxop } from './measuring.mjs';

const { values: flags } = parseArgs({
  options: { accounts: { type: 'string', default: '10000' }, runs: { type: 'string', default: '31' } },
});
const LIMIT = 1.1;

async function open(accounts) {
  const platform = await startPlatform({ accounts });
  const { folder, close } = makeFolder('tmpfs');
  const env = { ...platform.env, WXOP_HOME: folder };
  await wxop(['ticket', 'set', '--quiet'], env, platform.ticket);
  await wxop(['accounts', 'sync', '--json', '--concurrency', '16'], env);
  const appId = platform.appIds[Math.floor(accounts / 2)];
  await wxop(['token', 'get', appId], env);
  await platform.close();
  return { close, read: async () => (await wxop(['token', 'get', appId], env)).took };
}

const stores = [await open(1), await open(Number(flags.accounts))];
const times = stores.map(() => []);
for (let round = -2; round < Number(flags.runs); round++) {
  for (const [index, { read }] of stores.entries()) {
    const took = await read();
    if (round >= 0) times[index].push(took);
  }
}
for (const { close } of stores) close();

const [one, many] = times.map(median);
console.log(`Node ${process.version}, ${flags.runs} interleaved runs, medians`);
console.log(`of 1 account         ${one.toFixed(1).padStart(8)} ms`);
console.log(`of ${flags.accounts.padEnd(6)} accounts   ${many.toFixed(1).padStart(8)} ms`);
console.log(`ratio                ${(many / one).toFixed(3).padStart(8)}×  (limit ${LIMIT}×)`);
process.exitCode = many / one > LIMIT ? 1 : 0;
