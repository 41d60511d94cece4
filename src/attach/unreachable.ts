/** Why there is no connection to a listener, or no longer one, with what to do. */
import { brokerFailure } from '../broker/broker-client.ts';
import { inOneLine } from '../sentences/printable.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { CallerScope } from '../store/store.ts';
import { networkFailure } from '../wechat-api/network-failure.ts';
import { NOT_HTTP, Unreached } from '../wechat-api/way.ts';
import { CLOSED } from './attach-words.ts';

/** Characters of an address that was answered. */
const MOST_OF_ADDRESS = 200;

const hostOf = (url: URL): string => url.host;

const broke = (sentence: Text, hint: Text = IS_IT_THERE, retryable?: boolean): WxopError =>
  new WxopError('NETWORK', sentence, { hint, ...(retryable !== undefined && { retryable }) });

const IS_IT_THERE = text(
  'Check that `wxop listen --attach` runs there.',
  '请确认 `wxop listen --attach` 正在该处运行。',
);

export const silent = (url: URL, milliseconds: number): WxopError =>
  broke(
    text(
      `Nothing was heard of ${hostOf(url)} for ${milliseconds / 1000} s.`,
      `${hostOf(url)} 已 ${milliseconds / 1000} 秒没有响应。`,
    ),
  );

/** The way ended before anything was answered. */
export function unreachable(error: unknown, url: URL, deadline: number): WxopError {
  const host = hostOf(url);
  if (!(error instanceof Unreached)) {
    const timedOut = error instanceof Error && /timed out/.test(error.message);
    return networkFailure(error, { host, timedOut, deadline, isListener: true });
  }
  const { stage, code, proxy } = error;
  if (stage === 'proxy') return proxyFailed(proxy ?? '', code, host, deadline);
  if (stage === 'certificate' && CERTIFICATES[code]) {
    const { why, next } = CERTIFICATES[code];
    return broke(text(en`The certificate of ${host} ${why} (${code}).`, zh`${host} 的证书${why}（${code}）。`), next);
  }
  if (stage === 'certificate' && /EPROTO|SSL|PROTOCOL/.test(code)) return broke(noTls(host, code), CHECK_PORT);
  return networkFailure(error, { host, timedOut: code === 'ETIMEDOUT', deadline, proxy, isListener: true });
}

const noTls = (host: string, code: string): Text =>
  text(`What answers at ${host} speaks no TLS (${code}).`, `${host} 的应答不是 TLS（${code}）。`);
const CHECK_PORT = text('Check the port in --via.', '请检查 --via 中的端口。');

interface Words {
  why: Text;
  next: Text;
}

const OWN_CA = text(
  'If it is your own CA, or that of a proxy that opens TLS, name it: NODE_EXTRA_CA_CERTS=ca.pem. wxop never switches the check off.',
  '若为自建 CA，或解密 TLS 的代理的 CA，请指定：NODE_EXTRA_CA_CERTS=ca.pem。wxop 不会关闭证书校验。',
);
const UNKNOWN_CA: Words = {
  why: text('is not signed by a CA that this machine trusts', '并非由本机信任的 CA 签发'),
  next: OWN_CA,
};
const CERTIFICATES: Record<string, Words> = {
  CERT_HAS_EXPIRED: {
    why: text('has expired', '已过期'),
    next: text(
      "Its operator renews it; if it is valid, this machine's clock is wrong.",
      '请其管理员续期；若证书有效，则为本机时钟有误。',
    ),
  },
  CERT_NOT_YET_VALID: {
    why: text('is not valid yet', '尚未生效'),
    next: text("Check this machine's clock.", '请检查本机时钟。'),
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: text('is for another name', '属于其他域名'),
    next: text('Write the name that the certificate is for in --via.', '请在 --via 中使用证书所属的域名。'),
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    why: text('is self-signed', '为自签名'),
    next: text(
      'If it is yours, trust it: NODE_EXTRA_CA_CERTS=cert.pem. wxop never switches the check off.',
      '若为您自己的证书，请予信任：NODE_EXTRA_CA_CERTS=cert.pem。wxop 不会关闭证书校验。',
    ),
  },
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_CA,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_CA,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_CA,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_CA,
};

function proxyFailed(proxy: string, code: string, host: string, deadline: number): WxopError {
  const seconds = deadline / 1000;
  const failed = (why: Text, hint = CHECK_PROXY) =>
    broke(text(en`The proxy ${proxy} ${why}.`, zh`代理 ${proxy} ${why}。`), hint);
  if (code === NOT_HTTP) return failed(text('is none of HTTP', '不是 HTTP 代理'), HTTP_PROXY_ONLY);
  if (code === 'HTTP 407') return failed(text('wants a password (HTTP 407)', '要求密码（HTTP 407）'), PASSWORD);
  if (code.startsWith('HTTP ')) {
    return failed(text(`opens no way to ${host} (${code})`, `拒绝连接 ${host}（${code}）`), OPEN_IT);
  }
  if (code === 'ETIMEDOUT') return failed(text(`did not answer within ${seconds} s`, `${seconds} 秒内没有应答`));
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return failed(text(`cannot be found (${code})`, `的域名无法解析（${code}）`));
  if (code === 'ECONNREFUSED') return failed(text(`is not there (${code})`, `无服务应答（${code}）`));
  return failed(text(`broke the connection off (${code})`, `中断了连接（${code}）`));
}

const CHECK_PROXY = text(
  'Correct or unset HTTPS_PROXY, or name the host in NO_PROXY.',
  '请更正或取消 HTTPS_PROXY，或将该域名加入 NO_PROXY。',
);
const OPEN_IT = text(
  'Have its operator allow CONNECT to this host and port, or name the host in NO_PROXY.',
  '请代理的管理员允许以 CONNECT 连接该域名与端口，或将该域名加入 NO_PROXY。',
);
const PASSWORD = text(
  'Write it into the address: HTTPS_PROXY=http://user:password@host:port.',
  '请写入地址：HTTPS_PROXY=http://user:password@host:port。',
);
const HTTP_PROXY_ONLY = text(
  'WebSockets go through proxies of HTTP only: set HTTPS_PROXY to one, or name the host in NO_PROXY.',
  'WebSocket 仅支持 HTTP 代理：请将 HTTPS_PROXY 设为此类代理，或将该域名加入 NO_PROXY。',
);

/** What was answered instead of a WebSocket. */
export interface Instead {
  status: number;
  location?: string;
  contentType?: string;
  body: string;
}

/** It was answered as HTTP, not as a WebSocket. */
export function answeredWith(url: URL, { status, location, contentType = '', body }: Instead): WxopError {
  const host = hostOf(url);
  if (status >= 300 && status < 400) return redirected(url, status, location);
  if (status === 426 || status === 400) return notPassedOn(host, status);
  if (status === 200 || status === 404 || status === 405) {
    const isPage = /html/i.test(contentType);
    return noDoor(host, isPage ? text(`: a web page answers (HTTP ${status})`, `：应答为网页（HTTP ${status}）`) : '');
  }
  if (status >= 500 || (status === 429 && !body.startsWith('{'))) {
    return broke(text(`${host} is away (HTTP ${status}).`, `${host} 暂不可用（HTTP ${status}）。`));
  }
  return brokerFailure(url.origin, body);
}

const NGINX =
  'location = /attach { …; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_read_timeout 1h; }';

const notPassedOn = (host: string, status: number): WxopError =>
  broke(
    text(
      `A proxy in front of ${host} does not pass WebSockets on (HTTP ${status}).`,
      `${host} 前面的反向代理未转发 WebSocket（HTTP ${status}）。`,
    ),
    text(`In nginx: ${NGINX}`, `nginx 中应为：${NGINX}`),
    false,
  );

const noDoor = (host: string, more: Text | string): WxopError =>
  broke(
    text(en`Nobody can attach at ${host}${more}.`, zh`${host} 未开放接入${more}。`),
    text(
      `Its operator starts the listener with \`wxop listen --attach\`. nginx in front must pass on WebSockets: ${NGINX}`,
      `请其管理员以 \`wxop listen --attach\` 启动监听服务。前置的 nginx 须转发 WebSocket：${NGINX}`,
    ),
    false,
  );

function redirected(url: URL, status: number, location: string | undefined): WxopError {
  const host = hostOf(url);
  const to = location !== undefined && URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  const address = to && inOneLine(`${to.origin}${to.pathname}`.replace(/\/attach\/?$/, '')).slice(0, MOST_OF_ADDRESS);
  return broke(
    address === undefined
      ? text(`${host} redirects (HTTP ${status}).`, `${host} 返回重定向（HTTP ${status}）。`)
      : text(`${host} redirects to ${address} (HTTP ${status}).`, `${host} 重定向到 ${address}（HTTP ${status}）。`),
    text(
      'wxop takes a key nowhere else than where it was told to: if that address is yours, write it in --via.',
      'wxop 不会将密钥带往其他地址：若该地址是您的，请写在 --via 中。',
    ),
    false,
  );
}

/** The listener closed the connection, or it ended. */
export function closedWith(url: URL, scope: CallerScope, code: number, why: string): WxopError {
  const host = hostOf(url);
  switch (code) {
    case CLOSED.keyEnded:
      return new WxopError(
        'KEY_REFUSED',
        why === 'expired'
          ? text('This key has expired.', '该密钥已过期。')
          : text('This key was revoked.', '该密钥已被吊销。'),
        {
          hint: text(
            `Ask the operator for another: \`wxop serve key add … --scopes ${scope}\`.`,
            `请向管理员索取新密钥：\`wxop serve key add … --scopes ${scope}\`。`,
          ),
        },
      );
    case CLOSED.responder:
      return new WxopError('USAGE', text(en`${why} answers the users already.`, zh`${why} 已在回复用户。`), {
        hint: text(
          'Only one attached client can: end it there, or attach without --respond.',
          '同一时间只能有一个：请先在该处停止，或不加 --respond 接入。',
        ),
      });
    case CLOSED.workers:
      return new WxopError(
        'USAGE',
        text('That listener has --workers, and takes no --respond.', '该监听服务使用了 --workers，不支持 --respond。'),
        { hint: text('Attach without --respond.', '请不加 --respond 接入。') },
      );
    case CLOSED.badWord:
      return new WxopError(
        'UNEXPECTED',
        text(`${host} did not understand this wxop.`, `${host} 无法理解本机的 wxop。`),
        {
          hint: text('Use the same version on both sides.', '请在两端使用相同版本。'),
        },
      );
    default:
      return broke(text(`The connection to ${host} ended (${code}).`, `与 ${host} 的连接已断开（${code}）。`));
  }
}
