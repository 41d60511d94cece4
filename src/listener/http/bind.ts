/** Binds an address and port of this machine, or says why that is impossible. */
import type { Server } from 'node:http';
import type { AddressInfo, Server as SocketServer } from 'node:net';
import { originOf } from '../../runtime/origin-of.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';

export interface BindAddress {
  host: string;
  /** 0 takes any free one. */
  port: number;
  /** Connections that the system queues for us; on Linux at most net.core.somaxconn. */
  backlog?: number;
}

/** The flag that says where. */
type BoundBy = '--port' | '--metrics' | '--address';

/** Rejects with PORT_TAKEN, which names the flag, or SETTINGS_INVALID for an address that is not this machine's. */
export async function bind(server: Server, address: BindAddress, flag: BoundBy): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(bindError(error, address, flag)));
    server.listen(address, resolve);
  });
}

function bindError(error: NodeJS.ErrnoException, { host, port }: BindAddress, flag: BoundBy): WxopError {
  if (error.code === 'EADDRINUSE') {
    const sentence = text(`Port ${port} on ${host} is in use.`, `${host} 的端口 ${port} 已被占用。`);
    return new WxopError('PORT_TAKEN', sentence, { cause: error, hint: CHOOSE_ANOTHER[flag] });
  }
  return new WxopError(
    'SETTINGS_INVALID',
    text(`Cannot listen on ${host}:${port} (${error.code}).`, `无法监听 ${host}:${port}（${error.code}）。`),
    {
      cause: error,
      hint: text(
        'Use an address of this machine and a port over 1023; let nginx or a tunnel hold 80 and 443.',
        '请使用本机地址和大于 1023 的端口；80 与 443 交由 nginx 或隧道监听。',
      ),
    },
  );
}

const CHOOSE_ANOTHER = {
  '--port': text(
    'Stop what listens there, or choose another with --port (and change the tunnel or proxy too).',
    '请停止占用该端口的程序，或用 --port 另选端口（并同步修改隧道或反向代理）。',
  ),
  '--address': text(
    'Stop what listens there, or choose another with --address.',
    '请停止占用该端口的程序，或用 --address 另选。',
  ),
  '--metrics': text(
    'That is the port of /metrics: choose another with --metrics; it cannot be that of the listener.',
    '这是 /metrics 的端口：请用 --metrics 另选，不能与监听端口相同。',
  ),
};

export const urlOf = (server: SocketServer, host: string): string =>
  originOf(host, (server.address() as AddressInfo).port);
