/** Reads a request's body within a size and a time. */
import type { IncomingMessage } from 'node:http';

/** Bytes that are taken in past the limit, thrown away, so that the sender gets to read the answer. */
const DRAIN_LIMIT = 8 * 1024 * 1024;

export type Body = { text: string } | { rejection: 'too-large' | 'too-slow' };

/** The body as UTF-8 text, or why there is none. Never throws; a request that breaks off counts as too slow. */
export function readBody(request: IncomingMessage, limit: number, deadline: number): Promise<Body> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let size = 0;
    const outcome = (): Body =>
      size > limit ? { rejection: 'too-large' } : { text: Buffer.concat(chunks).toString('utf8') };
    const end = (body: Body): void => {
      clearTimeout(timer);
      resolve(body);
    };
    const tooSlow = (): void => end(size > limit ? outcome() : { rejection: 'too-slow' });
    const timer = setTimeout(tooSlow, deadline);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks = [];
      if (size > DRAIN_LIMIT) end(outcome());
    });
    request.on('end', () => end(outcome()));
    request.on('close', tooSlow);
    request.on('error', tooSlow);
  });
}
