/** Runs the groups in order, each check in limited time; a check that depends on a failed one is skipped. */
import { en, text, zh, type Text } from '../sentences/text.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { failed, failedWith, same, skipped, type Check, type Finding, type Group, type Verdict } from './check.ts';

export type Result = Finding & { id: string; title: Text; group: Group };

export interface Selection {
  /** Ids of groups or checks; empty: all. */
  only: readonly string[];
  skip: readonly string[];
  /** Skips checks that send something from this machine. */
  offline: boolean;
}

export interface Examination extends Selection {
  groups: readonly Group[];
  /** Milliseconds, for a check that names no deadline. */
  deadline: number;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Called before each check. */
  begin?: (check: Check) => void;
}

/** The names that `--only` and `--skip` take, group by group. */
export const checkNames = (groups: readonly Group[]): string[] =>
  groups.flatMap((group) => [group.id, ...group.checks.map(({ id }) => id)]);

const isAmong = (names: readonly string[], { id }: Check, group: Group): boolean =>
  names.includes(id) || names.includes(group.id);

/** Throws CANCELLED only: every other error is the failure of its check. */
export async function* examine(examination: Examination): AsyncGenerator<Result> {
  const { groups, only, skip, offline, begin } = examination;
  const found = new Map<string, Verdict>();
  /** Skipped check → the failed check at the beginning of its chain. */
  const reasons = new Map<string, string>();
  const titles = new Map(groups.flatMap(({ checks }) => checks.map(({ id, title }) => [id, title] as const)));
  for (const group of groups) {
    for (const check of group.checks) {
      const isWanted = only.length === 0 || isAmong(only, check, group);
      if (!isWanted || isAmong(skip, check, group)) continue;
      const blocking = [...(group.needs ?? []), ...(check.needs ?? [])].find((id) =>
        ['failed', 'skipped'].includes(found.get(id) ?? ''),
      );
      const run = async (): Promise<Finding> => {
        if (blocking !== undefined) {
          const reason = reasons.get(blocking) ?? blocking;
          reasons.set(check.id, reason);
          return blocked(titles.get(reason) ?? same(reason));
        }
        if (offline && check.isRemote) return skipped(text('not asked (--offline)', '未检查（--offline）'));
        begin?.(check);
        return inTime(check, examination);
      };
      const finding = await run();
      found.set(check.id, finding.verdict);
      yield { ...finding, id: check.id, title: check.title, group };
    }
  }
}

const blocked = (title: Text): Finding =>
  skipped(text(en`not asked: see "${title}" above`, zh`未检查：请先看上文“${title}”`));

async function inTime(check: Check, { deadline: usual, sleep }: Examination): Promise<Finding> {
  const deadline = check.deadline ?? usual;
  const finished = new AbortController();
  const late = sleep(deadline, finished.signal).then((): Finding => {
    const limit = formatDuration(deadline);
    return failed('TIMEOUT', text(en`no answer within ${limit}`, zh`${limit}内没有结果`), AGAIN);
  });
  try {
    return await Promise.race([Promise.resolve().then(() => check.run()), late]);
  } catch (thrown) {
    const error = toWxopError(thrown);
    if (error.code === 'CANCELLED') throw error;
    return failedWith(error);
  } finally {
    // The sleep is no longer needed; interrupting it is no failure.
    late.catch(() => undefined);
    finished.abort();
  }
}

const AGAIN = text('Run it again with --verbose.', '请加 --verbose 再运行一次。');
