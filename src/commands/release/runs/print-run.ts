/** A run as a table with what it came to, or as JSON. */
import type { Context } from '../../../cli/context.ts';
import type { ReleaseAccountRecord, ReleaseRunRecord } from '../../../release/runs/run-record.ts';
import { countsLine, runJson, runRows, sameFailures, type RunRow } from '../../../release/runs/run-report.ts';
import { text } from '../../../sentences/text.ts';
import { printRows, type Rows } from '../../../terminal/rows.ts';

const ROWS: Rows<RunRow> = {
  columns: [
    { title: text('appid', 'AppID'), seen: ({ appId }) => appId, isKey: true },
    { title: text('name', '名称'), seen: ({ name }) => name || '-', long: { become: 'cut', least: 8 }, spare: 1 },
    { title: text('state', '状态'), seen: ({ stageName }) => stageName, tone: ({ tone }) => tone },
    { title: text('reason', '原因'), seen: ({ why }) => why, long: { become: 'wrapped', least: 16 } },
  ],
  csv: [],
};

export async function printRun(
  context: Context,
  run: ReleaseRunRecord,
  records: readonly ReleaseAccountRecord[],
): Promise<void> {
  const { terminal, lang } = context;
  await printRows(terminal, {
    ...ROWS,
    rows: runRows(run, records),
    format: undefined,
    document: runJson(run, records, { lang, now: context.now() }),
  });
  if (!terminal.json) terminal.note(countsLine(records), ...sameFailures(records));
}
