/** One process that receives pushes for one component: what its listener is made of. */
import { createLazyDoor } from '../../attach/lazy-door.ts';
import type { Journal } from '../../delivery/journal.ts';
import type { Outbox } from '../../listener/outbox.ts';
import type { ListenerActivity } from '../../listener/receiver.ts';
import type { Metrics } from '../../listener/http/metrics.ts';
import type { Listener } from '../../listener/start-listener.ts';
import type { SharedFront } from '../../listener/components/share-port.ts';
import type { ComponentLink } from '../../listener/workers/primary-link.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { readFiles } from '../../settings/profiles.ts';
import type { ListenChoice, ListenerServicesOptions } from '../listener-services.ts';
import type { createForwarding } from './forwarding.ts';
import {
  checkServing,
  isLoopback,
  listenerPaths,
  metricsAddress,
  operatorOf,
  otherFormsOf,
} from './listener-settings.ts';
import { openJournal } from './open-journal.ts';

export interface ServeOptions extends ListenerServicesOptions {
  forwarding: ReturnType<typeof createForwarding>;
  measures: () => Promise<Metrics>;
}

/** What it has in common with others. */
export interface Serving {
  /** The port that other components listen on too. */
  front?: SharedFront;
  /** Of a worker: the way to the process that tells of the pushes. */
  link?: ComponentLink;
}

export async function servePushes(
  options: ServeOptions,
  onActivity: (activity: ListenerActivity) => void,
  { journal: wanted = {}, standingLink = false, attach = false }: ListenChoice,
  { front, link }: Serving = {},
): Promise<Listener> {
  const { runtime, home, settings, elapsed, sleep, openingKeys, forwarding } = options;
  const { now } = runtime;
  const needed = settings.need('componentAppId', 'messageToken', 'encodingAesKey');
  const { componentAppId } = needed;
  const [{ startListener }, { createOutbox }, metrics] = await Promise.all([
    import('../../listener/start-listener.ts'),
    import('../../listener/outbox.ts'),
    options.measures(),
  ]);
  await checkServing(settings, await forwarding.targets());
  const events = settings.get('forwardEvents') as Outbox['events'];
  if (attach && wanted === false) throw attachNeedsJournal();
  const journal = wanted === false ? undefined : await openJournal(options, wanted);
  const door = attach && journal ? await openDoor(journal) : undefined;
  const forwarder = await forwarding.start(metrics, onActivity, journal);
  const ownQuery = front && `?component=${componentAppId}`;
  const owner = { userId: runtime.userId, warn: options.warn };

  async function openDoor(journal: Journal) {
    const [isWorker, store] = [runtime.worker !== undefined, await options.store()];
    const keys = { openingKeys: openingKeys() };
    const trustedProxies = settings.find('trustProxy')?.split(',') ?? [];
    const [openUrl, returnHosts] = [settings.get('openUrl'), settings.find('returnHosts')];
    const place = () => ({ publicUrl: options.publicUrl(), openUrl, returnHosts, isElsewhere: true });
    const door = { ...keys, trustedProxies, place };
    return createLazyDoor({ ...options, ...door, now, isWorker, componentAppId, store, journal, metrics, onActivity });
  }

  const listener = await startListener({
    host: settings.get('host'),
    port: Number(settings.get('port')),
    ...listenerPaths(settings),
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
    metricsAt: metricsAddress(settings.find('metrics')),
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
    sharedFront: front,
    ...ofWorker(metrics, link, runtime.worker?.count),
  });
  link?.forgetWith(listener.forgetCount);
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

const ofWorker = (metrics: Metrics, link?: ComponentLink, workers?: number) =>
  link && {
    workers,
    claims: link.claims,
    sharesFor: link.sharesFor,
    metrics: { ...metrics, text: link.metricsText },
    metricsAt: undefined,
  };

async function qrPng(link: string): Promise<Buffer> {
  const [{ qrModules }, { qrPng: draw }] = await Promise.all([
    import('../../terminal/qr.ts'),
    import('../../terminal/qr-file.ts'),
  ]);
  return draw(qrModules(link));
}

const attachNeedsJournal = (): WxopError =>
  new WxopError('USAGE', text('--attach does not go with --no-journal.', '--attach 不能与 --no-journal 同时使用。'), {
    hint: text('Clients that were away read the journal.', '接入端断开后须从日志补收。'),
  });
