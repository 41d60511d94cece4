/** What a listener is made of, and what it leaves behind: journal, forwarding, metrics, notes. Each is made once. */
import { join } from 'node:path';
import type { Text } from '../sentences/text.ts';
import type { AttachChoice, AttachedActivity } from '../attach/attach-to.ts';
import type { LinkActivity, LinkEnd, LinkRequest } from '../attach/request-link.ts';
import type { AuditLog } from '../broker/audit-log.ts';
import type { Journal } from '../delivery/journal.ts';
import type { Measured, Metrics } from '../listener/http/metrics.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import { reportActivity } from './listener/report-activity.ts';
import type { ListenerActivity } from '../listener/receiver.ts';
import type { Listener } from '../listener/start-listener.ts';
import type { Say } from '../listener/workers/start-workers.ts';
import type { Attempts } from '../credentials/attempts.ts';
import type { Keeper } from '../credentials/keeper.ts';
import type { Poster } from '../wechat-api/poster.ts';
import { lazy } from '../runtime/lazy.ts';
import type { OpeningKeys } from '../protocol/opened-push.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import type { RejectionLog } from '../listener/rejection-log.ts';
import type { Sealer } from '../store/seal.ts';
import type { Store } from '../store/store.ts';
import { type Runtime } from '../runtime/runtime.ts';
import { createForwarding, type Forwarding } from './listener/forwarding.ts';
import { openJournal, type JournalChoice } from './listener/open-journal.ts';
import { serveByWorkers, work } from './listener/serve-by-workers.ts';
import { servePushes } from './listener/serve-pushes.ts';
import type { SharedComponents, SharedPart, SharedPlace } from './listener/share-components.ts';

export interface ListenChoice {
  journal?: JournalChoice;
  /** Opens `/authorize`: a new attempt for each visitor. */
  standingLink?: boolean;
  /** So many processes. */
  workers?: number;
  /** Clients may attach. */
  attach?: boolean;
  /** Its part of a port that other components listen on too. */
  shared?: SharedPart;
}

export interface ListenerServices extends Forwarding {
  /** What is counted and measured in this run. */
  metrics(): Promise<Metrics>;
  /** Binds the listener of these settings; `onActivity` hears of everything that happens. */
  listen(onActivity: (activity: ListenerActivity) => void, choice?: ListenChoice): Promise<Listener>;
  /** Binds the port of several components. */
  share(place: SharedPlace, onActivity: (activity: ListenerActivity) => void): Promise<SharedComponents>;
  /** The part of a worker of `listen`: receives pushes until the run ends. */
  work(choice: ListenChoice): Promise<void>;
  /** The same of a worker of several components: `run` shares the port. */
  workOn(run: () => Promise<void>): Promise<void>;
  /** Attaches this machine to another listener, until the run ends. */
  attachTo(choice: AttachChoice, onActivity: (activity: AttachedActivity) => void): Promise<void>;
  /** Has another listener make a link to authorize, and waits for what becomes of it. */
  requestLink(request: LinkRequest, onActivity: (activity: LinkActivity) => void): Promise<LinkEnd>;
  /** Every push that a listener accepted. */
  journal(): Promise<Journal>;
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
  auditLog: () => Promise<AuditLog>;
  poster: () => Promise<Poster>;
  /** The port is bound: where. */
  began: (url: string) => void;
  /** What was under way is finished. */
  ended: () => void;
}

export function createListenerServices(options: ListenerServicesOptions): ListenerServices {
  const { runtime, home, settings, warn, poster } = options;
  const owner = { userId: runtime.userId, warn };
  const { now } = runtime;
  const forwarding = createForwarding(options);

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

  const transcript = async () => {
    const { createPublishCheckTranscript } = await import('../listener/publish-check-transcript.ts');
    const { componentAppId } = settings.need('componentAppId');
    return createPublishCheckTranscript(join(home, `publish-check-${componentAppId}.jsonl`), owner, now);
  };

  const rejectionLog = lazy(async () => {
    const { createRejectionLog } = await import('../listener/rejection-log.ts');
    return createRejectionLog(join(home, `refused-${settings.need('componentAppId').componentAppId}.json`), owner);
  });
  const noteHere: RejectionLog['note'] = (rejection) => void rejectionLog().then((log) => log.note(rejection));

  const parts = { ...options, forwarding, measures };
  const reporting = (onActivity: (activity: ListenerActivity) => void, note = noteHere) =>
    reportActivity({ now, transcript, note, onActivity });

  let measure = async (): Promise<Measured> => (await measures()).read();
  const link = lazy(async () => {
    const { createPrimaryLink } = await import('../listener/workers/primary-link.ts');
    const { verbose, redactDeep } = options;
    const { worker: peer } = runtime;
    if (!peer) throw new Error('not a worker');
    return createPrimaryLink({ peer, measure: () => measure(), verbose, redactDeep });
  });

  async function workOn(run: () => Promise<void>): Promise<void> {
    const { failed, heard } = await link();
    await run().catch((error: unknown) => failed(toWxopError(error)));
    await heard();
  }

  return {
    ...forwarding,
    metrics: measures,
    share: async (place, onActivity) => {
      const { report, finish } = reporting(onActivity, place.note);
      const { shareComponents } = await import('./listener/share-components.ts');
      const worker = runtime.worker && {
        link: await link(),
        measureWith: (given: typeof measure) => (measure = given),
      };
      const shared = await shareComponents(parts, place, report, worker);
      return { ...shared, stop: () => shared.stop().finally(finish) };
    },
    listen: async (onActivity, choice = {}) => {
      const { report, finish } = reporting(onActivity);
      const { workers = 1, shared } = choice;
      const listener = await (shared
        ? shared.receive(parts, report, choice)
        : workers === 1
          ? servePushes(parts, report, choice)
          : serveByWorkers(parts, report, workers));
      return { ...listener, stop: () => listener.stop().finally(finish) };
    },
    work: (choice) => workOn(async () => work(parts, choice, await link())),
    workOn,
    attachTo: async (choice, onActivity) => {
      const { attachTo } = await import('../attach/attach-to.ts');
      const post: Poster['post'] = async (url, request) => (await poster()).post(url, request);
      return attachTo({ ...options, ...choice, targets: await forwarding.targets(), post, onActivity });
    },
    requestLink: async (request, onActivity) => {
      const { requestLink } = await import('../attach/request-link.ts');
      return requestLink({ ...options, ...request, onActivity });
    },
    journal: lazy(() => openJournal(options)),
    readTranscript: async () => (await transcript()).read(),
    rejectionLog,
  };
}
