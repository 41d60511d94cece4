/** `wxop release runs`: the runs of this store, the newest first. */
import { defineCommand } from '../../../cli/command.ts';
import { countsLine, runJson } from '../../../release/runs/run-report.ts';
import { localTime } from '../../../sentences/local-time.ts';
import { text, type Text } from '../../../sentences/text.ts';
import { printRows, type Rows } from '../../../terminal/rows.ts';
import { FORMAT } from '../../flags.ts';
import { openRuns, readRecords } from './open-runs.ts';

type Row = Omit<ReturnType<typeof runJson>, 'accounts'> & { progress: Text };

const ROWS: Rows<Row> = {
  columns: [
    { title: text('run', '任务'), seen: ({ run }) => run, isKey: true },
    {
      title: text('started', '开始时间'),
      seen: ({ startedAt }) => localTime(Date.parse(startedAt)),
      piped: ({ startedAt }) => startedAt,
      spare: 1,
    },
    { title: text('version', '版本'), seen: ({ version }) => version, long: { become: 'cut', least: 6 } },
    { title: text('state', '状态'), seen: ({ state }) => STATES[state] },
    {
      title: text('mini programs', '小程序'),
      seen: ({ progress }) => progress,
      long: { become: 'wrapped', least: 16 },
    },
  ],
  csv: ['run', 'startedAt', 'finishedAt', 'templateId', 'version', 'state'],
};

const STATES = {
  done: text('done', '已完成'),
  failures: text('done, with failures', '已结束，有失败'),
  waiting: text('not over', '未结束'),
  paused: text('waits for you', '等待确认'),
  stopped: text('stopped early', '提前停止'),
};

export const command = defineCommand({
  flags: { format: FORMAT },
  examples: ['wxop release runs'],
  risk: 'reads',
  output: 'document',
  run: async (context, { format }) => {
    const { terminal, lang } = context;
    const runs = await openRuns(context);
    const rows: Row[] = [];
    for (const id of await runs.list()) {
      const run = await runs.read(id);
      const records = await readRecords(runs, run);
      const { accounts: _accounts, ...row } = runJson(run, records, { lang, now: context.now() });
      rows.push({ ...row, progress: countsLine(records) });
    }
    rows.sort((one, other) => other.startedAt.localeCompare(one.startedAt));
    if (rows.length === 0) terminal.note(NO_RUNS);
    const document = rows.map(({ progress: _progress, ...row }) => row);
    await printRows(terminal, { ...ROWS, rows, format, document });
  },
});

const NO_RUNS = text(
  'No runs. `wxop release plan` makes a plan for one.',
  '没有任务。请先用 `wxop release plan` 生成计划。',
);
