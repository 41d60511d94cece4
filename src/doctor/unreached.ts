/** Why a connection failed, in words. */
import { en, text, zh, type Text } from '../sentences/text.ts';
import type { Unreached } from '../wechat-api/way.ts';
import { failed, type Finding } from './check.ts';

interface Words {
  why: Text;
  next?: Text;
}

const FULL_CHAIN = text(
  'Configure the whole chain (fullchain.pem), not the leaf alone. If your own CA signed it here: put that CA into NODE_EXTRA_CA_CERTS.',
  '请配置完整证书链（fullchain.pem），而不是仅叶证书。若为自建 CA：请将其写入 NODE_EXTRA_CA_CERTS。',
);

const WORDS: Record<string, Words> = {
  ENOTFOUND: {
    why: text('the name does not resolve', '域名无法解析'),
    next: text('Check the name and its DNS record (A).', '请检查域名及其 DNS 记录（A）。'),
  },
  EAI_AGAIN: {
    why: text('no name server answers', '域名服务器无应答'),
    next: text("Check this machine's DNS.", '请检查本机的 DNS 设置。'),
  },
  ECONNREFUSED: { why: text('nothing listens there', '该端口无服务') },
  ECONNRESET: { why: text('the connection broke off', '连接中断') },
  EHOSTUNREACH: { why: text('there is no way to it', '网络不可达') },
  ENETUNREACH: { why: text('there is no way to it', '网络不可达') },
  ETIMEDOUT: {
    why: text('no answer in time', '超时无应答'),
    next: text('A firewall that drops packets looks like this: open the port.', '防火墙丢包即如此：请放行该端口。'),
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    why: text('its certificate is self-signed', '证书为自签名'),
    next: text('Use one of a public CA: WeChat takes no other.', '请使用公共 CA 签发的证书，微信不接受其他证书。'),
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    why: text('its chain ends in a CA that is not public', '证书链的根 CA 不受信任'),
    next: text(
      'A proxy that opens TLS? Put its CA into NODE_EXTRA_CA_CERTS. On your own host: use a public CA.',
      '若有解密 TLS 的代理，请将其 CA 写入 NODE_EXTRA_CA_CERTS；若为自己的域名，请使用公共 CA。',
    ),
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    why: text('an intermediate certificate is missing', '缺少中间证书'),
    next: FULL_CHAIN,
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    why: text('an intermediate certificate is missing, or its CA is not public', '缺少中间证书，或 CA 不受信任'),
    next: FULL_CHAIN,
  },
  CERT_HAS_EXPIRED: {
    why: text('its certificate has expired', '证书已过期'),
    next: text('Renew it, and reload the web server.', '请续期证书并重新加载 Web 服务器。'),
  },
  CERT_NOT_YET_VALID: {
    why: text('its certificate is not valid yet', '证书尚未生效'),
    next: text("Check this machine's clock.", '请检查本机时钟。'),
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: text('its certificate is for another name', '证书域名不符'),
    next: text('Use a certificate of this name.', '请使用该域名的证书。'),
  },
};

const isUnreached = (thrown: unknown): thrown is Unreached =>
  thrown instanceof Error && typeof (thrown as Partial<Unreached>).stage === 'string';

/** What `look` finds at the URL; if it cannot be reached, NETWORK with the step that failed. Throws anything else. */
export async function orUnreached(url: string, next: Text, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (thrown) {
    if (!isUnreached(thrown)) throw thrown;
    return unreached(thrown, new URL(url).host, next);
  }
}

function unreached({ stage, code, proxy }: Unreached, host: string, next: Text): Finding {
  const words = WORDS[code] ?? { why: stage === 'certificate' ? CERTIFICATE : OTHER };
  if (stage === 'proxy') return failed('NETWORK', proxyUnusable(proxy ?? '', words.why, code), PROXY);
  const via = proxy === undefined ? '' : text(`, through ${proxy}`, `（经由 ${proxy}）`);
  const seen = text(en`${host}${via}: ${words.why} (${code})`, zh`${host}${via}：${words.why}（${code}）`);
  return failed('NETWORK', seen, words.next ?? next);
}

const proxyUnusable = (proxy: string, why: Text, code: string): Text =>
  text(en`the proxy ${proxy} cannot be used: ${why} (${code})`, zh`代理 ${proxy} 不可用：${why}（${code}）`);
const OTHER = text('the connection failed', '连接失败');
const CERTIFICATE = text('its certificate is not trusted', '证书不受信任');
const PROXY = text(
  'Correct or unset HTTPS_PROXY and HTTP_PROXY, or name the host in NO_PROXY.',
  '请更正或取消 HTTPS_PROXY、HTTP_PROXY，或将该域名加入 NO_PROXY。',
);
