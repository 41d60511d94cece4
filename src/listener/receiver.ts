/**
 * What becomes of a push: opened and verified, applied, answered. No HTTP here.
 * Nothing is stored, shown or parsed deeper before the step that proves it.
 */
import { randomBytes } from 'node:crypto';
import { lazy } from '../runtime/lazy.ts';
import { isError, toWxopError, WxopError } from '../sentences/wxop-error.ts';
import { text } from '../sentences/text.ts';
import { createOpener, verifySignature } from '../protocol/envelope.ts';
import {
  readEvent,
  readMessage,
  takeEncrypt,
  type AccountMessage,
  type ComponentEvent,
  type OtherEvent,
} from '../protocol/events.ts';
import type { InsteadOf } from '../credentials/open-codes.ts';
import type { Attempts, SettlingObserver } from '../credentials/attempts.ts';
import { isNews } from '../credentials/account-authorization.ts';
import type { Keeper } from '../credentials/keeper.ts';
import { credibleSeconds } from '../credentials/credible-time.ts';
import { digestOf } from '../protocol/links.ts';
import type { AccountRecord } from '../protocol/account-record.ts';
import type { ForwardActivity } from '../delivery/forwarder.ts';
import type { FrontActivity } from './http/front.ts';
import type { Query } from './http/request-target.ts';
import { nobody, type Accepted, type HandOn, type Outbox } from './outbox.ts';
import type { OtherForms } from './other-forms.ts';
import { isSilent } from '../delivery/is-silent.ts';
import { passiveReply } from '../delivery/passive-reply.ts';
import { REJECTIONS, type Rejection } from './rejections.ts';
import { createRecentAnswers, REMEMBER_FOR, REMEMBER_MOST } from './recent-answers.ts';
import { createPublishCheck, isPublishCheck, type PublishCheckActivity } from './publish-check.ts';

/** What a listener reports, in the order in which it happens. */
export type ListenerActivity =
  | { type: 'ticket'; receivedAt: number }
  | { type: 'authorized' | 'updated'; account: AccountRecord }
  | { type: 'unauthorized'; appId: string }
  | ({ type: 'event' } & Pick<OtherEvent, 'infoType' | 'appId' | 'status' | 'message'>)
  | { type: 'message'; appId: string; message: AccountMessage }
  /** The last one of its kind, of `count` since the last report. */
  | ({ type: 'rejected'; reason: Rejection; status: number; error?: WxopError; count?: number } & Partial<PushReport>)
  | ({ type: 'answered'; result: string; status: number } & PushReport)
  | PublishCheckActivity
  | { type: 'clock-skew'; seconds: number }
  /** An event says that it was made so many seconds from now; it counts as made now. */
  | { type: 'future-date'; infoType: string; seconds: number }
  /** `reference`: the merchant's page shows the same. */
  | { type: 'exchange-failed'; error: WxopError; again: boolean; reference?: string }
  /** Stored, but the link was made for another account, or a redirect had brought another one before. */
  | { type: 'other-account'; appId: string; insteadOf: InsteadOf }
  /** A component event arrived at the message URL and was accepted. */
  | { type: 'misdirected'; infoType: string }
  /** Visitors come through this proxy, which is not trusted or does not say for whom it asks. */
  | { type: 'unknown-visitors'; proxy: string }
  /** A client attached to this listener, or left it; `key`: the name of its key. */
  | { type: 'attached'; name: string; key: string; responds: boolean }
  | { type: 'detached'; name: string; key: string }
  | FrontActivity
  | ForwardActivity;

/** What a log line says about a push, besides its result. */
export interface PushReport {
  /** The number of the push in this run. */
  id: string;
  kind: 'event' | 'message';
  /** InfoType or MsgType; absent when the push could not be opened. */
  pushType?: string;
  appId?: string;
  /** The client's. */
  address: string;
  milliseconds: number;
}

export interface PushKeys {
  componentAppId: string;
  messageToken: string;
  /** The current one first, then the previous one if there is one. */
  encodingAesKeys: string[];
}

export interface Push {
  kind: 'event' | 'message';
  /** The authorizer appid out of the message URL. */
  appId?: string;
  query: Query;
  /** The query as it was in the address, to forward the push unchanged. */
  rawQuery?: string;
  contentType?: string;
  /** With `x-wx-source`: the peer, and whom it says that it forwards for. */
  cloudFrom?: readonly string[];
  body: string;
}

export interface Answer {
  status: number;
  body: string;
  /** Why it was refused; the caller, who knows the request, reports it. */
  rejection?: { reason: Rejection; error?: WxopError };
  /** Known once it was opened: InfoType or MsgType, and the account of an event. */
  about?: { type: string; appId?: string };
}

export interface ReceiverOptions {
  keys: PushKeys;
  keeper: Keeper;
  attempts: Attempts;
  now: () => number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
  onActivity: (activity: ListenerActivity) => void;
  /** Runs work after the answer; a graceful stop waits for it. */
  later: (work: () => Promise<void>) => void;
  sleep: (milliseconds: number) => Promise<void>;
  /** Journals accepted pushes and hands them on. */
  outbox?: Outbox;
  /** What other processes of this listener take. */
  claims?: Claims;
  /** What is taken beside XML. */
  otherForms?: OtherForms;
}

/** Of a push that comes to several processes of one listener, one has the effect, and all give its answer. */
export interface Claims {
  /** Undefined when this process is the one. */
  take(identity: string): Promise<Answer | undefined>;
  /** Says how the others learn the answer of one that this process took; undefined when it has none. */
  answerWith(recall: (identity: string) => Promise<Answer> | undefined): void;
}

export interface Receiver {
  push(push: Push): Promise<Answer>;
  /** The answer to a GET with `echostr`. */
  echo(query: Query): Answer;
  /** Exchanges the code offered to an attempt, reports it, and retries what may be retried. */
  settle(attemptId: string): Promise<unknown>;
}

interface Settling {
  now: Promise<boolean>;
  next?: Promise<boolean>;
}

const JSON_OBJECT = /^\uFEFF?\s*\{/;
const SUCCESS: Answer = { status: 200, body: 'success' };
const NOBODY = Promise.resolve(nobody);
/** Seconds. A larger difference between WeChat's clock and ours is warned of. */
const SKEW_WARNING = 5 * 60;
const PATIENCE = [1_000, 5_000, 20_000];

const INFO_TYPES = {
  ticket: 'component_verify_ticket',
  authorized: 'authorized',
  updateauthorized: 'updateauthorized',
  unauthorized: 'unauthorized',
} as const;

const infoTypeOf = (event: ComponentEvent): string => ('infoType' in event ? event.infoType : INFO_TYPES[event.type]);

const told = ({ infoType, appId, status, message }: OtherEvent): ListenerActivity => ({
  type: 'event',
  infoType,
  ...(appId && { appId }),
  ...(status && { status }),
  ...(message && { message }),
});

const swapped = (): WxopError =>
  new WxopError(
    'PUSH_INVALID',
    text(
      'A message of an account came to the event URL: correct 消息与事件接收URL in the console.',
      '帐号消息被推送到了授权事件的网址：请在控制台更正“消息与事件接收URL”。',
    ),
    {
      hint: text('`wxop listen` prints both URLs when it starts.', '`wxop listen` 启动时会显示两个网址。'),
    },
  );

/**
 * What identifies a message. Source: 消息与事件推送: MsgId, or for events FromUserName and CreateTime. A user can do more
 * than one thing in a second, so for events all fields count: a repeated push is the same to the letter.
 */
function identityOf({ fields, toUserName }: AccountMessage, appId: string): string {
  const { MsgId } = fields;
  const isNumbered = typeof MsgId === 'string' && MsgId.trim() !== '';
  // With the original id, for the URL may name no account, or whoever repeats it may name another one. Joined, because
  // that makes a new string: a substring of the message, or a template of substrings, would keep all of it in memory.
  return [toUserName || appId, isNumbered ? MsgId.trim() : digestOf(JSON.stringify(fields))].join(' ');
}

/** V8 copies substrings shorter than this; longer ones keep the whole parent string alive. */
const SHORT = 13;

/** A string of its own: a substring would keep the whole document in memory while the answer is remembered. */
const copied = (part: string): string => (part.length < SHORT ? part : Buffer.from(part).toString());

/** Signed with the message token, and made for this component. */
interface GenuinePush {
  xml: string;
  /** The key that opened it. */
  aesKey: string;
  signature: string;
}

const timestampOf = ({ query }: Push): number => Number(query.get('timestamp'));

type PushOpener = (query: Query, body: string) => GenuinePush | { rejection: Rejection };

/** Verifies and opens pushes: outer XML, signature, cipher text, receiver, in this order. */
export function createPushOpener({ componentAppId, messageToken: token, encodingAesKeys }: PushKeys): PushOpener {
  const open = createOpener(encodingAesKeys, componentAppId);
  return (query, body) => {
    const timestamp = query.get('timestamp');
    const nonce = query.get('nonce');
    const signature = query.get('msg_signature');
    if (!timestamp || !nonce || !signature) return { rejection: 'missing-parameters' };
    const encrypted = takeEncrypt(body);
    if (encrypted === undefined) return { rejection: 'malformed' };
    if (!verifySignature(signature, { token, timestamp, nonce, encrypted })) return { rejection: 'bad-signature' };
    const opened = open(encrypted);
    return opened.failure ? { rejection: opened.failure } : { xml: opened.message, aesKey: opened.aesKey, signature };
  };
}

export function createReceiver(options: ReceiverOptions): Receiver {
  const { keys, keeper, attempts, now, elapsed, onActivity, later, sleep, claims } = options;
  const openPush = createPushOpener(keys);
  const settling = new Map<string, Settling>();
  // By a clock that is never set: a jump would forget what has just come, or remember it for days.
  const answers = createRecentAnswers<Promise<Answer>>(REMEMBER_MOST, REMEMBER_FOR, elapsed);
  claims?.answerWith(answers.recall);
  let skew = { isTold: false, at: -Infinity };
  /** Kinds of events whose dates lie in the future. */
  const ahead = new Set<string>();
  const publishCheck = createPublishCheck({
    ...keys,
    ...options,
    random: () => randomBytes(8).toString('hex'),
  });

  const reject = (reason: Rejection, error?: WxopError): Answer => ({
    status: REJECTIONS[reason],
    body: reason,
    rejection: { reason, error },
  });

  const takeOther = lazy(async () =>
    (await import('./other-forms.ts')).createOtherForms(keys, options.otherForms ?? { json: false }, now),
  );

  /** JSON has no passive reply: how it would look is not documented. */
  async function pushOther(request: Push): Promise<Answer> {
    const taken = (await takeOther())(request);
    if ('rejection' in taken) return reject(taken.rejection);
    const answer = await push(taken.push);
    if (answer.status !== 200 || isSilent(answer.body)) return answer;
    onActivity({ type: 'no-reply', appId: request.appId ?? '', reason: 'other-form' });
    return { ...answer, body: SUCCESS.body };
  }

  function push(request: Push): Promise<Answer> {
    if (JSON_OBJECT.test(request.body)) return pushOther(request);
    const opened = openPush(request.query, request.body);
    if ('rejection' in opened) return Promise.resolve(reject(opened.rejection));
    return request.kind === 'event' ? pushEvent(opened, request) : pushMessage(opened, request);
  }

  /** What WeChat repeats has one effect, and the same answer again. */
  function once(identity: string, request: Push, take: () => Promise<Answer>): Promise<Answer> {
    const again = answers.recall(identity);
    if (again) return again;
    tellSkew(Math.round(now() / 1000 - timestampOf(request)));
    const taken = claims ? claims.take(identity).then((answer) => answer ?? take()) : take();
    const answer = taken.catch((error: unknown) => {
      // Not remembered: WeChat pushes it again, and then it may work.
      answers.forget(identity);
      return reject('store-failure', toWxopError(error));
    });
    answers.keep(identity, answer);
    return answer;
  }

  /** The signature covers timestamp and nonce: it tells events apart. */
  function pushEvent({ xml, signature }: GenuinePush, request: Push): Promise<Answer> {
    return once(copied(signature), request, () => applyEvent(xml, request));
  }

  /** WeChat repeats a message with another nonce; the user must not get two replies. */
  function pushMessage(opened: GenuinePush, request: Push): Promise<Answer> {
    const message = readMessage(opened.xml);
    if (!message) return pushMisdirected(opened, request);
    const identity = identityOf(message, request.appId ?? '');
    return once(identity, request, () => takeMessage(message, identity, opened.aesKey, request));
  }

  /** Once, until the clocks agree again; and then not more often than pushes are remembered. */
  function tellSkew(seconds: number): void {
    const isSkewed = Math.abs(seconds) > SKEW_WARNING;
    if (isSkewed && !skew.isTold && elapsed() - skew.at >= REMEMBER_FOR) {
      skew = { isTold: true, at: elapsed() };
      onActivity({ type: 'clock-skew', seconds });
    }
    if (!isSkewed) skew.isTold = false;
  }

  /** When an event was made, in unix seconds. A date in the future counts as now, and is told once. */
  function madeAt(said: number, infoType: string): number {
    const createTime = credibleSeconds(said, now());
    if (createTime === said) {
      ahead.delete(infoType);
    } else if (!ahead.has(infoType)) {
      ahead.add(infoType);
      onActivity({ type: 'future-date', infoType, seconds: said - createTime });
    }
    return createTime;
  }

  /** Journals an accepted push; resolves with what forwards it, or undefined if another listener has the message already. */
  function journalPush(
    { appId, type, event, createTime }: Pick<Accepted, 'appId' | 'type' | 'event' | 'createTime'>,
    { kind, rawQuery: query = '', contentType = '', body }: Push,
    isOurs = false,
    identity?: string,
  ): Promise<HandOn | undefined> {
    if (!options.outbox) return NOBODY;
    const accepted = { receivedAt: now(), kind, appId, type, event, createTime, query, body, contentType };
    return options.outbox.keep(accepted, isOurs, identity);
  }

  async function applyEvent(xml: string, request: Push): Promise<Answer> {
    const event = readEvent(xml);
    if (!event) return reject('malformed', readMessage(xml) && swapped());
    if (event.componentAppId !== '' && event.componentAppId !== keys.componentAppId) return reject('foreign-receiver');
    const type = infoTypeOf(event);
    const createTime = madeAt(event.createTime || timestampOf(request), copied(type));
    const appId = ('appId' in event && event.appId) || '';
    const settling = await takeEvent(event, createTime);
    const handOn = await journalPush({ appId, type, createTime }, request);
    // The exchange comes before forwarding: the target then finds the code used and the account stored.
    later(async () => {
      if (settling !== undefined) await settle(settling);
      await handOn?.();
    });
    return { ...SUCCESS, about: { type: copied(type), appId: copied(appId) } };
  }

  /** Applies an event; resolves with the attempt to settle after the answer. */
  async function takeEvent(event: ComponentEvent, createTime: number): Promise<string | undefined> {
    switch (event.type) {
      case 'ticket': {
        const receivedAt = now();
        const kept = await keeper.keepTicket({ ticket: event.ticket, createTime, receivedAt });
        if (kept) onActivity({ type: 'ticket', receivedAt });
        return undefined;
      }
      case 'authorized':
      case 'updateauthorized':
        if (options.outbox?.events !== 'handover') return offerCode(event, createTime);
        onActivity({ type: 'event', infoType: event.type });
        return undefined;
      case 'unauthorized':
        if (await keeper.revoke(event.appId, { createTime, digest: 'unauthorized' })) {
          onActivity({ type: 'unauthorized', appId: event.appId });
        }
        return undefined;
      case 'registered':
        onActivity(told(event));
        return options.outbox?.events === 'handover' ? undefined : offerCode(event, createTime);
      case 'other':
        onActivity(told(event));
        return undefined;
    }
  }

  async function offerCode(
    event: Extract<ComponentEvent, { type: 'authorized' | 'updateauthorized' | 'registered' }>,
    createTime: number,
  ): Promise<string | undefined> {
    const known = await keeper.account(event.appId).catch((error: unknown) => {
      if (isError(error, 'NO_ACCOUNT')) return undefined;
      throw error;
    });
    if (known && !isNews(known, { createTime, digest: digestOf(event.code) }, now())) return undefined;
    const preAuthCode = 'preAuthCode' in event ? event.preAuthCode : undefined;
    const id = await attempts.ofEvent(preAuthCode, event.code);
    const updated = event.type === 'updateauthorized';
    const result = await attempts.offer(id, { code: event.code, event: { appId: event.appId, createTime, updated } });
    return result === 'over' ? undefined : id;
  }

  /** One settling per attempt at a time, and one more if it fails: it may have started before the newest code was offered. */
  function settle(attemptId: string): Promise<boolean> {
    const underWay = settling.get(attemptId);
    if (!underWay) return start(attemptId);
    return (underWay.next ??= underWay.now.then((isDone) => {
      settling.delete(attemptId);
      return isDone || start(attemptId);
    }));
  }

  function start(attemptId: string): Promise<boolean> {
    const started: Settling = { now: settlePatiently(attemptId) };
    settling.set(attemptId, started);
    return started.now.finally(() => {
      if (!started.next) settling.delete(attemptId);
    });
  }

  /** True when the attempt is settled, by us or by another process. */
  async function settlePatiently(attemptId: string): Promise<boolean> {
    for (const pause of [...PATIENCE, undefined]) {
      // The last error of each code. If no code was tried there is none, so reloading a page reports nothing.
      const failed = new Map<string | undefined, WxopError>();
      const report = (again: boolean): void =>
        failed.forEach((error, reference) =>
          onActivity({ type: 'exchange-failed', error, again: again && error.retryable, reference }),
        );
      try {
        await attempts.settle(attemptId, {
          onStored,
          onFailed: (error, reference) => void failed.set(reference, error),
        });
        report(false);
        return true;
      } catch (thrown) {
        const error = toWxopError(thrown);
        const again = pause !== undefined && error.retryable && error.code !== 'CANCELLED';
        report(again);
        if (!again) return false;
        await sleep(pause);
      }
    }
    return false;
  }

  const onStored: SettlingObserver['onStored'] = ({ account, wasAuthorized, insteadOf }) => {
    onActivity({ type: wasAuthorized ? 'updated' : 'authorized', account });
    if (insteadOf) onActivity({ type: 'other-account', appId: account.appId, insteadOf });
  };

  /** The two URLs may be swapped in the console: a ticket is too valuable to be lost to that. */
  function pushMisdirected({ xml, signature }: GenuinePush, request: Push): Promise<Answer> {
    const event = readEvent(xml);
    if (!event) return Promise.resolve(reject('malformed'));
    return once(copied(signature), request, () => {
      onActivity({ type: 'misdirected', infoType: infoTypeOf(event) });
      return applyEvent(xml, { ...request, kind: 'event', appId: undefined });
    });
  }

  async function takeMessage(
    message: AccountMessage,
    identity: string,
    aesKey: string,
    request: Push,
  ): Promise<Answer> {
    const { appId = '' } = request;
    const { msgType: type, event, createTime } = message;
    const about = { type: copied(type) };
    const success = { ...SUCCESS, about };
    // With codes and tokens handed over, the target must pass the publish check.
    const isOurs = options.outbox?.events !== 'handover' && isPublishCheck(message, appId);
    const kept = { appId, type, event, createTime };
    const handOn = await journalPush(kept, request, isOurs, isOurs ? undefined : identity);
    if (!handOn) return success;
    onActivity({ type: 'message', appId, message });
    if (isOurs) {
      const nonce = request.query.get('nonce') ?? '';
      return { status: 200, body: publishCheck({ appId, message, nonce, aesKey }) ?? '', about };
    }
    const sent = handOn();
    const answered = sent && (await sent);
    if (answered === undefined || isSilent(answered)) return success;
    const reply = passiveReply(answered, { ...keys, aesKey }, now());
    if ('body' in reply) return { status: 200, body: reply.body, about };
    onActivity({ type: 'no-reply', appId, reason: reply.refusal });
    return success;
  }

  function echo(query: Query): Answer {
    const [timestamp, nonce, signature, echostr] = ['timestamp', 'nonce', 'signature', 'echostr'].map((name) =>
      query.get(name),
    );
    if (!timestamp || !nonce || !signature || !echostr) return reject('missing-parameters');
    if (!verifySignature(signature, { token: keys.messageToken, timestamp, nonce })) return reject('bad-signature');
    return { status: 200, body: echostr };
  }

  return { push, echo, settle };
}
