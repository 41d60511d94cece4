/** `wxop release show`: where each mini program of a run is; with --watch until the run is over. */
import { defineCommand, parameter } from '../../../cli/command.ts';
import type { Context } from '../../../cli/context.ts';
import type { ReleaseRuns } from '../../../credentials/releases/release-runs.ts';
import { isFinalStage, type ReleaseAccountRecord, type ReleaseRunRecord } from '../../../release/runs/run-record.ts';
import { createPortions } from '../../../release/runs/portions.ts';
import { countsLine, endOf, heldLine, STAGE_NAMES } from '../../../release/runs/run-report.ts';
import { en, inLang, text, zh, type Text } from '../../../sentences/text.ts';
import { openRuns, readRecords } from './open-runs.ts';
import { printRun } from './print-run.ts';
import { RUN } from './resume.ts';

/** Milliseconds. */
const LOOK_EVERY = 2_000;

export const command = defineCommand({
  arguments: { run: RUN },
  flags: {
    watch: parameter('--watch', text('follow it until it is over or stopped', '跟踪直到结束或停止')),
  },
  examples: ['wxop release show r0123456789', 'wxop release show r0123456789 --watch'],
  risk: 'reads',
  output: 'document',
  run: async (context, { run: id, watch = false }) => {
    const runs = await openRuns(context);
    let found = await read(runs, id);
    while (watch && !isEnded(found)) {
      await context.sleep(LOOK_EVERY);
      const next = await read(runs, id);
      tellChanges(context, found, next);
      found = next;
    }
    await printRun(context, found.run, found.records);
    const { stop, plan, portionsGiven } = found.run;
    if (context.terminal.json) return;
    if (stop) return context.terminal.note(stop.reason, stop.hint);
    const portion = createPortions(plan).state(found.records, { given: portionsGiven, now: context.now() });
    if (portion.held) context.terminal.note(heldLine(portion));
    const { hint } = endOf(found.run, found.records) ?? {};
    if (hint) context.terminal.note(hint);
  },
});

interface Found {
  run: ReleaseRunRecord;
  records: ReleaseAccountRecord[];
}

async function read(runs: ReleaseRuns, id: string): Promise<Found> {
  const run = await runs.read(id);
  return { run, records: await readRecords(runs, run) };
}

const isEnded = ({ run, records }: Found): boolean =>
  run.stop !== undefined || run.isPaused === true || records.every(({ stage }) => isFinalStage(stage));

function tellChanges({ terminal, lang }: Context, before: Found, { run, records }: Found): void {
  if (terminal.json) return;
  const names = new Map(run.plan.accounts.map(({ appId, name }) => [appId, name]));
  const changed = records.filter(({ stage }, index) => stage !== before.records[index]?.stage);
  for (const { appId, stage } of changed) {
    terminal.note(`${appId}  ${inLang(nameOf(names.get(appId) ?? ''), lang)}  ${inLang(STAGE_NAMES[stage], lang)}`);
  }
  if (changed.length > 0) terminal.note(countsLine(records));
}

const nameOf = (name: string): Text => text(en`${name}`, zh`${name}`);
