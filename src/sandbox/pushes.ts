/** Pushes as the platform sends them: signed, encrypted, XML, tried three times. */
import { randomBytes } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { seal, sign } from '../protocol/envelope.ts';
import { writeXml } from '../protocol/events.ts';
import type { Component } from './platform.ts';

/** Milliseconds: the platform gives up on an answer after five seconds. */
const ANSWER_DEADLINE = 5_000;
const TRIES = 3;
const PAUSE = 500;

export interface PushResult {
  /** 0: nobody answered. */
  status: number;
  body: string;
}

export interface PushOptions {
  component: Component;
  url: string;
  /** The inner message. */
  fields: Record<string, string | number>;
  /** The outer element beside Encrypt: AppId for component events, ToUserName for accounts' messages. */
  outer: { AppId: string } | { ToUserName: string };
  /** Unix seconds. */
  timestamp: number;
  signal: AbortSignal;
}

/** Pushes until it is answered `success` (or anything, with status 200), three times at most. */
export async function push(options: PushOptions): Promise<PushResult> {
  const { component, fields, outer, timestamp } = options;
  const nonce = String(randomBytes(4).readUInt32BE());
  const signed = { token: component.messageToken, timestamp: String(timestamp), nonce };
  const { encrypted, signature } = seal({
    ...signed,
    message: writeXml(fields),
    encodingAesKey: component.encodingAesKey,
    receiver: component.appId,
    random: randomBytes(8).toString('hex'),
  });
  const url = new URL(options.url);
  url.searchParams.set('signature', sign(signed));
  url.searchParams.set('timestamp', signed.timestamp);
  url.searchParams.set('nonce', nonce);
  url.searchParams.set('encrypt_type', 'aes');
  url.searchParams.set('msg_signature', signature);
  const body = writeXml({ ...outer, Encrypt: encrypted });
  for (let tried = 1; ; tried++) {
    const result = await post(url, body, options.signal);
    if (result.status === 200 || tried === TRIES || options.signal.aborted) return result;
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
