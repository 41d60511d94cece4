/** A push over HTTP: what may come in as one, its body within its limits, and how it went in metrics and log. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from './http/limits.ts';
import type { Metrics } from './http/metrics.ts';
import { readRequestBody } from './http/read-body.ts';
import type { Answer, ListenerActivity, PushReport, Receiver } from './receiver.ts';
import { REJECTIONS } from './rejections.ts';
import { plain, type Reply } from './http/reply.ts';
import { isAmbiguous, type Query } from './http/request-target.ts';

const BODY_LIMIT = 1024 * 1024;

/** What the address of a request says of the push. */
export interface AddressedPush {
  kind: 'event' | 'message';
  query: Query;
  /** The client's. */
  address: string;
  /** The authorizer appid out of the message URL. */
  appId?: string;
  /** Where several could take it: whose it is, once it has been read. */
  choose?: (query: Query, body?: string) => ChosenTaker;
}

/** Who takes a push, counts it and tells of it. */
export interface PushTaker {
  receiver: () => Promise<Pick<Receiver, 'push' | 'echo'>>;
  metrics: Metrics;
  onActivity: (activity: ListenerActivity) => void;
}

export interface ChosenTaker extends PushTaker, Pick<AddressedPush, 'kind' | 'appId'> {}

export interface PushRouteOptions extends PushTaker {
  limits: Limits;
  /** Milliseconds that a body may take. */
  bodyDeadline: number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
}

export type PushRoute = (request: IncomingMessage, response: ServerResponse, push: AddressedPush) => Promise<Reply>;

export function createPushRoute({
  receiver,
  limits,
  bodyDeadline,
  metrics,
  elapsed,
  onActivity,
}: PushRouteOptions): PushRoute {
  let requests = 0;
  metrics.describe('wxop_pushes_total', 'Pushes answered, by URL, type and result');
  metrics.describe('wxop_push_seconds', 'Time from the head of a push to its answer');

  async function answerTo(
    request: IncomingMessage,
    response: ServerResponse,
    push: AddressedPush & PushTaker,
  ): Promise<Answer & { headers?: Record<string, string> }> {
    const { query, choose } = push;
    const { method, headers } = request;
    const isContinued = 'expect' in headers;
    const reject = (reason: keyof typeof REJECTIONS, more?: Record<string, string>) => ({
      status: REJECTIONS[reason],
      body: reason,
      rejection: { reason },
      // The body that was announced stays away: what comes next on this connection could be either.
      headers: { ...more, ...(isContinued && { connection: 'close' }) },
    });
    if (method === 'GET' && query.has('echostr')) {
      if (isAmbiguous(query)) return reject('malformed');
      if (choose) Object.assign(push, choose(query));
      return (await push.receiver()).echo(query);
    }
    if (method !== 'POST') return reject('wrong-method', { allow: 'POST' });
    const isPlain = isOnly('identity', headers['content-encoding'] || undefined);
    if (!isPlain || !isOnly('chunked', headers['transfer-encoding'])) return reject('unsupported-encoding');
    if (isAmbiguous(query)) return reject('malformed');
    if (isContinued) {
      if (Number(headers['content-length'] ?? 0) > BODY_LIMIT) return reject('too-large');
      response.writeContinue();
    }
    const body = await readRequestBody(request, limits, BODY_LIMIT, bodyDeadline);
    if ('text' in body) {
      if (choose) Object.assign(push, choose(query, body.text));
      const { kind, appId } = push;
      return await (
        await push.receiver()
      ).push({
        kind,
        query,
        rawQuery: queryOf(request.url),
        contentType: headers['content-type'],
        cloudFrom: 'x-wx-source' in headers ? everyAddressOf(request) : undefined,
        body: body.text,
        appId,
      });
    }
    if (body.rejection === 'busy')
      return { status: 503, body: 'busy', headers: { connection: 'close', 'retry-after': '1' } };
    return reject(body.rejection, { connection: 'close' });
  }

  function report(push: AddressedPush & PushTaker, answer: Answer, milliseconds: number): void {
    const { kind, address } = push;
    const { status, rejection, about } = answer;
    const result = rejection?.reason ?? (status === 200 ? 'accepted' : 'busy');
    push.metrics.count('wxop_pushes_total', { kind, type: about?.type ?? 'unknown', result });
    push.metrics.observe('wxop_push_seconds', { kind }, milliseconds / 1000);
    const appId = (about?.appId ?? push.appId) || undefined;
    const said: PushReport = { id: String(++requests), kind, pushType: about?.type, appId, address, milliseconds };
    if (rejection) push.onActivity({ type: 'rejected', ...rejection, status, ...said });
    push.onActivity({ type: 'answered', result, status, ...said });
  }

  return async (request, response, addressed) => {
    const startedAt = elapsed();
    const push = { receiver, metrics, onActivity, ...addressed };
    const answer = await answerTo(request, response, push);
    report(push, answer, elapsed() - startedAt);
    return plain(answer.status, answer.body, answer.headers);
  };
}

/** Whoever had a part in it, as far as is said. */
const everyAddressOf = ({ socket, headers }: IncomingMessage): string[] => [
  socket.remoteAddress ?? '',
  ...[headers['x-forwarded-for'] ?? [], headers['x-real-ip'] ?? []]
    .flat()
    .flatMap((said) => said.split(','))
    .map((said) => said.trim()),
];

/** As it stood in the address. */
const queryOf = (url = ''): string => (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

/** Names of codings have no case (RFC 9110, section 8.4.1). */
const isOnly = (coding: string, header = coding): boolean => header.toLowerCase() === coding;
