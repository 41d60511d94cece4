/** A component that shares a port: what says whose a request is, what takes it, and its work until it leaves. */
import { verifySignature } from '../../protocol/envelope.ts';
import { takeEncrypt } from '../../protocol/events.ts';
import type { Health } from '../health.ts';
import { createBackground, type Background } from '../http/background.ts';
import type { Arrived, FrontOptions, HttpRoute } from '../http/front.ts';
import type { Metrics } from '../http/metrics.ts';
import { plain, type Reply } from '../http/reply.ts';
import type { Query } from '../http/request-target.ts';
import { messageRoute } from '../message-route.ts';
import type { PushTaker } from '../push-route.ts';
import { createPushOpener, type PushKeys } from '../receiver.ts';
import type { Rejection } from '../rejections.ts';

export interface SharedComponent {
  profile: string;
  keys: PushKeys;
  eventPath: string;
  messagePath: string;
  publicUrl?: string;
  /** Verification files by name, as base64; asked for at each request. */
  verificationFiles: () => Record<string, string>;
}

/** A component that receives. */
export interface Member {
  route: HttpRoute;
  health: () => Promise<Health>;
  metrics: Pick<Metrics, 'read'>;
  taker: PushTaker;
  /** Whether an attempt is this component's; rejects while its store is away. */
  hasAttempt: (id: string) => Promise<boolean>;
  attach?: FrontOptions['attach'];
}

export interface Shared extends SharedComponent {
  member?: Member;
  /** Its first start has gone well or not. */
  tried: Promise<void>;
  wasTried(): void;
  work: Background;
  hasLeft: boolean;
  messages: ReturnType<typeof messageRoute>;
  host?: string;
  /** Whether a push or, without a body, a check of the URL is this component's, or why not. */
  judge(query: Query, body?: string): 'proven' | Rejection;
}

/** Its pushes and pages are its work: whoever leaves finishes them. */
export function answerBy(component: Shared, arrived: Arrived): Promise<Reply> {
  const { member } = component;
  return member ? under(component, () => member.route(arrived)) : Promise.resolve(AWAY);
}

export function takerOf(component: Shared): PushTaker | undefined {
  const taker = component.member?.taker;
  return (
    taker && {
      ...taker,
      receiver: async () => {
        const receiver = await taker.receiver();
        return { echo: receiver.echo, push: (push) => under(component, () => receiver.push(push)) };
      },
    }
  );
}

function under<Value>({ work }: Shared, task: () => Promise<Value>): Promise<Value> {
  const running = task();
  void work.later(() => running);
  return running;
}

export const closeAll = async (components: Shared[]): Promise<void> =>
  void (await Promise.all(components.map(async ({ member }) => member?.attach?.close())));

export function toShared(component: SharedComponent): Shared {
  const open = createPushOpener(component.keys);
  let wasTried: () => void = () => undefined;
  const tried = new Promise<void>((done) => (wasTried = done));
  return {
    ...component,
    tried,
    wasTried,
    work: createBackground(),
    hasLeft: false,
    messages: messageRoute(component.messagePath),
    host: component.publicUrl === undefined ? undefined : new URL(component.publicUrl).host.toLowerCase(),
    judge: (query, body) => {
      if (body === undefined) return judgeEcho(query, component.keys);
      const opened = open(query, body);
      return 'rejection' in opened ? opened.rejection : 'proven';
    },
  };
}

const AWAY = plain(503, 'busy', { 'retry-after': '1' });

export function isSigned(query: Query, body: string | undefined, keys: PushKeys): boolean {
  if (body === undefined) return judgeEcho(query, keys) === 'proven';
  const [timestamp, nonce, signature] = ['timestamp', 'nonce', 'msg_signature'].map((name) => query.get(name));
  const encrypted = takeEncrypt(body);
  if (!timestamp || !nonce || !signature || encrypted === undefined) return false;
  return verifySignature(signature, { token: keys.messageToken, timestamp, nonce, encrypted });
}

function judgeEcho(query: Query, { messageToken: token }: PushKeys): 'proven' | Rejection {
  const [timestamp, nonce, signature] = ['timestamp', 'nonce', 'signature'].map((name) => query.get(name));
  if (!timestamp || !nonce || !signature || !query.get('echostr')) return 'missing-parameters';
  return verifySignature(signature, { token, timestamp, nonce }) ? 'proven' : 'bad-signature';
}
