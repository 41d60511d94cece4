/** How much of this machine strangers may use at once. Whatever is over a limit is answered and then closed. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networksOf } from '../../runtime/hosts.ts';
import type { ClientAddresses } from './client-addresses.ts';

/** Connections at once. Over this, every request is answered 503 and its connection closed. */
const MOST_CONNECTIONS = 1_024;
/** Over this number a connection is closed unread: the only case without an answer. */
export const HARD_CONNECTIONS = 4_096;
/** Connections of one address (IPv6: of one /64, which is what a customer has), unless it is a trusted proxy or this machine. */
const MOST_PER_ADDRESS = 128;
/** Requests of one connection that wait for their answer (pipelining). */
const MOST_PER_CONNECTION = 16;
/** Header fields: browsers and proxies send about thirty. */
const MOST_HEADERS = 100;
/** Bytes of request bodies held at once, all connections together. */
const MOST_BODY_BYTES = 64 * 1024 * 1024;

/** One connection, from its first byte to its last answer. */
export interface Connection {
  readonly isOver: boolean;
  underWay: number;
  /** The newest answer on it. */
  last?: ServerResponse;
  /** It sent bytes that are no request: answered after all earlier requests. */
  isBroken: boolean;
  /** Gives up the body that is being read. */
  giveUp?: () => void;
}

export interface Limits {
  connections(): number;
  underWay(): number;
  bodyBytes(): number;
  opened(socket: Socket): void;
  of(socket: Socket): Connection;
  /** The status that refuses a request unseen, or undefined; every `begin` has its `finish`. */
  begin(request: IncomingMessage, response: ServerResponse, address: string): number | undefined;
  finish(socket: Socket, address: string): void;
  /** Takes memory for a piece of a body; false if there is none left. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

/** `workers`: so many processes share the limits, each with its part. */
export function createLimits(peers: ClientAddresses, workers = 1): Limits {
  const [mostConnections, hardConnections, mostPerAddress, mostBodyBytes] = [
    MOST_CONNECTIONS,
    HARD_CONNECTIONS,
    MOST_PER_ADDRESS,
    MOST_BODY_BYTES,
  ].map((most) => Math.ceil(most / workers)) as [number, number, number, number];
  const connections = new Map<Socket, Connection>();
  const perAddress = new Map<string, number>();
  let underWay = 0;
  let bodyBytes = 0;

  const add = (kind: 'connection' | 'request', of: string, by: number): number => {
    const address = `${kind} ${of.includes(':') ? networksOf(of)[0] : of}`;
    const sum = (perAddress.get(address) ?? 0) + by;
    if (sum > 0) perAddress.set(address, sum);
    else perAddress.delete(address);
    return sum;
  };

  return {
    connections: () => connections.size,
    underWay: () => underWay,
    bodyBytes: () => bodyBytes,
    opened: (socket) => {
      if (connections.size >= hardConnections) return void socket.destroy();
      const address = socket.remoteAddress ?? '';
      const isShared = peers.isShared(socket.remoteAddress);
      const ofAddress = isShared ? 0 : add('connection', address, 1);
      const isOver = connections.size >= mostConnections || ofAddress > mostPerAddress;
      connections.set(socket, { isOver, underWay: 0, isBroken: false });
      socket.once('close', () => {
        connections.delete(socket);
        if (!isShared) add('connection', address, -1);
      });
    },
    of: (socket) => connections.get(socket) ?? { isOver: true, underWay: 0, isBroken: true },
    begin: (request, response, address) => {
      const connection = connections.get(request.socket);
      if (connection) connection.last = response;
      const ofConnection = connection ? ++connection.underWay : 1;
      underWay++;
      const ofAddress = peers.isShared(address) ? 0 : add('request', address, 1);
      if (request.rawHeaders.length / 2 > MOST_HEADERS) return 431;
      if (ofAddress > mostPerAddress) return 429;
      return connection?.isOver || ofConnection > MOST_PER_CONNECTION ? 503 : undefined;
    },
    finish: (socket, address) => {
      const connection = connections.get(socket);
      if (connection) connection.underWay--;
      underWay--;
      if (!peers.isShared(address)) add('request', address, -1);
    },
    take: (bytes) => {
      if (bodyBytes + bytes > mostBodyBytes) return false;
      bodyBytes += bytes;
      return true;
    },
    give: (bytes) => void (bodyBytes -= bytes),
  };
}
