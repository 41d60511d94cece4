/** What happens when no ticket comes: a warning, a call for the operator, and a request to WeChat to push again. */
import { credibleTime, isAhead } from '../credentials/credible-time.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { en, text, zh, type Hole, type Text } from '../sentences/text.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import { TICKET_INTERVAL, TICKET_OVERDUE } from '../protocol/lifetimes.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import type { Terminal } from '../terminal/terminal.ts';

const ASK_AFTER = 3 * TICKET_INTERVAL;
/** Between two requests to push: doubled each time, up to this. */
const LONGEST_PAUSE = 6 * TICKET_INTERVAL;
/** A listener that finds an old ticket waits this long: one is due within an interval, if anything comes at all. */
const FIRST_CHANCE = 1.1 * TICKET_INTERVAL;
/** Between two calls for help; after one that failed, a minute, doubled each time. */
const CALL_AGAIN = 60 * 60_000;
const CALL_FAILED = 60_000;
const CHECK_EVERY = 1_000;

export interface TicketWatchOptions {
  terminal: Pick<Terminal, 'json' | 'printJson' | 'warn'>;
  settings: Pick<Settings, 'find' | 'need'>;
  runtime: Pick<Runtime, 'environment' | 'signal'>;
  /** `notify` sends a document to an address of the operator's; resolves with what went wrong. */
  http: { notify(url: string, document: object): Promise<string | undefined> };
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface TicketWatch {
  /** When the newest ticket came, to any listener of this store; undefined when none came or it is not known. */
  newest: () => Promise<number | undefined>;
  /** api_start_push_ticket; never rejects. Undefined when that is not wanted. */
  startPush?: () => Promise<void>;
  signal: AbortSignal;
}

/** A period without a ticket: what was done in it, and when the next step is due. */
interface Stretch {
  latest: number | undefined;
  overdueAt: number;
  isReported: boolean;
  callAt: number;
  callPause: number;
  askAt: number;
  askPause: number;
}

function stretchFrom(latest: number | undefined, startedAt: number): Stretch {
  const overdueAt =
    latest === undefined ? startedAt + TICKET_OVERDUE : Math.max(latest + TICKET_OVERDUE, startedAt + FIRST_CHANCE);
  return {
    latest,
    overdueAt,
    isReported: false,
    callAt: overdueAt,
    callPause: CALL_FAILED,
    askAt: Math.max(latest ?? 0, startedAt) + ASK_AFTER,
    askPause: TICKET_INTERVAL,
  };
}

/** Watches for each stretch without a ticket. Never resolves; rejects when the run is interrupted. */
export async function watchTickets(
  options: TicketWatchOptions,
  { newest, startPush, signal }: TicketWatch,
): Promise<void> {
  const startedAt = options.now();
  const stop = AbortSignal.any([signal, options.runtime.signal]);
  const read = (): Promise<{ at?: number } | undefined> =>
    newest().then(
      (at) => ({ at }),
      () => undefined,
    );
  let stretch = stretchFrom((await read())?.at, startedAt);
  let seen = startedAt;
  /** What was due at some time of day would be due in days when the clock was set back. */
  const isAstray = (before: number): boolean => isAhead(Math.max(before, stretch.latest ?? 0), seen);
  /** An equal one is not newer: some stores know it to the millisecond only. */
  const isNewer = (at = 0): boolean => !isAhead(at, seen) && at > (stretch.latest ?? 0) + CHECK_EVERY;
  for (;;) {
    await options.sleep(CHECK_EVERY, stop);
    const before = seen;
    seen = options.now();
    if (isAstray(before)) stretch = stretchFrom(credibleTime((await read())?.at ?? seen, seen), seen);
    if (options.now() < stretch.overdueAt) continue;
    const stored = await read();
    if (isNewer(stored?.at)) {
      stretch = stretchFrom(stored?.at, startedAt);
      continue;
    }
    // While the store is away, there may be a newer one in it than is known here.
    if (!stored && options.now() < stretch.overdueAt + TICKET_INTERVAL) continue;
    const age = options.now() - (stretch.latest ?? startedAt);
    if (!stretch.isReported) {
      stretch.isReported = true;
      reportOverdue(options, age);
    }
    if (options.now() >= stretch.callAt) void callFor(options, age, stretch, stop);
    if (startPush && options.now() >= stretch.askAt) {
      stretch.askAt = options.now() + stretch.askPause;
      stretch.askPause = Math.min(stretch.askPause * 2, LONGEST_PAUSE);
      await startPush();
    }
  }
}

/** One call, and when the next one is due; failing is a warning. */
async function callFor(options: TicketWatchOptions, age: number, stretch: Stretch, signal: AbortSignal): Promise<void> {
  stretch.callAt = Infinity;
  const failure = await callForHelp(options, age, signal).catch((error: unknown) => toWxopError(error).text);
  if (signal.aborted) return;
  stretch.callAt = options.now() + (failure === undefined ? CALL_AGAIN : stretch.callPause);
  if (failure === undefined) return void (stretch.callPause = CALL_FAILED);
  stretch.callPause = Math.min(stretch.callPause * 2, CALL_AGAIN);
  options.terminal.warn(callFailed(failure));
}

const callFailed = (failure: Hole): Text =>
  text(en`Could not report the overdue ticket: ${failure}.`, zh`ticket 逾期通知失败：${failure}。`);

function reportOverdue({ terminal, settings }: TicketWatchOptions, age: number): void {
  if (terminal.json) {
    const { componentAppId } = settings.need('componentAppId');
    terminal.printJson({ type: 'ticket-overdue', componentAppId, ageSeconds: Math.floor(age / 1000) });
  }
  terminal.warn(overdue(formatDuration(age)));
}

const overdue = (age: Text): Text =>
  text(
    en`No ticket for ${age}; one is due every ten minutes. Check the tunnel or proxy, then \`wxop ticket start\`.`,
    zh`已 ${age}没有收到 ticket（应每十分钟一次）。请检查隧道或代理，再运行 \`wxop ticket start\`。`,
  );

/** `--on-overdue`. Resolves with what went wrong. */
async function callForHelp(options: TicketWatchOptions, age: number, signal: AbortSignal): Promise<string | undefined> {
  const call = options.settings.find('onOverdue');
  if (call === undefined) return undefined;
  const { callOperator } = await import('./hooks/operator-call.ts');
  const { componentAppId } = options.settings.need('componentAppId');
  const ageSeconds = Math.floor(age / 1000);
  return callOperator(
    call,
    {
      document: { type: 'ticket-overdue', componentAppId, ageSeconds },
      facts: { COMPONENT_APPID: componentAppId, TICKET_AGE_SECONDS: String(ageSeconds) },
    },
    { environment: options.runtime.environment, http: options.http, signal },
  );
}
