/** What the runs came to, as text. */
import { cpus } from 'node:os';
import type { Result } from './all.ts';

const spoken = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const countsOf = ({ counts }: Result): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count.toLocaleString('en')} ${spoken(name)}`)
    .join(', ');

/** A Markdown table, a line each. */
export function tableOf(results: Result[]): string[] {
  return [
    '| run | store | what happened | seconds | broken |',
    '| --- | --- | --- | --- | --- |',
    ...results.map(
      (result) =>
        `| ${result.name} | ${result.store} | ${countsOf(result)} | ${result.seconds} | ${result.broken.length} |`,
    ),
  ];
}

export function reportOf(results: (Result & { seed: number })[]): string {
  const seeds = [...new Set(results.map(({ seed }) => seed))];
  return `# Torture

\`npm run torture\` kills, stops, starves and damages whatever keeps credentials, and looks whether a promise was broken.
It takes minutes; \`test/torture.test.ts\` runs the same in seconds with every test run.

    npm run torture -- [--seed N] [--minutes N] [--only NAME] [--short] [--report contributing/torture.md]

A seed repeats every choice: whom to kill, after how many steps, what to damage. In what order the machine lets processes
run no seed can repeat. It ends with 1 when an invariant was broken, and says which.

| run | what is done | what must hold |
| --- | --- | --- |
| readers and writers | 40 writers and 10 readers on the same few records; writers are killed, stopped and woken | no read is torn or older than the one before; versions without gap or double; every acknowledged write is part of the record, once; the last three versions are the history; what the dead left hinders nobody |
| exchanges | keepers with rotating refresh tokens die before and after every step, or lose their lease while stopped | every account has a token in the end, nobody authorizes again, nobody is told a failure; at most one exchange more for each death or lost lease |
| full disk | a disk of 512 KiB fills up at rest and in the middle of an exchange; the home becomes read-only | no exchange starts, exit code 1, nothing is lost, and it goes on when there is space |
| locks | holders are killed; others are stopped until their lease has ended, and woken | exactly one waiter has it within two seconds; a late holder's write and renewal are conflicts |
| damage | truncated, emptied, overwritten, newer, loosened and foreign files; the same on Redis; plain and sealed | named once, put aside, the version before counts; newer ones are untouched; modes are repaired; strangers stay |
| authorizations | listeners behind a load balancer are killed while they take redirects and events | each code is exchanged once, with at most one more try for each death; every account is stored |

On Redis (append-only file, \`appendfsync always\`) the server is killed with SIGKILL and started again in the middle.

## Last results

Node ${process.version}, ${process.platform}, ${cpus().length} cores, seed ${seeds.join(', ')}.

${tableOf(results).join('\n')}
`;
}
