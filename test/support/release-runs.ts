/** A sandbox in which runs of releases take seconds, and the files that plans are made of. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReleaseScript, SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { openReleaseAccounts } from './release-accounts.ts';
import type { Environment } from './processes.ts';
import { temporaryFolder } from './world.ts';

/** Everything is decided as soon as it is looked at. */
const AT_ONCE = { detection: 0, audit: { outcome: 'pass', after: 0 } } as const;
export const PATIENCE = 'patience: {upload: 600ms, submission: 600ms, publication: 600ms}\n';

export interface ShownRun {
  run: string;
  state: string;
  counts: Record<string, number>;
  portion: { number: number; of: number; held: string | null; until: string | null } | null;
  stop: { reason: string; errcode: number | null } | null;
  accounts: {
    appId: string;
    stage: string;
    auditId: number | null;
    reason: string | null;
    error: { code: string } | null;
  }[];
}

export async function openReleaseRuns(
  accounts: ReleaseScript['accounts'] = {},
  options: SandboxOptions = {},
  script: ReleaseScript = {},
  environment: Environment = {},
) {
  const opened = await openReleaseAccounts(
    { accounts: { '*': AT_ONCE, ...accounts }, ...script },
    options,
    environment,
  );
  const folder = temporaryFolder();
  const plan = async (source: string, name = 'autumn') => {
    writeFileSync(join(folder, `${name}.yaml`), source);
    const made = await opened.run('release', 'plan', join(folder, `${name}.yaml`), '--json');
    return { ...made, path: join(folder, `${name}.plan.json`) };
  };
  const read = ({ stdout }: { stdout: string }): ShownRun => JSON.parse(stdout) as ShownRun;
  return { ...opened, folder, plan, read };
}

/** A clock for a sandbox: two that begin at the same moment made their templates at the same moment. */
export function clockFrom(beginning: number): () => number {
  const startedAt = Date.now();
  return () => beginning + (Date.now() - startedAt);
}
