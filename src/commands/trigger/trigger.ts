/** `wxop trigger`: plays WeChat's pushes to any receiver, genuine or forged, and judges its answers. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { parseXml, writeXml } from '../../protocol/events.ts';
import { FORGERY_KINDS, forgeryOf, genuine, type ForgedPush, type ForgeryKind } from '../../receiver-kit/forgeries.ts';
import type { PushOptions, PushSecrets } from '../../protocol/write-push.ts';
import { SAMPLE_NAMES, sampleOf, withField, type Sample } from '../../receiver-kit/samples.ts';
import {
  judgeForged,
  judgeGenuine,
  judgeReplay,
  type ReceiverAnswer,
  type AnswerVerdict,
} from '../../receiver-kit/judge-answer.ts';
import { confirmInProduction, YES_IN_PRODUCTION } from '../confirm.ts';
import { count } from '../arguments.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { unreadable } from '../files.ts';
import { triggerReport } from './view.ts';
import { resolveAccount } from '../resolve-account.ts';

interface TriggerOptions {
  to: string;
  appid: string;
  field: string[];
  xml?: string;
  kind?: Sample['kind'];
  forge: string[];
  count: number;
  rate?: number;
  concurrency: number;
  yes?: boolean;
}

/** What is pushed when nobody says whose it is. */
const APPID = 'wx0123456789abcdef';
const USER_NAME = 'gh_0123456789ab';
const OPEN_ID = 'oTriggerFollowerOfTheAccount';

const collect = (value: string, all: string[]): string[] => [...all, value];

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const trigger = program
    .command('trigger')
    .argument(
      '[event]',
      say(text('component_verify_ticket, text, subscribe … (--list)', '事件或消息名称（见 --list）')),
    )
    .description(
      say(
        text(
          'sends a push, signed and encrypted with the keys of the profile, to any receiver',
          '用当前配置的密钥签名并加密，向任意接收端推送',
        ),
      ),
    )
    .option('--to <url>', say(text('where to; $APPID$ stands for the account', '推送地址，$APPID$ 代表帐号')))
    .option('--appid <appid>', say(text('the account that it is about', '相关帐号的 AppID')), APPID)
    .option(
      '--field <name=value>',
      say(text('sets a field of the inner XML (repeatable)', '设置内层 XML 字段（可重复）')),
      collect,
      [],
    )
    .option('--xml <file>', say(text('the inner XML from a file, - for stdin', '从文件读取内层 XML，- 为标准输入')))
    .addOption(
      new Option('--kind <kind>', say(text('what a name unknown to wxop is', 'wxop 未知名称的类型'))).choices([
        'event',
        'message',
      ]),
    )
    .option(
      '--forge <kind>',
      say(
        text(
          'a bad push instead: a kind of --list, or all (repeatable)',
          '改为伪造的推送：--list 中的类型或 all（可重复）',
        ),
      ),
      collect,
      [],
    )
    .option('--count <n>', say(text('how many (default 1)', '推送次数（默认 1）')), count(1), 1)
    .option('--rate <n>', say(text('at most so many a second', '每秒最多次数')), count(1))
    .option('--concurrency <n>', say(text('how many at once (default 1)', '并发数（默认 1）')), count(1), 1)
    .option('--yes', say(YES_IN_PRODUCTION))
    .option('--list', say(text('the names and the kinds, then ends', '列出名称与伪造类型后退出')));
  examples(
    trigger,
    "wxop trigger text --to 'http://127.0.0.1:8080/wx/$APPID$/callback'",
    'wxop trigger authorized --to http://127.0.0.1:8080/wx --appid 春风茶馆',
    'wxop trigger CLICK --field EventKey=TODAY --to http://127.0.0.1:8080/wx',
    'wxop trigger text --forge all --to http://127.0.0.1:8080/wx --json',
    'wxop trigger text --count 1000 --rate 100 --to http://127.0.0.1:8080/wx',
    'wxop trigger --xml - --to http://127.0.0.1:8080/wx < message.xml',
  );
  trigger.action(action(run));
}

async function run(context: Context, options: TriggerOptions & { list?: boolean }, event?: string): Promise<void> {
  if (options.list) return list(context);
  const { componentAppId, messageToken, encodingAesKey } = context.settings.need(
    'componentAppId',
    'messageToken',
    'encodingAesKey',
  );
  // What begins as an appid does may be made up: the receiver under test decides what it knows.
  const appid = /^wx\w*$/.test(options.appid) ? options.appid : await resolveAccount(context, options.appid);
  const to = targetOf({ ...options, appid });
  const kinds = forgeriesOf(options.forge);
  const xml = options.xml === undefined ? undefined : await readXml(context, options.xml);
  const component = { appId: componentAppId, messageToken, encodingAesKey };
  const make = (): { kind: Sample['kind']; push: PushOptions } =>
    pushOf(context, { ...options, appid, to }, component, event, xml);
  const { kind } = make();
  const name = event ?? kind;
  warnOfConsequences(context, name, to);
  const question = text(
    `Send ${name} to ${to}, this profile's own receiver?`,
    `向本配置自己的接收端 ${to} 推送 ${name}？`,
  );
  if (isOwnReceiver(context, to) && !(await confirmInProduction(context, options, question))) return;

  const courier = await context.pushSender();
  const keys = { componentAppId, messageToken, encodingAesKeys: [encodingAesKey] };
  const report = triggerReport(context, { isSuite: kinds.length > 0 });
  // A receiver that refuses everything would pass a suite of forgeries alone.
  const jobs: (ForgeryKind | 'genuine')[] =
    kinds.length > 0 ? ['genuine', ...kinds] : Array.from({ length: options.count }, () => 'genuine' as const);

  const one = async (job: ForgeryKind | 'genuine'): Promise<void> => {
    const { push } = make();
    const delivery: ForgedPush = job === 'genuine' ? genuine(push) : forgeryOf(job).make(push);
    const answers = await courier.deliver(delivery);
    if (context.runtime.signal.aborted) return;
    const verdict = judge(job, answers, kind, keys);
    await report.show({ name: job === 'genuine' ? name : job, job, answered: answers[0] as ReceiverAnswer, verdict });
  };
  await pace(context, jobs, options, one);
  if (context.runtime.signal.aborted) await context.sleep(0);
  report.finish();
}

function judge(
  job: ForgeryKind | 'genuine',
  answers: ReceiverAnswer[],
  kind: Sample['kind'],
  keys: Parameters<typeof judgeGenuine>[2],
): AnswerVerdict {
  const [first, second] = answers as [ReceiverAnswer, ReceiverAnswer?];
  if (job === 'genuine') return judgeGenuine(first, kind, keys);
  if (second) return judgeReplay(judgeGenuine(first, kind, keys), [first, second]);
  return judgeForged(first, forgeryOf(job), kind);
}

/** So many at once, and no more of them started in a second than asked for. */
async function pace<Job>(
  context: Context,
  jobs: Job[],
  { concurrency, rate }: Pick<TriggerOptions, 'concurrency' | 'rate'>,
  one: (job: Job) => Promise<void>,
): Promise<void> {
  const start = context.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < jobs.length && !context.runtime.signal.aborted; index = next++) {
      const due = rate === undefined ? 0 : start + (index * 1000) / rate - context.now();
      if (due > 0) await context.sleep(due);
      await one(jobs[index] as Job);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, worker));
}

function pushOf(
  context: Context,
  { to, appid, field, kind }: TriggerOptions,
  component: PushSecrets,
  event: string | undefined,
  xml: string | undefined,
): { kind: Sample['kind']; push: PushOptions } {
  const timestamp = Math.floor(context.now() / 1000);
  const unique = randomBytes(24).toString('hex');
  const sample = xml === undefined ? sampleNamed(event, { kind, appid, component, timestamp, unique }) : undefined;
  const fields = field.reduce((made, pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw usage(text(`Not name=value: ${pair}`, `不是 name=value 格式：${pair}`));
    return withField(made, pair.slice(0, at), pair.slice(at + 1));
  }, sample?.fields ?? {});
  const made = sample?.kind ?? kind ?? (parseXml(xml ?? '')?.MsgType === undefined ? 'event' : 'message');
  const push: PushOptions = {
    component,
    url: to.replaceAll('$APPID$', appid),
    message: xml ?? writeXml(fields),
    outer: made === 'event' ? { AppId: component.appId } : { ToUserName: USER_NAME },
    timestamp,
    nonce: String(randomBytes(4).readUInt32BE()),
    random: unique.slice(0, 16),
    ...(made === 'message' && { openId: OPEN_ID }),
  };
  return { kind: made, push };
}

function sampleNamed(
  event: string | undefined,
  {
    kind,
    appid,
    component,
    timestamp,
    unique,
  }: {
    kind?: Sample['kind'];
    appid: string;
    component: PushSecrets;
    timestamp: number;
    unique: string;
  },
): Sample {
  if (event === undefined) throw usage(text('An event or --xml is missing.', '缺少事件名称或 --xml。'));
  const about = { componentAppId: component.appId, appId: appid, userName: USER_NAME, openId: OPEN_ID };
  const sample = sampleOf(event, { ...about, now: timestamp, unique }, kind);
  if (sample) return sample;
  throw new WxopError('USAGE', text(`No event is known by the name ${event}.`, `没有名为 ${event} 的事件。`), {
    hint: text(
      'See `wxop trigger --list`; for a new one say what it is: --kind event or --kind message.',
      '请查看 `wxop trigger --list`；新事件请用 --kind event 或 --kind message 说明类型。',
    ),
  });
}

const usage = (sentence: ReturnType<typeof text>): WxopError =>
  new WxopError('USAGE', sentence, {
    hint: text('See `wxop trigger --help`.', '请查看 `wxop trigger --help`。'),
  });

function targetOf({ to, appid }: Partial<TriggerOptions>): string {
  const url = to?.replaceAll('$APPID$', appid ?? '') ?? '';
  if (to !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return to;
  throw to === undefined
    ? usage(text('--to URL is missing.', '缺少 --to URL。'))
    : usage(text('--to must be an http or https URL.', '--to 应为 http 或 https 网址。'));
}

function forgeriesOf(asked: string[]): ForgeryKind[] {
  if (asked.includes('all')) return FORGERY_KINDS;
  return asked.map((kind) => {
    const known = FORGERY_KINDS.find((candidate) => candidate === kind);
    if (known) return known;
    throw new WxopError('USAGE', text(`There is no forgery ${kind}.`, `没有名为 ${kind} 的伪造类型。`), {
      hint: text(`all, ${FORGERY_KINDS.join(', ')}`, `all、${FORGERY_KINDS.join('、')}`),
    });
  });
}

async function readXml(context: Context, path: string): Promise<string> {
  if (path === '-') return context.stdin.text();
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const hint = text('Name a file that exists, or - for stdin.', '请指定存在的文件，或用 - 表示标准输入。');
    throw unreadable(path, error, hint);
  }
}

/** The made-up ticket takes the place of the real one at whoever takes it. */
function warnOfConsequences({ terminal }: Context, name: string, to: string): void {
  if (/^https?:\/\/(?:localhost|127\.|\[::1\])/.test(to)) return;
  if (!/^(?:component_verify_ticket|authorized|updateauthorized|unauthorized)$/.test(name)) return;
  terminal.warn(
    text(
      `The receiver takes this ${name} for real: it replaces what it knows.`,
      `接收端会将该 ${name} 当作真实事件，并覆盖已有数据。`,
    ),
  );
}

/** The listener of this profile: there a made-up push is taken for a real one. */
function isOwnReceiver({ settings }: Context, to: string): boolean {
  const { host } = new URL(to.replaceAll('$APPID$', 'x'));
  const publicUrl = settings.find('publicUrl');
  const [bound, port] = [settings.get('host'), settings.get('port')];
  const own = [publicUrl && new URL(publicUrl).host, `${bound}:${port}`, `127.0.0.1:${port}`, `localhost:${port}`];
  return own.includes(host);
}

function list({ terminal, lang }: Context): void {
  const forgeries = FORGERY_KINDS.map((kind) => ({
    kind,
    expects: forgeryOf(kind).expects,
    about: forgeryOf(kind).about[lang],
  }));
  if (terminal.json) return terminal.printJson({ ...SAMPLE_NAMES, forgeries });
  for (const [group, names] of Object.entries(SAMPLE_NAMES))
    terminal.print(...names.map((name) => `${group}\t${name}`));
  terminal.print(...forgeries.map(({ kind, expects, about }) => `forgery\t${kind}\t${expects}\t${about}`));
}
