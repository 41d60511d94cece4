/** What the checks found, for people and for scripts. */
import { pad, widest, wrap } from '../../terminal/columns.ts';
import type { Context } from '../../cli/context.ts';
import type { Verdict } from '../../doctor/check.ts';
import type { Result } from '../../doctor/examination.ts';
import { ERROR_CODES, type ErrorCode } from '../../sentences/error-codes.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';

export interface CheckJson {
  id: string;
  title: string;
  verdict: Verdict;
  seen: string;
  next?: string;
  code?: ErrorCode;
  exitCode?: number;
}

export function resultJson(result: Result, say: (sentence: Text) => string): CheckJson {
  const { id, title, verdict, seen, next } = result;
  return {
    id,
    title: say(title),
    verdict,
    seen: say(seen),
    ...(next && { next: say(next) }),
    ...(result.verdict === 'failed' && { code: result.code, exitCode: ERROR_CODES[result.code].exit }),
  };
}

type Marks = Record<Verdict, string>;
const MARKS: Marks = { ok: '✓', info: '·', warning: '!', failed: '✗', skipped: '–' };
/** For a terminal that knows only ASCII. */
const PLAIN_MARKS: Marks = { ok: '+', info: '.', warning: '!', failed: 'x', skipped: '-' };

/** A locale that names another encoding; without one, today's terminals know Unicode. */
function marksOf({ runtime: { environment } }: Context): Marks {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || 'UTF-8';
  return environment.TERM === 'dumb' || !/utf-?8/i.test(locale) ? PLAIN_MARKS : MARKS;
}

export interface DoctorView {
  show(result: Result): void;
  /** The line at the end, and the failure to look at first. */
  summary(results: readonly Result[]): void;
}

/** Terminal columns for what was seen. */
const LEAST = 24;

export async function doctorView(context: Context, titles: readonly Text[]): Promise<DoctorView> {
  const { terminal } = context;
  const { say } = terminal;
  const paint = await terminal.paint('out');
  const colors = { ok: paint.green, info: paint.dim, warning: paint.yellow, failed: paint.red, skipped: paint.dim };
  const marks = marksOf(context);
  const width = widest(titles.map(say));
  // Where a terminal has no room beside the titles, what was seen goes below them.
  const isNarrow = terminal.out.isTTY && terminal.out.columns < width + 6 + LEAST;
  const indent = ' '.repeat(isNarrow ? 4 : width + 6);
  const room = (used: number): number => (terminal.out.isTTY ? Math.max(LEAST, terminal.out.columns - used) : Infinity);
  const arrow = marks === MARKS ? '→' : '->';
  let group: string | undefined;

  return {
    show: ({ group: { id, title: heading }, title, verdict, seen, next }) => {
      if (id !== group) terminal.print(...(group === undefined ? [] : ['']), paint.bold(say(heading)));
      group = id;
      const quiet = (line: string): string => (verdict === 'skipped' ? paint.dim(line) : line);
      const lines = wrap(say(seen), room(indent.length));
      const [first = '', ...rest] = isNarrow ? ['', ...lines] : lines;
      const steps = next && verdict !== 'ok' ? wrap(say(next), room(indent.length + arrow.length + 1)) : [];
      terminal.print(
        `  ${colors[verdict](marks[verdict])} ${quiet(first === '' ? say(title) : `${pad(say(title), width)}  ${first}`)}`,
        ...rest.map((line) => indent + quiet(line)),
        ...steps.map((line, index) => indent + paint.cyan(`${index === 0 ? arrow : ' '.repeat(arrow.length)} ${line}`)),
      );
    },
    summary: (results) => {
      const count = (verdict: Verdict): number => results.filter((result) => result.verdict === verdict).length;
      const parts: [number, Text, (line: string) => string][] = [
        [count('failed'), text('failed', '项失败'), paint.red],
        [count('warning'), text(count('warning') === 1 ? 'warning' : 'warnings', '项警告'), paint.yellow],
        [count('ok') + count('info'), text('in order', '项正常'), paint.green],
        [count('skipped'), text('skipped', '项跳过'), paint.dim],
      ];
      const counted = parts
        .filter(([number]) => number > 0)
        .map(([number, what, color]) => color(say(text(en`${number} ${what}`, zh`${number} ${what}`))));
      const worst = results.find(({ verdict }) => verdict === 'failed');
      terminal.print('', counted.join(say(text(', ', '，'))));
      if (!worst) return;
      const first = text(
        en`Look first at: ${worst.group.title} / ${worst.title}`,
        zh`请先处理：${worst.group.title} / ${worst.title}`,
      );
      terminal.print(paint.bold(say(first)));
    },
  };
}
