/** Waits for the outcome of an attempt, whichever door it comes through. */
import { createInterface } from 'node:readline';
import type { Context } from '../../cli/context.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { readPastedCode } from '../../protocol/links.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import type { AttemptRecord } from '../../store/store.ts';
import { formatDuration } from '../../sentences/format-duration.ts';

const POLL = 200;
/** How long to wait for another code after one was refused. */
const OTHER_CODE_WAIT = 5_000;

/** Watches the attempt, whichever process finishes it, until it is done, refused, or over. */
export async function waitForAttempt(
  context: Context,
  { id }: AttemptRecord,
  deadline: number,
  timeout: number | undefined,
): Promise<AccountRecord> {
  const { terminal } = context;
  const attempts = await context.attempts();
  const typed = readTyped(context, id);
  const progress = terminal.progress();
  const since = context.now();
  let refusedAt: number | undefined;
  try {
    for (;;) {
      const attempt = await attempts.read(id);
      if (attempt?.appId !== undefined) return (await context.keeper()).account(attempt.appId);
      const failure = attempt && attempts.failureOf(attempt);
      if (failure && !failure.retryable) {
        refusedAt ??= context.now();
        if (context.now() - refusedAt >= OTHER_CODE_WAIT) throw failure;
      }
      // A code that came in time is exchanged although the pre-auth code has expired meanwhile.
      const isUnderWay = attempt?.codes.some(({ code }) => code !== undefined) ?? false;
      if (context.now() >= deadline && !(isUnderWay && timeout === undefined)) {
        throw nobodyAuthorized(context.now() - since);
      }
      progress.update(terminal.say(terminal.isInteractive ? PASTE_HERE : waitingFor(context.now() - since)));
      await context.sleep(POLL);
    }
  } finally {
    progress.done();
    typed.close();
  }
}

const PASTE_HERE = text(
  'Waiting for the administrator. Or paste the code or redirect URL here.',
  '等待管理员确认。也可在此粘贴授权码或回调网址。',
);

function waitingFor(waited: number): Text {
  const wait = formatDuration(waited);
  return text(en`Waiting for the administrator (${wait})…`, zh`等待管理员确认（${wait}）…`);
}

function nobodyAuthorized(waited: number): WxopError {
  const wait = formatDuration(waited);
  return new WxopError('TIMEOUT', text(en`Nobody authorized within ${wait}.`, zh`${wait}内没有完成授权。`), {
    hint: text(
      'Run it again for a new link. WeChat does not say when a merchant declines; an error on its page tells more.',
      '请重新运行以获取新链接。商家拒绝时微信不会通知；授权页上的错误信息更具体。',
    ),
  });
}

/** What a person types or pastes while we wait: a code, or the whole redirect URL. */
function readTyped(context: Context, id: string): { close(): void } {
  const { terminal } = context;
  if (!terminal.isInteractive) return { close: () => undefined };
  const lines = createInterface({ input: context.runtime.stdin });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    const pasted = readPastedCode(line);
    if (!pasted || (pasted.attemptId !== undefined && pasted.attemptId !== id)) {
      terminal.warn(text('This code does not belong to this attempt.', '这不是本次授权的授权码。'));
      return;
    }
    context.redactor.learn(pasted.code);
    void (async () => {
      const attempts = await context.attempts();
      await attempts.offer(id, { code: pasted.code });
      // Its failure stays with the attempt, and is shown from there.
      await attempts.settle(id).catch(() => undefined);
    })();
  });
  return lines;
}
