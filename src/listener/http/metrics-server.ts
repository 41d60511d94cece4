/** `/metrics`: a reply of the listener, and a server of its own where strangers reach the listener. */
import { createServer, type Server } from 'node:http';
import type { Metrics } from './metrics.ts';
import { plain, send, type Reply } from './reply.ts';
import { namesOneHost } from './request-target.ts';

export const metricsReply = async (metrics: Pick<Metrics, 'text'>): Promise<Reply> => ({
  ...plain(200, await metrics.text()),
  type: 'text/plain; version=0.0.4; charset=utf-8',
});

/** Answers only `/metrics`; the caller binds it. */
export function createMetricsServer(metrics: Pick<Metrics, 'text'>): Server {
  return createServer((request, response) => {
    const isAsked = request.url === '/metrics' && (request.method === 'GET' || request.method === 'HEAD');
    const otherwise = namesOneHost(request) ? plain(404, 'not found') : plain(400, 'bad request');
    void (isAsked && otherwise.status === 404 ? metricsReply(metrics) : Promise.resolve(otherwise))
      .catch(() => plain(500, 'error'))
      .then((reply) => send(request, response, reply));
  });
}
