/** What a listener is made of, and what it leaves behind: journal, forwarding, metrics, notes. Each is made once. */
import { join } from 'node:path';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { toWxopError, WxopError } from '../sentences/wxop-error.ts';
import type { AttachDoor } from '../attach/attach-door.ts';
import type { AttachChoice, AttachedActivity } from '../attach/attach-to.ts';
import type { Journal, JournalEntry } from '../delivery/journal.ts';
import type { Retention, Sync } from '../delivery/line-files.ts';
import type { ForwardTarget } from '../delivery/forward-target.ts';
import type { Forwarder } from '../delivery/forwarder.ts';
import type { Metrics } from '../listener/http/metrics.ts';
import type { SharedFront, SharedPort, SharePortOptions } from '../listener/components/share-port.ts';
import { messageRoute } from '../listener/message-route.ts';
import type { OtherForms } from '../listener/other-forms.ts';
import type { Outbox } from '../listener/outbox.ts';
import type { ListenerActivity } from '../listener/receiver.ts';
import type { Operator } from '../listener/pages/page.ts';
import type { Listener } from '../listener/start-listener.ts';
import type { PrimaryLink } from '../listener/workers/primary-link.ts';
import type { Say } from '../listener/workers/start-workers.ts';
import type { Attempts } from '../credentials/attempts.ts';
import type { Keeper } from '../credentials/keeper.ts';
import type { Posted, Poster } from '../wechat-api/poster.ts';
import { isLoopbackHost } from '../runtime/hosts.ts';
import { isAlive } from '../runtime/is-alive.ts';
import { lazy } from '../runtime/lazy.ts';
import { readFiles } from '../settings/profiles.ts';
import type { OpeningKeys } from '../protocol/opened-push.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import type { RejectionLog } from '../listener/rejection-log.ts';
import { createRejectionTally, REJECTIONS } from '../listener/rejections.ts';
import type { Sealer } from '../store/seal.ts';
import type { Store } from '../store/store.ts';
import { journalFolder } from '../runtime/folders.ts';
import { type Runtime } from '../runtime/runtime.ts';

/** How a listener keeps its journal; `false`: it keeps none. */
export type JournalChoice = false | { sync?: Sync; retention?: Partial<Retention> };

export interface ListenChoice {
  journal?: JournalChoice;
  /** Opens `/authorize`: a new attempt for each visitor. */
  standingLink?: boolean;
  /** So many processes. */
  workers?: number;
  /** Clients may attach. */
  attach?: boolean;
  /** The port that other components listen on too. */
  sharedFront?: SharedFront;
}

/** What all that share a port have in common, as the run itself is set. */
export type SharedPlace = Pick<SharePortOptions, 'components' | 'isPublic'> &
  Record<'host' | 'port', string> &
  Partial<Record<'metrics' | 'trustProxy', string>> & {
    /** Notes what no component proves. */
    note: RejectionLog['note'];
  };

export interface ListenerServices {
  /** What is counted and measured in this run. */
  metrics(): Promise<Metrics>;
  /** Binds the listener of these settings; `onActivity` hears of everything that happens. */
  listen(onActivity: (activity: ListenerActivity) => void, choice?: ListenChoice): Promise<Listener>;
  /** Binds the port of several components. */
  share(place: SharedPlace, onActivity: (activity: ListenerActivity) => void): Promise<SharedPort>;
  /** The part of a worker of `listen`: receives pushes until the run ends. */
  work(choice: ListenChoice): Promise<void>;
  /** Attaches this machine to another listener, until the run ends. */
  attachTo(choice: AttachChoice, onActivity: (activity: AttachedActivity) => void): Promise<void>;
  /** Every push that a listener accepted. */
  journal(): Promise<Journal>;
  /** Where pushes are forwarded to. */
  targets(): Promise<ForwardTarget[]>;
  /** Those that want an entry. */
  targetsOf(entry: JournalEntry): Promise<ForwardTarget[]>;
  /** Reads a target as `--forward-to` takes it. */
  target(written: string): Promise<ForwardTarget>;
  /** Sends an entry to a target, once. */
  forwardOnce(entry: JournalEntry, target: ForwardTarget): Promise<Posted>;
  /** What WeChat's publish checks asked of listeners here and what they answered, one JSON object a line. */
  readTranscript(): Promise<string[]>;
  /** What listeners here refused recently. */
  rejectionLog(): Promise<RejectionLog>;
}

export interface ListenerServicesOptions {
  runtime: Runtime;
  home: string;
  settings: Settings;
  profileName: string;
  machine: () => string;
  warn: (sentence: Text) => void;
  /** Shows what a worker says. */
  say: Say;
  /** Lines of pushes are wanted. */
  verbose: boolean;
  redact: (line: string) => string;
  redactDeep: <Value>(value: Value) => Value;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
  random: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  publicUrl: () => string;
  store: () => Promise<Store>;
  keeper: () => Promise<Keeper>;
  attempts: () => Promise<Attempts>;
  redis: (url: string) => Promise<RedisConnection>;
  openSealer: () => Promise<Sealer | undefined>;
  openingKeys: () => OpeningKeys;
  poster: () => Promise<Poster>;
  /** The port is bound: where. */
  began: (url: string) => void;
  /** What was under way is finished. */
  ended: () => void;
}

export function createListenerServices(options: ListenerServicesOptions): ListenerServices {
  const { runtime, home, settings, sleep, elapsed, random, warn, openingKeys, poster } = options;
  const owner = { userId: runtime.userId, warn };
  const { now } = runtime;

  const openJournal = async ({ sync, retention }: Exclude<JournalChoice, false> = {}): Promise<Journal> => {
    const { componentAppId } = settings.need('componentAppId');
    const { pid, probeProcess } = runtime;
    const [sealer, place] = [await options.openSealer(), settings.get('store')];
    if (place.startsWith('redis')) {
      const { createRedisJournal } = await import('../delivery/redis-journal.ts');
      const connection = await options.redis(place);
      return createRedisJournal({ connection, componentAppId, retention, sealer, now, sleep });
    }
    const { createFileJournal } = await import('../delivery/file-journal.ts');
    const folder = journalFolder(runtime, componentAppId);
    return createFileJournal({
      folder,
      sync,
      retention,
      sealer,
      now,
      elapsed,
      random,
      sleep,
      pid,
      host: options.machine,
      isAlive: (other: number) => isAlive(other, probeProcess),
    });
  };

  const target = async (written: string): Promise<ForwardTarget> => {
    const { parseForwardTarget } = await import('../delivery/forward-target.ts');
    const parsed = parseForwardTarget(written, settings.get('forwardFormat') as ForwardTarget['format']);
    if (parsed.format === 'json') settings.need('forwardSecret');
    return parsed;
  };

  const targets = lazy((): Promise<ForwardTarget[]> => {
    const written = settings.find('forwardTo')?.split(/\s+/) ?? [];
    return Promise.all(written.map(target));
  });

  const forwardKeys = () => ({
    ...openingKeys(),
    forwardSecret: settings.find('forwardSecret'),
    handover: settings.get('forwardEvents') === 'handover',
  });

  const measures = lazy(async (): Promise<Metrics> => {
    const { createMetrics } = await import('../listener/http/metrics.ts');
    const metrics = createMetrics();
    const { resources } = runtime;
    if (!resources) return metrics;
    metrics.gauge('process_resident_memory_bytes', 'Resident memory', () => resources().residentBytes);
    metrics.gauge('nodejs_heap_size_used_bytes', 'Heap in use', () => resources().heapBytes);
    metrics.gauge('nodejs_active_resources', 'Open handles and requests under way', () => resources().active);
    return metrics;
  });

  async function createForwarding(
    to: ForwardTarget[],
    onActivity: (activity: ListenerActivity) => void,
    journal?: Journal,
  ) {
    const { createForwarder } = await import('../delivery/forwarder.ts');
    // undici is loaded when something is forwarded: a listener is ready before.
    const post: Poster['post'] = async (url, options) => (await poster()).post(url, options);
    const workers = runtime.worker?.count;
    return createForwarder({
      targets: to,
      keys: forwardKeys(),
      post,
      journal,
      now,
      elapsed,
      onActivity,
      warn,
      workers,
    });
  }

  const transcript = async () => {
    const { createPublishCheckTranscript } = await import('../listener/publish-check-transcript.ts');
    const { componentAppId } = settings.need('componentAppId');
    return createPublishCheckTranscript(join(home, `publish-check-${componentAppId}.jsonl`), owner, now);
  };

  const rejectionLog = lazy(async () => {
    const { createRejectionLog } = await import('../listener/rejection-log.ts');
    return createRejectionLog(join(home, `refused-${settings.need('componentAppId').componentAppId}.json`), owner);
  });

  /** Where `--metrics` says that they are. */
  function metricsAt(written = settings.find('metrics')): { host: string; port: number } | undefined {
    const [, host, port] = /^(?:(.*):)?(\d+)$/.exec(written ?? '') ?? [];
    return port === undefined ? undefined : { host: host?.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(port) };
  }

  /** What is told of what happens, and noted; `finish` tells what was only counted. */
  function reporting(
    onActivity: (activity: ListenerActivity) => void,
    note: RejectionLog['note'] = (rejection) => void rejectionLog().then((log) => log.note(rejection)),
  ) {
    const tally = createRejectionTally<Extract<ListenerActivity, { type: 'rejected' }>>((last, count) =>
      onActivity({ ...last, ...(count > 1 && { count }) }),
    );
    let isTold = true;
    const report = (activity: ListenerActivity): void => {
      if (activity.type === 'publish-check') void transcript().then(({ write }) => write(activity));
      if (activity.type === 'rejected') {
        const { kind = 'event', reason } = activity;
        note({ at: now(), kind, reason });
        isTold = tally.add([kind, reason, activity.error?.code].join(' '), activity);
        return;
      }
      // The line of a rejection with --verbose: where the rejection is only counted, so is the line.
      if (activity.type === 'answered' && activity.result in REJECTIONS && !isTold) return;
      onActivity(activity);
    };
    return { report, finish: tally.finish };
  }

  /** One process that receives pushes; as a worker it has a link to the one that tells of them. */
  async function serve(
    onActivity: (activity: ListenerActivity) => void,
    { journal: wanted = {}, standingLink = false, attach = false, sharedFront }: ListenChoice,
    primary?: PrimaryLink,
  ): Promise<Listener> {
    const needed = settings.need('componentAppId', 'messageToken', 'encodingAesKey');
    const [{ startListener }, { createOutbox }, metrics] = await Promise.all([
      import('../listener/start-listener.ts'),
      import('../listener/outbox.ts'),
      measures(),
    ]);
    otherFormsOf(settings);
    const events = settings.get('forwardEvents') as Outbox['events'];
    const targetList = await targets();
    await checkTargets(targetList, events, settings);
    if (attach && wanted === false) throw attachNeedsJournal();
    const journal = wanted === false ? undefined : await openJournal(wanted);
    const door = attach && journal ? await openDoor(journal, metrics, onActivity) : undefined;
    const forwarder =
      targetList.length > 0 ? await createForwarding(targetList, counted(metrics, onActivity), journal) : undefined;
    if (forwarder) measureForwarding(metrics, forwarder);
    const ownQuery = sharedFront && `?component=${needed.componentAppId}`;
    const listener = await startListener({
      host: settings.get('host'),
      port: Number(settings.get('port')),
      ...pathsOf(settings),
      keys: { ...needed, ...openingKeys(), encodingAesKeys: [...openingKeys().encodingAesKeys] },
      store: await options.store(),
      keeper: await options.keeper(),
      attempts: await options.attempts(),
      now,
      elapsed,
      sleep,
      onActivity,
      metrics,
      otherForms: otherFormsOf(settings),
      trustedProxies: settings.find('trustProxy')?.split(',') ?? [],
      isPublic: !isLoopback(settings.find('publicUrl')),
      metricsAt: metricsAt(),
      outbox:
        journal || forwarder ? createOutbox({ journal, forwarder, events, now, attached: door?.attached }) : undefined,
      attach: door?.attach,
      // Read anew each time: a file that is added while the listener runs is served.
      verificationFiles: () => readFiles(home, owner, options.profileName, settings.find('componentAppId')),
      publicUrl: options.publicUrl,
      hasStandingLink: standingLink,
      operator: await operatorOf(settings, ownQuery),
      ownQuery,
      qrPng,
      sharedFront,
      ...(primary && optionsOfWorker(primary, metrics)),
    });
    forwarder?.begin();
    options.began(listener.url);
    return {
      ...listener,
      stop: async () => {
        await listener.stop();
        options.ended();
        await forwarder?.stop();
        await journal?.close();
      },
    };
  }

  const optionsOfWorker = ({ claims, sharesFor, metricsText }: PrimaryLink, metrics: Metrics) => ({
    workers: runtime.worker?.count,
    claims,
    sharesFor,
    metrics: { ...metrics, text: metricsText },
    metricsAt: undefined,
  });

  /** Nothing of it is loaded before somebody comes. */
  async function openDoor(journal: Journal, metrics: Metrics, onActivity: (activity: ListenerActivity) => void) {
    const store = await options.store();
    let door: AttachDoor | undefined;
    const opened = lazy(async () => {
      const { createAttachDoor } = await import('../attach/attach-door.ts');
      const { componentAppId } = settings.need('componentAppId');
      door = createAttachDoor({
        ...options,
        now,
        isWorker: runtime.worker !== undefined,
        componentAppId,
        store,
        journal,
        metrics,
        openingKeys: openingKeys(),
        onActivity,
      });
      return door;
    });
    return {
      attached: {
        publish: (entry: JournalEntry) => door?.publish(entry),
        answer: (entry: JournalEntry) => door?.answer(entry),
      },
      attach: {
        path: '/attach',
        open: (...request: Parameters<AttachDoor['open']>) =>
          void opened()
            .then((one) => one.open(...request))
            .catch(() => request[1].destroy()),
        close: async () => door?.close(),
      },
    };
  }

  /** Several processes that receive pushes. What is wrong with the settings is found before one is started. */
  async function serveByWorkers(onActivity: (activity: ListenerActivity) => void, count: number): Promise<Listener> {
    await checkTargets(await targets(), settings.get('forwardEvents'), settings);
    pathsOf(settings);
    otherFormsOf(settings);
    const { startWorkers } = await import('../listener/workers/start-workers.ts');
    const listener = await startWorkers({
      count,
      start: (port) => runtime.startWorker?.([...runtime.argv, ...(port === undefined ? [] : ['--port', port])], count),
      elapsed,
      sleep,
      signal: runtime.signal,
      onActivity,
      say: options.say,
      metrics: await measures(),
      metricsAt: metricsAt(),
    });
    options.began(listener.url);
    return {
      ...listener,
      stop: async () => {
        await listener.stop();
        options.ended();
      },
    };
  }

  async function share(place: SharedPlace, onActivity: (activity: ListenerActivity) => void): Promise<SharedPort> {
    const { sharePort } = await import('../listener/components/share-port.ts');
    const { report, finish } = reporting(onActivity, place.note);
    const port = await sharePort({
      ...place,
      port: Number(place.port),
      trustedProxies: place.trustProxy?.split(',') ?? [],
      metrics: await measures(),
      metricsAt: place.metrics === undefined ? undefined : metricsAt(place.metrics),
      elapsed,
      sleep,
      onActivity: report,
    });
    return { ...port, stop: () => port.stop().finally(finish) };
  }

  return {
    metrics: measures,
    share,
    listen: async (onActivity, choice = {}) => {
      const { report, finish } = reporting(onActivity);
      const { workers = 1 } = choice;
      const listener = await (workers === 1 ? serve(report, choice) : serveByWorkers(report, workers));
      return { ...listener, stop: () => listener.stop().finally(finish) };
    },
    work: async (choice) => {
      const { worker: peer, signal } = runtime;
      if (!peer) return;
      const { createPrimaryLink } = await import('../listener/workers/primary-link.ts');
      const { verbose, redactDeep } = options;
      const primary = createPrimaryLink({ peer, measure: async () => (await measures()).read(), verbose, redactDeep });
      try {
        const listener = await serve(primary.onActivity, choice, primary);
        primary.ready(listener.url, listener.forgetCount);
        await new Promise<void>((done) => {
          if (signal.aborted) done();
          else signal.addEventListener('abort', () => done(), { once: true });
        });
        await listener.stop();
      } catch (error) {
        primary.failed(toWxopError(error));
      }
      await primary.heard();
    },
    attachTo: async (choice, onActivity) => {
      const { attachTo } = await import('../attach/attach-to.ts');
      const post: Poster['post'] = async (url, request) => (await poster()).post(url, request);
      return attachTo({ ...options, ...choice, targets: await targets(), post, onActivity });
    },
    journal: lazy(() => openJournal()),
    targets,
    targetsOf: async (entry) => {
      const { wants } = await import('../delivery/forward-target.ts');
      if (entry.kind === 'event' && settings.get('forwardEvents') === 'never') return [];
      return (await targets()).filter((candidate) => wants(candidate, entry));
    },
    target,
    forwardOnce: async (entry, to) => {
      const { forwardRequest, TRY } = await import('../delivery/forward-target.ts');
      const request = forwardRequest(to, entry, forwardKeys(), now());
      if (!request) return { status: 0, body: 'undecipherable' };
      const { url, ...sent } = request;
      return (await poster()).post(url, { ...sent, ...TRY, signal: runtime.signal });
    },
    readTranscript: async () => (await transcript()).read(),
    rejectionLog,
  };
}

/** In whose name the merchants' pages are. Throws SETTINGS_INVALID for a logo that cannot be shown. */
async function operatorOf(settings: Settings, query?: string): Promise<Operator> {
  const file = settings.find('operatorLogo');
  const sets = settings.find('permissionSets');
  return {
    name: settings.find('operatorName'),
    permissionSets: sets?.split(',').map(Number),
    ...(file !== undefined && {
      logo: { ...(await (await import('../listener/pages/operator-logo.ts')).readLogo(file)), query },
    }),
  };
}

async function qrPng(link: string): Promise<Buffer> {
  const [{ qrModules }, { qrPng: draw }] = await Promise.all([
    import('../terminal/qr.ts'),
    import('../terminal/qr-file.ts'),
  ]);
  return draw(qrModules(link));
}

/** Counts what becomes of forwarding, and tells it on. */
function counted(
  metrics: Metrics,
  onActivity: (activity: ListenerActivity) => void,
): (activity: ListenerActivity) => void {
  return (activity) => {
    if (activity.type === 'forwarded' || activity.type === 'forward-failed' || activity.type === 'dead-letter') {
      metrics.count('wxop_forwards_total', { target: activity.target, result: activity.type });
    }
    onActivity(activity);
  };
}

function measureForwarding(metrics: Metrics, forwarder: Forwarder): void {
  metrics.describe('wxop_forwards_total', 'Tries to hand a push on, by target and result');
  metrics.gauge('wxop_forward_queue', 'Pushes that wait to be handed on', () =>
    forwarder.waiting().reduce((sum, { waiting }) => sum + waiting, 0),
  );
}

/** Without a public URL the listener is this machine's own affair. */
const isLoopback = (publicUrl = 'http://localhost'): boolean => isLoopbackHost(new URL(publicUrl).hostname);

/** Throws USAGE without the target that is needed, SETTINGS_INVALID for one that is this listener. */
async function checkTargets(targets: ForwardTarget[], events: string, settings: Settings): Promise<void> {
  if (targets.length === 0 && events !== 'never') throw noTarget(events);
  if (targets.length === 0) return;
  const { networkInterfaces } = await import('node:os');
  const ours = Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address));
  const { eventPath, messagePath } = pathsOf(settings);
  const messages = messageRoute(messagePath);
  const publicOrigin = originOfUrl(settings.find('publicUrl'));
  const messageOrigin = messagePath.startsWith('/') ? publicOrigin : originOfUrl(messagePath);
  const isOwn = ({ url }: ForwardTarget): boolean => {
    const { origin, hostname, host, port, protocol, pathname } = new URL(concrete(url));
    const bare = hostname.replace(/^\[|\]$/g, '');
    const isHere = isLoopbackHost(hostname) || ['0.0.0.0', '::', settings.get('host'), ...ours].includes(bare);
    if (protocol === 'http:' && (port || '80') === settings.get('port') && isHere) return true;
    if (origin === publicOrigin && pathname === eventPath) return true;
    return origin === messageOrigin && messages.match(host, pathname) !== undefined;
  };
  const own = targets.find(isOwn);
  if (own) throw forwardsToItself(own.name);
}

/** A URL with some account's appid in its place. */
const concrete = (url: string): string => url.replaceAll('$APPID$', 'wx0123456789abcdef');
const originOfUrl = (url: string | undefined): string | undefined => url && new URL(concrete(url)).origin;

const forwardsToItself = (target: string): WxopError =>
  new WxopError(
    'SETTINGS_INVALID',
    text(`The target ${target} is this listener itself.`, `转发目标 ${target} 就是本监听服务自身。`),
    {
      hint: text('Name the address of your own service with --forward-to.', '请用 --forward-to 指定您自己的服务地址。'),
    },
  );

/** Throws SETTINGS_INVALID when they are the same: no message would ever be read. */
function pathsOf(settings: Settings): { eventPath: string; messagePath: string } {
  const paths = { eventPath: settings.get('eventPath'), messagePath: settings.get('messagePath') };
  if (paths.eventPath === paths.messagePath) throw samePath(paths.eventPath);
  return paths;
}

const samePath = (path: string): WxopError =>
  new WxopError(
    'SETTINGS_INVALID',
    text(`Event path and message path are both ${path}.`, `授权事件路径与消息路径均为 ${path}。`),
    {
      hint: text(
        'Give each its own with --event-path and --message-path, and enter both in the console.',
        '请用 --event-path 与 --message-path 分别设置，并在控制台填写对应网址。',
      ),
    },
  );

const attachNeedsJournal = (): WxopError =>
  new WxopError('USAGE', text('--attach does not go with --no-journal.', '--attach 不能与 --no-journal 同时使用。'), {
    hint: text('Clients that were away read the journal.', '接入端断开后须从日志补收。'),
  });

/** Throws SETTINGS_INVALID where this machine's own proxy would pass everybody's pushes off as its own. */
function otherFormsOf(settings: Settings): OtherForms {
  const json = settings.get('pushFormat') === 'json';
  const cloudFrom = settings.find('cloudPushes')?.split(',');
  const publicUrl = settings.find('publicUrl');
  const isLocal = cloudFrom?.some((entry) => /^(?:loopback$|127\.|::1)/.test(entry)) ?? false;
  if (isLocal && publicUrl !== undefined && !isLoopback(publicUrl)) throw openToAll(publicUrl);
  return { json, ...(cloudFrom && { cloudFrom }) };
}

const openToAll = (publicUrl: string): WxopError =>
  new WxopError(
    'SETTINGS_INVALID',
    text(
      en`cloudPushes names this machine, and ${publicUrl} is public: through a proxy here, anybody could push.`,
      zh`cloudPushes 含本机，而 ${publicUrl} 为公网地址：经本机代理，任何人都可推送。`,
    ),
    { hint: text('Name the addresses of the cloud gateway only.', '请只填写云托管网关的地址。') },
  );

const noTarget = (events: string): WxopError =>
  new WxopError(
    'USAGE',
    text(`--forward-events ${events} without a target.`, `--forward-events ${events} 缺少转发目标。`),
    {
      hint: text('Name one with --forward-to.', '请用 --forward-to 指定。'),
    },
  );
