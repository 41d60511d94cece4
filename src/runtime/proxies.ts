/** The proxies that the environment names. */
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Runtime } from './runtime.ts';

export interface Proxies {
  httpProxy?: string;
  httpsProxy?: string;
  noProxy?: string;
}

/** Without `http://` in front, the name of a user would stand for the protocol. */
function isProxy(written: string): boolean {
  try {
    const { protocol, hostname, username, password } = new URL(written);
    decodeURIComponent(username + password);
    return /^(?:https?|socks5?):$/.test(protocol) && hostname !== '';
  } catch {
    return false;
  }
}

/** An empty lower-case variable must not hide the upper-case one. */
export function proxiesOf(environment: Runtime['environment']): Proxies {
  const either = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) {
    const proxy = either(name);
    if (proxy === undefined || isProxy(proxy)) continue;
    // The value is not repeated: a password may stand in it.
    throw new WxopError('SETTINGS_INVALID', text(`${name} is not a URL.`, `${name} 不是有效的网址。`), {
      hint: text('Write it as http://host:port.', '格式应为 http://host:port。'),
    });
  }
  return { httpProxy: either('HTTP_PROXY'), httpsProxy: either('HTTPS_PROXY'), noProxy: either('NO_PROXY') };
}

/** The proxy that a request to this URL takes. */
export function proxyFor(url: URL, { httpProxy, httpsProxy = httpProxy, noProxy }: Proxies): URL | undefined {
  const proxy = url.protocol === 'https:' ? httpsProxy : httpProxy;
  return proxy === undefined || isExempt(url, noProxy) ? undefined : new URL(proxy);
}

export const portOf = ({ port, protocol }: URL): number => Number(port) || (protocol === 'https:' ? 443 : 80);

/** As the client of all other requests (undici) reads NO_PROXY: `*` alone, names with what is below them, ports. */
function isExempt(url: URL, noProxy = ''): boolean {
  if (noProxy === '*') return true;
  return noProxy
    .toLowerCase()
    .split(/[,\s]+/)
    .filter(Boolean)
    .some((entry) => {
      const [, name = entry, port] = /^(.+):(\d+)$/.exec(entry) ?? [];
      const bareName = name.replace(/^\*?\./, '');
      if (port !== undefined && Number(port) !== portOf(url)) return false;
      return url.hostname === bareName || url.hostname.endsWith(`.${bareName}`);
    });
}
