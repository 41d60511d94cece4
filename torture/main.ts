/**
 * `npm run torture -- [--seed N] [--minutes N] [--only NAME] [--short] [--report FILE]`
 *
 * `--only` takes a part of a run, of a store, or of both: `releases`, `cluster`, `exchanges on cluster`.
 * Runs everything once, and with the following seeds until so many minutes are over. Exits with 1 when an invariant was
 * broken. The seed repeats every choice (whom to kill, after how many steps); the order of processes is the machine's.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RUNS, torture, type Result } from './all.ts';
import { reportOf, tableOf } from './report.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string', default: '0' },
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    report: { type: 'string' },
  },
});

async function main(): Promise<void> {
  const first = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  const chosen = RUNS.flatMap((run) =>
    run.places
      .map((store) => ({ run, store }))
      .filter(({ store }) => `${run.name} on ${store}`.includes(values.only ?? '')),
  );
  const unknown = chosen.length === 0 || !Number.isInteger(first) || Number.isNaN(Number(values.minutes));
  if (unknown)
    throw new Error(
      `--only one of: ${RUNS.map(({ name }) => name).join(', ')}, file, redis, cluster; --seed and --minutes numbers`,
    );
  const until = Date.now() + Number(values.minutes) * 60_000;
  const results: (Result & { seed: number })[] = [];
  const source = process.env.TORTURE_SOURCE ?? '';
  for (let seed = first; seed === first || Date.now() < until; seed++) {
    console.error(`seed ${seed}`);
    for (const { run, store } of chosen) {
      const result = await torture(run, store, { seed, isLong: !values.short, source });
      console.error(`  ${tableOf([result]).at(-1)}`);
      for (const sentence of result.broken) console.error(`    broken: ${sentence}`);
      results.push({ ...result, seed });
    }
  }
  console.log(tableOf(results).join('\n'));
  if (values.report) writeFileSync(values.report, reportOf(results));
  process.exitCode = results.some(({ broken }) => broken.length > 0) ? 1 : 0;
}

await main();
