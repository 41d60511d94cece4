/** What happens when no ticket comes: a warning, a call to whoever is on duty, and a request to WeChat to push again. */
import type { ChildProcess } from 'node:child_process';
import type { Context } from '../cli/context.ts';
import { text } from '../sentences/text.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import { TICKET_INTERVAL } from '../protocol/lifetimes.ts';
import { formatDuration } from '../sentences/format-duration.ts';

/** A ticket that is two intervals old is overdue: something between WeChat and here is broken. */
export const OVERDUE = 2 * TICKET_INTERVAL;
const ASK_AFTER = 3 * TICKET_INTERVAL;
/** Between two requests to push: doubled each time, up to this. */
const LONGEST_PAUSE = 6 * TICKET_INTERVAL;
/** A listener that finds an old ticket waits this long: one is due within an interval, if anything comes at all. */
const FIRST_CHANCE = 1.1 * TICKET_INTERVAL;
/** Between two calls for help; after one that failed, a minute, doubled each time. */
const CALL_AGAIN = 60 * 60_000;
const CALL_FAILED = 60_000;
const CHECK_EVERY = 1_000;
const CALL_DEADLINE = 30_000;

export interface TicketWatch {
  /** When the newest ticket came, to whichever listener; undefined when none came or nobody knows. */
  newest: () => Promise<number | undefined>;
  /** api_start_push_ticket; never rejects. Undefined when that is not wanted. */
  startPush?: () => Promise<void>;
  signal: AbortSignal;
}

/** A time without a ticket, and what is to be done in it when. */
interface Stretch {
  latest: number | undefined;
  overdueAt: number;
  isTold: boolean;
  callAt: number;
  callPause: number;
  askAt: number;
  askPause: number;
}

function stretchFrom(latest: number | undefined, startedAt: number): Stretch {
  const overdueAt = latest === undefined ? startedAt + OVERDUE : Math.max(latest + OVERDUE, startedAt + FIRST_CHANCE);
  return {
    latest,
    overdueAt,
    isTold: false,
    callAt: overdueAt,
    callPause: CALL_FAILED,
    askAt: Math.max(latest ?? 0, startedAt) + ASK_AFTER,
    askPause: TICKET_INTERVAL,
  };
}

/** Watches for each stretch without a ticket. Never resolves; rejects when the run is interrupted. */
export async function watchTickets(context: Context, { newest, startPush, signal }: TicketWatch): Promise<void> {
  const startedAt = context.now();
  const stop = AbortSignal.any([signal, context.runtime.signal]);
  const read = (): Promise<{ at?: number } | undefined> =>
    newest().then(
      (at) => ({ at }),
      () => undefined,
    );
  let stretch = stretchFrom((await read())?.at, startedAt);
  for (;;) {
    await context.sleep(CHECK_EVERY, stop);
    if (context.now() < stretch.overdueAt) continue;
    const stored = await read();
    // Not equal: some stores know it to the millisecond only.
    if ((stored?.at ?? 0) > (stretch.latest ?? 0) + CHECK_EVERY) {
      stretch = stretchFrom(stored?.at, startedAt);
      continue;
    }
    // While the store is away, there may be a newer one in it than is known here.
    if (!stored && context.now() < stretch.overdueAt + TICKET_INTERVAL) continue;
    const age = context.now() - (stretch.latest ?? startedAt);
    if (!stretch.isTold) {
      stretch.isTold = true;
      tell(context, age);
    }
    if (context.now() >= stretch.callAt) void callFor(context, age, stretch, stop);
    if (startPush && context.now() >= stretch.askAt) {
      stretch.askAt = context.now() + stretch.askPause;
      stretch.askPause = Math.min(stretch.askPause * 2, LONGEST_PAUSE);
      await startPush();
    }
  }
}

/** One call, and when the next one is due; failing is a warning. */
async function callFor(context: Context, age: number, stretch: Stretch, signal: AbortSignal): Promise<void> {
  stretch.callAt = Infinity;
  const failure = await callForHelp(context, age, signal).catch((error: unknown) => toWxopError(error).text.en);
  if (signal.aborted) return;
  stretch.callAt = context.now() + (failure === undefined ? CALL_AGAIN : stretch.callPause);
  if (failure === undefined) return void (stretch.callPause = CALL_FAILED);
  stretch.callPause = Math.min(stretch.callPause * 2, CALL_AGAIN);
  context.terminal.warn(
    text(`The call that the ticket is overdue failed: ${failure}.`, `ticket 逾期通知失败：${failure}。`),
  );
}

function tell({ terminal, settings }: Context, age: number): void {
  if (terminal.json) {
    const { componentAppId } = settings.need('componentAppId');
    terminal.printJson({ type: 'ticket-overdue', componentAppId, ageSeconds: Math.floor(age / 1000) });
  }
  const { en, zh } = formatDuration(age);
  terminal.warn(
    text(
      `No ticket for ${en}; one is due every ten minutes. Check the tunnel or proxy, then \`wxop ticket start\`.`,
      `已 ${zh}没有收到 ticket（应每十分钟一次）。请检查隧道或代理，再运行 \`wxop ticket start\`。`,
    ),
  );
}

/** `--on-overdue`: a URL is sent a POST, anything else is a command for the shell. Resolves with what went wrong. */
async function callForHelp(context: Context, age: number, signal: AbortSignal): Promise<string | undefined> {
  const call = context.settings.find('onOverdue');
  if (call === undefined) return undefined;
  const { componentAppId } = context.settings.need('componentAppId');
  const ageSeconds = Math.floor(age / 1000);
  if (/^https?:\/\//i.test(call))
    return context.http.notify(call, { type: 'ticket-overdue', componentAppId, ageSeconds });
  const facts = { COMPONENT_APPID: componentAppId, TICKET_AGE_SECONDS: String(ageSeconds) };
  return runCommand(context, call, facts, signal);
}

/**
 * Runs what the operator wrote, with facts in variables and never in the command line; our own settings, which hold
 * secrets, are not handed on. Resolves with what went wrong.
 */
async function runCommand(
  { runtime }: Context,
  command: string,
  facts: Record<string, string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { spawn } = await import('node:child_process');
  const inherited = Object.entries(runtime.environment).filter(([name]) => !name.startsWith('WXOP_'));
  return new Promise((resolve) => {
    const child: ChildProcess = spawn(command, {
      shell: true,
      stdio: 'ignore',
      env: { ...Object.fromEntries(inherited), ...facts },
      timeout: CALL_DEADLINE,
      killSignal: 'SIGKILL',
      signal,
    });
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : `${killedBy ?? `exit ${code}`}`));
  });
}
