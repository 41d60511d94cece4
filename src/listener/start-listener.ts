/** What a listener is: the receiver of pushes, the pages and the health of one component, behind HTTP. */
import { lazy } from '../runtime/lazy.ts';
import type { Attempts } from '../credentials/attempts.ts';
import type { Keeper } from '../credentials/keeper.ts';
import type { Store } from '../store/store.ts';
import type { SharedFront } from './components/share-port.ts';
import { createHealthReader, gaugeHealth } from './health.ts';
import { createFront, isRead, type Arrived, type Front, type FrontOptions, type Place } from './http/front.ts';
import { messageRoute } from './message-route.ts';
import type { OtherForms } from './other-forms.ts';
import type { Outbox } from './outbox.ts';
import { createPushRoute } from './push-route.ts';
import type { Claims, PushKeys, ListenerActivity, Receiver } from './receiver.ts';
import type { Reply } from './http/reply.ts';
import { createPagesRoute } from './pages-route.ts';
import type { FairShares } from './http/fair-shares.ts';
import type { Operator } from './pages/page.ts';

export interface ListenerOptions extends FrontOptions {
  eventPath: string;
  /** A path, or a whole URL; `$APPID$` stands for the authorizer appid. */
  messagePath: string;
  keys: PushKeys;
  store: Store;
  keeper: Keeper;
  attempts: Attempts;
  now: () => number;
  onActivity: (activity: ListenerActivity) => void;
  /** Journals accepted pushes and hands them on. */
  outbox?: Outbox;
  /** Verification files by name, as base64; asked for at each request. */
  verificationFiles?: () => Record<string, string>;
  /** What the internet reaches this listener by. */
  publicUrl: () => string;
  /** Opens `GET /authorize`: a new attempt for each visitor. */
  hasStandingLink?: boolean;
  /** What all processes of this listener take, each once. */
  claims?: Claims;
  /** What is taken beside XML. */
  otherForms?: OtherForms;
  /** What strangers may do, all processes together. */
  sharesFor?: (what: 'links' | 'codes') => FairShares;
  /** In whose name the merchants' pages are. */
  operator?: Operator;
  /** What tells `/authorize` apart from that of other components. */
  ownQuery?: string;
  /** A QR code as PNG. */
  qrPng: (link: string) => Promise<Buffer>;
  /** A server that is open already, and answers for other components too. */
  sharedFront?: SharedFront;
}

export interface Listener extends Place {
  /** Another process brought an account: `/healthz` counts them again. */
  forgetCount(): void;
  /** Stops accepting, finishes what is under way within eight seconds, closes. */
  stop(): Promise<void>;
}

export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { store, keeper, attempts, now, elapsed, metrics } = options;
  const { read: health, forgetCount } = createHealthReader({ store, keeper, now, elapsed });
  const onActivity = (activity: ListenerActivity): void => {
    if (activity.type === 'authorized' || activity.type === 'updated') forgetCount();
    options.onActivity(activity);
  };
  const front: Front | SharedFront = options.sharedFront ?? createFront({ ...options, onActivity });
  const { later, limits, peers, sleep } = front;
  // Loaded while the first connections come in: the port is open before.
  const receiver = lazy(async (): Promise<Receiver> => {
    const { createReceiver } = await import('./receiver.ts');
    return createReceiver({ ...options, onActivity, later: (work) => void later(work), sleep });
  });
  const settle = (id: string): Promise<unknown> => later(async () => (await receiver()).settle(id));
  const messages = messageRoute(options.messagePath);
  const answerPush = createPushRoute({
    ...options,
    onActivity,
    receiver,
    limits,
    bodyDeadline: front.requestDeadline,
  });
  const visit = createPagesRoute({
    ...options,
    onActivity,
    sleep,
    health,
    settle,
    visitorOf: (request) => peers.visitorOf(request, options.isPublic),
  });

  /** Not async: each layer of promises costs every push. */
  function route(arrived: Arrived): Promise<Reply> {
    const { request, response, path, query, address } = arrived;
    if (path === options.eventPath) return answerPush(request, response, { kind: 'event', query, address });
    const appId = messages.match(request.headers.host ?? '', path);
    if (appId !== undefined) return answerPush(request, response, { kind: 'message', query, address, appId });
    return routeOthers(arrived);
  }

  async function routeOthers(arrived: Arrived): Promise<Reply> {
    const page = isRead(arrived.request) ? await visit(arrived.request, arrived) : undefined;
    return page ?? front.otherwise(arrived);
  }

  gaugeHealth(metrics, health);
  const place =
    'join' in front
      ? front.join({
          route,
          health,
          metrics,
          taker: { receiver, metrics, onActivity },
          attach: options.attach,
          hasAttempt: async (id) => (await attempts.read(id)) !== undefined,
        })
      : await front.open(route);
  void later(async () => {
    // The caller learns that the port is open before the rest is loaded.
    await new Promise(setImmediate);
    await receiver();
    for (const id of await attempts.unsettled()) void settle(id);
  });
  return { ...place, forgetCount, stop: front.stop };
}
