/** Reads a request's body, within a size, a time, and the memory for all bodies together. */
import type { IncomingMessage } from 'node:http';
import type { Limits } from './limits.ts';

/** Bytes over the limit that are still read, and dropped, so that the sender reads the answer. */
const DRAIN_LIMIT = 8 * 1024 * 1024;

export type RequestBody = { text: string } | { rejection: 'too-large' | 'too-slow' | 'malformed' | 'busy' };

/**
 * The body as UTF-8 text, or why there is none. Never throws; a request that breaks off counts as too slow, one with
 * invalid chunks as malformed.
 */
export async function readRequestBody(
  request: IncomingMessage,
  limits: Limits,
  limit: number,
  deadline: number,
): Promise<RequestBody> {
  // By then Node has parsed whatever came together with the head.
  await Promise.resolve();
  return wholeBody(request, limits, limit) ?? arrivingBody(request, limits, limit, deadline);
}

/** Most bodies come with their head: to those nothing need listen, and no timer. */
function wholeBody(request: IncomingMessage, limits: Limits, limit: number): RequestBody | undefined {
  const { complete, destroyed, readableLength } = request;
  if (!complete || destroyed || readableLength > limit || !limits.take(readableLength)) return undefined;
  limits.give(readableLength);
  const bytes = request.read() as Buffer | null;
  return { text: bytes?.toString() ?? '' };
}

function arrivingBody(request: IncomingMessage, limits: Limits, limit: number, deadline: number): Promise<RequestBody> {
  return new Promise((resolve) => {
    const connection = limits.of(request.socket);
    // The bytes after the head were no chunks.
    if (connection.isBroken && !request.complete) return resolve({ rejection: 'malformed' });
    let chunks: Buffer[] = [];
    let size = 0;
    let held = 0;
    let hasEnded = false;
    const release = (): void => {
      chunks = [];
      limits.give(held);
      held = 0;
    };
    const end = (body: RequestBody): void => {
      if (hasEnded) return;
      hasEnded = true;
      clearTimeout(timer);
      connection.giveUp = undefined;
      release();
      resolve(body);
    };
    const whole = (): RequestBody => {
      if (size > limit) return { rejection: 'too-large' };
      const [only] = chunks;
      return { text: chunks.length === 1 && only ? only.toString() : Buffer.concat(chunks).toString() };
    };
    const tooSlow = (): void => end({ rejection: size > limit ? 'too-large' : 'too-slow' });
    const timer = setTimeout(tooSlow, deadline);
    connection.giveUp = () => {
      // The body is complete: only the bytes after it are invalid.
      if (!request.complete) end({ rejection: size > limit ? 'too-large' : 'malformed' });
    };
    request.on('data', (chunk: Buffer) => {
      if (hasEnded) return;
      size += chunk.length;
      if (size > DRAIN_LIMIT) return end({ rejection: 'too-large' });
      if (size > limit) return release();
      if (!limits.take(chunk.length)) return end({ rejection: 'busy' });
      held += chunk.length;
      chunks.push(chunk);
    });
    request.on('end', () => end(whole()));
    request.on('close', tooSlow);
    request.on('error', tooSlow);
  });
}
