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

\`npm run torture\` kills, stops, starves and damages whatever keeps credentials, and checks that no promise is broken. It takes
minutes; \`test/torture.test.ts\` does the same in seconds with every test run.

    npm run torture -- [--seed N] [--minutes N] [--only NAME] [--short] [--report contributing/torture.md]
    npm run torture -- --only cluster    # or: --only 'exchanges on cluster'

A seed repeats every choice: which process to kill, after how many steps, what to damage. No seed can repeat the order in which
the machine runs the processes. The exit code is 1 if an invariant was broken, and the report says which.

| run | what is done | what must hold |
| --- | --- | --- |
| readers and writers | 40 writers and 10 readers on the same few records; writers are killed, stopped and woken | no read is torn or older than the one before; versions have no gaps and no doubles; every acknowledged write is in the record, once; the last three versions are the history; leftovers of killed processes block nobody |
| exchanges | keepers with rotating refresh tokens die before and after every step, or lose their lease while stopped | in the end every account has a token, nobody must authorize again, no caller gets an error; at most one extra exchange for each death or lost lease |
| full disk | a disk of 512 KiB fills up at rest and in the middle of an exchange; the home becomes read-only | no exchange starts, exit code 1, nothing is lost, and work continues when there is space |
| locks | holders are killed; others are stopped until their lease has ended, and woken | exactly one waiter gets the lock within two seconds; writes and renewals of a late holder are conflicts |
| damage | truncated, emptied, overwritten, newer, loosened and foreign files; the same on Redis; plain and sealed | each is reported once and put aside, and the previous version counts; newer records are untouched; modes that let others read are repaired; what others may write is refused; foreign files stay |
| authorizations | listeners behind a load balancer are killed while they take redirects and events | each code is exchanged once, with at most one extra try for each death; every account is stored |
| releases | \`wxop release run\` and \`resume\` are killed in the middle of calls and at any other moment, two of them at times at once; answers are lost, reads fail, events of audits come twice, late or never; strangers submit other versions | every merchant ends where its audit left it; one upload and one release took effect, nothing was submitted or withdrawn twice unless a person said so, and no foreign version was published |

On Redis (append-only file, \`appendfsync always\`), the server is killed with SIGKILL in the middle and started again.

On a cluster (six nodes, \`wait=1\`), a crash is in turn a primary that is killed and comes back as the replica of its heir, the
component's slot that moves with all its keys, and a primary that is stopped until another has taken over, and woken. Readers are
left out: they may see what is not yet acknowledged, and a failover takes it back.

## Last results

Node ${process.version}, ${process.platform}, ${cpus().length} cores, seed ${seeds.join(', ')}.

${tableOf(results).join('\n')}
`;
}
