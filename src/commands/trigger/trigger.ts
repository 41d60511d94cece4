/** `wxop trigger`: plays WeChat's pushes to any receiver, genuine or forged, and judges its answers. */
import { readFile } from 'node:fs/promises';
import pMap from 'p-map';
import { defineCommand, parameter, type Given, type Prepared } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { FORGERY_KINDS, forgeryOf, genuine, type ForgeryKind } from '../../receiver-kit/forgeries.ts';
import {
  judgeForged,
  judgeGenuine,
  judgeReplay,
  type AnswerVerdict,
  type ReceiverAnswer,
} from '../../receiver-kit/judge-answer.ts';
import { SAMPLE_NAMES, type Sample } from '../../receiver-kit/samples.ts';
import { decodeText } from '../../runtime/decode-text.ts';
import { isLoopbackHost } from '../../runtime/hosts.ts';
import { listed, text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { countArgument } from '../arguments.ts';
import { unreadable } from '../files.ts';
import { resolveAccount } from '../resolve-account.ts';
import { buildPush, wrongUsage } from './build-push.ts';
import { printRows, type Column, type Format, type Rows } from '../../terminal/rows.ts';
import { expectRows, FORMAT } from '../flags.ts';
import { triggerReport } from './trigger-report.ts';

/** The account of a push unless --appid names one. */
const APPID = 'wx0123456789abcdef';

const repeatable = { parse: (value: string, before: string[] = []): string[] => [...before, value], fallback: [] };

const ARGUMENTS = {
  event: parameter(
    '[event]',
    text('component_verify_ticket, text, subscribe … (--list)', '事件或消息名称（见 --list）'),
  ),
};

const FLAGS = {
  to: parameter(
    '--to <url>',
    text('URL of the receiver; $APPID$ stands for the account', '推送地址，$APPID$ 代表帐号'),
  ),
  appid: parameter('--appid <account>', text('the account in the push', '相关帐号'), {
    parse: String,
    fallback: APPID,
  }),
  field: parameter(
    '--field <name=value>',
    text('set a field of the inner XML (repeatable)', '设置内层 XML 字段（可重复）'),
    repeatable,
  ),
  xml: parameter(
    '--xml <file>',
    text('read the inner XML from a file, - for stdin', '从文件读取内层 XML，- 为标准输入'),
  ),
  kind: parameter('--kind <kind>', text('what an event unknown to wxop is', 'wxop 未知名称的类型'), {
    choices: ['event', 'message'],
  }),
  forge: parameter(
    '--forge <kind>',
    text('forge the push: a kind of --list, or all (repeatable)', '改为伪造的推送：--list 中的类型或 all（可重复）'),
    repeatable,
  ),
  count: parameter('--count <n>', text('number of pushes', '推送次数'), {
    parse: countArgument(1),
    fallback: 1,
  }),
  rate: parameter('--rate <n>', text('maximum pushes per second', '每秒最多次数'), { parse: countArgument(1) }),
  concurrency: parameter('--concurrency <n>', text('pushes in parallel', '并发数'), {
    parse: countArgument(1),
    fallback: 1,
  }),
  list: parameter('--list', text('list the names and the kinds of forgery', '列出名称与伪造类型后退出')),
  format: FORMAT,
};

type TriggerFlags = Omit<Given<typeof ARGUMENTS, typeof FLAGS>, 'format'>;
type Job = ForgeryKind | 'genuine';

export const command = defineCommand({
  arguments: ARGUMENTS,
  flags: FLAGS,
  examples: [
    "wxop trigger text --to 'http://127.0.0.1:8080/wx/$APPID$/callback'",
    'wxop trigger authorized --to http://127.0.0.1:8080/wx --appid 春风茶馆',
    'wxop trigger CLICK --field EventKey=TODAY --to http://127.0.0.1:8080/wx',
    'wxop trigger text --forge all --to http://127.0.0.1:8080/wx --json',
    'wxop trigger text --count 1000 --rate 100 --to http://127.0.0.1:8080/wx',
    'wxop trigger --xml - --to http://127.0.0.1:8080/wx < message.xml',
  ],
  risk: 'production',
  output: 'lines',
  prepare: (context, { format, ...flags }) => {
    if (flags.list) return { run: () => listNames(context, format) };
    expectRows(format, '--list');
    return prepareTrigger(context, flags);
  },
});

async function prepareTrigger(context: Context, flags: TriggerFlags): Promise<Prepared> {
  const { event, kind } = flags;
  const needed = context.settings.need('componentAppId', 'messageToken', 'encodingAesKey');
  // Anything that begins like an appid may be made up: the receiver under test decides which accounts it knows.
  const appId = /^wx\w*$/.test(flags.appid) ? flags.appid : await resolveAccount(context, flags.appid);
  const to = receiverUrl(flags.to, appId);
  const forgeries = forgeryKinds(flags.forge);
  const xml = flags.xml === undefined ? undefined : await readXml(context, flags.xml);
  const component = { ...needed, appId: needed.componentAppId };
  const build = () => buildPush({ component, to, appId, fields: flags.field, now: context.now(), event, kind, xml });
  const built = build();
  const name = event ?? built.kind;
  if (takesForReal(name, to)) context.terminal.warn(takenForReal(name));
  const keys = { ...needed, encodingAesKeys: [needed.encodingAesKey] };
  const run = (): Promise<void> => sendAll(context, flags, { name, forgeries, kind: built.kind, keys, build });
  return isOwnReceiver(context, to) ? { run, question: sendToOwn(name, to) } : { run };
}

interface Pushes {
  name: string;
  forgeries: readonly ForgeryKind[];
  kind: Sample['kind'];
  keys: Parameters<typeof judgeGenuine>[2];
  /** A new push each time. */
  build: () => ReturnType<typeof buildPush>;
}

async function sendAll(context: Context, flags: TriggerFlags, pushes: Pushes): Promise<void> {
  const { rate, concurrency } = flags;
  const { name, forgeries, kind, keys, build } = pushes;
  const sender = await context.pushSender();
  const report = triggerReport(context, { isSuite: forgeries.length > 0 });
  // A receiver that refuses everything would pass a suite of forgeries alone.
  const jobs: Job[] =
    forgeries.length > 0 ? ['genuine', ...forgeries] : Array.from({ length: flags.count }, () => 'genuine' as const);
  const { signal } = context.runtime;
  const start = context.now();
  await pMap(
    jobs,
    async (job, index) => {
      const due = rate === undefined ? 0 : start + (index * 1000) / rate - context.now();
      if (due > 0) await context.sleep(due);
      if (signal.aborted) return;
      const { push } = build();
      const answers = await sender.deliver(job === 'genuine' ? genuine(push) : forgeryOf(job).make(push));
      if (signal.aborted) return;
      const verdict = judge(job, answers, kind, keys);
      await report.show({ name: job === 'genuine' ? name : job, job, answered: answers[0] as ReceiverAnswer, verdict });
    },
    { concurrency },
  );
  if (signal.aborted) await context.sleep(0);
  report.finish();
}

function judge(
  job: Job,
  answers: ReceiverAnswer[],
  kind: Sample['kind'],
  keys: Parameters<typeof judgeGenuine>[2],
): AnswerVerdict {
  const [first, second] = answers as [ReceiverAnswer, ReceiverAnswer?];
  if (job === 'genuine') return judgeGenuine(first, kind, keys);
  if (second) return judgeReplay(judgeGenuine(first, kind, keys), [first, second]);
  return judgeForged(first, forgeryOf(job), kind);
}

function receiverUrl(to: string | undefined, appId: string): string {
  if (to === undefined) throw wrongUsage(text('--to URL is missing.', '缺少 --to URL。'));
  const url = to.replaceAll('$APPID$', appId);
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return to;
  throw wrongUsage(text('--to must be an http or https URL.', '--to 应为 http 或 https 网址。'));
}

function forgeryKinds(asked: string[]): ForgeryKind[] {
  if (asked.includes('all')) return FORGERY_KINDS;
  return asked.map((kind) => {
    const known = FORGERY_KINDS.find((candidate) => candidate === kind);
    if (known) return known;
    throw new WxopError('USAGE', text(`There is no forgery ${kind}.`, `没有名为 ${kind} 的伪造类型。`), {
      hint: listed(['all', ...FORGERY_KINDS]),
    });
  });
}

const NAME_A_FILE = text('Name a file that exists, or - for stdin.', '请指定存在的文件，或用 - 表示标准输入。');

async function readXml(context: Context, path: string): Promise<string> {
  if (path === '-') return context.stdin.text();
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error, NAME_A_FILE);
  });
  return decodeText(bytes);
}

/** Elsewhere a made-up ticket or authorization replaces a real one; on this machine that is what a test wants. */
const takesForReal = (name: string, to: string): boolean =>
  /^(?:component_verify_ticket|authorized|updateauthorized|unauthorized)$/.test(name) &&
  !isLoopbackHost(hostOf(to).hostname);

const takenForReal = (name: string): Text =>
  text(
    `The receiver takes this ${name} for real: it replaces what the receiver has stored.`,
    `接收端会将该 ${name} 当作真实事件，并覆盖已有数据。`,
  );

const sendToOwn = (name: string, to: string): Text =>
  text(`Send ${name} to ${to}, this profile's own receiver?`, `向本配置自己的接收端 ${to} 推送 ${name}？`);

const hostOf = (to: string): URL => new URL(to.replaceAll('$APPID$', 'x'));

/** The listener of this profile: it takes a made-up push for a real one. */
function isOwnReceiver({ settings }: Context, to: string): boolean {
  const { host } = hostOf(to);
  const publicUrl = settings.find('publicUrl');
  const [bound, port] = [settings.get('host'), settings.get('port')];
  const own = [publicUrl && new URL(publicUrl).host, `${bound}:${port}`, `127.0.0.1:${port}`, `localhost:${port}`];
  return own.includes(host);
}

interface Sendable {
  group: string;
  name: string;
  expects?: number;
  about?: string;
}

const NAMED: Column<Sendable>[] = [
  { title: text('kind', '类型'), seen: ({ group }) => group },
  { title: text('name', '名称'), seen: ({ name }) => name, isKey: true },
];
const SAMPLES: Rows<Sendable> = { columns: NAMED, csv: ['group', 'name', 'expects', 'about'] };
const FORGERIES: Rows<Sendable> = {
  columns: [
    ...NAMED,
    { title: text('answer', '应答'), seen: ({ expects = '' }) => expects },
    { title: text('about', '说明'), seen: ({ about = '' }) => about, long: { become: 'wrapped', least: 20 } },
  ],
  csv: [],
};

/** Samples, then forgeries, of which there is more to say. */
async function listNames({ terminal }: Context, format: Format | undefined): Promise<void> {
  const forgeries = FORGERY_KINDS.map((kind) => ({
    kind,
    expects: forgeryOf(kind).expects,
    about: terminal.say(forgeryOf(kind).about),
  }));
  const samples = Object.entries(SAMPLE_NAMES).flatMap(([group, names]) =>
    names.map((name): Sendable => ({ group, name })),
  );
  const forged = forgeries.map(({ kind, ...more }): Sendable => ({ group: 'forgery', name: kind, ...more }));
  if (terminal.json || format === 'csv') {
    const document = { ...SAMPLE_NAMES, forgeries };
    return printRows(terminal, { ...SAMPLES, rows: [...samples, ...forged], format, document });
  }
  await printRows(terminal, { ...SAMPLES, rows: samples, format });
  await printRows(terminal, { ...FORGERIES, rows: forged, format });
}
