/**
 * One port for several components. Each is a whole listener; this finds out whose a request is: by path and host, then by the signature
 * and the receiver inside the cipher text.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isLoopbackHost } from '../../runtime/hosts.ts';
import { parseDuration } from '../../sentences/format-duration.ts';
import type { Health } from '../health.ts';
import { STOP_DEADLINE } from '../http/background.ts';
import { createFront, isRead, type Arrived, type Front, type FrontOptions, type Place } from '../http/front.ts';
import { createMetrics, metricsText, type Measured, type Metrics } from '../http/metrics.ts';
import { json, plain, rawReply, sendLast, type Reply } from '../http/reply.ts';
import type { Query } from '../http/request-target.ts';
import { createPushRoute, type ChosenTaker, type PushTaker } from '../push-route.ts';
import type { Answer } from '../receiver.ts';
import { REJECTIONS, type Rejection } from '../rejections.ts';
import { verificationFile } from '../verification-files.ts';
import { labelMeasured } from './label-measured.ts';
import {
  answerBy,
  closeAll,
  isSigned,
  takerOf,
  toShared,
  type Member,
  type Shared,
  type SharedComponent,
} from './shared-component.ts';

export interface SharePortOptions extends Omit<FrontOptions, 'attach' | 'isPublic'> {
  components: SharedComponent[];
  /** Tells of what no component proves, and of what is for none. */
  onActivity: PushTaker['onActivity'];
  /** Of all processes together; without it, of this one. */
  metricsText?: () => Promise<string>;
  /** The appid of the component that a client asks for; without it, none may attach. */
  attachesTo?: (request: IncomingMessage) => string | undefined;
}

/** The server as one component sees it. */
export interface SharedFront extends Pick<
  Front,
  'peers' | 'limits' | 'later' | 'sleep' | 'stop' | 'requestDeadline' | 'otherwise'
> {
  /** From here on, requests come. */
  join(member: Member): Place;
  /** It cannot receive now: whoever waits for it gets a 503. */
  failed(): void;
  /** From here on no requests come; what is under way is left to `stop`, which then stops nothing of the others. */
  leave(): void;
}

export interface SharedPort extends Place {
  /** Of the components that it was opened with, in their order. */
  fronts: SharedFront[];
  /** The front of another component, or, with a profile that is here already, of the one that takes its place once it has joined. */
  add(component: SharedComponent): SharedFront;
  /** Resolves when the first one receives. */
  joined: Promise<void>;
  measure(): Promise<Measured>;
  stop(): Promise<void>;
}

type Candidate = Pick<ChosenTaker, 'kind' | 'appId'> & { component: Shared };

export async function sharePort(options: SharePortOptions): Promise<SharedPort> {
  const { metrics, onActivity, elapsed, attachesTo } = options;
  const components: Shared[] = [];
  let hasJoined: () => void = () => undefined;
  const joined = new Promise<void>((done) => (hasJoined = done));
  const page: Pick<Metrics, 'text'> = { text: options.metricsText ?? (async () => metricsText(await measure())) };
  const front = createFront({
    ...options,
    metrics: { ...metrics, ...page },
    get isPublic() {
      return components.some(
        ({ publicUrl }) => publicUrl !== undefined && !isLoopbackHost(new URL(publicUrl).hostname),
      );
    },
    attach: attachesTo && {
      path: '/attach',
      open: (...request) => attach(attachesTo(request[0]), ...request),
      close: () => closeAll(components),
    },
  });
  const answerShared = createPushRoute({
    receiver: () => Promise.resolve(refusing('bad-signature')),
    metrics,
    onActivity,
    elapsed,
    limits: front.limits,
    bodyDeadline: front.requestDeadline,
  });

  /** Whoever names no component here is told so by the first one. */
  function attach(named: string | undefined, ...[request, socket, head]: [IncomingMessage, Duplex, Buffer]): void {
    const component = components.find(({ keys }) => keys.componentAppId === named) ?? components[0];
    if (component?.member?.attach) component.member.attach.open(request, socket, head);
    else sendLast(socket, rawReply(503, 'Service Unavailable'));
  }

  /** Undefined for what fails or takes long: a store that hangs hides no other component. */
  function inTime<Value>(asked: Promise<Value> | undefined): Promise<Value | undefined> {
    const given = Promise.resolve(asked).catch(() => undefined);
    return Promise.race([given, front.sleep(ASK_FOR).then(nothing, nothing)]);
  }

  async function measure(): Promise<Measured> {
    const measured = components.map(async ({ profile, keys, member }) => ({
      labels: { profile, component: keys.componentAppId },
      measured: (await inTime(member?.metrics.read())) ?? (await createMetrics().read()),
    }));
    return labelMeasured(await metrics.read(), (await Promise.all(measured)).map(withoutProcess));
  }

  /** Those whose public host it is, where all say one; otherwise all. */
  function ofHost<One extends { component: Shared }>(found: One[], { request }: Arrived): One[] {
    if (found.some(({ component }) => component.host === undefined)) return found;
    const host = (request.headers.host ?? '').toLowerCase();
    const named = found.filter(({ component }) => component.host === host);
    return named.length > 0 ? named : found;
  }

  function candidatesFor(arrived: Arrived): Candidate[] {
    const { path, request } = arrived;
    const found = components.flatMap((component): Candidate[] => {
      if (path === component.eventPath) return [{ component, kind: 'event' }];
      const appId = component.messages.match(request.headers.host ?? '', path);
      return appId === undefined ? [] : [{ component, kind: 'message', appId }];
    });
    return ofHost(found, arrived);
  }

  /** The signature is of one token; where several components have the same, the receiver inside the cipher text decides. */
  function choose(candidates: Candidate[], query: Query, body?: string): ChosenTaker {
    const signed = candidates.filter(({ component }) => isSigned(query, body, component.keys));
    const proving =
      signed.length > 1 ? signed.find(({ component }) => component.judge(query, body) === 'proven') : signed[0];
    const chosen = proving ?? signed[0];
    if (chosen) {
      const { component, kind, appId } = chosen;
      return { ...(takerOf(component) ?? { metrics, onActivity, receiver: notYet }), kind, appId };
    }
    const [first] = candidates;
    const reason = first?.component.judge(query, body) ?? 'bad-signature';
    return {
      metrics,
      onActivity,
      receiver: () => Promise.resolve(refusing(reason === 'proven' ? 'bad-signature' : reason)),
      kind: first?.kind ?? 'event',
    };
  }

  async function route(arrived: Arrived): Promise<Reply> {
    const { request, response, path, query, address } = arrived;
    const candidates = candidatesFor(arrived);
    const [first, ...others] = candidates;
    if (first) {
      await Promise.all(candidates.map(({ component }) => component.tried));
      if (others.length === 0) return answerBy(first.component, arrived);
      const { kind } = first;
      return answerShared(request, response, {
        kind,
        query,
        address,
        choose: (asked, body) => choose(candidates, asked, body),
      });
    }
    return (isRead(request) ? await answerPage(arrived) : undefined) ?? front.otherwise(arrived);

    /** What is read: of whom it is says the host, the attempt, the file, or `component` in the address. */
    async function answerPage(arrived: Arrived): Promise<Reply | undefined> {
      if (path === '/healthz') return healthOfAll(query.get('max-ticket-age'));
      if (/^\/authorize(?:\/|$)/.test(path)) {
        const owner = await ownerOf(arrived);
        return owner && answerBy(owner, arrived);
      }
      for (const { component } of ofHost(
        components.map((component) => ({ component })),
        arrived,
      )) {
        const file = verificationFile(path, component.verificationFiles);
        if (file) return { status: 200, type: 'text/plain; charset=utf-8', body: file };
      }
      return undefined;
    }
  }

  async function ownerOf(arrived: Arrived): Promise<Shared | undefined> {
    const { path, query } = arrived;
    const named = components.find(({ keys }) => keys.componentAppId === query.get('component'));
    if (named) return named;
    const all = components.map((component) => ({ component }));
    const id = path === '/authorize/callback' ? query.get('attempt') : /^\/authorize\/([^/]+)$/.exec(path)?.[1];
    if (!id || path === '/authorize/logo') {
      const [only, ...more] = ofHost(all, arrived);
      return more.length > 0 ? undefined : only?.component;
    }
    await Promise.all(components.map(({ tried }) => tried));
    const away: Shared[] = [];
    const asked = components.map(async (component) => {
      const has = await component.member?.hasAttempt(id).catch(() => undefined);
      if (has === undefined) away.push(component);
      return has ? component : Promise.reject(new Error('not its attempt'));
    });
    // The page of an attempt that nobody knows is each component's; one whose store is away may know it.
    return Promise.any(asked).catch(() => away[0] ?? components[0]);
  }

  async function healthOfAll(maxTicketAge: string | null): Promise<Reply> {
    const limit = maxTicketAge === null ? undefined : parseDuration(maxTicketAge);
    if (maxTicketAge !== null && limit === undefined) return plain(400, 'max-ticket-age: write it like 30m, 2h');
    const asked = components.map(async ({ profile, keys, member }) => {
      const health = await inTime(member?.health());
      return { profile, componentAppId: keys.componentAppId, isWell: health !== undefined, ...health };
    });
    const all = await Promise.all(asked);
    const isOld = ({ ticketAgeSeconds: age }: Partial<Health>): boolean =>
      limit !== undefined && (typeof age !== 'number' || age * 1000 > limit);
    // Without a limit it says that the process answers: the trouble of one component takes no other out of service.
    return json(all.some(isOld) || !all.some(({ isWell }) => isWell) ? 503 : 200, { components: all });
  }

  function add(given: SharedComponent): SharedFront {
    const component = toShared(given);
    const before = (): number => components.findIndex(({ profile }) => profile === component.profile);
    if (before() < 0) components.push(component);
    const { work } = component;
    return {
      ...front,
      later: (task) => work.later(() => front.later(task)),
      join: (member) => {
        component.member = member;
        if (!components.includes(component) && !component.hasLeft) {
          const at = before();
          components.splice(at < 0 ? components.length : at, 1, component);
        }
        component.wasTried();
        hasJoined();
        return place;
      },
      failed: component.wasTried,
      leave: () => {
        component.hasLeft = true;
        if (components.includes(component)) components.splice(components.indexOf(component), 1);
        component.wasTried();
      },
      stop: async () => {
        if (!component.hasLeft) return front.stop();
        const finished = new AbortController();
        const late = options.sleep(STOP_DEADLINE, finished.signal).catch(nothing);
        await closeAll([component]);
        await Promise.race([work.drained(), late]);
        finished.abort();
      },
    };
  }

  const fronts = options.components.map(add);
  const place = await front.open(route);
  return { ...place, fronts, add, joined, measure, stop: front.stop };
}

/** Milliseconds that a component may take to say how it is. */
const ASK_FOR = 2_000;
const nothing = (): undefined => undefined;

/** WeChat pushes again what is answered so. */
const notYet: PushTaker['receiver'] = () => {
  const answer: Answer = { status: 503, body: 'busy' };
  return Promise.resolve({ push: () => Promise.resolve(answer), echo: () => answer });
};

function refusing(reason: Rejection) {
  const answer: Answer = { status: REJECTIONS[reason], body: reason, rejection: { reason } };
  return { push: () => Promise.resolve(answer), echo: () => answer };
}

/** Memory and handles are the whole process's. */
function withoutProcess<One extends { measured: Measured }>(one: One): One {
  const gauges = Object.entries(one.measured.gauges).filter(([name]) => !/^(?:process|nodejs)_/.test(name));
  return { ...one, measured: { ...one.measured, gauges: Object.fromEntries(gauges) } };
}
