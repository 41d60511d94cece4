// A client that costs little: raw keep-alive connections, one request under way on each, answers read as far as needed.
import { connect } from 'node:net';

/**
 * Sends every request once, over so many connections. Resolves with the milliseconds it took, the status counts and the
 * latencies; `pace` (requests a second) slows it down, `stopAt` (time) ends it early.
 */
export function load({ port, requests, connections = 32, pace, stopAt = Infinity, host = '127.0.0.1' }) {
  const statuses = {};
  const latencies = [];
  let next = 0;
  let open = connections;
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const done = () => {
      if (--open > 0) return;
      resolve({ took: performance.now() - start, statuses, latencies, unanswered });
    };
    let unanswered = 0;
    const worker = () => {
      let socket;
      let sentAt;
      let received = '';
      const send = () => {
        const request = next < requests.length && Date.now() < stopAt ? requests[next++] : undefined;
        if (request === undefined) {
          socket.end();
          return done();
        }
        const due = pace === undefined ? 0 : start + (next * 1000) / pace - performance.now();
        const go = () => {
          sentAt = performance.now();
          socket.write(request);
        };
        if (due > 1) setTimeout(go, due);
        else go();
      };
      const opened = () => {
        sentAt = undefined;
        received = '';
        socket = connect({ port, host, noDelay: true });
        socket.once('connect', send);
        socket.on('data', (chunk) => {
          received += chunk.latin1Slice();
          const head = received.indexOf('\r\n\r\n');
          if (head < 0) return;
          const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
          if (received.length < head + 4 + length) return;
          const status = received.slice(9, 12);
          statuses[status] = (statuses[status] ?? 0) + 1;
          latencies.push(performance.now() - sentAt);
          const closes = /\r\nconnection: close/i.test(received.slice(0, head));
          sentAt = undefined;
          received = '';
          if (!closes) return send();
          socket.removeAllListeners('close');
          socket.destroy();
          opened();
        });
        socket.on('error', (error) => {
          if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
        });
        socket.on('close', () => {
          if (sentAt === undefined) return;
          unanswered++;
          opened();
        });
      };
      opened();
    };
    for (let index = 0; index < connections; index++) worker();
  });
}

export const median = (values) => percentile(values, 0.5);
export const percentile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
