/** Every setting as data: its names, whether it is secret, its default, what it must look like. */
import { isAddressRange } from './is-address-range.ts';
import { text, type Text } from '../sentences/text.ts';

interface Definition {
  environment: `WXOP_${string}`;
  flag?: `--${string}`;
  /** What help shows as the value of the flag. */
  takes?: string;
  secret?: true;
  /** The part of a value that is secret, where not all of it is. */
  secretPart?: (value: string) => string | undefined;
  /** Never kept in a profile: it would lie beside what it protects. */
  isEnvironmentOnly?: true;
  fallback?: string;
  about: Text;
  /** Brings a value into its stored form, or says what is wrong with it. */
  check: (value: string) => string | Text;
}

const APPID = text('an appid: wx and 16 hexadecimal digits', 'AppID：wx 加 16 位十六进制字符');
const ORIGIN = text(
  'an origin with scheme and no path: https://wx.example.com',
  '带协议、不含路径的地址：https://wx.example.com',
);
const PATH = text(
  'a path that begins with / and is not /healthz, /metrics or below /authorize',
  '以 / 开头的路径，且不是 /healthz、/metrics 或 /authorize 之下的路径',
);
const MESSAGE_PATH = text(
  'a path that begins with /, or a URL with $APPID$ in its host name: https://$APPID$.example.com/wechat',
  '以 / 开头的路径，或主机名含 $APPID$ 的网址：https://$APPID$.example.com/wechat',
);

const matches = (pattern: RegExp, shape: Text) => (value: string) => (pattern.test(value) ? value : shape);
const origin = (value: string): string | Text => {
  if (!URL.canParse(value)) return ORIGIN;
  const url = new URL(value);
  const isOrigin = /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash && !url.username;
  return isOrigin ? url.origin : ORIGIN;
};
const PASSWORD = /^[a-z+]+:\/\/[^:@/]*:([^@/]+)@/;
const HOST = String.raw`(?:[^@/?#]*@)?(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?(?:/\d*)?(?:\?prefix=[^&#]*)?`;
const MYSQL = String.raw`(?:[^@/?#]*@)?(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?(?:/[^/?#]*)?(?:\?tls=on)?`;
const SOURCE = new RegExp(`^(?:(?:wxjava|wechatpy)\\+rediss?://${HOST}|wxcomponent\\+mysql://${MYSQL}|wego:[^]+)$`);
const REDIS_NODES = String.raw`redis\+(?:sentinel|cluster)://(?:[^@/?#]*@)?[\w.:,[\]-]+(?:/\d*)?(?:\?(?:master=[^&#]*|wait=\d)(?:&(?:master=[^&#]*|wait=\d))?)?`;
/** Plain HTTP only to this machine: the key would be read on the way. */
const BROKER = String.raw`broker\+(?:https://[\w.-]+|https?://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]))(?::\d{1,5})?(?:/[\w./-]*)?`;
const STORE = new RegExp(
  `^(?:file|${BROKER}|(?:wxjava\\+)?rediss?://${HOST}|rediss?://${HOST}\\?wait=\\d|${REDIS_NODES})$`,
);
const STORES = text(
  'file, redis://…, rediss://…, broker+https://… (broker+http on this machine only), or wxjava+redis://…?prefix=… to read from a running WxJava',
  'file、redis://…、rediss://…、broker+https://…（broker+http 仅限本机），或 wxjava+redis://…?prefix=…（读取运行中的 WxJava）',
);
const PROXIES = text(
  'addresses or ranges with commas between them, or loopback: 10.0.0.0/8,loopback',
  '以逗号分隔的地址或网段，或 loopback：10.0.0.0/8,loopback',
);
const ADDRESS = /^(?:(?:[\w.-]+|\[[\da-fA-F:.]+\]):)?\d{1,5}$/;
const ADDRESS_SHAPE = text(
  'a port, or an address of this machine and a port: 0.0.0.0:7789',
  '端口，或本机地址与端口：0.0.0.0:7789',
);
const OWN = text(
  'loopback or private ranges with commas between them: 10.0.0.0/8',
  '以逗号分隔的 loopback 或内网网段：10.0.0.0/8',
);
/** Never the internet: nothing else proves where such a push comes from. */
const isOwnNetwork = (entry: string): boolean => {
  const [, least] = OWN_NETWORKS.find(([pattern]) => pattern.test(entry)) ?? [];
  const prefix = /\/(\d+)$/.exec(entry)?.[1];
  return isAddressRange(entry) && least !== undefined && (prefix === undefined || Number(prefix) >= least);
};
/** How they begin, and the widest range that stays in them. */
const OWN_NETWORKS: [RegExp, number][] = [
  [/^loopback$/, 0],
  [/^(?:10|127)\./, 8],
  [/^172\.(?:1[6-9]|2\d|3[01])\./, 12],
  [/^192\.168\./, 16],
  [/^169\.254\./, 16],
  [/^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./, 10],
  [/^f[cd][\da-f]{2}:/i, 7],
  [/^::1(?:\/|$)/, 128],
];
const HOSTS = /^[\w.-]+(?::\d{1,5})?(?:\s*,\s*[\w.-]+(?::\d{1,5})?)*$/;
const HOSTS_SHAPE = text(
  'hosts with commas between them: shop.example.com,app.example.com',
  '以逗号分隔的域名：shop.example.com,app.example.com',
);
const PERMISSION_SETS = text('their ids with commas between them: 1,11,15', '以逗号分隔的编号：1,11,15');
/** In every host of a list. */
const hasRightPorts = (value: string): boolean =>
  [...value.matchAll(/:(\d+)(?=[/,?]|$)/g)].every(([, port]) => Number(port) < 65536);
/** A lone % in a password would be found out only by the client, far from where it can be corrected. */
const isDecodable = (value: string): boolean => {
  try {
    return decodeURIComponent(value) !== '';
  } catch {
    return false;
  }
};
/** Anything may be a command for the shell; what stands there as an address must be one that can be posted to. */
const callable = (value: string): string | Text => {
  const isUrl = /^https?:\/\//i.test(value);
  const fits = isUrl ? URL.canParse(value) : value !== '' && !/^[a-z][a-z\d+.-]*:\/\//i.test(value);
  return fits ? value : text('a command, or a URL with http or https', '命令，或 http/https 网址');
};
/** Inside a function: a pattern with properties of Unicode takes a while to make, and nearly no start needs it. */
const isName = (value: string): boolean => /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,40}$/u.test(value);
const aesKey = matches(/^[A-Za-z0-9+/]{43}$/, text('43 letters and digits', '43 位字母或数字'));

/** Every setting: where it comes from and what it must look like. Scripts rely on the names: they do not change. */
export const SETTINGS = {
  componentAppId: {
    environment: 'WXOP_COMPONENT_APPID',
    about: text('appid of the third-party platform', '第三方平台 AppID'),
    check: matches(/^wx[0-9a-f]{16}$/, APPID),
  },
  componentAppSecret: {
    environment: 'WXOP_COMPONENT_APPSECRET',
    secret: true,
    about: text('AppSecret of the third-party platform', '第三方平台 AppSecret'),
    check: (value) => value || text('not empty', '非空值'),
  },
  messageToken: {
    environment: 'WXOP_MESSAGE_TOKEN',
    secret: true,
    about: text('message token (消息校验Token)', '消息校验Token'),
    check: matches(/^[A-Za-z0-9]{3,32}$/, text('3 to 32 letters and digits', '3 到 32 位字母或数字')),
  },
  encodingAesKey: {
    environment: 'WXOP_ENCODING_AES_KEY',
    secret: true,
    about: text('EncodingAESKey (消息加解密Key)', '消息加解密Key'),
    check: aesKey,
  },
  previousEncodingAesKey: {
    environment: 'WXOP_PREVIOUS_ENCODING_AES_KEY',
    secret: true,
    about: text('previous EncodingAESKey, while pushes still use it', '更换前的消息加解密Key（过渡期使用）'),
    check: aesKey,
  },
  publicUrl: {
    environment: 'WXOP_PUBLIC_URL',
    flag: '--public-url',
    takes: 'url',
    about: text('public URL of the listener (授权发起页域名)', '公网地址（授权发起页域名）'),
    check: origin,
  },
  host: {
    environment: 'WXOP_HOST',
    flag: '--host',
    takes: 'host',
    fallback: '127.0.0.1',
    about: text('address to listen on', '监听地址'),
    check: matches(/^[\w.:-]+$/, text('an address of this machine', '本机地址')),
  },
  port: {
    environment: 'WXOP_PORT',
    flag: '--port',
    takes: 'port',
    fallback: '7788',
    about: text('port to listen on', '监听端口'),
    check: (value) =>
      /^\d{1,5}$/.test(value) && Number(value) < 65536 ? value : text('a port: 0 to 65535', '0 到 65535 的端口号'),
  },
  eventPath: {
    environment: 'WXOP_EVENT_PATH',
    flag: '--event-path',
    takes: 'path',
    fallback: '/wechat/event',
    about: text('path of component events (授权事件接收URL)', '授权事件接收URL 的路径'),
    check: matches(/^\/(?!(?:healthz|metrics|authorize)(?:\/|$))[^\s?#]*$/, PATH),
  },
  messagePath: {
    environment: 'WXOP_MESSAGE_PATH',
    flag: '--message-path',
    takes: 'path',
    fallback: '/wechat/message/$APPID$',
    about: text("path of accounts' messages (消息与事件接收URL)", '消息与事件接收URL 的路径'),
    check: matches(
      /^(?:https?:\/\/[\w.:-]*\$APPID\$[\w.:-]*)?\/(?!(?:healthz|metrics|authorize)(?:\/|$))[^\s?#]*$/,
      MESSAGE_PATH,
    ),
  },
  forwardTo: {
    environment: 'WXOP_FORWARD_TO',
    flag: '--forward-to',
    takes: 'url',
    about: text('URLs that pushes are forwarded to', '推送转发的目标网址'),
    check: matches(
      /^https?:\/\/\S+(?:\s+https?:\/\/\S+)*$/,
      text('http or https URLs with blanks between', '以空格分隔的 http 或 https 网址'),
    ),
  },
  forwardFormat: {
    environment: 'WXOP_FORWARD_FORMAT',
    flag: '--forward-format',
    takes: 'format',
    fallback: 'raw',
    about: text('form of forwarded pushes: raw or json', '转发格式：raw 或 json'),
    check: matches(/^(?:raw|json)$/, text('raw or json', 'raw 或 json')),
  },
  forwardEvents: {
    environment: 'WXOP_FORWARD_EVENTS',
    flag: '--forward-events',
    takes: 'when',
    fallback: 'never',
    about: text('component events are forwarded: never, after or handover', '转发授权事件：never、after 或 handover'),
    check: matches(/^(?:never|after|handover)$/, text('never, after or handover', 'never、after 或 handover')),
  },
  forwardSecret: {
    environment: 'WXOP_FORWARD_SECRET',
    secret: true,
    about: text('secret that signs what is forwarded as JSON', '转发 JSON 时签名所用的密钥'),
    check: matches(/^\S{16,}$/, text('16 characters or more', '至少 16 个字符')),
  },
  trustProxy: {
    environment: 'WXOP_TRUST_PROXY',
    flag: '--trust-proxy',
    takes: 'addresses',
    about: text('proxies whose X-Forwarded-For counts', '可信反向代理（采信其 X-Forwarded-For）'),
    check: (value) =>
      value.split(',').every((entry) => isAddressRange(entry.trim())) ? value.replaceAll(' ', '') : PROXIES,
  },
  metrics: {
    environment: 'WXOP_METRICS',
    flag: '--metrics',
    takes: 'port',
    about: text('address of its own for /metrics', '/metrics 的独立监听地址'),
    check: matches(
      /^(?:(?:[\w.-]+|\[[\da-fA-F:.]+\]):)?\d{1,5}$/,
      text(
        'a port, or an address of this machine and a port: 127.0.0.1:9464',
        '端口，或本机地址与端口：127.0.0.1:9464',
      ),
    ),
  },
  address: {
    environment: 'WXOP_SERVE_ADDRESS',
    flag: '--address',
    takes: 'address',
    fallback: '127.0.0.1:7789',
    about: text('address and port of the broker', '中控服务器的监听地址与端口'),
    check: (value) => (ADDRESS.test(value) && Number(/\d+$/.exec(value)?.[0]) < 65536 ? value : ADDRESS_SHAPE),
  },
  tlsCert: {
    environment: 'WXOP_TLS_CERT',
    flag: '--tls-cert',
    takes: 'file',
    about: text('certificate of the broker with its chain, PEM', '中控服务器的证书（含证书链，PEM）'),
    check: matches(/^.+$/, text('a file', '文件')),
  },
  tlsKey: {
    environment: 'WXOP_TLS_KEY',
    flag: '--tls-key',
    takes: 'file',
    about: text('key of that certificate, PEM', '该证书的私钥（PEM）'),
    check: matches(/^.+$/, text('a file', '文件')),
  },
  brokerKey: {
    environment: 'WXOP_BROKER_KEY',
    secret: true,
    about: text("key of a team's broker or listener", '团队的中控服务器或监听的密钥'),
    check: matches(
      /^wxop_wx[0-9a-f]{16}_[a-z0-9][a-z0-9-]{0,39}_[\w-]{43}$/,
      text('a key as `wxop serve key add` prints it', '`wxop serve key add` 输出的密钥'),
    ),
  },
  onOverdue: {
    environment: 'WXOP_ON_OVERDUE',
    flag: '--on-overdue',
    takes: 'call',
    about: text('command or URL to call when the ticket is overdue', 'ticket 逾期时执行的命令或调用的网址'),
    check: callable,
  },
  onResult: {
    environment: 'WXOP_ON_RESULT',
    flag: '--on-result',
    takes: 'call',
    about: text('command or URL to call with each result of a release', '每有一个发布结果时执行的命令或调用的网址'),
    check: callable,
  },
  operatorName: {
    environment: 'WXOP_OPERATOR_NAME',
    flag: '--operator-name',
    takes: 'name',
    about: text("name on the merchants' pages", '商家页面上的服务商名称'),
    check: (value) => (isName(value) ? value : text('1 to 40 characters in one line', '不换行的 1 到 40 个字符')),
  },
  operatorLogo: {
    environment: 'WXOP_OPERATOR_LOGO',
    flag: '--operator-logo',
    takes: 'file',
    about: text("logo on the merchants' pages", '商家页面上的服务商标志'),
    check: matches(/[^/\\]\.(?:png|jpe?g|webp)$/i, text('a file .png, .jpg or .webp', '.png、.jpg 或 .webp 文件')),
  },
  permissionSets: {
    environment: 'WXOP_PERMISSION_SETS',
    flag: '--permission-sets',
    takes: 'ids',
    about: text("permission sets (权限集) named on the merchants' pages", '商家页面上列出的权限集'),
    check: (value) => (/^\d{1,4}(?:\s*,\s*\d{1,4})*$/.test(value) ? value.replaceAll(/\s/g, '') : PERMISSION_SETS),
  },
  pushFormat: {
    environment: 'WXOP_PUSH_FORMAT',
    fallback: 'xml',
    about: text('form of pushes: xml, or json as well', '推送格式：xml，或同时接收 json'),
    check: matches(/^(?:xml|json)$/, text('xml or json', 'xml 或 json')),
  },
  cloudPushes: {
    environment: 'WXOP_CLOUD_PUSHES',
    about: text('where unencrypted pushes may come from (云托管)', '允许未加密推送（云托管）的来源地址'),
    check: (value) => (value.split(',').every((entry) => isOwnNetwork(entry.trim())) ? value.replaceAll(' ', '') : OWN),
  },
  returnHosts: {
    environment: 'WXOP_RETURN_HOSTS',
    about: text('hosts that --return-url may lead to', '--return-url 可指向的域名'),
    check: (value) => (HOSTS.test(value) ? value.replaceAll(/\s/g, '').toLowerCase() : HOSTS_SHAPE),
  },
  store: {
    environment: 'WXOP_STORE',
    flag: '--store',
    takes: 'url',
    fallback: 'file',
    secretPart: (value) => PASSWORD.exec(value)?.[1],
    about: text('place of the credentials: file, or a Redis URL', '凭据的存储位置：file 或 Redis 地址'),
    check: (value) => (STORE.test(value) && isDecodable(value) && hasRightPorts(value) ? value : STORES),
  },
  storeKey: {
    environment: 'WXOP_STORE_KEY',
    secret: true,
    isEnvironmentOnly: true,
    about: text('key that encrypts the stored credentials', '加密所存凭据的密钥'),
    check: matches(
      /^(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=?)$/,
      text(
        '32 random bytes as base64 or hexadecimal: openssl rand -base64 32',
        '32 字节随机数的 base64 或十六进制：openssl rand -base64 32',
      ),
    ),
  },
  passphrase: {
    environment: 'WXOP_PASSPHRASE',
    secret: true,
    isEnvironmentOnly: true,
    about: text('passphrase of exported accounts', '导出帐号所用的口令'),
    check: (value) => (value.length >= 8 ? value : text('at least 8 characters', '至少 8 个字符')),
  },
  importFrom: {
    environment: 'WXOP_IMPORT_FROM',
    isEnvironmentOnly: true,
    secretPart: (value) => PASSWORD.exec(value)?.[1],
    about: text('source of `wxop import`, where its URL holds a password', '`wxop import` 的来源（地址含密码时）'),
    check: matches(
      SOURCE,
      text(
        'wxjava+redis://…, wechatpy+redis://…, wxcomponent+mysql://… or wego:FOLDER',
        'wxjava+redis://…、wechatpy+redis://…、wxcomponent+mysql://… 或 wego:目录',
      ),
    ),
  },
  apiUrl: {
    environment: 'WXOP_API_URL',
    fallback: 'https://api.weixin.qq.com',
    about: text('API host', 'API 地址'),
    check: origin,
  },
  mpUrl: {
    environment: 'WXOP_MP_URL',
    fallback: 'https://mp.weixin.qq.com',
    about: text('address of the consent page for computers', 'PC 版授权页的地址'),
    check: origin,
  },
  openUrl: {
    environment: 'WXOP_OPEN_URL',
    fallback: 'https://open.weixin.qq.com',
    about: text('address of the consent page for phones', '手机版授权页的地址'),
    check: origin,
  },
  production: {
    environment: 'WXOP_PRODUCTION',
    fallback: 'no',
    about: text('production mark: yes makes risky commands ask', '生产环境标记：yes 时高风险命令须确认'),
    check: (value) =>
      /^(?:yes|true|1)$/i.test(value) ? 'yes' : /^(?:no|false|0)$/i.test(value) ? 'no' : text('yes or no', 'yes 或 no'),
  },
  lang: {
    environment: 'WXOP_LANG',
    flag: '--lang',
    takes: 'lang',
    about: text('language of the output: zh or en', '显示语言：zh 或 en'),
    check: matches(/^(?:zh|en)$/, text('zh or en', 'zh 或 en')),
  },
} as const satisfies Record<string, Definition>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
/** Those that a profile may keep. */
export const PROFILE_SETTINGS = SETTING_NAMES.filter((name) => !definitionOf(name).isEnvironmentOnly);
/** The names that a profile keeps, as they stand in `config.json`. */
export type ProfileValues = Partial<Record<SettingName, string | number>> & {
  /** Verification files (校验文件): name → bytes as base64. */
  files?: Record<string, string>;
};
export function definitionOf(name: SettingName): Definition {
  return SETTINGS[name];
}

/** Whether a file can hold the value: `…_FILE`. */
export const hasSecret = (name: SettingName): boolean => {
  const { secret, secretPart } = definitionOf(name);
  return secret === true || secretPart !== undefined;
};

/** What of a value must never be shown. */
export function secretIn(name: SettingName, value: string): string | undefined {
  const { secret, secretPart } = definitionOf(name);
  return secret ? value : secretPart?.(value);
}

/** A value as people may see it. */
export function maskedSetting(name: SettingName, value: string): string {
  const hidden = secretIn(name, value);
  return hidden === undefined ? value : value.replace(hidden, '***');
}

/** The checked form of a value, or the shape that it should have. */
export function checkSetting(name: SettingName, value: string): string | Text {
  return definitionOf(name).check(value.trim());
}
