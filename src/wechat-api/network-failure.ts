/** Why a request brought no answer. */
import { en, text, type Text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

/** What is known of a request that failed. */
export interface Circumstances {
  host: string;
  timedOut: boolean;
  deadline: number;
  /** Host and port of the proxy on the way. */
  proxy?: string;
  /** The host is not WeChat's, but a broker's. */
  isBroker?: boolean;
  /** Nor a broker's, but a listener's that this machine attaches to. */
  isListener?: boolean;
}

/** The failure in words, with what to check. An error that has a code of ours stays as it is. */
export function networkFailure(
  error: unknown,
  { host, timedOut, deadline, proxy, isBroker = false, isListener = false }: Circumstances,
): WxopError {
  if (error instanceof WxopError) return error;
  const code = networkCode(error);
  const way = proxy === undefined ? text('', '') : text(` through the proxy ${proxy}`, `（经由代理 ${proxy}）`);
  const failure = (why: Text, hint: Text) =>
    new WxopError('NETWORK', text(en`Cannot reach ${host}${way}: ${why}.`, zh`无法连接 ${host}${way}：${why}。`), {
      hint: (isListener ? FOR_LISTENER : isBroker ? FOR_BROKER : undefined)?.get(hint) ?? hint,
      cause: error,
    });
  if (timedOut || /TIMEOUT/.test(code)) {
    const seconds = deadline / 1000;
    return failure(text(`no answer within ${seconds} s`, `${seconds} 秒内没有应答`), CHECK_NETWORK);
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    // The proxy looks the other name up.
    return proxy === undefined ? failure(NO_NAME, CHECK_NAME) : failure(NO_NAME_OF_PROXY, CHECK_NAME_OF_PROXY);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO|TLS|SSL/.test(code)) {
    return failure(text(`its certificate is not trusted (${code})`, `证书不受信任（${code}）`), TRUST_PROXY);
  }
  const words = CONNECTION_FAILURES[code];
  const reason = code || (error instanceof Error ? error.name : 'unknown');
  const why = words ? text(en`${words} (${reason})`, zh`${words}（${reason}）`) : text(reason, reason);
  return failure(why, CHECK_NETWORK);
}

const NO_NAME = text('its name cannot be resolved', '域名无法解析');
const CHECK_NAME = text('Check DNS and WXOP_API_URL.', '请检查 DNS 与 WXOP_API_URL。');
const NO_NAME_OF_PROXY = text('the name of the proxy cannot be resolved', '代理的域名无法解析');
const CHECK_NAME_OF_PROXY = text('Check DNS and HTTPS_PROXY/NO_PROXY.', '请检查 DNS 与 HTTPS_PROXY/NO_PROXY。');
const CHECK_NETWORK = text(
  'Check the network, HTTPS_PROXY/NO_PROXY and WXOP_API_URL.',
  '请检查网络、HTTPS_PROXY/NO_PROXY 与 WXOP_API_URL。',
);
const CHECK_BROKER = text(
  'Check that `wxop serve` runs there, the network, HTTPS_PROXY/NO_PROXY and WXOP_STORE.',
  '请确认 `wxop serve` 正在该处运行，并检查网络、HTTPS_PROXY/NO_PROXY 与 WXOP_STORE。',
);
const CHECK_LISTENER = text(
  'Check that `wxop listen --attach` runs there, the network, and the address in --via.',
  '请确认 `wxop listen --attach` 正在该处运行，并检查网络与 --via 中的地址。',
);
const TRUST_PROXY = text(
  'If a proxy opens TLS, put its CA into NODE_EXTRA_CA_CERTS; wxop never switches the check of certificates off.',
  '若有解密 TLS 的代理，请将其 CA 写入 NODE_EXTRA_CA_CERTS；wxop 不会关闭证书校验。',
);
const CHECK_VIA = text('Check DNS and the address in --via.', '请检查 DNS 与 --via 中的地址。');
const FOR_BROKER = new Map<Text, Text>([[CHECK_NETWORK, CHECK_BROKER]]);
const FOR_LISTENER = new Map<Text, Text>([
  [CHECK_NETWORK, CHECK_LISTENER],
  [CHECK_NAME, CHECK_VIA],
]);
const CONNECTION_FAILURES: Record<string, Text> = {
  ECONNREFUSED: text('nothing answers there', '无服务应答'),
  ECONNRESET: text('the connection broke off', '连接中断'),
  UND_ERR_SOCKET: text('the connection broke off', '连接中断'),
  EHOSTUNREACH: text('there is no way to it', '网络不可达'),
  ENETUNREACH: text('there is no way to it', '网络不可达'),
};

const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether a request failed before anything was sent; `cause` is what the client threw. */
export const isUnsent = (cause: unknown): boolean => UNSENT.has(networkCode(cause));

/** The client's code, from the causes of an error; '' if there is none. */
export function networkCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return code;
  const inner = (error as { cause?: unknown; errors?: unknown[] } | undefined) ?? {};
  if (Array.isArray(inner.errors) && inner.errors.length > 0) return networkCode(inner.errors[0]);
  return inner.cause === undefined ? '' : networkCode(inner.cause);
}
