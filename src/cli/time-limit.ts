/** A limit for a whole run: when it is over, the run is ended as Ctrl-C would end it. */
import { formatDuration, parseDuration } from '../sentences/format-duration.ts';
import { en, text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Runtime } from '../runtime/runtime.ts';

const LONGEST_TIMER = 2 ** 31 - 1;

export interface TimeLimit {
  /** What differs in the runtime: its signal, which the limit aborts too. */
  changes: Partial<Pick<Runtime, 'signal' | 'stdinPatience'>>;
  /** What the run fails with, once the limit ended it. */
  failure(): WxopError | undefined;
  lift(): void;
}

export function limitTime(runtime: Runtime, milliseconds: number): TimeLimit {
  const over = new AbortController();
  const end = (): void => {
    // Somebody who interrupted it before wanted nothing else.
    if (!runtime.signal.aborted) over.abort(new DOMException('the time limit', 'AbortError'));
  };
  const timer = setTimeout(end, Math.min(milliseconds, LONGEST_TIMER));
  return {
    changes: { signal: AbortSignal.any([runtime.signal, over.signal]), stdinPatience: Infinity },
    failure: () => (over.signal.aborted ? notFinished(milliseconds) : undefined),
    lift: () => clearTimeout(timer),
  };
}

/** WXOP_TIMEOUT. Throws SETTINGS_INVALID. */
export function timeLimitFrom(variable: string): number {
  const milliseconds = parseDuration(variable.trim());
  if (milliseconds !== undefined) return milliseconds;
  throw new WxopError(
    'SETTINGS_INVALID',
    text('WXOP_TIMEOUT must be a duration: 500ms, 20s, 11m, 2h.', 'WXOP_TIMEOUT 应为时长：500ms、20s、11m、2h。'),
    { hint: text('Correct the variable, or unset it.', '请修改或取消该环境变量。') },
  );
}

function notFinished(milliseconds: number): WxopError {
  const limit = milliseconds < 1000 ? text(`${milliseconds} ms`, `${milliseconds} 毫秒`) : formatDuration(milliseconds);
  return new WxopError('TIMEOUT', text(en`Not finished within ${limit}.`, zh`${limit}内未能完成。`), {
    hint: text(
      'What was done until then is kept. Allow more with --timeout or WXOP_TIMEOUT.',
      '此前已完成的部分予以保留。可用 --timeout 或 WXOP_TIMEOUT 延长时限。',
    ),
  });
}
