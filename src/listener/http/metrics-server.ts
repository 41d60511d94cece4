/** `/metrics`: a reply of the listener, and a server of its own where strangers reach the listener. */
import { createServer, type Server } from 'node:http';
import type { Metrics } from './metrics.ts';
import { plain, send, type Reply } from './reply.ts';

export const metricsReply = async (metrics: Metrics): Promise<Reply> => ({
  ...plain(200, await metrics.text()),
  type: 'text/plain; version=0.0.4; charset=utf-8',
});

/** Answers nothing but `/metrics`; not bound yet. */
export function createMetricsServer(metrics: Metrics): Server {
  return createServer((request, response) => {
    const isAsked = request.url === '/metrics' && (request.method === 'GET' || request.method === 'HEAD');
    void (isAsked ? metricsReply(metrics) : Promise.resolve(plain(404, 'not found')))
      .catch(() => plain(500, 'error'))
      .then((reply) => send(request, response, reply));
  });
}
