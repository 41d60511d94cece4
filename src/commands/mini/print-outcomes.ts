/** What a change came to, mini program by mini program. */
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import { printRows, type Column, type Field, type Format } from '../../terminal/rows.ts';
import { reasonInRow } from '../bulk.ts';
import { NAME_COLUMNS, tellMiniFailures, type MaybeFailed, type Worked } from './work-on-each.ts';

export type Outcome = 'changed' | 'unchanged' | 'failed';
const OUTCOMES: Record<Outcome, Text> = {
  changed: text('changed', '已更改'),
  unchanged: text('unchanged', '无变化'),
  failed: text('failed', '失败'),
};

export const outcomeOf = (isChanged: boolean): Outcome => (isChanged ? 'changed' : 'unchanged');

interface Changed {
  outcome: Outcome;
}
type ChangedRow<Result extends Changed> = MaybeFailed & Changed & Partial<Result>;

interface Printed<Result extends Changed> {
  format: Format | undefined;
  /** Beside the outcome. */
  columns?: readonly Column<ChangedRow<Result>>[];
  csv?: readonly Field<ChangedRow<Result>>[];
  /** Said where something changed. */
  afterwards?: Text;
}

/** Throws PARTLY_FAILED where some failed. */
export async function printOutcomes<Result extends Changed>(
  context: Context,
  worked: readonly Worked<Result>[],
  { format, columns = [], csv = [], afterwards }: Printed<Result>,
): Promise<void> {
  const { terminal } = context;
  const rows = worked.map(
    (row) => ({ ...row, outcome: 'outcome' in row ? row.outcome : 'failed' }) as ChangedRow<Result>,
  );
  await printRows(terminal, {
    columns: [...OUTCOME_COLUMNS, ...columns],
    csv: ['nickName', 'appId', 'outcome', ...csv, 'error'],
    rows,
    format,
  });
  const isChanged = rows.some(({ outcome }) => outcome === 'changed');
  if (!terminal.json) terminal.note(summaryOf(rows), ...(afterwards && isChanged ? [afterwards] : []));
  tellMiniFailures(context, rows);
}

const OUTCOME_COLUMNS: Column<MaybeFailed & { outcome: Outcome }>[] = [
  ...NAME_COLUMNS,
  {
    title: text('result', '结果'),
    seen: (row) => reasonInRow(row) ?? OUTCOMES[row.outcome],
    long: { become: 'wrapped', least: 20 },
    tone: ({ outcome }) => (outcome === 'failed' ? 'failure' : outcome === 'changed' ? 'ok' : 'secondary'),
  },
];

/** How many came to what. */
function summaryOf(rows: readonly { outcome: Outcome }[]): Text {
  const count = (wanted: Outcome): number => rows.filter(({ outcome }) => outcome === wanted).length;
  const [changed, unchanged, failed] = [count('changed'), count('unchanged'), count('failed')];
  return text(
    `${changed} changed, ${unchanged} unchanged, ${failed} failed`,
    `已更改 ${changed}，无变化 ${unchanged}，失败 ${failed}`,
  );
}
