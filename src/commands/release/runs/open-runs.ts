/** The runs of the store, and where each mini program of one is. */
import type { Context } from '../../../cli/context.ts';
import { createReleaseRuns, type ReleaseRuns } from '../../../credentials/releases/release-runs.ts';
import { runIdOf } from '../../../release/plans/release-plan.ts';
import {
  RUN_AT_ONCE,
  RUN_FORMAT,
  type ReleaseAccountRecord,
  type ReleaseRunRecord,
} from '../../../release/runs/run-record.ts';

export const openRuns = async ({ store, now, sleep }: Context): Promise<ReleaseRuns> =>
  createReleaseRuns({ store: await store(), now, sleep, newestFormat: RUN_FORMAT });

/** In the order of the plan; one of which nothing was written yet is not begun. */
export async function readRecords(
  runs: ReleaseRuns,
  { plan }: Pick<ReleaseRunRecord, 'plan'>,
): Promise<ReleaseAccountRecord[]> {
  const appIds = plan.accounts.map(({ appId }) => appId);
  const stored = await runs.readAccounts(runIdOf(plan), appIds);
  return appIds.map((appId, index) => stored[index] ?? { format: RUN_AT_ONCE, appId, stage: 'planned', changedAt: 0 });
}
