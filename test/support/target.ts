/** A service of the operator's own behind the listener: a real server that remembers what it got. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Got {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface TargetServer {
  url: string;
  got: Got[];
  server: Server;
}

/** `answer` gives status and body; one that never resolves is a target that hangs. */
export async function startTarget(
  answer: (got: Got) => { status?: number; body?: string } | Promise<{ status?: number; body?: string }> = () => ({}),
  port = 0,
): Promise<TargetServer> {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const received = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
      got.push(received);
      void Promise.resolve(answer(received)).then(({ status = 200, body = 'success' }) => {
        response.writeHead(status).end(body);
      });
    });
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got, server };
}
