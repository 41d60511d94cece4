/** The receiver that is checked: the one that was named, or a listener of our own that knows only the sandbox. */
import { randomBytes } from 'node:crypto';
import { text, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { judgeGenuine } from './judge-answer.ts';
import type { Sandbox, SandboxOptions } from '../sandbox/sandbox.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import { freePort } from './free-port.ts';

export interface ReceiverChoice {
  eventUrl?: string;
  messageUrl?: string;
  apiPort: number;
}

export interface CheckedReceiverOptions {
  settings: Pick<Settings, 'find' | 'need'>;
  runtime: Pick<Runtime, 'environment' | 'signal' | 'stdout'>;
  http: { healthAt(url: string): Promise<object | undefined> };
  now(): number;
  startSandbox(options: SandboxOptions): Promise<Sandbox>;
  /** Runs a command of wxop in this process. */
  run(argv: string[], changes: Partial<Runtime>): Promise<number>;
}

export interface CheckedReceiver {
  /** WeChat's side: it pushes, and plays the API. */
  sandbox: Sandbox;
  keys: Parameters<typeof judgeGenuine>[2];
  stop(): Promise<void>;
}

/** In milliseconds: how often to look whether our own listener has started, and how long it may take. */
const POLL = 25;
const START_DEADLINE = 10_000;

/** Throws USAGE for a choice that makes no sense. */
export async function startCheckedReceiver(
  options: CheckedReceiverOptions,
  { eventUrl, messageUrl, apiPort }: ReceiverChoice,
): Promise<CheckedReceiver> {
  if ((eventUrl === undefined) !== (messageUrl === undefined)) {
    throw senselessChoice(
      text('--event-url and --message-url go together.', '--event-url 与 --message-url 须同时使用。'),
    );
  }
  const common = { port: apiPort, accounts: 0, testAccounts: true };
  if (eventUrl === undefined || messageUrl === undefined) return ownListener(options, common);
  const { settings } = options;
  const needed = settings.need('componentAppId', 'messageToken', 'encodingAesKey');
  for (const url of [eventUrl, messageUrl.replaceAll('$APPID$', 'wx')]) {
    if (!URL.canParse(url)) throw senselessChoice(text(`Not a URL: ${url}`, `不是网址：${url}`));
  }
  const secret = settings.find('componentAppSecret') ?? randomBytes(16).toString('hex');
  const component = { ...needed, appId: needed.componentAppId, secret };
  const sandbox = await options.startSandbox({ ...common, component, pushUrl: eventUrl, messageUrl, quiet: true });
  return { sandbox, keys: { ...needed, encodingAesKeys: [needed.encodingAesKey] }, stop: sandbox.close };
}

async function ownListener(options: CheckedReceiverOptions, common: object): Promise<CheckedReceiver> {
  const origin = `http://127.0.0.1:${await freePort()}`;
  const sandbox = await options.startSandbox({
    ...common,
    pushUrl: `${origin}/wechat/event`,
    messageUrl: `${origin}/wechat/message/$APPID$`,
    quiet: true,
  });
  const stopping = new AbortController();
  const { environment, stdout } = options.runtime;
  // Nothing of the caller's, neither settings nor proxy; and its lines are not printed.
  const silent = Object.assign(Object.create(stdout) as Runtime['stdout'], { write: () => true });
  const runtime: Partial<Runtime> = {
    environment: {
      ...Object.fromEntries(Object.entries(environment).filter(([name]) => !/^WXOP_|_proxy$/i.test(name))),
      ...sandbox.env,
    },
    signal: AbortSignal.any([stopping.signal, options.runtime.signal]),
    stdout: silent,
  };
  const running = options.run(['listen', '--quiet', '--no-start-push'], runtime);
  const stop = async (): Promise<void> => {
    stopping.abort(new DOMException('done', 'AbortError'));
    await running;
    await sandbox.close();
  };
  const deadline = options.now() + START_DEADLINE;
  while (
    (await options.http.healthAt(origin)) === undefined &&
    options.now() < deadline &&
    !options.runtime.signal.aborted
  ) {
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

/** A choice of `wxop publish-check` that makes no sense. */
export const senselessChoice = (sentence: Text): WxopError =>
  new WxopError('USAGE', sentence, {
    hint: text('See `wxop publish-check --help`.', '请查看 `wxop publish-check --help`。'),
  });
