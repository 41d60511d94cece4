/** Builds what a command may ask for: lazily, once. Only this file, store-opener.ts, broker-services.ts and listener-services.ts with listener/ name concrete adapters. */
import type { Context, GlobalFlags } from './context.ts';
import { createRedactor } from '../sentences/redactor.ts';
import { tokenHandoverError, isExchange } from '../wechat-api/token-handover.ts';
import type { Owner } from '../runtime/own-files.ts';
import { inLang, text, type Text } from '../sentences/text.ts';
import { healthIn } from '../receiver-kit/listener-health.ts';
import { openingKeys } from '../settings/opening-keys.ts';
import { readSecretFile } from '../runtime/read-secret-file.ts';
import { decodeText } from '../runtime/decode-text.ts';
import { lazy } from '../runtime/lazy.ts';
import type { BrokerClient } from '../broker/broker-client.ts';
import type { BrokerServices } from './broker-services.ts';
import type { ListenerServices } from './listener-services.ts';
import type { Say } from '../listener/workers/start-workers.ts';
import type { Attempts } from '../credentials/attempts.ts';
import type { Keeper } from '../credentials/keeper.ts';
import type { Poster } from '../wechat-api/poster.ts';
import type { Store } from '../store/store.ts';
import type { Transport } from '../wechat-api/transport.ts';
import {
  readFiles,
  readProfiles,
  removeProfile,
  renameProfile,
  useProfile,
  writeProfile,
} from '../settings/profiles.ts';
import type { ProfileValues, SettingName } from '../settings/setting-definitions.ts';
import { chooseLang, environmentSecrets, resolveSettings, unknownProfile } from '../settings/resolve-settings.ts';
import { createSleep } from '../runtime/sleep.ts';
import { createStoreOpener } from './store-opener.ts';
import type { JsonFilter } from '../terminal/json-filter.ts';
import { createTerminal, type Terminal } from '../terminal/terminal.ts';
import { originOf } from '../runtime/origin-of.ts';
import { homeOf } from '../runtime/folders.ts';
import { proxiesOf } from '../runtime/proxies.ts';
import { runtimeWith, type Runtime } from '../runtime/runtime.ts';

/** Milliseconds that a stopped listener has to finish its work. */
const WORK_ON = 8_000;
/** Milliseconds for each step of looking at the way to a host. */
const PROBE_DEADLINE = 6_000;

interface ContextMore {
  filter?: JsonFilter;
  /** Changes the terminal before anything is said. */
  dress?: (terminal: Terminal) => void;
}

/** The context of one run. `run` starts another command in this process. */
export function createContext(
  runtime: Runtime,
  globals: GlobalFlags,
  flags: Partial<Record<SettingName, string>>,
  run: (runtime: Runtime) => Promise<number>,
  { filter, dress }: ContextMore = {},
): Context {
  const { environment, now, elapsed = () => performance.now() } = runtime;
  const home = homeOf(runtime);
  const redactor = createRedactor();
  redactor.learn(...environmentSecrets(environment));
  // Where the language stands is read before there is a terminal to warn on.
  const early: Text[] = [];
  const owner: Owner = { userId: runtime.userId, warn: (warning) => void early.push(warning) };
  const profiles = lazy(() => readProfiles(home, owner));
  const profileOf = () => globals.profile ?? (environment.WXOP_PROFILE || profiles().current);
  const profileValues = (): ProfileValues => profiles().profiles[profileOf()] ?? {};
  const lang = chooseLang(globals.lang, environment, tryOr(profileValues, {}));
  const terminal = createTerminal({
    // Getters: a stream that nobody writes to is not opened.
    get stdout() {
      return runtime.stdout;
    },
    get stderr() {
      return runtime.stderr;
    },
    isStdinTty: () => runtime.stdin.isTTY === true,
    environment,
    lang,
    json: globals.json ?? globals.jq !== undefined,
    quiet: globals.quiet ?? false,
    verbose: globals.verbose ?? false,
    color: globals.color ?? true,
    redactor,
    filter,
  });
  if (runtime.worker) {
    // The process that started this one shows it: several workers have one log.
    const say: Say = (how, line) => runtime.worker?.send([[0, 'say', [how, redactor.redactDeep(line)]]]);
    Object.assign(terminal, {
      warn: (line) => say('warn', line),
      note: (...lines) => lines.forEach((line) => say('note', line)),
      trace: (line) => {
        if (terminal.verbose) say('trace', line);
      },
    } satisfies Partial<Terminal>);
  }
  dress?.(terminal);
  for (const warning of early) terminal.warn(warning);
  owner.warn = terminal.warn;
  const toClose: (() => Promise<void>)[] = [];
  // A stopped listener finishes its exchanges: a code that WeChat has taken must not be lost.
  const working = new AbortController();
  const stopWorking = (): void => working.abort(runtime.signal.reason);
  const workOn = (): void => {
    if (isListening) setTimeout(stopWorking, WORK_ON).unref();
    else stopWorking();
  };
  if (runtime.signal.aborted) stopWorking();
  else runtime.signal.addEventListener('abort', workOn, { once: true });
  let boundUrl: string | undefined;
  let isListening = false;
  const publicUrl = (): string =>
    settings().find('publicUrl') ?? boundUrl ?? originOf(settings().get('host'), settings().get('port'));

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

  const sleep = runtime.sleep ?? createSleep(runtime.signal);
  const workingSleep = createSleep(working.signal);

  // Decoded as a whole: a character may be cut in two where one chunk ends.
  const stdinBytes = async (): Promise<Buffer> => {
    const { readStdin } = await import('../runtime/read-stdin.ts');
    return readStdin(runtime, (sentence) => terminal.note(sentence));
  };
  const machine = lazy(() => runtime.machine);
  const opener = createStoreOpener({
    runtime,
    settings,
    machine,
    warn: terminal.warn,
    sleep,
    workingSleep,
    elapsed,
    isListening: () => isListening,
    toClose: (close) => void toClose.push(close),
  });

  /** The broker's address, where the store is one. */
  const brokerUrl = (): string | undefined => /^broker\+(.*?)\/*$/.exec(settings().get('store'))?.[1];

  const openTransport = async (apiUrl: string): Promise<Transport> => {
    const url = brokerUrl();
    const { createTransport } = await import('../wechat-api/transport.ts');
    const via = url === undefined ? undefined : await import('../broker/broker-client.ts');
    const made = createTransport({
      apiUrl,
      ...(url !== undefined &&
        via && {
          broker: {
            key: settings().need('brokerKey').brokerKey,
            failure: (_status: number, body: string) => via.brokerFailure(url, body),
          },
        }),
      proxies: proxiesOf(environment),
      now,
      sleep: workingSleep,
      signal: working.signal,
      trace: (line) => terminal.trace(line),
    });
    toClose.push(made.close);
    return made;
  };
  const { openSource, redis, openSealer } = opener;
  const transport = lazy(() => {
    const url = brokerUrl();
    return openTransport(url === undefined ? settings().get('apiUrl') : `${url}/api`);
  });

  const brokerClient = lazy(async (): Promise<BrokerClient | undefined> => {
    const url = brokerUrl();
    if (url === undefined) return undefined;
    settings().need('brokerKey');
    const { createBrokerClient } = await import('../broker/broker-client.ts');
    return createBrokerClient({
      transport: lazy(() => openTransport(url)),
      place: url,
      now,
      learn: redactor.learnReceived,
    });
  });
  const store = lazy(async (): Promise<Store> => (await brokerClient())?.store ?? opener.store());

  const isHandedOver = (path: string): boolean => isExchange(path) && settings().get('forwardEvents') === 'handover';

  const keeper = lazy(async (): Promise<Keeper> => {
    const [{ createKeeper }, opened] = await Promise.all([import('../credentials/keeper.ts'), store()]);
    const remote = await brokerClient();
    return createKeeper({
      ...(remote && { broker: remote }),
      store: opened,
      // undici is most of what a cached token would otherwise wait for.
      send: async (endpoint, args, token) => {
        if (isHandedOver(endpoint.path)) throw tokenHandoverError();
        return (await transport()).send(endpoint, args, token);
      },
      now,
      sleep: workingSleep,
      componentAppId: settings().need('componentAppId').componentAppId,
      secret: () => settings().need('componentAppSecret').componentAppSecret,
      learn: redactor.learnReceived,
      warn: terminal.warn,
      signal: working.signal,
    });
  });

  const poster = lazy(async (): Promise<Poster> => {
    const made = (await import('../wechat-api/poster.ts')).createPoster(proxiesOf(environment));
    toClose.push(made.close);
    return made;
  });

  const attempts = lazy(async (): Promise<Attempts> => {
    const { createAttempts } = await import('../credentials/attempts.ts');
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

  const listening = lazy(async (): Promise<ListenerServices> => {
    const { createListenerServices } = await import('./listener-services.ts');
    return createListenerServices({
      runtime,
      home,
      settings: settings(),
      profileName: profileOf(),
      machine,
      warn: terminal.warn,
      say: (how, line) => {
        if (how === 'trace') terminal.trace(inLang(line, lang));
        else terminal[how](typeof line === 'string' ? text(line, line) : line);
      },
      verbose: terminal.verbose,
      redact: redactor.redact,
      redactDeep: redactor.redactDeep,
      elapsed,
      random: Math.random,
      sleep,
      publicUrl,
      store,
      keeper,
      attempts,
      redis,
      openSealer,
      openingKeys: () => openingKeys(settings()),
      auditLog: async () => (await broker()).log(),
      poster,
      began: (url) => {
        boundUrl = url;
        isListening = true;
      },
      ended: () => {
        if (runtime.signal.aborted) stopWorking();
      },
    });
  });

  const broker = lazy(async (): Promise<BrokerServices> => {
    const { createBrokerServices } = await import('./broker-services.ts');
    return createBrokerServices({
      runtime,
      settings: settings(),
      elapsed,
      random: Math.random,
      sleep,
      store,
      redis,
      keeper,
      metrics: async () => (await listening()).metrics(),
      httpClient: async () => {
        const { createHttpClient } = await import('../wechat-api/http-client.ts');
        const client = createHttpClient(proxiesOf(environment));
        toClose.push(client.close);
        return client;
      },
      redact: redactor.redact,
      warn: terminal.warn,
      began: () => (isListening = true),
      ended: () => {
        if (runtime.signal.aborted) stopWorking();
      },
    });
  });

  return {
    lang,
    terminal,
    home,
    broker,
    runtime,
    redactor,
    now,
    sleep,
    publicUrl,
    store,
    openSource,
    keeper,
    wechat: {
      send: async () => (await transport()).send,
      rawCall: async () => {
        const { createRawCall, tellingOfLoss } = await import('../wechat-api/raw-call.ts');
        const { sendRaw } = await transport();
        const remote = await brokerClient();
        if (remote) {
          const send = tellingOfLoss(sendRaw);
          return (request, signed) =>
            send(
              signed ? { ...request, token: { name: signed.tokenName, value: remote.nameOf(signed.holder) } } : request,
            );
        }
        return createRawCall(
          (request) => {
            if (isHandedOver(request.path.replace(/\/*(?:\?.*)?$/, '').toLowerCase())) throw tokenHandoverError();
            return sendRaw(request);
          },
          // A call without a token needs no store.
          {
            token: async (holder) => (await keeper()).token(holder),
            replace: async (holder, rejected) => (await keeper()).replace(holder, rejected),
          },
        );
      },
    },
    attempts,
    openRun: async (name, restart) => {
      const { openRun } = await import('../credentials/run.ts');
      return openRun({ store: await store(), now, name, restart });
    },
    get settings() {
      return settings();
    },
    listener: listening,
    http: {
      healthAt: async (url) => {
        const { visit } = await import('../wechat-api/poster.ts');
        return healthIn((await visit(`${url}/healthz`)) ?? '');
      },
      visit: async (url) => (await import('../wechat-api/poster.ts')).visit(url),
      notify: async (url, document) =>
        (await import('../wechat-api/poster.ts')).notify(url, document, proxiesOf(environment)),
      probe: lazy(async () => {
        const { createProbe } = await import('../wechat-api/probe.ts');
        return createProbe({
          proxies: proxiesOf(environment),
          elapsed,
          deadline: PROBE_DEADLINE,
          signal: runtime.signal,
        });
      }),
    },
    pushSender: async () => {
      const { createPushSender } = await import('../receiver-kit/push-sender.ts');
      return createPushSender({ poster: await poster(), clock: elapsed, signal: runtime.signal });
    },
    startSandbox: async (options) => {
      const { startSandbox } = await import('../sandbox/sandbox.ts');
      return startSandbox(options);
    },
    profiles: {
      get name() {
        return profileOf();
      },
      read: profiles,
      write: (name, values) => writeProfile(home, owner, name, values),
      remove: (name, next) => removeProfile(home, owner, name, next),
      rename: (name, wanted) => renameProfile(home, owner, name, wanted),
      use: (name) => useProfile(home, owner, name),
      files: () => readFiles(home, owner, profileOf(), settings().find('componentAppId')),
    },
    prompts: async () => {
      const { createPrompts } = await import('../terminal/prompts.ts');
      return createPrompts({
        input: runtime.stdin,
        output: runtime.stderr,
        signal: runtime.signal,
        asked: terminal.asked,
      });
    },
    stdin: { text: async () => decodeText(await stdinBytes()), bytes: stdinBytes },
    run: (argv, changes) => run(runtimeWith(runtime, { ...changes, argv })),
    forProfile: (name, change) =>
      change
        ? createContext(runtime, { ...globals, profile: name }, flags, run, { filter, dress: change })
        : createContext(runtime, { profile: name, lang, quiet: true }, {}, run),
    close: async () => {
      await Promise.all(toClose.map((close) => close()));
      // Whoever still waits (a check that was given up) would keep the process alive.
      stopWorking();
    },
  };
}

function tryOr<Value>(make: () => Value, otherwise: Value): Value {
  try {
    return make();
  } catch {
    return otherwise;
  }
}
