/** Whether a mini program of a run may take its next step now. Only decides: nothing is read, sent or remembered here. */
import type { ReleasePlan } from '../plans/release-plan.ts';
import { isFailure, type ReleaseAccountRecord, type RunStage, type RunStop } from './run-record.ts';

/** `pilotFailed` and `reserveReached` are stops for the whole run. */
export type Gate = 'open' | 'shut' | 'pilotFailed' | 'reserveReached';

export interface RunSoFar {
  plan: ReleasePlan;
  pilots: readonly ReleaseAccountRecord[];
  isPilot: boolean;
  /** Its portion may go on. */
  isItsTurn: boolean;
  /** What an earlier stop closes. */
  closed: RunStop['closes'] | undefined;
  /** What is left of the month's audits; undefined where it is not known, or none are kept in reserve. */
  rest: number | undefined;
  /** Submissions that are being sent. */
  submitting: () => number;
}

/** What was sent already is always looked at. */
export function gateFor(
  { stage, intent, before }: ReleaseAccountRecord,
  { plan, pilots, isPilot, isItsTurn, closed, rest, submitting }: RunSoFar,
): Gate {
  if (intent || !COSTLY.includes(stage)) return 'open';
  if (closed === 'publish') return 'shut';
  if (stagesInPortions(plan).includes(stage) && !isItsTurn) return 'shut';
  if (!isPilot && !pilots.every((pilot) => hasReached(pilot.stage, goalOfPilots(stage, plan)))) {
    return pilots.some((pilot) => isFailure(pilot.stage)) ? 'pilotFailed' : 'shut';
  }
  if (stage === 'planned') return closed === 'upload' ? 'shut' : 'open';
  if (stage !== 'checked') return 'open';
  if (closed && (closed !== 'first' || before === undefined)) return 'shut';
  if (rest === undefined || plan.reserve === 0) return 'open';
  const underWay = submitting();
  if (rest - underWay > plan.reserve) return 'open';
  return underWay === 0 ? 'reserveReached' : 'shut';
}

/** What is done from here costs something, or reaches users; the others only look. */
const COSTLY: readonly RunStage[] = ['planned', 'checked', 'approved'];

/** Where a portion waits for the one before. */
const stagesInPortions = ({ portions }: ReleasePlan): readonly RunStage[] =>
  portions?.from === 'upload' ? COSTLY : ['approved'];

const ORDER: readonly RunStage[] = ['planned', 'checking', 'checked', 'inAudit', 'approved', 'published', 'online'];
const GOALS = { submitted: 'inAudit', approved: 'approved', online: 'online' } as const;

/** How far the pilots must be before another mini program goes on from a stage. */
const goalOfPilots = (stage: RunStage, plan: ReleasePlan): RunStage =>
  stage === 'approved' ? 'online' : GOALS[plan.pilotsUntil];

/** One that is left out holds nobody up; one that is held was approved. */
const hasReached = (stage: RunStage, goal: RunStage): boolean =>
  stage === 'skipped' || stage === 'held' || ORDER.indexOf(stage) >= ORDER.indexOf(goal);
