/** Whatever comes to the door where clients attach, nobody stays who may not, nothing fills the memory, nothing crashes. */
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createAttachDoor } from '../../src/attach/attach-door.ts';
import { readClientWord, readListenerWord } from '../../src/attach/attach-words.ts';
import type { AuditLog } from '../../src/broker/audit-log.ts';
import type { Attempts } from '../../src/credentials/attempts.ts';
import type { Keeper } from '../../src/credentials/keeper.ts';
import type { LinkSite } from '../../src/credentials/link-terms.ts';
import { createFileJournal } from '../../src/delivery/file-journal.ts';
import type { JournalEntry } from '../../src/delivery/journal.ts';
import { createFront } from '../../src/listener/http/front.ts';
import { createMetrics } from '../../src/listener/http/metrics.ts';
import { text } from '../../src/sentences/text.ts';
import { WxopError } from '../../src/sentences/wxop-error.ts';
import { attaching, textFrame, words } from '../support/attach-fuzz.ts';
import { COMPONENT } from '../support/listener.ts';
import { eventually } from '../support/processes.ts';
import { sendToDoor } from '../support/send-to-door.ts';
import { sleep } from '../support/sleep.ts';
import { fillStore, TEA } from '../support/team-doors.ts';
import { openFileStore } from '../support/wechat.ts';
import { temporaryFolder } from '../support/world.ts';

const noTicket = (): Promise<never> => Promise.reject(new WxopError('NO_TICKET', text('none', '无')));

async function openDoor() {
  const folder = temporaryFolder();
  const store = openFileStore(folder);
  const keys = await fillStore(store, COMPONENT.appId);
  const metrics = createMetrics();
  const elapsed = (): number => performance.now();
  const journal = createFileJournal({
    folder: join(folder, 'journal'),
    now: Date.now,
    random: Math.random,
    sleep,
    pid: process.pid,
    host: () => 'test',
    isAlive: () => true,
  });
  const door = createAttachDoor({
    componentAppId: COMPONENT.appId,
    store,
    openingKeys: { componentAppId: COMPONENT.appId, encodingAesKeys: [COMPONENT.encodingAesKey] },
    journal,
    metrics,
    keeper: () => Promise.resolve({ accounts: async function* () {} } as unknown as Keeper),
    attempts: () => Promise.resolve({ create: noTicket, read: noTicket } as unknown as Attempts),
    auditLog: () =>
      Promise.resolve({ append: () => Promise.resolve(), close: () => Promise.resolve() } as unknown as AuditLog),
    place: () => ({}) as LinkSite,
    trustedProxies: [],
    isWorker: false,
    now: Date.now,
    elapsed,
    sleep,
    redact: (line) => line,
    onActivity: () => undefined,
  });
  const front = createFront({
    host: '127.0.0.1',
    port: 0,
    elapsed,
    sleep,
    metrics,
    onActivity: () => undefined,
    trustedProxies: [],
    isPublic: false,
    attach: {
      path: '/attach',
      open: (...request) => void door.open(...request),
      close: () => door.close(),
    },
  });
  const { url } = await front.open(front.otherwise);
  onTestFinished(async () => {
    await front.stop();
    await journal.close();
  });
  const measured = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await metrics.text())?.[1]);
  return { port: Number(new URL(url).port), keys, door, journal, measured };
}

const entry = (body: string): Omit<JournalEntry, 'id'> => ({
  receivedAt: Date.now(),
  kind: 'message',
  appId: TEA,
  type: 'text',
  createTime: 1,
  query: '',
  body,
  contentType: 'text/xml',
  owed: [],
});

it('whatever is sent, it is answered or closed, and nobody stays', { timeout: 60_000 }, async () => {
  const { port, keys, measured } = await openDoor();
  await fc.assert(
    fc.asyncProperty(fc.array(attaching(keys), { minLength: 8, maxLength: 8 }), async (many) => {
      await Promise.all(many.map((sent) => sendToDoor(port, sent)));
    }),
    { numRuns: 15 },
  );
  await eventually(async () => ((await measured('wxop_connections')) === 0 ? true : undefined));
  expect(await measured('wxop_attached_clients')).toBe(0);
});

it('a word is one of ours or none, whatever is written', () => {
  fc.assert(
    fc.property(words(), (said) => {
      const word = readClientWord(said);
      readListenerWord(said);
      if (word?.type === 'ack') expect(word.ids.length).toBeLessThanOrEqual(256);
    }),
    { numRuns: 200 },
  );
});

it('who is not let in cannot stay, and sends on in vain', async () => {
  const { port, keys, measured } = await openDoor();
  const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n`;
  const heads = [
    `GET /nowhere HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`,
    `GET /attach HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`,
    `GET /attach HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${keys.api}\r\n${upgrade}\r\n${'x'.repeat(100_000)}`,
    'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
  ];
  const answers = heads.map(
    (head) =>
      new Promise<string>((done) => {
        let received = '';
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(head));
        socket.on('data', (chunk) => (received += chunk.toString('latin1')));
        socket.on('error', () => undefined);
        // Our own half stays open.
        socket.on('end', () => done(received.slice(0, 12)));
        onTestFinished(() => void socket.destroy());
      }),
  );
  expect(await Promise.all(answers)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 401', 'HTTP/1.1 403', 'HTTP/1.1 405']);
  await eventually(async () => ((await measured('wxop_connections')) === 0 ? true : undefined));
});

it('who acknowledges what it never reads is cut off before it fills the memory', { timeout: 60_000 }, async () => {
  const { port, keys, door, journal } = await openDoor();
  const reads = new WebSocket(`ws://127.0.0.1:${port}/attach`, { headers: { authorization: `Bearer ${keys.events}` } });
  const deaf = connect({ port, host: '127.0.0.1' });
  onTestFinished(() => (reads.terminate(), void deaf.destroy()));
  const hello = JSON.stringify({ type: 'hello', name: 'x', filters: [], responds: false, opened: false });
  let isCut = false;
  deaf.on('error', () => undefined).on('close', () => (isCut = true));
  deaf.write(
    `GET /attach HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${keys.events}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  deaf.once('data', () => {
    deaf.pause();
    deaf.write(textFrame(hello));
  });
  await new Promise<void>((done) => {
    reads.on('open', () => reads.send(hello));
    reads.on('message', (data: Buffer) => {
      const word = JSON.parse(data.toString()) as { type: string; entry?: { id: string } };
      if (word.type === 'attached') done();
      if (!word.entry) return;
      const ack = JSON.stringify({ type: 'ack', ids: [word.entry.id] });
      reads.send(ack);
      deaf.write(textFrame(ack));
    });
  });
  const body = 'x'.repeat(1024 * 1024);
  let sent = 0;
  for (; !isCut && sent < 60; sent++) {
    const { entry: kept } = await journal.append(entry(body));
    door.publish(kept);
    await sleep(5);
  }
  expect(isCut).toBe(true);
  expect(reads.readyState).toBe(WebSocket.OPEN);
});
