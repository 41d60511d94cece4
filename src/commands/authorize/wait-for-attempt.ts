/** Waits for the outcome of an attempt, whichever door it comes through. */
import { createInterface } from 'node:readline';
import type { Context } from '../../cli/context.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import { readPastedCode } from '../../protocol/links.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import type { AttemptRecord } from '../../store/store.ts';
import { formatDuration } from '../../sentences/format-duration.ts';

const POLL = 200;
/** How long a code that came in time may still be exchanged after the end. */
const LAST_EXCHANGE = 60_000;

/**
 * Watches the attempt, whichever process finishes it, until it is done or its time is over. A code that fails ends
 * nothing: anybody who knows the link can bring one.
 */
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
  try {
    for (;;) {
      const attempt = await attempts.read(id);
      if (attempt?.appId !== undefined) return (await context.keeper()).account(attempt.appId);
      // A code that came in time is exchanged although the pre-auth code has expired meanwhile.
      const isUnderWay = timeout === undefined && attempt?.codes.some(({ code }) => code !== undefined);
      if (context.now() >= deadline + (isUnderWay ? LAST_EXCHANGE : 0)) {
        throw nobodyAuthorized(context.now() - since, attempt && attempts.failureOf(attempt));
      }
      progress.waited(context.now() - since, terminal.isInteractive ? () => PASTE_HERE : waitingFor);
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

export const waitingFor = (wait: Text): Text =>
  text(en`Waiting for the administrator (${wait})…`, zh`等待管理员确认（${wait}）…`);

const AGAIN = text(
  'Run it again for a new link. WeChat does not say when a merchant declines; an error on its page tells more.',
  '请重新运行以获取新链接。商家拒绝时微信不会通知；授权页上的错误信息更具体。',
);

export function nobodyAuthorized(waited: number, failure: WxopError | undefined): WxopError {
  const wait = formatDuration(waited);
  const hint = failure && text(en`The last code failed: ${failure.text}`, zh`最近一个授权码失败：${failure.text}`);
  return new WxopError('TIMEOUT', text(en`Nobody authorized within ${wait}.`, zh`${wait}内没有完成授权。`), {
    hint: hint ?? AGAIN,
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
      await attempts.settle(id).catch((error: unknown) => terminal.warn(toWxopError(error).text));
    })();
  });
  return lines;
}
