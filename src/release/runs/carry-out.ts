/** Carries a run out: pilots first, then in portions, until all that is left is waiting or over. */
import { reasonText } from '../reason-text.ts';
import { readAuditForm } from '../audit-form.ts';
import { text } from '../../sentences/text.ts';
import { cancelled, toWxopError, type WxopError } from '../../sentences/wxop-error.ts';
import { advance, isSlowDetection } from './advance.ts';
import type { Advanced } from './intents.ts';
import { gateFor } from './gates.ts';
import { failures, pilotFailed, reserveReached, sameReason, stopOf } from './run-failures.ts';
import { createPortions, type PortionState } from './portions.ts';
import type { PlannedAccount, ReleasePlan } from '../plans/release-plan.ts';
import { isFailure, isFinalStage, type ReleaseAccountRecord, type RunStage, type RunStop } from './run-record.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

export interface CarryOutOptions {
  plan: ReleasePlan;
  /** In the order of the plan. */
  records: readonly ReleaseAccountRecord[];
  concurrency: number;
  pollEvery: number;
  /** False: ends when there is nothing to do but wait for audits. */
  waits: boolean;
  /** Portions that a person let go on. */
  given?: number;
  callOf: (appId: string) => HolderCall;
  /** Of whom WeChat has pushed something since it was asked last: worth a look at once. */
  readNotices: () => Promise<(appId: string) => boolean>;
  /** What is left of the month's audits, where a reserve is kept of them and it is known. */
  rest: number | undefined;
  save: (record: ReleaseAccountRecord) => Promise<void>;
  saveStop: (stop: RunStop) => Promise<void>;
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  signal: AbortSignal;
  onChange: (record: ReleaseAccountRecord) => void | Promise<void>;
  onLost: () => void;
  onWait: (waiting: number) => void;
  /** A portion is over, and the next one waits. */
  onHeld: (portion: PortionState) => void;
}

export interface CarriedOut {
  records: ReleaseAccountRecord[];
  stop?: RunStop;
  /** The next portion waits for a person. */
  isPaused: boolean;
}

interface Work {
  planned: PlannedAccount;
  record: ReleaseAccountRecord;
  dueAt: number;
  isBusy: boolean;
  /** Looks that a notice of WeChat's is still worth: its answer may be behind its event. */
  hints: number;
  /** Reads in a row that did not reach WeChat. */
  missed: number;
}

/** Milliseconds. */
const LONGEST_SLEEP = 1_000;
const READ_AGAIN = 2_000;
const MOST_MISSES = 4;
/** So many failures in a row to reach WeChat, whatever the mini program: the next ones will not either. */
const OUT_OF_REACH = 20;
const LATER = 60_000;
/** After a notice, while the audit is still shown as open. */
const HINTS = 3;
const HINT_PAUSE = 5_000;

export async function carryOut(options: CarryOutOptions): Promise<CarriedOut> {
  const { plan, concurrency, now, signal } = options;
  const form = readAuditForm(plan.form);
  const planned = new Map(plan.accounts.map((account) => [account.appId, account]));
  const works = options.records.map((record): Work => {
    const account = planned.get(record.appId);
    if (!account) throw new TypeError(`${record.appId} is not in the plan`);
    return { planned: account, record, dueAt: 0, isBusy: false, hints: 0, missed: 0 };
  });
  const portions = createPortions(plan);
  const pilots = works.filter((work) => work.planned.pilot);
  const reasons = new Map<string, number>();
  const busy = new Set<Promise<void>>();
  const seen: { stop?: RunStop; fatal?: WxopError } = {};
  let unreached = 0;
  let { rest } = options;
  let isToldOfWaiting = false;
  let toldOfHeld = -1;
  let hintsAt = now();
  await options.readNotices().catch(() => undefined);

  async function close(found: RunStop): Promise<void> {
    // The wider one counts.
    if (seen.stop && WIDTHS.indexOf(seen.stop.closes) >= WIDTHS.indexOf(found.closes)) return;
    seen.stop = found;
    await options.saveStop(found);
  }

  /** A gate that shuts for everybody ends the run. */
  async function isAllowed({ record, planned }: Work, { open }: PortionState): Promise<boolean> {
    const gate = gateFor(record, {
      plan,
      pilots: recordsOf(pilots),
      isPilot: planned.pilot === true,
      isItsTurn: portions.numberOf(record.appId) <= open,
      closed: seen.stop?.closes,
      rest,
      submitting: () => works.filter((one) => one.isBusy && one.record.stage === 'checked').length,
    });
    const failed = pilots.find((one) => isFailure(one.record.stage));
    if (gate === 'pilotFailed' && failed) await close(pilotFailed(failed.planned.name, now()));
    if (gate === 'reserveReached' && rest !== undefined) await close(reserveReached(rest, now()));
    return gate === 'open';
  }

  async function take(work: Work): Promise<void> {
    const before = work.record;
    try {
      const advanced: Advanced = await advance(before, {
        plan,
        planned: work.planned,
        form,
        call: options.callOf(before.appId),
        now,
        save: options.save,
        pollEvery: options.pollEvery,
        onLost: options.onLost,
      });
      [work.missed, unreached] = [0, 0];
      work.record = advanced.record;
      work.dueAt = now() + (advanced.dueIn ?? 0);
      if (work.hints > 0 && advanced.record.stage === 'inAudit' && advanced.dueIn !== undefined) {
        work.hints--;
        work.dueAt = Math.min(work.dueAt, now() + HINT_PAUSE);
      }
      if (before.stage === 'checked' && advanced.record.stage === 'inAudit' && rest !== undefined) rest--;
    } catch (thrown) {
      await settle(work, toWxopError(thrown));
    }
    const { record } = work;
    if (record.stage === before.stage && record.isDelayed === before.isDelayed) return;
    if (isFinalStage(record.stage)) await countReason(record);
    await options.onChange(record);
  }

  async function settle(work: Work, error: WxopError): Promise<void> {
    // With STORE_CONFLICT somebody else took over: what this process remembers is old.
    if (signal.aborted || error.concerns === 'everything' || error.code === 'STORE_CONFLICT') {
      seen.fatal ??= error;
      return;
    }
    if (error.code === 'NETWORK') {
      unreached++;
      if (unreached >= OUT_OF_REACH) seen.fatal ??= error;
      if (++work.missed < MOST_MISSES || unreached >= OUT_OF_REACH) {
        work.dueAt = now() + READ_AGAIN * work.missed;
        return;
      }
    }
    // The intent of what was refused is gone.
    const { intent: _intent, ...record } = work.record;
    if (error.errcode === 45011) {
      work.record = record;
      work.dueAt = now() + LATER;
      return;
    }
    const found = stopOf(error, now());
    if (found) {
      work.record = record;
      await close(found);
      return;
    }
    const isRejected = error.code === 'PLATFORM_REFUSED' || work.record.intent === undefined;
    work.record = {
      ...(isRejected ? record : work.record),
      stage: 'failed',
      from: record.stage,
      error: failures.recorded(error),
      changedAt: now(),
    };
    await options.save(work.record);
  }

  /** The canary: the same rejection again and again costs quota, and next month's too. */
  async function countReason({ stage, reason, error, appId }: ReleaseAccountRecord): Promise<void> {
    // Of what is not known nothing can be learned.
    if (stage !== 'rejected' && stage !== 'failed') return;
    const [first] = reasonText(reason ?? '').split('\n');
    const sentence = error?.message ?? text(first ?? '', first ?? '');
    const key = error ? `${error.code} ${error.errcode} ${error.message.en.replaceAll(appId, '')}` : (first ?? '');
    const count = (reasons.get(key) ?? 0) + 1;
    reasons.set(key, count);
    if (count >= plan.stopAfter) await close(sameReason(count, sentence, now()));
  }

  /** Ends the run where too many failed; tells once of a portion that is over. */
  async function lookAtPortions(): Promise<PortionState> {
    const portion = portions.state(recordsOf(works), { given: options.given, now: now() });
    if (portion.held?.by === 'failures') await close(portion.held.stop);
    else if (portion.held && toldOfHeld < portion.open) {
      toldOfHeld = portion.open;
      options.onHeld(portion);
    }
    return portion;
  }

  /** Begins what may be begun now; when the next one is due, Infinity where none is. */
  async function begin(): Promise<number> {
    let next = Infinity;
    const portion = await lookAtPortions();
    // A person is waited for outside: it ends, and says so.
    const waitsLong = options.waits && portion.held?.by !== 'person' && seen.stop?.closes !== 'publish';
    if (portion.held?.by === 'time' && waitsLong) next = portion.held.until;
    for (const work of works) {
      if (seen.fatal || busy.size >= concurrency) break;
      if (work.isBusy || isFinalStage(work.record.stage)) continue;
      if (work.dueAt > now()) {
        if (waitsLong || !isLongWait(work.record, now())) next = Math.min(next, work.dueAt);
        continue;
      }
      if (!(await isAllowed(work, portion))) continue;
      work.isBusy = true;
      const taken = take(work).finally(() => {
        work.isBusy = false;
        busy.delete(taken);
      });
      busy.add(taken);
    }
    return next;
  }

  /** A store that is away loses hints only: the next look at WeChat comes in any case. */
  async function takeHints(): Promise<void> {
    if (now() - hintsAt < LONGEST_SLEEP) return;
    hintsAt = now();
    const isNew = await options.readNotices().catch(() => () => false);
    for (const work of works) {
      if (isFinalStage(work.record.stage) || !isNew(work.record.appId)) continue;
      work.hints = HINTS;
      work.dueAt = 0;
    }
  }

  function tellOfWaiting(): void {
    const waiting = works.filter(({ record }) => record.stage === 'inAudit').length;
    const isAtWork = works.some(({ record: { stage, intent } }) => intent !== undefined || BRIEF.includes(stage));
    if (waiting === 0 || isAtWork || isToldOfWaiting) return;
    isToldOfWaiting = true;
    options.onWait(waiting);
  }

  for (;;) {
    if (signal.aborted) seen.fatal ??= cancelled();
    await takeHints();
    const next = await begin();
    if (busy.size > 0) {
      await Promise.race(busy);
      continue;
    }
    if (seen.fatal) throw seen.fatal;
    if (next === Infinity) break;
    tellOfWaiting();
    await options.sleep(Math.max(0, Math.min(next - now(), LONGEST_SLEEP))).catch((error: unknown) => {
      seen.fatal ??= toWxopError(error);
    });
  }
  const records = recordsOf(works);
  const { held } = portions.state(records, { given: options.given, now: now() });
  return { records, ...(seen.stop && { stop: seen.stop }), isPaused: !seen.stop && held?.by === 'person' };
}

const recordsOf = (works: readonly Work[]): ReleaseAccountRecord[] => works.map(({ record }) => record);

const WIDTHS: readonly RunStop['closes'][] = ['first', 'submit', 'upload', 'publish'];

/** What may take longer than somebody waits who said --no-wait. */
const isLongWait = (record: ReleaseAccountRecord, now: number): boolean =>
  record.stage === 'inAudit' || isSlowDetection(record, now);

/** They end within minutes. */
const BRIEF: readonly RunStage[] = ['checking', 'published'];
