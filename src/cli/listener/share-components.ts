/** One port for several components: in this process, by several workers, or as one of these. */
import type { SharedComponent } from '../../listener/components/shared-component.ts';
import type { SharedFront, SharePortOptions } from '../../listener/components/share-port.ts';
import type { Measured } from '../../listener/http/metrics.ts';
import type { ListenerActivity } from '../../listener/receiver.ts';
import type { Listener } from '../../listener/start-listener.ts';
import type { PrimaryLink } from '../../listener/workers/primary-link.ts';
import { lazy } from '../../runtime/lazy.ts';
import type { RejectionLog } from '../../listener/rejection-log.ts';
import type { ListenChoice } from '../listener-services.ts';
import { checkServing, metricsAddress } from './listener-settings.ts';
import { servePushes, type ServeOptions } from './serve-pushes.ts';
import { startWorkersOf } from './serve-by-workers.ts';

/** What all that share a port have in common, as the run itself is set. */
export interface SharedPlace extends Pick<SharePortOptions, 'components'> {
  host: string;
  port: string;
  metrics?: string;
  trustProxy?: string;
  /** So many processes. */
  workers: number;
  /** Clients may attach: the key of each says to which component. */
  attach: boolean;
  /** Notes what no component proves. */
  note: RejectionLog['note'];
}

/** One component's part of the port. */
export interface SharedPart extends Pick<SharedFront, 'failed' | 'leave'> {
  /** Receives from here on. */
  receive(
    options: ServeOptions,
    onActivity: (activity: ListenerActivity) => void,
    choice: ListenChoice,
  ): Promise<Listener>;
}

export interface SharedComponents {
  /** Of each component, in their order. */
  parts: SharedPart[];
  /** Of one more, or of one that takes the place of that of the same profile. */
  add(component: SharedComponent): SharedPart;
  /** Those who receive are the components of now: where they are read at the start of a process, that is started anew. */
  renew(): Promise<void>;
  stop(): Promise<void>;
}

type ShareOptions = Pick<ServeOptions, 'runtime' | 'elapsed' | 'sleep' | 'say' | 'measures'>;

/** `link`: of a worker; it measures what `measureWith` gives it. */
export async function shareComponents(
  options: ShareOptions,
  place: SharedPlace,
  onActivity: (activity: ListenerActivity) => void,
  worker?: { link: PrimaryLink; measureWith(measure: () => Promise<Measured>): void },
): Promise<SharedComponents> {
  if (place.workers > 1 && !worker) return shareByWorkers(options, place, onActivity);
  const { sharePort } = await import('../../listener/components/share-port.ts');
  const { link } = worker ?? {};
  const port = await sharePort({
    ...place,
    port: Number(place.port),
    trustedProxies: place.trustProxy?.split(',') ?? [],
    metrics: await options.measures(),
    metricsAt: link ? undefined : metricsAddress(place.metrics),
    elapsed: options.elapsed,
    sleep: options.sleep,
    onActivity: link?.onActivity ?? onActivity,
    metricsText: link?.metricsText,
    workers: options.runtime.worker?.count,
    attachesTo: place.attach ? await readComponentOfKey() : undefined,
  });
  worker?.measureWith(port.measure);
  if (link) void port.joined.then(() => link.ready(port.url));
  const partOf = ({ keys }: SharedComponent, front: SharedFront): SharedPart => ({
    failed: front.failed,
    leave: front.leave,
    receive: (own, tell, choice) => {
      const linked = link?.of(keys.componentAppId);
      return servePushes(own, linked?.onActivity ?? tell, choice, { front, link: linked });
    },
  });
  return {
    parts: place.components.map((component, index) => partOf(component, port.fronts[index] as SharedFront)),
    add: (component) => partOf(component, port.add(component)),
    renew: () => Promise.resolve(),
    stop: port.stop,
  };
}

/** What workers tell of a component before this process is ready for it. */
const MOST_WAITING = 1_000;

async function shareByWorkers(
  options: ShareOptions,
  place: SharedPlace,
  onActivity: (activity: ListenerActivity) => void,
): Promise<SharedComponents> {
  const hearers = new Map<string, (activity: ListenerActivity) => void>();
  const waiting = new Map<string, ListenerActivity[]>();
  const listener = await startWorkersOf(options, {
    count: place.workers,
    metricsAt: metricsAddress(place.metrics),
    onActivity: (activity, component) => {
      if (component === undefined) return onActivity(activity);
      const hear = hearers.get(component);
      if (hear) return hear(activity);
      const kept = waiting.get(component) ?? [];
      waiting.set(component, [...kept, activity].slice(-MOST_WAITING));
    },
  });
  const stop = lazy(listener.stop);
  const partOf = ({ keys: { componentAppId } }: SharedComponent): SharedPart => {
    let hasLeft = false;
    return {
      failed: () => undefined,
      leave: () => (hasLeft = true),
      receive: async (own, tell) => {
        await checkServing(own.settings, await own.forwarding.targets());
        hearers.set(componentAppId, tell);
        for (const activity of waiting.get(componentAppId) ?? []) tell(activity);
        waiting.delete(componentAppId);
        own.began(listener.url);
        return {
          ...listener,
          stop: async () => {
            if (!hasLeft) await stop();
            if (hearers.get(componentAppId) === tell && hasLeft) hearers.delete(componentAppId);
            own.ended();
          },
        };
      },
    };
  };
  return { parts: place.components.map(partOf), add: partOf, renew: listener.renew, stop };
}

/** The appid in the key of whoever attaches. */
async function readComponentOfKey(): Promise<NonNullable<SharePortOptions['attachesTo']>> {
  const { readCallerKey } = await import('../../broker/caller-key.ts');
  return ({ headers: { authorization = '' } }) =>
    readCallerKey(authorization.replace(/^bearer /i, '').trim())?.componentAppId;
}
