/** The origin of a server on an address or name; an IPv6 address gets its brackets. */
export const originOf = (host: string, port: string | number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
