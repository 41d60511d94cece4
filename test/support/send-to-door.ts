/** Sends bytes to a door of a team, and judges what comes back. */
import { connect } from 'node:net';
import { OTHER, TOKENS } from './team-doors.ts';

/** One request after another on a connection. */
export interface Sent {
  /** One letter for each byte. */
  bytes: string;
  /** How the connection goes on: its half is closed, or the whole at once. */
  ending: 'half' | 'gone';
  /** Whether a token, or being attached, may be the answer. */
  mayHave: { token: boolean; attached: boolean };
}

/** What a broker may say to callers who come singly; 502 and 503 would mean that something broke. */
const STATUSES = [100, 101, 200, 400, 401, 403, 404, 405, 408, 413, 417, 426, 431, 505];

/** Sends it, waits for the other side to close, and judges what came. */
export function sendToDoor(port: number, { bytes, ending, mayHave }: Sent): Promise<string> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const shown = (): string =>
      `${JSON.stringify(bytes.slice(0, 3_000))} got ${JSON.stringify(Buffer.concat(received).toString('latin1').slice(0, 1_000))}`;
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }, () => {
      if (ending === 'half') return void socket.end(bytes, 'latin1');
      socket.write(bytes, 'latin1', () => socket.destroy());
    });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`unanswered: ${shown()}`));
    }, 15_000);
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      if (ending === 'gone') return resolve('gone');
      const wrong = wrongAnswer(Buffer.concat(received), mayHave);
      if (wrong !== undefined) return reject(new Error(`${wrong}: ${shown()}`));
      resolve(/^HTTP\/1\.1 (\d{3})/.exec(received[0]?.toString('latin1') ?? '')?.[1] ?? 'reset');
    });
  });
}

function wrongAnswer(received: Buffer, { token, attached }: Sent['mayHave']): string | undefined {
  const text = received.toString('latin1');
  for (const secret of [TOKENS.other, 'canary-refresh', ...(token ? [] : [TOKENS.tea])]) {
    if (text.includes(secret)) return 'a secret got out';
  }
  // Who has closed its half before it is let in is closed without a word: nobody could attach like that.
  if (received.length === 0) return attached ? undefined : 'silence';
  let rest = received;
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    const head = rest.subarray(0, end + 4).toString('latin1');
    const status = Number(/^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n(?:[\w-]+: [^\r\n]*\r\n)*\r\n$/.exec(head)?.[1]);
    if (!STATUSES.includes(status)) return `no answer, or ${status}`;
    rest = rest.subarray(end + 4);
    if (status === 101) return attached ? wrongFrames(rest) : 'was let in';
    // The answer to HEAD has no body.
    if (rest.subarray(0, 5).toString() !== 'HTTP/') rest = rest.subarray(bodyLength(head, rest));
  }
  return undefined;
}

function bodyLength(head: string, rest: Buffer): number {
  if (!/\r\ntransfer-encoding: chunked\r\n/i.test(head)) {
    return Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1] ?? 0);
  }
  for (let at = 0; ;) {
    const end = rest.indexOf('\r\n', at);
    const size = parseInt(rest.subarray(at, end).toString(), 16);
    at = end + 2 + size + 2;
    if (!(size > 0) || at > rest.length) return at;
  }
}

const CLOSED = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 4400, 4409, 4410];

/** What the listener says: whole words of its own, and in the end why it closes. */
function wrongFrames(bytes: Buffer): string | undefined {
  for (let at = 0; at + 1 < bytes.length;) {
    const [first, second] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)];
    if (first < 0x80 || second >= 0x80) return 'a frame that no server sends';
    const long = second === 127 ? 8 : second === 126 ? 2 : 0;
    // Cut off where the connection ended.
    if (at + 2 + long > bytes.length) return undefined;
    const length = long > 0 ? bytes.readUIntBE(at + 2 + long - Math.min(long, 6), Math.min(long, 6)) : second;
    const payload = bytes.subarray(at + 2 + long, at + 2 + long + length);
    if (payload.length < length) return undefined;
    at += 2 + long + length;
    const wrong = wrongFrame(first & 15, payload);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wrongFrame(opcode: number, payload: Buffer): string | undefined {
  if (![1, 8, 9, 10].includes(opcode)) return `a frame of kind ${opcode}`;
  const code = opcode === 8 && payload.length > 1 ? payload.readUInt16BE() : 1000;
  if (!CLOSED.includes(code)) return `closed with ${code}`;
  if (opcode !== 1) return undefined;
  if (!/^\{"type":"(?:attached|push|at|gap|link|no-ticket|waiting|authorized|over|refused)"/.test(payload.toString()))
    return 'a word that is none';
  return payload.includes(OTHER) ? 'a push of another account' : undefined;
}
