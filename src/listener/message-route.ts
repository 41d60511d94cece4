/**
 * The message URL (消息与事件接收URL) as it is entered in the console: `$APPID$` in the path, or in the host name when
 * the setting is a whole URL.
 */

/** The path of a message URL, and which appid a request to it is about. */
export interface MessageRoute {
  /** The appid, empty where the URL names none; undefined when the request is not for this URL. */
  match(host: string, path: string): string | undefined;
}

const APPID = 'wx[0-9a-f]{16}';
const WHOLE = /^https?:\/\/([^/]+)(\/.*)$/;

export function messageRoute(messagePath: string): MessageRoute {
  const [, host, path = messagePath] = WHOLE.exec(messagePath) ?? [];
  const pathPattern = pattern(path, '');
  // A proxy may add the port, and names have no case.
  const hostPattern = host?.includes('$APPID$')
    ? pattern(host.toLowerCase().replace('$appid$', '$APPID$'), '(?::\\d+)?')
    : undefined;
  return {
    match: (requestHost, requestPath) => {
      const inPath = pathPattern.exec(requestPath);
      const inHost = hostPattern?.exec(requestHost.toLowerCase());
      if (!inPath || (hostPattern && !inHost)) return undefined;
      const named = [...(inHost?.slice(1) ?? []), ...inPath.slice(1)];
      // Named twice, it is named alike.
      return named.every((appId) => appId === named[0]) ? (named[0] ?? '') : undefined;
    },
  };
}

function pattern(template: string, end: string): RegExp {
  const literal = template.split('$APPID$').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join(`(${APPID})`)}${end}$`);
}
