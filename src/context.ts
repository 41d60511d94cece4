/** Says what a command may ask for, and builds the real things: lazily, once. Only this file, storage.ts and listening.ts name concrete adapters. */
import { readFileSync } from 'node:fs';
import { createRedactor, text, WxopError, type Lang, type Redactor } from './errors.ts';
import { handedOver, isExchange } from './handed-over.ts';
import { asObject, type Json } from './json-object.ts';
import { lazy } from './lazy.ts';
import type { Listening } from './listening.ts';
import type { Attempts } from './platform/attempts.ts';
import type { Courier } from './platform/courier.ts';
import type { Keeper } from './platform/keeper.ts';
import type { Run, RunName } from './platform/runs.ts';
import type { Probe } from './platform/probe.ts';
import type { RawCall } from './platform/raw-call.ts';
import type { Poster, Send, Transport } from './platform/transport.ts';
import { readProfiles, removeProfile, renameProfile, useProfile, writeProfile, type Profiles } from './profiles.ts';
import type { Sandbox, SandboxOptions } from './sandbox/sandbox.ts';
import type { ProfileValues, SettingName } from './setting-definitions.ts';
import {
  chooseLang,
  environmentSecrets,
  resolveSettings,
  settingFromEnvironment,
  type Setting,
  type Settings,
  unknownProfile,
} from './settings.ts';
import { createSleep } from './sleep.ts';
import { createStorage } from './storage.ts';
import type { OpeningKeys } from './protocol/opened-push.ts';
import type { LooseModes } from './store/modes.ts';
import type { Source } from './store/source.ts';
import type { Store } from './store/store.ts';
import type * as Columns from './terminal/columns.ts';
import type * as ProgressBar from './terminal/progress-bar.ts';
import type { Prompts } from './terminal/prompts.ts';
import type * as Qr from './terminal/qr.ts';
import type * as QrFile from './terminal/qr-file.ts';
import { createTerminal, type Terminal } from './terminal/terminal.ts';
import { homeOf, proxiesOf, type World } from './world.ts';

/** Milliseconds that a listener has to finish its work when it is told to stop. */
const WORK_ON = 8_000;
/** Milliseconds for each step of looking at the way to a host. */
const PROBE_DEADLINE = 6_000;

/** The flags that every command takes. */
export interface GlobalFlags {
  profile?: string;
  lang?: string;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  color?: boolean;
}

export interface Health {
  storeId: string;
}

export interface Context extends Listening {
  readonly lang: Lang;
  readonly terminal: Terminal;
  readonly settings: Settings;
  readonly home: string;
  /** Of the profile that this run uses, whether it exists or not. */
  readonly profileName: string;
  /** A setting as the environment alone gives it. */
  fromEnvironment(name: SettingName): Setting | undefined;
  readonly world: World;
  /** Aborted by Ctrl-C; everything that waits listens to it. */
  readonly signal: AbortSignal;
  readonly redactor: Redactor;
  now(): number;
  /** Rejects with CANCELLED when the run is interrupted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Where the listener is reached from outside; without a public URL, where it is bound. */
  publicUrl(): string;
  store(): Promise<Store>;
  /** What another library has stored; `from` in its checked form. */
  openSource(from: string): Promise<Source>;
  keeper(): Promise<Keeper>;
  /** Sends what takes no token. */
  send(): Promise<Send>;
  /** Sends requests as they were written. */
  rawCall(): Promise<RawCall>;
  attempts(): Promise<Attempts>;
  /** Goes on with the bulk run that was left, or begins one. */
  openRun(name: RunName, restart: boolean): Promise<Run>;
  /** What opens a push. */
  openingKeys(): OpeningKeys;
  /** The health of the listener that holds our port, or undefined when what answers is no wxop. */
  healthAt(url: string): Promise<Health | undefined>;
  /** Opens a page of a listener of ours, as a browser would; undefined when nobody answers. */
  visit(url: string): Promise<string | undefined>;
  /** Sends a document to an address of the operator's; resolves with what went wrong. */
  notify(url: string, document: object): Promise<string | undefined>;
  /** Which of our files others may read. */
  looseModes(): Promise<LooseModes>;
  /** Looks at the way to a host, step by step. */
  probe(): Promise<Probe>;
  /** Carries pushes to any receiver. */
  courier(): Promise<Courier>;
  startSandbox(options: SandboxOptions): Promise<Sandbox>;
  readProfiles(): Profiles;
  /** Adds or replaces a profile. */
  writeProfile(name: string, values: ProfileValues): Promise<void>;
  /** Removes a profile; `next` becomes the current one. */
  removeProfile(name: string, next?: string): Promise<void>;
  renameProfile(name: string, wanted: string): Promise<void>;
  useProfile(name: string): Promise<void>;
  prompts(): Promise<Prompts>;
  columns(): Promise<typeof Columns>;
  progressBar(): Promise<typeof ProgressBar>;
  qr(): Promise<typeof Qr>;
  qrFile(): Promise<typeof QrFile>;
  /** All of stdin as text. */
  readStdin(): Promise<string>;
  /** All of stdin, whatever its encoding. */
  stdinBytes(): Promise<Buffer>;
  /** Runs another command in this process, in a world that differs in some things. */
  run(argv: string[], changes: Partial<World>): Promise<number>;
  close(): Promise<void>;
}

export function createContext(
  world: World,
  globals: GlobalFlags,
  flags: Partial<Record<SettingName, string>>,
  run: (world: World) => Promise<number>,
): Context {
  const { environment, now } = world;
  const home = homeOf(world);
  const redactor = createRedactor();
  redactor.learn(...environmentSecrets(environment));
  const profiles = lazy(() => readProfiles(home));
  const profileOf = () => globals.profile ?? (environment.WXOP_PROFILE || profiles().current);
  const profileValues = (): ProfileValues => profiles().profiles[profileOf()] ?? {};
  const lang = chooseLang(globals.lang, environment, tryOr(profileValues, {}));
  const terminal = createTerminal({
    // Getters: a stream that nobody writes to is not opened.
    get stdout() {
      return world.stdout;
    },
    get stderr() {
      return world.stderr;
    },
    isStdinTty: () => world.stdin.isTTY === true,
    environment,
    lang,
    json: globals.json ?? false,
    quiet: globals.quiet ?? false,
    verbose: globals.verbose ?? false,
    color: globals.color ?? true,
    redactor,
  });
  const toClose: (() => Promise<void>)[] = [];
  // A listener that is told to stop finishes its exchanges: a code that the platform took must not be forgotten.
  const working = new AbortController();
  const stopWorking = (): void => working.abort(world.signal.reason);
  const workOn = (): void => {
    if (isListening) setTimeout(stopWorking, WORK_ON).unref();
    else stopWorking();
  };
  if (world.signal.aborted) stopWorking();
  else world.signal.addEventListener('abort', workOn, { once: true });
  let boundUrl: string | undefined;
  let isListening = false;
  const publicUrl = (): string =>
    settings().find('publicUrl') ?? boundUrl ?? `http://${settings().get('host')}:${settings().get('port')}`;

  const settings = lazy(() => {
    const name = profileOf();
    const known = profiles().profiles;
    if (globals.profile !== undefined && !Object.hasOwn(known, name)) throw unknownProfile(name, Object.keys(known));
    const resolved = resolveSettings({
      flags,
      environment,
      profile: profileValues(),
      profileName: name,
      profileIsExplicit: globals.profile !== undefined,
      readSecretFile,
    });
    redactor.learn(...resolved.secrets());
    return resolved;
  });

  const sleep = createSleep(world.signal);
  const workingSleep = createSleep(working.signal);

  // Decoded as a whole: a character may be cut in two where one chunk ends.
  const stdinBytes = async (): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of world.stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  };
  const machine = lazy(() => world.machine);
  const { store, openSource, redis, openSealer } = createStorage({
    world,
    settings,
    machine,
    warn: terminal.warn,
    sleep,
    workingSleep,
    isListening: () => isListening,
    toClose: (close) => void toClose.push(close),
  });

  const transport = lazy(async (): Promise<Transport> => {
    const { createTransport } = await import('./platform/transport.ts');
    const made = createTransport({
      apiUrl: settings().get('apiUrl'),
      proxies: proxiesOf(environment),
      now,
      sleep: workingSleep,
      signal: working.signal,
      trace: (line) => terminal.trace(line),
    });
    toClose.push(made.close);
    return made;
  });

  const isHandedOver = (path: string): boolean => isExchange(path) && settings().get('forwardEvents') === 'handover';

  const keeper = lazy(async (): Promise<Keeper> => {
    const [{ createKeeper }, opened] = await Promise.all([import('./platform/keeper.ts'), store()]);
    return createKeeper({
      store: opened,
      // undici is most of what a cached token would otherwise wait for.
      send: async (endpoint, args, token) => {
        if (isHandedOver(endpoint.path)) throw handedOver();
        return (await transport()).send(endpoint, args, token);
      },
      now,
      sleep: workingSleep,
      componentAppId: settings().need('componentAppId').componentAppId,
      secret: () => settings().need('componentAppSecret').componentAppSecret,
      learn: redactor.learn,
      warn: terminal.warn,
      signal: working.signal,
    });
  });

  const openingKeys = (): OpeningKeys => {
    const { componentAppId, encodingAesKey } = settings().need('componentAppId', 'encodingAesKey');
    const previous = settings().find('previousEncodingAesKey');
    return { componentAppId, encodingAesKeys: [encodingAesKey, ...(previous ? [previous] : [])] };
  };

  const poster = lazy(async (): Promise<Poster> => {
    const made = (await import('./platform/transport.ts')).createPoster(proxiesOf(environment));
    toClose.push(made.close);
    return made;
  });

  const attempts = lazy(async (): Promise<Attempts> => {
    const { createAttempts } = await import('./platform/attempts.ts');
    return createAttempts({
      store: await store(),
      keeper: await keeper(),
      now,
      componentAppId: settings().need('componentAppId').componentAppId,
      publicUrl,
      mpUrl: settings().get('mpUrl'),
      openUrl: settings().get('openUrl'),
      signal: working.signal,
    });
  });

  const listening = lazy(async (): Promise<Listening> => {
    const { createListening } = await import('./listening.ts');
    return createListening({
      world,
      home,
      settings: settings(),
      profileName: profileOf(),
      machine,
      warn: terminal.warn,
      sleep,
      publicUrl,
      store,
      keeper,
      attempts,
      redis,
      openSealer,
      openingKeys,
      poster,
      began: (url) => {
        boundUrl = url;
        isListening = true;
      },
      ended: () => {
        if (world.signal.aborted) stopWorking();
      },
    });
  });

  return {
    lang,
    terminal,
    home,
    world,
    redactor,
    signal: world.signal,
    now,
    sleep,
    publicUrl,
    store,
    openSource,
    keeper,
    send: async () => (await transport()).send,
    rawCall: async () => {
      const { createRawCall } = await import('./platform/raw-call.ts');
      const { sendRaw } = await transport();
      return createRawCall(
        (request) => {
          if (isHandedOver(request.path.replace(/\/*(?:\?.*)?$/, '').toLowerCase())) throw handedOver();
          return sendRaw(request);
        },
        // A call without a token needs no store.
        {
          token: async (holder) => (await keeper()).token(holder),
          replace: async (holder, rejected) => (await keeper()).replace(holder, rejected),
        },
      );
    },
    attempts,
    openRun: async (name, restart) => {
      const { openRun } = await import('./platform/runs.ts');
      return openRun({ store: await store(), now, name, restart });
    },
    get profileName() {
      return profileOf();
    },
    fromEnvironment: (name) => settingFromEnvironment(name, { environment, readSecretFile }),
    get settings() {
      return settings();
    },
    metrics: async () => (await listening()).metrics(),
    listen: async (tell, choice) => (await listening()).listen(tell, choice),
    journal: async () => (await listening()).journal(),
    targets: async () => (await listening()).targets(),
    targetsOf: async (entry) => (await listening()).targetsOf(entry),
    target: async (written) => (await listening()).target(written),
    forwardOnce: async (entry, to) => (await listening()).forwardOnce(entry, to),
    readTranscript: async () => (await listening()).readTranscript(),
    refusals: async () => (await listening()).refusals(),
    openingKeys,
    healthAt: async (url) => {
      const { visit } = await import('./platform/transport.ts');
      const { storeId } = parseJson(await visit(`${url}/healthz`));
      return typeof storeId === 'string' ? { storeId } : undefined;
    },
    visit: async (url) => (await import('./platform/transport.ts')).visit(url),
    notify: async (url, document) =>
      (await import('./platform/transport.ts')).notify(url, document, proxiesOf(environment)),
    looseModes: async () => (await import('./store/modes.ts')).looseModes(home, world.platform),
    probe: lazy(async () => {
      const { createProbe } = await import('./platform/probe.ts');
      return createProbe({
        proxies: proxiesOf(environment),
        elapsed: () => performance.now(),
        deadline: PROBE_DEADLINE,
        signal: world.signal,
      });
    }),
    courier: async () => {
      const { createCourier } = await import('./platform/courier.ts');
      return createCourier({ poster: await poster(), clock: () => performance.now(), signal: world.signal });
    },
    startSandbox: async (options) => {
      const { startSandbox } = await import('./sandbox/sandbox.ts');
      return startSandbox(options);
    },
    readProfiles: profiles,
    writeProfile: (name, values) => writeProfile(home, name, values),
    removeProfile: (name, next) => removeProfile(home, name, next),
    renameProfile: (name, wanted) => renameProfile(home, name, wanted),
    useProfile: (name) => useProfile(home, name),
    prompts: async () => {
      const { createPrompts } = await import('./terminal/prompts.ts');
      return createPrompts({ input: world.stdin, output: world.stderr, signal: world.signal });
    },
    columns: () => import('./terminal/columns.ts'),
    progressBar: () => import('./terminal/progress-bar.ts'),
    qr: () => import('./terminal/qr.ts'),
    qrFile: () => import('./terminal/qr-file.ts'),
    readStdin: async () => (await stdinBytes()).toString('utf8'),
    stdinBytes,
    // The getters of a world stay getters: asking for stdin opens it.
    run: (argv, changes) =>
      run(
        Object.defineProperties({} as World, {
          ...Object.getOwnPropertyDescriptors(world),
          ...Object.getOwnPropertyDescriptors({ ...changes, argv }),
        }),
      ),
    close: async () => {
      await Promise.all(toClose.map((close) => close()));
      // Whoever still waits (a check that was given up) would keep the process alive.
      stopWorking();
    },
  };
}

function parseJson(content: string | undefined): Json {
  try {
    return asObject(JSON.parse(content ?? ''));
  } catch {
    return {};
  }
}

function tryOr<Value>(make: () => Value, otherwise: Value): Value {
  try {
    return make();
  } catch {
    return otherwise;
  }
}

function readSecretFile(path: string, variable: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new WxopError(
      'SETTINGS_INVALID',
      text(`${variable}: cannot read ${path}.`, `${variable}：无法读取 ${path}。`),
      {
        cause: error,
        hint: text('Point it to a file that this user can read.', '请指向当前用户可读的文件。'),
      },
    );
  }
}
