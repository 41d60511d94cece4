/**
 * One callback in → verified event → effect → answer. No HTTP here.
 * Nothing is stored, shown or parsed deeper before the step that proves it.
 */
import { toWxopError, type WxopError } from '../errors.ts';
import { open, verifySignature } from '../protocol/envelope.ts';
import { readEvent, readMessage, takeEncrypt, type AccountMessage, type PlatformEvent } from '../protocol/events.ts';
import type { Attempts } from '../platform/attempts.ts';
import { isNews, type Keeper } from '../platform/keeper.ts';
import { digestOf } from '../protocol/links.ts';
import type { AccountRecord } from '../store/store.ts';

export const REJECTIONS = {
  'bad-signature': 403,
  'foreign-receiver': 403,
  'missing-parameters': 400,
  'bad-padding': 400,
  malformed: 400,
  'too-large': 413,
  'too-slow': 408,
  'wrong-method': 405,
  'unsupported-encoding': 415,
  'store-failure': 500,
} as const;

export type Rejection = keyof typeof REJECTIONS;

/** What a listener tells of its work, in the order in which it happens. */
export type ListenerNews =
  | { type: 'ticket'; receivedAt: number }
  | { type: 'authorized' | 'updated'; account: AccountRecord }
  | { type: 'unauthorized'; appId: string }
  | { type: 'event'; infoType: string }
  | { type: 'message'; appId: string; message: AccountMessage }
  | ({ type: 'rejected'; reason: Rejection; status: number; error?: WxopError } & Partial<PushReport>)
  | ({ type: 'answered'; result: string; status: number } & PushReport)
  | { type: 'clock-skew'; seconds: number }
  | { type: 'exchange-failed'; error: WxopError; again: boolean }
  | { type: 'not-found'; method: string; path: string };

/** What a log line says of one push, beside how it ended. */
export interface PushReport {
  /** Counts the pushes of this run. */
  id: string;
  kind: 'event' | 'message';
  appId?: string;
  /** The client's. */
  address: string;
  milliseconds: number;
}

export interface Keys {
  componentAppId: string;
  messageToken: string;
  /** The current one first, then the previous one if there is one. */
  encodingAesKeys: string[];
}

export interface Push {
  kind: 'event' | 'message';
  /** The authorizer appid out of the message URL. */
  appId?: string;
  query: URLSearchParams;
  body: string;
}

export interface Answer {
  status: number;
  body: string;
  /** Why it was refused: told by whoever knows the request. */
  rejection?: { reason: Rejection; error?: WxopError };
}

export interface ReceiverOptions {
  keys: Keys;
  keeper: Keeper;
  attempts: Attempts;
  now: () => number;
  tell: (news: ListenerNews) => void;
  /** Runs work after the answer; a graceful stop waits for it. */
  later: (work: () => Promise<void>) => void;
  sleep: (milliseconds: number) => Promise<void>;
}

export interface Receiver {
  push(push: Push): Promise<Answer>;
  /** The answer to a GET with `echostr`. */
  echo(query: URLSearchParams): Answer;
  /** Exchanges what was offered to an attempt, tells of it, and tries again what may be tried again. */
  settle(attemptId: string): Promise<void>;
}

const SUCCESS: Answer = { status: 200, body: 'success' };
/** How long a push is remembered, and how many of them. */
const REMEMBER_FOR = 10 * 60 * 1000;
const REMEMBER_MOST = 10_000;
/** Seconds of difference between the platform's clock and ours that deserve a warning. */
const SKEW_WARNING = 5 * 60;
const PATIENCE = [1_000, 5_000, 20_000];

/** Verifies and opens one push: outer XML, signature, cipher text, receiver, in this order. */
export function openPush(query: URLSearchParams, body: string, keys: Keys): { xml: string } | { rejection: Rejection } {
  const [timestamp, nonce, signature] = ['timestamp', 'nonce', 'msg_signature'].map((name) => query.get(name));
  if (!timestamp || !nonce || !signature) return { rejection: 'missing-parameters' };
  const encrypted = takeEncrypt(body);
  if (encrypted === undefined) return { rejection: 'malformed' };
  if (!verifySignature(signature, { token: keys.messageToken, timestamp, nonce, encrypted })) {
    return { rejection: 'bad-signature' };
  }
  const opened = open(encrypted, keys.encodingAesKeys, keys.componentAppId);
  return opened.failure ? { rejection: opened.failure } : { xml: opened.message };
}

export function createReceiver(options: ReceiverOptions): Receiver {
  const { keys, keeper, attempts, now, tell, later, sleep } = options;
  const settling = new Map<string, Promise<void>>();
  // Insertion order is age order: the first entries are the oldest.
  const remembered = new Map<string, { at: number; answer: Promise<Answer> }>();

  const reject = (reason: Rejection, error?: WxopError): Answer => ({
    status: REJECTIONS[reason],
    body: reason,
    rejection: { reason, error },
  });

  async function push(request: Push): Promise<Answer> {
    const opened = openPush(request.query, request.body, keys);
    if ('rejection' in opened) return reject(opened.rejection);
    const timestamp = Number(request.query.get('timestamp'));
    const identity = ['timestamp', 'nonce', 'msg_signature'].map((name) => request.query.get(name)).join(' ');
    const again = remembered.get(identity);
    if (again && again.at > now() - REMEMBER_FOR) return again.answer;

    const skew = Math.round(now() / 1000 - timestamp);
    if (Math.abs(skew) > SKEW_WARNING) tell({ type: 'clock-skew', seconds: skew });
    const answer = (
      request.kind === 'event' ? applyEvent(opened.xml, timestamp) : applyMessage(opened.xml, request)
    ).catch((error: unknown) => {
      // Not remembered: the platform pushes again, and then it may work.
      remembered.delete(identity);
      return reject('store-failure', toWxopError(error));
    });
    remember(identity, answer);
    return answer;
  }

  function remember(identity: string, answer: Promise<Answer>): void {
    remembered.delete(identity);
    remembered.set(identity, { at: now(), answer });
    for (const [oldest, { at }] of remembered) {
      if (remembered.size <= REMEMBER_MOST && at > now() - REMEMBER_FOR) break;
      remembered.delete(oldest);
    }
  }

  async function applyEvent(xml: string, timestamp: number): Promise<Answer> {
    const event = readEvent(xml);
    if (!event) return reject('malformed');
    if (event.componentAppId !== '' && event.componentAppId !== keys.componentAppId) return reject('foreign-receiver');
    const createTime = event.createTime || timestamp;
    switch (event.type) {
      case 'ticket': {
        const receivedAt = now();
        const kept = await keeper.keepTicket({ ticket: event.ticket, createTime, receivedAt });
        if (kept) tell({ type: 'ticket', receivedAt });
        break;
      }
      case 'authorized':
      case 'updateauthorized':
        await offerCode(event, createTime);
        break;
      case 'unauthorized':
        if (await keeper.revoke(event.appId, { createTime, digest: 'unauthorized' })) {
          tell({ type: 'unauthorized', appId: event.appId });
        }
        break;
      case 'other':
        tell({ type: 'event', infoType: event.infoType });
    }
    return SUCCESS;
  }

  async function offerCode(
    event: Extract<PlatformEvent, { type: 'authorized' | 'updateauthorized' }>,
    createTime: number,
  ): Promise<void> {
    const known = await keeper.account(event.appId).catch(() => undefined);
    if (known && !isNews(known, { createTime, digest: digestOf(event.code) })) return;
    const id = await attempts.ofEvent(event.preAuthCode, event.code);
    const updated = event.type === 'updateauthorized';
    const result = await attempts.offer(id, { code: event.code, event: { appId: event.appId, createTime, updated } });
    if (result !== 'over') later(() => settle(id));
  }

  /** One settling per attempt: whoever asks meanwhile waits for the same one. */
  function settle(attemptId: string): Promise<void> {
    const underWay = settling.get(attemptId);
    if (underWay) return underWay;
    const started = settlePatiently(attemptId).finally(() => settling.delete(attemptId));
    settling.set(attemptId, started);
    return started;
  }

  async function settlePatiently(attemptId: string): Promise<void> {
    for (const pause of [...PATIENCE, undefined]) {
      try {
        const settled = await attempts.settle(attemptId);
        if (settled.isNew) {
          tell({ type: settled.wasAuthorized ? 'updated' : 'authorized', account: settled.account });
        }
        return;
      } catch (thrown) {
        const error = toWxopError(thrown);
        const again = pause !== undefined && error.retryable && error.code !== 'CANCELLED';
        tell({ type: 'exchange-failed', error, again });
        if (!again) return;
        await sleep(pause);
      }
    }
  }

  function applyMessage(xml: string, { appId = '' }: Push): Promise<Answer> {
    const message = readMessage(xml);
    if (!message) return Promise.resolve(reject('malformed'));
    tell({ type: 'message', appId, message });
    return Promise.resolve(SUCCESS);
  }

  function echo(query: URLSearchParams): Answer {
    const [timestamp, nonce, signature, echostr] = ['timestamp', 'nonce', 'signature', 'echostr'].map((name) =>
      query.get(name),
    );
    if (!timestamp || !nonce || !signature || !echostr) return reject('missing-parameters');
    if (!verifySignature(signature, { token: keys.messageToken, timestamp, nonce })) return reject('bad-signature');
    return { status: 200, body: echostr };
  }

  return { push, echo, settle };
}
