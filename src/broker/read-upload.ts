/** The body of a call on its way to WeChat: kept where it is small, so that it can be sent again, streamed where it is not. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Limits } from '../listener/http/limits.ts';

/** Bytes up to which a body is kept. */
const KEPT = 1024 * 1024;

export class TooLarge extends Error {}
/** The caller went away in the middle, its key ended, or what it sends is no HTTP. */
export class BrokenOff extends Error {}

export interface Upload {
  /** There if it was small enough. */
  whole?: Buffer;
  stream?: Readable;
  release: () => void;
}

export interface UploadOptions {
  limits: Limits;
  /** Bytes that a body may have. */
  maxUpload: number;
  /** Gives up what is still to come. */
  signal: AbortSignal;
}

/**
 * The body, or its beginning with the rest to come. Undefined where there is no memory left for it. Rejects with BrokenOff;
 * the stream fails with that, or with TooLarge.
 */
export async function readUpload(
  request: IncomingMessage,
  { limits, maxUpload, signal }: UploadOptions,
): Promise<Upload | undefined> {
  const { headers } = request;
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  if (!hasBody) return { release: () => undefined };
  const connection = limits.of(request.socket);
  const coming = request[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const chunks: Buffer[] = [];
  let size = 0;
  let held = 0;
  let isGivenUp = false;
  let fail: () => void = () => undefined;

  function giveUp(): void {
    // The body is complete: only the bytes after it are invalid.
    if (request.complete) return;
    isGivenUp = true;
    fail();
  }
  function ended(): void {
    signal.removeEventListener('abort', giveUp);
    if (connection.giveUp === giveUp) connection.giveUp = undefined;
  }
  const release = (): void => {
    limits.give(held);
    held = 0;
  };

  /** A connection of which only our half is left open never says that nothing more comes. */
  const next = (): Promise<Buffer | undefined> =>
    new Promise((resolve, reject) => {
      fail = () => {
        ended();
        reject(new BrokenOff());
      };
      if (isGivenUp) return fail();
      coming.next().then(({ value }) => {
        if (value === undefined) ended();
        resolve(value);
      }, fail);
    });

  connection.giveUp = giveUp;
  signal.addEventListener('abort', giveUp, { once: true });
  // Found while the key was looked for.
  if (connection.isBroken || signal.aborted) giveUp();
  try {
    for (;;) {
      const value = await next();
      if (value === undefined) return { whole: Buffer.concat(chunks), release };
      size += value.length;
      if (!limits.take(value.length)) {
        ended();
        release();
        return undefined;
      }
      held += value.length;
      chunks.push(value);
      if (size > KEPT) break;
    }
  } catch (error) {
    release();
    throw error;
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* chunks;
    for (;;) {
      const value = await next();
      if (value === undefined) return;
      size += value.length;
      if (size > maxUpload) throw new TooLarge();
      yield value;
    }
  }
  return { stream: Readable.from(all(), { objectMode: false }), release };
}
