/** `wxop listen --profiles`: several components on one port, each with its own settings, store and log lines. */
import type { Context } from '../../cli/context.ts';
import type { SharedFront, SharedPort } from '../../listener/components/share-port.ts';
import type { RejectionLog } from '../../listener/rejection-log.ts';
import { isLoopbackHost } from '../../runtime/hosts.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { en, inLang, text, zh, type Text } from '../../sentences/text.ts';
import { toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import { openingKeys } from '../../settings/opening-keys.ts';
import { unknownProfile } from '../../settings/resolve-settings.ts';
import { definitionOf, type SettingName } from '../../settings/setting-definitions.ts';
import { pad, widest } from '../../terminal/columns.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import type { createActivityPrinter } from '../activity-printer.ts';

export interface ProfilesChosen {
  profiles?: string[];
  allProfiles?: boolean;
  workers: number;
  attach?: boolean;
  via?: string;
}

/** What a component that shares a port is given. */
export interface Sharing {
  front: SharedFront;
  /** Ends with the others. */
  ended: Promise<void>;
  /** Stands behind `/authorize` where a host does not tell components apart. */
  query: string;
}

/** Receives for one component until it is stopped. */
export type Receive = (context: Context, sharing: Sharing) => Promise<void>;

/** Milliseconds between two tries of a component that cannot receive yet. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [1_000, 60_000];
/** What is one for the whole port. */
const COMMON = ['host', 'port', 'metrics', 'trustProxy'] as const;
/** What two components never have in common. */
const OWN = ['messageToken', 'encodingAesKey', 'previousEncodingAesKey', 'componentAppSecret'] as const;

interface Component {
  name: string;
  componentAppId: string;
  /** Made anew for each try: what could not be opened stays so. */
  context: Context;
  open: () => Context;
}

/** The profiles that are asked for, each once; undefined without `--profiles` and `--all-profiles`. */
export function profilesOf(context: Context, chosen: ProfilesChosen): string[] {
  const { profiles, allProfiles, workers, attach, via } = chosen;
  const known = Object.keys(context.profiles.read().profiles);
  if (profiles && allProfiles) throw notBoth('--profiles', '--all-profiles');
  if (context.runtime.argv.some((word) => /^--profile(?:=|$)/.test(word))) {
    throw notBoth('--profile', allProfiles ? '--all-profiles' : '--profiles');
  }
  for (const [flag, isGiven] of [
    ['--attach', attach],
    ['--via', via !== undefined],
  ] as const) {
    if (isGiven) throw notBoth(flag, allProfiles ? '--all-profiles' : '--profiles');
  }
  if (workers > 1) throw notBoth('--workers', allProfiles ? '--all-profiles' : '--profiles');
  const names = [...new Set(profiles ?? known)];
  if (names.length === 0) throw noProfiles();
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownProfile(unknown, known);
  return names;
}

export async function listenProfiles(
  context: Context,
  names: string[],
  show: ReturnType<typeof createActivityPrinter>,
  receive: Receive,
): Promise<void> {
  const width = widest(names);
  const components = names.map((name) => openComponent(context, name, width));
  const { terminal } = context;
  let port: SharedPort | undefined;
  const over = new AbortController();
  const ended = new Promise<void>((done) => over.signal.addEventListener('abort', () => done(), { once: true }));
  let running: Promise<void>[] = [];
  try {
    const place = commonPlace(components);
    const shared = components.map(sharedComponent);
    expectDifferent(components);
    const isPublic = shared.some(
      ({ publicUrl }) => publicUrl !== undefined && !isLoopbackHost(new URL(publicUrl).hostname),
    );
    const note: RejectionLog['note'] = (rejection) => {
      for (const component of components) void noteRejection(component, rejection);
    };
    port = await (await context.listener()).share({ ...place, components: shared, isPublic, note }, show);
    const { frontOf } = port;
    const failures: WxopError[] = [];
    running = components.map((component) => {
      const query = `?component=${component.componentAppId}`;
      const sharing = { front: frontOf(component.name), ended, query };
      return keepReceiving(component, receive, sharing, (failure) => {
        failures.push(failure);
        // Where none can receive, it ends as a listener of one component would.
        if (failures.length === components.length) throw failure;
      });
    });
    await Promise.race(running);
  } finally {
    over.abort();
    await Promise.allSettled(running);
    await port?.stop();
    await show.finished();
    await Promise.all(components.map((component) => component.context.close()));
    if (port) terminal.note(text('Stopped.', '已停止。'));
  }
}

/** What nobody proves may be meant for each: the doctor of each tells of it. */
const noteRejection = async ({ context }: Component, rejection: Parameters<RejectionLog['note']>[0]): Promise<void> =>
  (await (await context.listener()).rejectionLog()).note(rejection);

function openComponent(context: Context, name: string, width: number): Component {
  const component = { name, componentAppId: '' };
  const open = (): Context => context.forProfile(name, (terminal) => labelLines(terminal, component, pad(name, width)));
  return Object.assign(component, { open, context: open() });
}

/** Its lines say whose they are. */
function labelLines(terminal: Terminal, component: Pick<Component, 'name' | 'componentAppId'>, label: string): void {
  const { print, printJson, note, warn, trace } = terminal;
  const labelled = (line: string | Text): Text =>
    text(`${label}  ${inLang(asText(line), 'en')}`, `${label}  ${inLang(asText(line), 'zh')}`);
  Object.assign(terminal, {
    print: (...lines) => print(...lines.map(labelled)),
    note: (...lines) => note(...lines.map(labelled)),
    warn: (warning) => warn(text(en`${component.name}: ${warning}`, zh`${component.name}：${warning}`)),
    trace: (line) => trace(`${label}  ${component.componentAppId}  ${line}`),
    printJson: (...values) =>
      printJson(
        ...values.map((value) => {
          const { type, ...rest } = value as { type?: string };
          const { name: profile, componentAppId } = component;
          return { type, profile, componentAppId, ...rest };
        }),
      ),
  } satisfies Partial<Terminal>);
}

const asText = (line: string | Text): Text => (typeof line === 'string' ? text(line, line) : line);

/** Throws what is missing or wrong in its settings, with its name. */
function sharedComponent(component: Component) {
  const { context, name } = component;
  return named(name, () => {
    const { settings } = context;
    const { messageToken } = settings.need('componentAppId', 'messageToken', 'encodingAesKey');
    const foreign = OWN.find((setting) => !(settings.originOf(setting) ?? 'profile').startsWith('profile'));
    if (foreign) throw ofAllProfiles(foreign);
    const { componentAppId, encodingAesKeys } = openingKeys(settings);
    component.componentAppId = componentAppId;
    return {
      profile: name,
      keys: { componentAppId, messageToken, encodingAesKeys: [...encodingAesKeys] },
      eventPath: settings.get('eventPath'),
      messagePath: settings.get('messagePath'),
      publicUrl: settings.find('publicUrl'),
      verificationFiles: () => context.profiles.files(),
    };
  });
}

const completeIt = (name: string): Text =>
  text(`Run \`wxop init --profile ${name}\`.`, `请运行 \`wxop init --profile ${name}\`。`);

function named<Value>(name: string, work: () => Value): Value {
  try {
    return work();
  } catch (thrown) {
    throw ofProfile(name, toWxopError(thrown));
  }
}

const ofProfile = (name: string, error: WxopError): WxopError => {
  const { code, hint, cause, retryable, errcode, rid, requestIp } = error;
  const sentence = text(en`Profile ${name}: ${error.text}`, zh`配置 ${name}：${error.text}`);
  // A variable would count for all of them.
  const next = code === 'SETTINGS_MISSING' ? completeIt(name) : hint;
  return new WxopError(code, sentence, { hint: next, cause, retryable, errcode, rid, requestIp });
};

/** Throws SETTINGS_INVALID where two profiles want different ones. */
function commonPlace(components: Component[]) {
  const found = COMMON.map((setting) => {
    const values = components.map(({ name, context }) => named(name, () => context.settings.find(setting)));
    const other = values.findIndex((value) => value !== values[0]);
    if (other > 0) throw different(setting, components[0]?.name ?? '', components[other]?.name ?? '');
    return [setting, values[0]] as const;
  });
  const { host = '', port = '', ...more } = Object.fromEntries(found) as Partial<Record<SettingName, string>>;
  return { host, port, metrics: more.metrics, trustProxy: more.trustProxy };
}

function expectDifferent(components: Component[]): void {
  for (const { name, componentAppId } of components) {
    const first = components.find((component) => component.componentAppId === componentAppId);
    if (first && first.name !== name) throw sameComponent(first.name, name, componentAppId);
  }
}

/** Tries until it receives: a store that is away keeps back no other component. */
async function keepReceiving(
  component: Component,
  receive: Receive,
  sharing: Sharing,
  onFailure: (failure: WxopError) => void,
): Promise<void> {
  const { name } = component;
  let hasJoined = false;
  const join: SharedFront['join'] = (member) => {
    hasJoined = true;
    return sharing.front.join(member);
  };
  for (let pause = FIRST_PAUSE, isFirst = true; ; pause = Math.min(pause * 2, LONGEST_PAUSE), isFirst = false) {
    try {
      return await receive(component.context, { ...sharing, front: { ...sharing.front, join } });
    } catch (thrown) {
      const error = toWxopError(thrown);
      if (error.code === 'CANCELLED') return;
      const isMistake = ['SETTINGS_INVALID', 'SETTINGS_MISSING', 'USAGE'].includes(error.code);
      if (hasJoined || (isFirst && isMistake)) throw hasJoined ? error : ofProfile(name, error);
      sharing.front.failed();
      if (isFirst) onFailure(ofProfile(name, error));
      component.context.terminal.warn(notReceiving(error.text, pause));
    }
    const waited = new AbortController();
    void sharing.ended.then(() => waited.abort());
    const isOver = await component.context.sleep(pause, waited.signal).then(
      () => false,
      () => true,
    );
    if (isOver) return;
    await component.context.close();
    component.context = component.open();
  }
}

const notReceiving = (why: Text, pause: number): Text => {
  const next = formatDuration(pause);
  return text(
    en`It cannot receive yet; its pushes are answered 503. ${why} Trying again in ${next}.`,
    zh`暂时无法接收，其推送以 503 应答。${why}${next}后重试。`,
  );
};

const notBoth = (one: string, other: string): WxopError => {
  const hint =
    one === '--workers'
      ? text(
          'For more than one process, give each component a listener of its own with --profile and --workers.',
          '如需多个进程，请用 --profile 与 --workers 为各第三方平台分别启动监听服务。',
        )
      : text('Leave one of them out.', '请只保留其中一个。');
  return new WxopError('USAGE', text(`${one} and ${other} do not go together.`, `${one} 与 ${other} 不能同时使用。`), {
    hint,
  });
};

const noProfiles = (): WxopError =>
  new WxopError('SETTINGS_MISSING', text('There are no profiles yet.', '尚无任何配置。'), {
    hint: text(
      'Make one for each component: `wxop init --profile NAME`.',
      '请为各第三方平台创建：`wxop init --profile NAME`。',
    ),
  });

const sameComponent = (one: string, other: string, componentAppId: string): WxopError =>
  new WxopError(
    'SETTINGS_INVALID',
    text(
      `Profiles ${one} and ${other} are both of ${componentAppId}.`,
      `配置 ${one} 与 ${other} 同属 ${componentAppId}。`,
    ),
    { hint: text('Name one of them.', '请只指定其中一个。') },
  );

const different = (setting: (typeof COMMON)[number], one: string, other: string): WxopError => {
  const { about, flag = '' } = definitionOf(setting);
  return new WxopError(
    'SETTINGS_INVALID',
    text(en`Profiles ${one} and ${other} differ in the ${about}.`, zh`配置 ${one} 与 ${other} 的${about}不同。`),
    {
      hint: text(
        `They share it: set the same in both, or give ${flag}.`,
        `共用监听服务时须一致：请设为相同的值，或使用 ${flag}。`,
      ),
    },
  );
};

const ofAllProfiles = (setting: SettingName): WxopError => {
  const { environment } = definitionOf(setting);
  return new WxopError(
    'SETTINGS_INVALID',
    text(`${environment} would count for all profiles.`, `${environment} 会作用于所有配置。`),
    { hint: text('Unset it: each profile has its own.', '请取消该环境变量：各配置使用自己的值。') },
  );
};
