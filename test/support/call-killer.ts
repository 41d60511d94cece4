/** Between wxop and the sandbox: at a chosen call it kills wxop, before it passes the call on or after. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Started } from './processes.ts';

export async function startKiller(target: string) {
  let armed: { path: string; when: 'before' | 'after'; victim: Started } | undefined;
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const hit = armed && request.url?.startsWith(armed.path) ? armed : undefined;
      if (hit) armed = undefined;
      if (hit?.when === 'before') return void hit.victim.process.kill('SIGKILL');
      const { method, headers } = request;
      const body = method === 'GET' ? undefined : Buffer.concat(chunks);
      const answer = await fetch(`${target}${request.url}`, {
        method,
        body,
        headers: { 'content-type': headers['content-type'] ?? 'application/json' },
      });
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (hit) return void hit.victim.process.kill('SIGKILL');
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(bytes);
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Before it is started, since the call may come at once. */
    arm: (path: string, when: 'before' | 'after', victim: Started) => void (armed = { path, when, victim }),
  };
}
