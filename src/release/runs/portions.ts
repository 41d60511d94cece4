/** Pilots, portions, and the rest: who may go on, who waits for those before, and when it is enough. */
import { tooManyFailed } from './run-failures.ts';
import { countOf, type ReleasePlan } from '../plans/release-plan.ts';
import { isFailure, isFinalStage, type ReleaseAccountRecord, type RunStop } from './run-record.ts';

/** How far the portions of a run are. */
export interface PortionState {
  /** The one that may go on, counted from 0, and how many there are. */
  open: number;
  of: number;
  /** Why the next one does not begin, where the open one is over. */
  held?: { by: 'person' } | { by: 'time'; until: number } | { by: 'failures'; stop: RunStop };
}

export interface Portions {
  of: number;
  /** Counted from 0; the pilots are the first one. */
  numberOf(appId: string): number;
  /** `given`: portions that a person let go on, whatever became of those before. */
  state(records: readonly ReleaseAccountRecord[], options: { given?: number; now: number }): PortionState;
}

export function createPortions({ accounts, portions }: Pick<ReleasePlan, 'accounts' | 'portions'>): Portions {
  const pilots = accounts.filter(({ pilot }) => pilot);
  const inTurn = [...pilots, ...accounts.filter(({ pilot }) => !pilot)];
  const ends = [...new Set([pilots.length, ...(portions?.upTo ?? []), inTurn.length])]
    .filter((end) => end > 0 && end >= pilots.length && end <= inTurn.length)
    .sort((one, other) => one - other);
  const of = ends.length;
  const numbers = new Map(inTurn.map(({ appId }, index) => [appId, ends.findIndex((end) => index < end)]));
  const numberOf = (appId: string): number => numbers.get(appId) ?? of - 1;

  function state(records: readonly ReleaseAccountRecord[], { given = 0, now }: { given?: number; now: number }) {
    if (!portions) return { open: of - 1, of };
    const groups: ReleaseAccountRecord[][] = Array.from({ length: of }, () => []);
    for (const record of records) groups[numberOf(record.appId)]?.push(record);
    let [begun, failed] = [0, 0];
    for (const [open, group] of groups.entries()) {
      begun += group.length;
      failed += group.filter(({ stage }) => isFailure(stage)).length;
      const isGiven = given > open + 1;
      if (!isGiven && failed > countOf(portions.mostFailures, begun)) {
        return { open, of, held: { by: 'failures', stop: tooManyFailed(failed, begun, now) } } as const;
      }
      if (!group.every(({ stage }) => isFinalStage(stage)) || open === of - 1) return { open, of };
      if (isGiven) {
        // What a person has looked at counts no more.
        [begun, failed] = [0, 0];
        continue;
      }
      if (portions.pause === 'resume') return { open, of, held: { by: 'person' } } as const;
      const until = Math.max(0, ...group.map(({ changedAt }) => changedAt)) + portions.pause;
      if (now < until) return { open, of, held: { by: 'time', until } } as const;
    }
    return { open: of - 1, of };
  }

  return { of, numberOf, state };
}
