/** `wxop doctor`: examines the installation, causes before their effects, and says what to do. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { examine, checkNames, type Result } from '../../doctor/examination.ts';
import { ERROR_CODES } from '../../sentences/error-codes.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { durationArgument } from '../arguments.ts';
import { writeBundle } from './bundle.ts';
import { doctorGroups } from './doctor-groups.ts';
import { doctorView, resultJson } from './view.ts';
import { expectNoFile } from '../files.ts';

/** Milliseconds for a check: longer than a call with all its retries. */
const DEADLINE = 25_000;

const several = (typed: string, before: string[] = []): string[] => [...before, ...typed.split(',').filter(Boolean)];
const LIST = { parse: several, fallback: [] as string[] };

export const command = defineCommand({
  flags: {
    only: parameter(
      '--only <names>',
      text('only these groups or checks, separated by commas', '只做这些组或检查，以逗号分隔'),
      LIST,
    ),
    skip: parameter('--skip <names>', text('all but these', '不做这些组或检查'), LIST),
    maxTicketAge: parameter(
      '--max-ticket-age <duration>',
      text('fail when the newest ticket is older', 'ticket 更旧时视为失败'),
      { parse: durationArgument },
    ),
    offline: parameter('--offline', text('only checks that need no network', '不访问网络')),
    account: parameter('--account <account>', text('examine this account; repeatable', '检查该帐号，可重复'), LIST),
    bundle: parameter(
      '--bundle <file>',
      text(
        'also write a report that can be shown in public; -: only the report, to stdout',
        '另写一份可公开的报告；- 表示仅将其输出到 stdout',
      ),
    ),
    force: parameter('--force', text('replace the file', '覆盖已有文件')),
  },
  examples: [
    'wxop doctor',
    'wxop doctor --only public,ticket',
    'wxop doctor --offline --json',
    'wxop doctor --account wx89c1da32a81a9b27',
    'wxop doctor --bundle report.md',
  ],
  notes: text('The exit code is that of the first failed check.', '退出码取自第一个失败的检查。'),
  risk: 'reads',
  output: 'document',
  run: examineAll,
});

interface DoctorFlags {
  only: string[];
  skip: string[];
  offline?: true;
  maxTicketAge?: number;
  account: string[];
  bundle?: string;
  force?: true;
}

async function examineAll(context: Context, options: DoctorFlags): Promise<number> {
  const { terminal } = context;
  const { only, skip, offline = false } = options;
  const { groups, tidy } = doctorGroups(context, {
    accounts: options.account,
    offline,
    maxTicketAge: options.maxTicketAge,
  });
  expectKnown([...only, ...skip], checkNames(groups));
  // For `| pbcopy`: the report must be alone on stdout.
  const isReport = options.bundle === '-';
  if (isReport && terminal.json) throw twoDocuments();
  if (options.bundle !== undefined && !options.force && !isReport) await expectNoFile(options.bundle);
  const isSilent = terminal.json || isReport;
  const view = isSilent
    ? undefined
    : await doctorView(
        context,
        groups.flatMap(({ checks }) => checks.map(({ title }) => title)),
      );
  const progress = terminal.progress();
  const results: Result[] = [];
  try {
    const begin = ({ title }: { title: Result['title'] }): void => {
      if (terminal.err.isTTY) progress.update(`  … ${terminal.say(title)}`);
    };
    for await (const result of examine({
      groups,
      only,
      skip,
      offline,
      deadline: DEADLINE,
      sleep: context.sleep,
      begin,
    })) {
      results.push(result);
      progress.done();
      view?.show(result);
    }
  } finally {
    progress.done();
    await tidy().catch(() => undefined);
  }
  const worst = results.find((result) => result.verdict === 'failed');
  if (terminal.json)
    terminal.printJson({ ok: !worst, checks: results.map((result) => resultJson(result, terminal.say)) });
  view?.summary(results);
  if (options.bundle !== undefined) {
    const { bundle: path, force = false, account: named } = options;
    await writeBundle(context, { path, force, named }, results);
  }
  if (!worst) return 0;
  if (!isSilent) return ERROR_CODES[worst.code].exit;
  const { code, title, seen, next } = worst;
  throw new WxopError(code, text(en`${title}: ${seen}`, zh`${title}：${seen}`), { hint: next });
}

const twoDocuments = (): WxopError =>
  new WxopError(
    'USAGE',
    text('--json and --bundle - both write to stdout.', '--json 与 --bundle - 均输出到 stdout。'),
    {
      hint: text('Give --bundle a file.', '请为 --bundle 指定文件。'),
    },
  );

function expectKnown(asked: string[], known: string[]): void {
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const groups = known.filter((name) => !name.includes('.'));
  throw new WxopError('USAGE', text(`There is no check ${unknown}.`, `没有名为 ${unknown} 的检查。`), {
    hint: text(
      `Groups: ${groups.join(', ')}. Names of checks: \`wxop doctor --json\`.`,
      `可用的组：${groups.join('、')}。各检查的名称见 \`wxop doctor --json\`。`,
    ),
  });
}
