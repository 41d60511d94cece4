/** The same work for thousands of accounts: bounded concurrency, a progress line, and failures collected. */
import pMap, { pMapSkip } from 'p-map';
import type { Context } from '../cli/context.ts';
import type { Run } from '../credentials/run.ts';
import type { ErrorCode } from '../sentences/error-codes.ts';
import { timeOn } from '../sentences/local-time.ts';
import { en, inLang, text, zh, type Hole, type Lang, type Text } from '../sentences/text.ts';
import { cancelled, isError, toWxopError, WxopError } from '../sentences/wxop-error.ts';
import { wrap } from '../terminal/columns.ts';
import { progressLine } from '../terminal/progress-bar.ts';
import type { Column } from '../terminal/rows.ts';

/** Milliseconds. */
const SHOW_EVERY = 100;
const SHOWN_OF_A_REASON = 10;
/** After this many accounts in a row that could not reach WeChat, the next ones will not either. */
const OUT_OF_REACH = 20;

/** The component's appid or secret is wrong, or its quota is used up. */
const ERRCODES_OF_EVERYTHING = new Set([40013, 40125, 41002, 41004, 41018, 45009, 61011]);

export interface BulkFailure {
  code: ErrorCode;
  message: string;
  errcode?: number;
  hint?: string;
  /** Only where the same command may simply be tried again. */
  retryable?: true;
}

export function failureJson(error: WxopError, lang: Lang): BulkFailure {
  const { code, text: sentence, errcode, hint, retryable } = error;
  return {
    code,
    message: inLang(sentence, lang),
    ...(errcode !== undefined && { errcode }),
    ...(hint && { hint: inLang(hint, lang) }),
    ...(retryable && { retryable }),
  };
}

/** Which account a row of a table is about. */
export const ACCOUNT_COLUMNS: readonly Column<{ appId: string; nickName: string | null }>[] = [
  { title: text('appid', 'AppID'), seen: ({ appId }) => appId, isKey: true },
  {
    title: text('name', '名称'),
    seen: ({ nickName }) => nickName || '-',
    long: { become: 'cut', least: 12 },
    spare: 1,
  },
];

/** Why it failed, without the appid that its row shows already; undefined where it did not. */
export const reasonInRow = ({ appId, error }: { appId: string; error?: BulkFailure }): string | undefined =>
  error?.message.replace(new RegExp(`^${appId}(?:: |：)`), '');

export interface Bulk<Item, Result> {
  items: AsyncIterable<Item> | Iterable<Item>;
  concurrency: number;
  /** How many there are, including those done before; read each time, since it may become known later. */
  total: () => number;
  doneBefore?: number;
  /** Undefined: there was nothing to do. */
  work: (item: Item) => Promise<Result | undefined>;
  /** The result of an item that failed. */
  failed: (item: Item, error: WxopError) => Result;
}

/**
 * The results, in the order of the items. Throws a failure that concerns everything, and CANCELLED, once the work under
 * way has ended.
 */
export async function runBulk<Item, Result>(
  context: Context,
  { items, concurrency, total, work, failed, doneBefore = 0 }: Bulk<Item, Result>,
): Promise<Result[]> {
  const { terminal, now, lang } = context;
  const { signal } = context.runtime;
  const progress = terminal.progress();
  const startedAt = now();
  let [worked, failures, unreached, shownAt] = [0, 0, 0, 0];
  let stopped: WxopError | undefined;

  const show = (): void => {
    if (!terminal.err.isTTY || now() - shownAt < SHOW_EVERY) return;
    shownAt = now();
    const counts = { done: doneBefore + worked, total: total(), failed: failures, worked, elapsed: now() - startedAt };
    progress.update(progressLine(counts, lang, terminal.err.columns));
  };

  async function* untilStopped(): AsyncGenerator<Item> {
    try {
      for await (const item of items) {
        if (stopped || signal.aborted) return;
        yield item;
      }
    } catch (error) {
      stopped ??= toWxopError(error);
    }
  }

  const results = await pMap(
    untilStopped(),
    async (item): Promise<Result | typeof pMapSkip> => {
      try {
        const result = await work(item);
        unreached = 0;
        return result ?? pMapSkip;
      } catch (thrown) {
        const error = toWxopError(thrown);
        unreached = isError(error, 'NETWORK') ? unreached + 1 : 0;
        if (concernsEverything(error) || signal.aborted || unreached >= OUT_OF_REACH) {
          stopped ??= error;
          return pMapSkip;
        }
        failures++;
        return failed(item, error);
      } finally {
        worked++;
        show();
      }
    },
    { concurrency },
  );
  progress.done();
  if (signal.aborted) throw cancelled();
  if (stopped) throw stopped;
  return results;
}

/** Failures that would be the same for every account: no use to go on. */
const concernsEverything = ({ concerns, errcode }: WxopError): boolean =>
  concerns === 'everything' || (errcode !== undefined && ERRCODES_OF_EVERYTHING.has(errcode));

/** Says that a run continues where an earlier one stopped. */
export function noteResumed({ terminal, now }: Context, run: Run): void {
  if (run.isResumed) terminal.note(continued(timeOn(terminal.err, now())(run.startedAt)));
}

const continued = (since: Hole) =>
  text(
    en`Continuing the run of ${since} with what it left. --restart starts over.`,
    zh`继续 ${since} 开始的任务，只处理剩余部分。使用 --restart 可重新开始。`,
  );

const REST_LATER = text(
  'Finished work is kept; run the command again for the rest.',
  '已完成的部分已保存；再次运行即可处理剩余部分。',
);

/** Leaves unfinished work to the next run, however this one ends. */
export async function withRun<Result extends { error?: BulkFailure }>(
  { terminal }: Context,
  run: Run,
  work: () => Promise<Result[]>,
): Promise<Result[]> {
  try {
    const results = await work();
    await run.end(!results.some(({ error }) => error !== undefined));
    return results;
  } catch (error) {
    // If the store itself failed, the run stays as it was last saved.
    await run.end(false).catch(() => undefined);
    terminal.note(REST_LATER);
    throw error;
  }
}

/** For a run that can continue where it stopped. */
const TRY_THE_REST = text(
  'Nothing stored was lost. Run the command again to retry only those that failed.',
  '已保存的内容均未丢失。再次运行将只处理失败的帐号。',
);

/** Where some failed: lists them by reason, each with the next step, and throws PARTLY_FAILED. */
export function tellFailures(
  context: Context,
  results: { appId: string; error?: BulkFailure }[],
  next: { hint: Text; retryable?: boolean } = { hint: TRY_THE_REST },
): void {
  const { terminal } = context;
  const byReason = new Map<string, { error: BulkFailure; appIds: string[] }>();
  let failed = 0;
  for (const { appId, error } of results) {
    if (!error) continue;
    failed++;
    // Two accounts with the same failure differ only in the appid.
    const [message, hint] = [error.message, error.hint].map((sentence) => sentence?.replaceAll(appId, '…'));
    const reason = `${message} ${hint}`;
    const same = byReason.get(reason) ?? { error: { ...error, message: message ?? '', hint }, appIds: [] };
    same.appIds.push(appId);
    byReason.set(reason, same);
  }
  if (failed === 0) return;
  for (const { error, appIds } of byReason.values()) {
    const { isTTY, columns } = terminal.err;
    const lines = (indent: string, sentence: string): string[] =>
      (isTTY ? wrap(sentence, columns - indent.length) : [sentence]).map((line) => indent + line);
    terminal.note(
      ...lines('', `${appIds.length} × ${error.message}`),
      ...lines('  ', terminal.say(shortList(appIds))),
      ...(error.hint ? lines('  ', `→ ${error.hint}`) : []),
    );
  }
  throw new WxopError(
    'PARTLY_FAILED',
    text(`${failed} of ${results.length} accounts failed.`, `${results.length} 个帐号中有 ${failed} 个失败。`),
    next,
  );
}

function shortList(appIds: readonly string[]): Text {
  const shown = appIds.slice(0, SHOWN_OF_A_REASON).join(' ');
  const more = appIds.length - SHOWN_OF_A_REASON;
  return more > 0 ? text(`${shown} and ${more} more`, `${shown} 等另外 ${more} 个`) : text(shown, shown);
}
