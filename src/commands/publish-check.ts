/** `wxop publish-check`: plays WeChat's side of the publish check (全网发布检测), offline, and judges each step. */
import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { text, WxopError, type Text } from '../errors.ts';
import {
  answerFromApi,
  askWithCode,
  eventReply,
  TEST_ACCOUNTS,
  TEST_TEXT,
  TEXT_REPLY,
  type TestAccount,
} from '../protocol/publish-check.ts';
import { ANSWER_DEADLINE } from '../protocol/push.ts';
import { judgeGenuine, judgeReply, type Answered, type Verdict } from '../protocol/verdicts.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { World } from '../world.ts';
import { count } from './arguments.ts';
import type { Declaring } from './declaring.ts';

interface CheckOptions {
  eventUrl?: string;
  messageUrl?: string;
  apiPort: number;
  appid?: string;
  transcript?: boolean;
}

type Keys = Parameters<typeof judgeGenuine>[2];

interface Receiver {
  sandbox: Sandbox;
  keys: Keys;
  stop(): Promise<void>;
}

interface Step {
  name: 'ticket' | 'authorized' | 'text' | 'event' | 'api';
  appId?: string;
  run(): Promise<Verdict>;
}

const OPEN_ID = 'oPublishCheckUser';
const POLL = 25;
const START_DEADLINE = 10_000;

export function declare(program: Command, { say, action, examples }: Declaring): void {
  examples(
    program
      .command('publish-check')
      .description(
        say(
          text(
            'rehearses the publish check (全网发布检测) with its ten test accounts, offline',
            '离线演练全网发布检测，使用其全部十个测试帐号',
          ),
        ),
      )
      .option(
        '--event-url <url>',
        say(
          text('授权事件接收URL to check (default: a listener of wxop)', '要检测的授权事件接收URL（默认：wxop 自身）'),
        ),
      )
      .option(
        '--message-url <url>',
        say(text('消息与事件接收URL to check, with $APPID$', '要检测的消息与事件接收URL，含 $APPID$')),
      )
      .option(
        '--api-port <port>',
        say(
          text('where the API is played on 127.0.0.1 (default: a free one)', '在 127.0.0.1 模拟接口的端口（默认自动）'),
        ),
        count(0),
        0,
      )
      .option('--appid <appid>', say(text('one of the test accounts only', '仅使用其中一个测试帐号')))
      .option('--transcript', say(text('shows what WeChat asked this listener so far', '显示微信此前的检测记录')))
      .action(action(run)),
    'wxop publish-check',
    'wxop publish-check --event-url "$EVENT" --message-url "$MESSAGE"',
    'wxop publish-check --transcript',
  );
}

async function run(context: Context, options: CheckOptions): Promise<void> {
  const { terminal } = context;
  if (options.transcript) return terminal.print(...(await context.readTranscript()));
  const accounts = TEST_ACCOUNTS.filter(({ appId }) => options.appid === undefined || appId === options.appid);
  if (accounts.length === 0) throw usage(text('That is none of the test accounts.', '该 AppID 不是检测帐号。'));
  const { sandbox, keys, stop } = await receiverOf(context, options);
  const tally = { pass: 0, warn: 0, fail: 0 };
  try {
    if (options.eventUrl !== undefined && !terminal.json) {
      const note = text(
        `The API is played at ${sandbox.url}: the receiver must call it there.`,
        `接口模拟于 ${sandbox.url}：接收端须调用该地址。`,
      );
      terminal.note(terminal.say(note));
      terminal.warn(
        text(
          'The receiver takes the ticket of the rehearsal for its newest one, until the next real push.',
          '接收端会将演练的 ticket 当作最新 ticket，直到下次真实推送。',
        ),
      );
    }
    for (const step of stepsOf(context, sandbox, keys, accounts)) {
      const startedAt = context.now();
      const verdict = await step.run();
      if (context.signal.aborted) await context.sleep(0);
      tally[verdict.verdict]++;
      await show(context, step, verdict, context.now() - startedAt);
    }
  } finally {
    await stop();
  }
  finish(context, tally);
}

function* stepsOf(context: Context, sandbox: Sandbox, keys: Keys, accounts: TestAccount[]): Generator<Step> {
  const push = async (event: string, appId: string, fields?: Record<string, string>): Promise<Answered> => {
    const startedAt = context.now();
    const { status, body } = await sandbox.push({ event, appId, fields });
    const milliseconds = context.now() - startedAt;
    if (status !== 0) return { status, body, milliseconds };
    return { status, body: '', milliseconds, silence: milliseconds < ANSWER_DEADLINE ? 'unreachable' : 'timeout' };
  };
  const message = (appId: string, fields: Record<string, string>): Promise<Answered> =>
    push('message', appId, { FromUserName: OPEN_ID, ...fields });

  yield { name: 'ticket', run: async () => judgeGenuine(await push('component_verify_ticket', ''), 'event', keys) };
  for (const { appId, userName, kind } of accounts) {
    const users = { from: userName, to: OPEN_ID };
    yield { name: 'authorized', appId, run: async () => judgeGenuine(await push('authorized', appId), 'event', keys) };
    if (kind === 'mp') {
      yield {
        name: 'text',
        appId,
        run: async () => judgeReply(await message(appId, { Content: TEST_TEXT }), TEXT_REPLY, users, keys),
      };
      yield {
        name: 'event',
        appId,
        run: async () => {
          const fields = { MsgType: 'event', Event: 'LOCATION', Content: '' };
          const judged = judgeReply(await message(appId, fields), eventReply('LOCATION'), users, keys);
          // The platform asks this no more.
          return judged.verdict === 'fail' ? { ...judged, verdict: 'warn' } : judged;
        },
      };
    }
    yield { name: 'api', appId, run: () => askByApi(context, sandbox, appId, message) };
  }
}

/** An empty answer at once, then the code as a customer-service message. */
async function askByApi(
  context: Context,
  sandbox: Sandbox,
  appId: string,
  message: (appId: string, fields: Record<string, string>) => Promise<Answered>,
): Promise<Verdict> {
  const code = sandbox.codeOf(appId);
  const calls = (path: string): number => sandbox.state().calls[path] ?? 0;
  const [queried, tried] = [calls(QUERY_AUTH), calls(CUSTOM_SEND)];
  const answered = await message(appId, { Content: askWithCode(code) });
  const fail = (reason: Text): Verdict => ({ verdict: 'fail', reason });
  if (answered.silence || answered.status !== 200) {
    return fail(text(`answered ${answered.status || 'nothing'}`, `应答 ${answered.status || '无'}`));
  }
  if (answered.body !== '') return fail(text('the answer is not empty', '应答内容不为空'));
  const deadline = context.now() + ANSWER_DEADLINE;
  const isThere = (): boolean =>
    sandbox
      .state()
      .sent.some((sent) => sent.appId === appId && sent.openId === OPEN_ID && sent.content === answerFromApi(code));
  while (!isThere() && context.now() < deadline) await context.sleep(POLL);
  if (isThere()) return { verdict: 'pass', reason: text('empty answer, then the message', '应答为空，随后收到消息') };
  if (calls(CUSTOM_SEND) > tried) {
    return fail(text('custom/send was called, but not with that text', '调用了 custom/send，但内容不正确'));
  }
  return calls(QUERY_AUTH) > queried
    ? fail(text('the code was exchanged, but no message came', '已换取授权码，但未发送消息'))
    : fail(
        text(
          `no api_query_auth came to ${sandbox.url}: is the receiver's API host that?`,
          `未收到 api_query_auth：接收端的接口地址是否为 ${sandbox.url}？`,
        ),
      );
}

const QUERY_AUTH = '/cgi-bin/component/api_query_auth';
const CUSTOM_SEND = '/cgi-bin/message/custom/send';

/** The receiver that was named, or a listener of our own that knows only the sandbox. */
async function receiverOf(context: Context, { eventUrl, messageUrl, apiPort }: CheckOptions): Promise<Receiver> {
  if ((eventUrl === undefined) !== (messageUrl === undefined)) {
    throw usage(text('--event-url and --message-url go together.', '--event-url 与 --message-url 须同时使用。'));
  }
  const common = { port: apiPort, accounts: 0, testAccounts: true };
  if (eventUrl === undefined || messageUrl === undefined) return ownListener(context, common);
  const { settings } = context;
  const needed = settings.need('componentAppId', 'messageToken', 'encodingAesKey');
  for (const url of [eventUrl, messageUrl.replaceAll('$APPID$', 'wx')]) {
    if (!URL.canParse(url)) throw usage(text(`Not a URL: ${url}`, `不是网址：${url}`));
  }
  const secret = settings.find('componentAppSecret') ?? randomBytes(16).toString('hex');
  const component = { ...needed, appId: needed.componentAppId, secret };
  const sandbox = await context.startSandbox({ ...common, component, pushUrl: eventUrl, messageUrl, quiet: true });
  return { sandbox, keys: { ...needed, encodingAesKeys: [needed.encodingAesKey] }, stop: sandbox.close };
}

async function ownListener(context: Context, common: object): Promise<Receiver> {
  const origin = `http://127.0.0.1:${await freePort()}`;
  const sandbox = await context.startSandbox({
    ...common,
    pushUrl: `${origin}/wechat/event`,
    messageUrl: `${origin}/wechat/message/$APPID$`,
    quiet: true,
  });
  const stopping = new AbortController();
  const { environment, stdout } = context.world;
  // Nothing of the caller's: no settings, no proxy. And its lines are not ours.
  const silent = Object.assign(Object.create(stdout) as World['stdout'], { write: () => true });
  const world: Partial<World> = {
    environment: {
      ...Object.fromEntries(Object.entries(environment).filter(([name]) => !/^WXOP_|_proxy$/i.test(name))),
      ...sandbox.env,
    },
    signal: AbortSignal.any([stopping.signal, context.signal]),
    stdout: silent,
  };
  const running = context.run(['listen', '--quiet', '--no-start-push'], world);
  const stop = async (): Promise<void> => {
    stopping.abort(new DOMException('done', 'AbortError'));
    await running;
    await sandbox.close();
  };
  const deadline = context.now() + START_DEADLINE;
  while ((await context.healthAt(origin)) === undefined && context.now() < deadline && !context.signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  const { WXOP_COMPONENT_APPID = '', WXOP_MESSAGE_TOKEN = '', WXOP_ENCODING_AES_KEY = '' } = sandbox.env;
  const keys = {
    componentAppId: WXOP_COMPONENT_APPID,
    messageToken: WXOP_MESSAGE_TOKEN,
    encodingAesKeys: [WXOP_ENCODING_AES_KEY],
  };
  return { sandbox, keys, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const usage = (sentence: Text): WxopError =>
  new WxopError('USAGE', sentence, {
    hint: text('See `wxop publish-check --help`.', '请查看 `wxop publish-check --help`。'),
  });

const NAMES: Record<Step['name'], Text> = {
  ticket: text('ticket', 'ticket'),
  authorized: text('authorization event', '授权事件'),
  text: text('text, replied to', '文本，被动回复'),
  event: text('event, replied to (no longer asked)', '事件，被动回复（现已不检测）'),
  api: text('text, answered by API', '文本，接口回复'),
};
const MARKS = { pass: '✓', warn: '!', fail: '✗' } as const;

async function show(context: Context, step: Step, { verdict, reason }: Verdict, milliseconds: number): Promise<void> {
  const { terminal, lang } = context;
  const { name, appId } = step;
  if (terminal.json) {
    return terminal.printJson({
      type: 'step',
      step: name,
      ...(appId && { appId }),
      verdict,
      reason: reason[lang],
      milliseconds,
    });
  }
  const { pad } = await context.columns();
  const paint = await terminal.paint('out');
  const color = { pass: paint.green, warn: paint.yellow, fail: paint.red }[verdict];
  const about = `${pad(appId ?? '', 18)}  ${pad(NAMES[name][lang], 35)}  ${reason[lang]}`;
  terminal.print(`${color(MARKS[verdict])} ${about}  ${paint.dim(`${milliseconds} ms`)}`);
}

function finish({ terminal }: Context, tally: Record<Verdict['verdict'], number>): void {
  const { pass: passed, warn: warned, fail: failed } = tally;
  const steps = passed + warned + failed;
  if (terminal.json) terminal.printJson({ type: 'summary', steps, passed, warned, failed });
  if (failed > 0) {
    throw new WxopError(
      'PARTLY_FAILED',
      text(`${failed} of ${steps} steps would fail the check.`, `${steps} 步中有 ${failed} 步无法通过检测。`),
      {
        retryable: false,
        hint: text('Each line above says what is wrong.', '上文逐条列出了问题。'),
      },
    );
  }
  if (!terminal.json) terminal.note(terminal.say(text('The check would pass.', '可以通过检测。')));
}
