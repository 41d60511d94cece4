/** Inputs for the door where clients attach: handshakes, frames and words, as wrong as they may be. */
import fc from 'fast-check';
import { authorizations, CRLF, lettersOf, often, oneOf } from './caller-fuzz.ts';
import { OTHER, TEA, type DoorKeys } from './team-doors.ts';
import type { Sent } from './send-to-door.ts';

/** One frame of a WebSocket, as wrong as it may be. */
const frames: fc.Arbitrary<Buffer> = fc
  .record({
    opcode: often(1, fc.nat(15)),
    isLast: often(true, fc.boolean()),
    reserved: often(0, fc.nat(7)),
    isMasked: often(true, fc.boolean()),
    /** Nothing is announced but what comes, or less, or more. */
    announced: often<number | undefined>(
      undefined,
      oneOf<number | undefined>(0, 1, 126, 65_536, 2 ** 20, 2 ** 40, 2 ** 63),
    ),
    form: fc.nat(2),
    mask: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    payload: fc.oneof(
      { weight: 6, arbitrary: words().map((word) => Buffer.from(word)) },
      fc.uint8Array({ maxLength: 130 }).map((bytes) => Buffer.from(bytes)),
      oneOf(
        Buffer.from([0xff, 0xfe]),
        Buffer.from([0x03, 0xe8]),
        Buffer.from([0x13, 0x88, 0xc3, 0x28]),
        Buffer.from([0xed, 0xa0, 0x80]),
      ),
    ),
  })
  .map(({ opcode, isLast, reserved, isMasked, announced, form, mask, payload }) => {
    const size = announced ?? payload.length;
    const long = size > 65_535 || form === 2 ? 8 : size > 125 || form === 1 ? 2 : 0;
    const head = Buffer.alloc(2 + long);
    head[0] = (isLast ? 0x80 : 0) | (reserved << 4) | opcode;
    head[1] = (isMasked ? 0x80 : 0) | (long === 8 ? 127 : long === 2 ? 126 : size);
    if (long === 2) head.writeUInt16BE(size, 2);
    if (long === 8) head.writeBigUInt64BE(BigInt(size), 2);
    if (!isMasked) return Buffer.concat([head, payload]);
    return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))]);
  });

/** What clients say, and what only looks like it. */
export function words(): fc.Arbitrary<string> {
  const names = fc.array(
    fc.oneof(oneOf('', TEA, OTHER, 'text', 'message', 'event', '__proto__'), fc.string({ maxLength: 8 })),
    {
      maxLength: 6,
    },
  );
  const time = fc.oneof(oneOf<unknown>(undefined, 0, -1, 5e-324, 1e308, 8.64e15, 8.65e15, null, '1', 1.5), fc.double());
  const filter = fc.record({ kinds: names, names, appIds: names }, { requiredKeys: ['kinds'] });
  const hello = fc.record({
    type: fc.constant('hello'),
    name: fc.oneof(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ minLength: 99, maxLength: 102 })),
    filters: fc.array(filter, { maxLength: 4 }),
    from: time,
    ago: time,
    responds: fc.boolean(),
    opened: fc.boolean(),
  });
  const ack = fc.record({ type: fc.constant('ack'), ids: names });
  const flood = fc
    .nat(400)
    .map((count) => ({ type: 'ack', ids: Array.from({ length: count }, (_, at) => `future-${at}`) }));
  const reply = fc.record(
    { type: fc.constant('reply'), id: fc.string({ maxLength: 30 }), body: fc.string() },
    { requiredKeys: ['type', 'id'] },
  );
  const text = fc.oneof(oneOf(TEA, '茶馆', 'https://evil.example/', 'x'.repeat(2_001), '__proto__'), fc.string());
  const authorize = fc.record(
    {
      type: fc.constant('authorize'),
      authType: oneOf('mp', 'mini', 'all', 'x'),
      bizAppId: text,
      permissionSets: fc.array(fc.oneof(fc.integer(), fc.double()), { maxLength: 3 }),
      returnUrl: text,
      state: text,
    },
    { requiredKeys: ['type'] },
  );
  const watch = fc.record({ type: fc.constant('watch'), attempt: fc.string({ maxLength: 12 }) });
  return fc.oneof(
    { weight: 4, arbitrary: fc.oneof(hello, ack, flood, reply, authorize, watch).map((word) => JSON.stringify(word)) },
    fc.json(),
    fc.string(),
    fc.nat(20_000).chain((depth) => oneOf('[', '{"type":', '{"a":[').map((piece) => piece.repeat(depth))),
    fc.nat(1_000).map((depth) => `{"type":"ack","ids":${'['.repeat(depth)}${']'.repeat(depth)}}`),
    oneOf('{"type":"hello","__proto__":{"name":"x"}}', '1e999', '"\\ud800"', '{"type":"ack","type":"hello"}', ''),
    fc.nat(300_000).map((length) => JSON.stringify({ type: 'reply', id: 'x', body: 'x'.repeat(length) })),
  );
}

const HELLO = JSON.stringify({ type: 'hello', name: 'fuzz', filters: [], responds: false, opened: true });

/** What somebody who wants to attach sends. */
export function attaching(keys: DoorKeys): fc.Arbitrary<Sent> {
  const allowed = [keys.all, keys.events];
  const line = (usual: string, ...others: string[]): fc.Arbitrary<string[]> =>
    fc.oneof(
      { weight: 9, arbitrary: fc.constant<string[]>([usual]) },
      oneOf(...others).map((other) => (other === '' ? [] : [other])),
    );
  return fc
    .record({
      method: often('GET', oneOf('POST', 'HEAD', 'CONNECT', 'OPTIONS')),
      path: fc.oneof(
        { weight: 6, arbitrary: fc.constant('/attach') },
        oneOf(
          '/attach?for=authorize',
          '/attach?for=authorize&for=events',
          '/attach?x=1',
          '/attach/',
          '//attach',
          '/%61ttach',
          '/',
          'http://evil.example/attach',
          '/wechat/event',
        ),
      ),
      who: authorizations(keys, keys.events),
      upgrade: line('Upgrade: websocket', 'Upgrade: WebSocket', 'Upgrade: h2c', 'Upgrade: websocket, h2c', ''),
      connection: line('Connection: Upgrade', 'Connection: keep-alive, Upgrade', 'Connection: close', ''),
      version: line('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 8', 'Sec-WebSocket-Version: 13, 8', ''),
      key: line(
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Key: x',
        'Sec-WebSocket-Key:',
        `Sec-WebSocket-Key: ${'A'.repeat(500)}`,
        '',
      ),
      others: fc.array(
        oneOf(
          'Origin: https://evil.example',
          'Sec-WebSocket-Extensions: permessage-deflate',
          'Sec-WebSocket-Extensions: ,;=',
          'Sec-WebSocket-Protocol: a,,b',
          'Host: y',
          'Content-Length: 5',
          'Transfer-Encoding: chunked',
        ),
        { maxLength: 1 },
      ),
      greets: often(true, fc.boolean()),
      said: fc.array(frames, { maxLength: 5 }),
      ending: often<Sent['ending']>('half', oneOf<Sent['ending']>('gone')),
    })
    .map(({ method, path, who, upgrade, connection, version, key, others, greets, said, ending }) => {
      const lines = [
        `${method} ${path} HTTP/1.1`,
        'Host: x',
        ...who,
        ...upgrade,
        ...connection,
        ...version,
        ...key,
        ...others,
      ];
      const hello = greets ? [textFrame(HELLO)] : [];
      const frames = Buffer.concat([...hello, ...said]).toString('latin1');
      const bytes = lettersOf([...lines, '', ''].join(CRLF)) + frames;
      const attached = who.some((one) => allowed.some((good) => one.includes(good)));
      return { bytes, ending, mayHave: { token: false, attached } };
    });
}

/** Masked with zeros, which changes nothing. */
export function textFrame(word: string): Buffer {
  const payload = Buffer.from(word);
  const head = Buffer.from([0x81, 0xfe, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
