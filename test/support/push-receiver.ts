/** A server that takes pushes as an operator's service would, and keeps what was in them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { open, verifySignature } from '../../src/protocol/envelope.ts';
import { parseXml, takeEncrypt } from '../../src/protocol/events.ts';
import { SANDBOX_COMPONENT } from '../../src/sandbox/sandbox.ts';

export interface ReceivedPush {
  path: string;
  /** The inner XML; empty where the signature does not fit. */
  message: Record<string, unknown>;
  openId: string | null;
}

export async function receivePushes(): Promise<{ url: string; received: ReceivedPush[] }> {
  const received: ReceivedPush[] = [];
  const { appId, messageToken: token, encodingAesKey } = SANDBOX_COMPONENT;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://receiver');
      const encrypted = takeEncrypt(Buffer.concat(chunks).toString('utf8')) ?? '';
      const parts = { token, timestamp: query.get('timestamp') ?? '', nonce: query.get('nonce') ?? '', encrypted };
      const opened = open(encrypted, [encodingAesKey], appId);
      const isGenuine = verifySignature(query.get('msg_signature') ?? '', parts) && !opened.failure;
      const message = isGenuine ? (parseXml(opened.message) ?? {}) : {};
      received.push({ path, message, openId: query.get('openid') });
      response.end('success');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}
