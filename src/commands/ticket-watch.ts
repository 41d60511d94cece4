/** What happens when no ticket comes: a warning, a call to whoever is on duty, and a request to WeChat to push again. */
import type { ChildProcess } from 'node:child_process';
import type { Context } from '../context.ts';
import { text, toWxopError } from '../errors.ts';
import { TICKET_INTERVAL } from '../protocol/lifetimes.ts';
import { spoken } from '../protocol/spoken.ts';

/** A ticket that is two intervals old is overdue: something between WeChat and here is broken. */
export const OVERDUE = 2 * TICKET_INTERVAL;
const ASK_AFTER = 3 * TICKET_INTERVAL;
/** Between two requests to push: doubled each time, up to this. */
const LONGEST_PAUSE = 6 * TICKET_INTERVAL;
const CHECK_EVERY = 1_000;
const CALL_DEADLINE = 30_000;

export interface TicketWatch {
  /** When the newest ticket came. */
  newest: () => number | undefined;
  /** api_start_push_ticket; never rejects. Undefined when that is not wanted. */
  startPush?: () => Promise<void>;
  signal: AbortSignal;
}

/** Watches for each stretch without a ticket. Never resolves; rejects when the run is interrupted. */
export async function watchTickets(context: Context, { newest, startPush, signal }: TicketWatch): Promise<void> {
  const startedAt = context.now();
  const stop = AbortSignal.any([signal, context.signal]);
  let since = startedAt;
  let isTold = false;
  let askAt = since + ASK_AFTER;
  let pause = TICKET_INTERVAL;
  for (;;) {
    await context.sleep(CHECK_EVERY, stop);
    const latest = Math.max(newest() ?? 0, startedAt);
    if (latest !== since) {
      since = latest;
      isTold = false;
      askAt = since + ASK_AFTER;
      pause = TICKET_INTERVAL;
    }
    const age = context.now() - since;
    if (age >= OVERDUE && !isTold) {
      isTold = true;
      tell(context, age);
      callForHelp(context, age, stop).catch((error: unknown) => context.terminal.warn(toWxopError(error).text));
    }
    if (startPush && context.now() >= askAt) {
      askAt = context.now() + pause;
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      await startPush();
    }
  }
}

function tell({ terminal, settings }: Context, age: number): void {
  if (terminal.json) {
    const { componentAppId } = settings.need('componentAppId');
    terminal.printJson({ type: 'ticket-overdue', componentAppId, ageSeconds: Math.floor(age / 1000) });
  }
  const { en, zh } = spoken(age);
  terminal.warn(
    text(
      `No ticket for ${en}; one is due every ten minutes. Check the tunnel or proxy, then \`wxop ticket start\`.`,
      `已 ${zh}没有收到 ticket（应每十分钟一次）。请检查隧道或代理，再运行 \`wxop ticket start\`。`,
    ),
  );
}

/** `--on-overdue`: a URL is sent a POST, anything else is a command for the shell. Failing is a warning. */
async function callForHelp(context: Context, age: number, signal: AbortSignal): Promise<void> {
  const { settings, terminal } = context;
  const call = settings.find('onOverdue');
  if (call === undefined) return;
  const { componentAppId } = settings.need('componentAppId');
  const ageSeconds = Math.floor(age / 1000);
  const failure = /^https?:\/\//i.test(call)
    ? await context.notify(call, { type: 'ticket-overdue', componentAppId, ageSeconds })
    : await runCommand(
        context,
        call,
        { COMPONENT_APPID: componentAppId, TICKET_AGE_SECONDS: String(ageSeconds) },
        signal,
      );
  if (failure === undefined || signal.aborted) return;
  terminal.warn(text(`The call that the ticket is overdue failed: ${failure}.`, `ticket 逾期通知失败：${failure}。`));
}

/**
 * Runs what the operator wrote, with facts in variables and never in the command line; our own settings, which hold
 * secrets, are not handed on. Resolves with what went wrong.
 */
async function runCommand(
  { world }: Context,
  command: string,
  facts: Record<string, string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { spawn } = await import('node:child_process');
  const inherited = Object.entries(world.environment).filter(([name]) => !name.startsWith('WXOP_'));
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
