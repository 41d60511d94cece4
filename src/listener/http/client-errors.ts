/** Answers bytes that are no request, after all earlier requests on the connection. */
import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { rawReply, sendLast } from './reply.ts';

/** Node's code for a request that it could not read → the status for the client. */
const CLIENT_ERRORS: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

export function answerClientErrors(server: Server, limits: Limits, metrics: Metrics): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const connection = limits.of(socket);
    if (connection.isBroken) return;
    connection.isBroken = true;
    const { last } = connection;
    const answer = (): void => {
      const status = CLIENT_ERRORS[error.code ?? ''] ?? 400;
      metrics.count('wxop_requests_total', { status: String(status) });
      sendLast(socket, rawReply(status, STATUS_CODES[status] ?? ''));
    };
    connection.giveUp?.();
    if (last && !last.writableFinished) last.once('finish', answer);
    else answer();
  });
}
