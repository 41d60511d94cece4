/** Forwarding as the settings want it: its targets, its keys, and what is counted of it. */
import type { ForwardTarget } from '../../delivery/forward-target.ts';
import type { Forwarder, ForwarderOptions } from '../../delivery/forwarder.ts';
import type { Journal, JournalEntry } from '../../delivery/journal.ts';
import type { Metrics } from '../../listener/http/metrics.ts';
import type { ListenerActivity } from '../../listener/receiver.ts';
import { lazy } from '../../runtime/lazy.ts';
import type { Posted, Poster } from '../../wechat-api/poster.ts';
import type { ListenerServicesOptions } from '../listener-services.ts';

export interface Forwarding {
  /** Where pushes are forwarded to. */
  targets(): Promise<ForwardTarget[]>;
  /** Reads a target as `--forward-to` takes it. */
  target(written: string): Promise<ForwardTarget>;
  /** Those that want an entry. */
  targetsOf(entry: JournalEntry): Promise<ForwardTarget[]>;
  /** Sends an entry to a target, once. */
  forwardOnce(entry: JournalEntry, target: ForwardTarget): Promise<Posted>;
}

type Forwards = Forwarding & {
  /** Undefined where nothing is forwarded. */
  start(
    metrics: Metrics,
    onActivity: (activity: ListenerActivity) => void,
    journal?: Journal,
  ): Promise<Forwarder | undefined>;
};

export function createForwarding(options: ListenerServicesOptions): Forwards {
  const { runtime, settings, elapsed, warn, openingKeys, poster } = options;
  const { now } = runtime;

  const target = async (written: string): Promise<ForwardTarget> => {
    const { parseForwardTarget } = await import('../../delivery/forward-target.ts');
    const parsed = parseForwardTarget(written, settings.get('forwardFormat') as ForwardTarget['format']);
    if (parsed.format === 'json') settings.need('forwardSecret');
    return parsed;
  };

  const targets = lazy((): Promise<ForwardTarget[]> => {
    const written = settings.find('forwardTo')?.split(/\s+/) ?? [];
    return Promise.all(written.map(target));
  });

  const keys = (): ForwarderOptions['keys'] => ({
    ...openingKeys(),
    forwardSecret: settings.find('forwardSecret'),
    handover: settings.get('forwardEvents') === 'handover',
  });

  return {
    target,
    targets,
    targetsOf: async (entry) => {
      const { wants } = await import('../../delivery/forward-target.ts');
      if (entry.kind === 'event' && settings.get('forwardEvents') === 'never') return [];
      return (await targets()).filter((candidate) => wants(candidate, entry));
    },
    forwardOnce: async (entry, to) => {
      const { forwardRequest, TRY } = await import('../../delivery/forward-target.ts');
      const request = forwardRequest(to, entry, keys(), now());
      if (!request) return { status: 0, body: 'undecipherable' };
      const { url, ...sent } = request;
      return (await poster()).post(url, { ...sent, ...TRY, signal: runtime.signal });
    },
    start: async (metrics, onActivity, journal) => {
      const list = await targets();
      if (list.length === 0) return undefined;
      const { createForwarder } = await import('../../delivery/forwarder.ts');
      // undici is loaded when something is forwarded: a listener is ready before.
      const post: Poster['post'] = async (url, request) => (await poster()).post(url, request);
      const forwarder = createForwarder({
        targets: list,
        keys: keys(),
        post,
        journal,
        now,
        elapsed,
        onActivity: counted(metrics, onActivity),
        warn,
        workers: runtime.worker?.count,
      });
      measureForwarding(metrics, forwarder);
      return forwarder;
    },
  };
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
