/** Pushes as WeChat sends them: signed, encrypted, XML, tried three times. */
import { randomBytes } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { writeXml, type XmlFields } from '../protocol/events.ts';
import { ANSWER_DEADLINE, writePush, type Outer } from '../protocol/write-push.ts';
import { type Component, type PushResult } from './sandbox-options.ts';

const TRIES = 3;
const PAUSE = 500;

export interface SandboxPushOptions {
  component: Component;
  url: string;
  /** The inner message. */
  fields: XmlFields;
  outer: Outer;
  /** Unix seconds. */
  timestamp: number;
  signal: AbortSignal;
  /** The follower, in the query of accounts' messages. */
  openId?: string;
}

/** Pushes until it is answered `success` (or anything, with status 200), three times at most. */
export async function push(options: SandboxPushOptions): Promise<PushResult> {
  const { fields, signal, ...push } = options;
  const { url, body } = writePush({
    ...push,
    message: writeXml(fields),
    nonce: String(randomBytes(4).readUInt32BE()),
    random: randomBytes(8).toString('hex'),
  });
  for (let tried = 1; ; tried++) {
    const result = await post(url, body, signal);
    if (result.status === 200 || tried === TRIES || signal.aborted) return result;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function post(url: URL, body: string, signal: AbortSignal): Promise<PushResult> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const sent = request(
      url,
      {
        method: 'POST',
        signal,
        timeout: ANSWER_DEADLINE,
        headers: { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body), 'user-agent': 'Mozilla/4.0' },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
        response.on('error', () => resolve({ status: 0, body: '' }));
      },
    );
    sent.on('timeout', () => sent.destroy());
    sent.on('error', (error) => resolve({ status: 0, body: error.message }));
    sent.end(body);
  });
}
