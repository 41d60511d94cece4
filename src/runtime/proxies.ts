/** The proxies that the environment names. */
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Runtime } from './runtime.ts';

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
export function proxiesOf(environment: Runtime['environment']): {
  httpProxy?: string;
  httpsProxy?: string;
  noProxy?: string;
} {
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
