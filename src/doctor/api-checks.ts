/** The way to WeChat's API: proxy, name, connection, certificate, and its clock beside ours. */
import { en, listed, text, zh } from '../sentences/text.ts';
import type { Probe } from '../wechat-api/probe.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { failed, ok, same, skipped, warning, type Finding, type Group } from './check.ts';
import { unreached } from './unreached.ts';

export interface ApiFacts {
  apiUrl: () => string;
  probe: () => Promise<Probe>;
  now: () => number;
  /** NODE_EXTRA_CA_CERTS. */
  extraCas: string | undefined;
}

/** Milliseconds: from here on a wrong clock is said, and from there on it does harm. */
const SKEW_WARNING = 5 * 60 * 1000;
const SKEW_FAILURE = 30 * 60 * 1000;

const NETWORK = text(
  'Check the network, HTTPS_PROXY/NO_PROXY and WXOP_API_URL.',
  '请检查网络、HTTPS_PROXY/NO_PROXY 与 WXOP_API_URL。',
);

export function apiChecks({ apiUrl, probe, now, extraCas }: ApiFacts): Group {
  const host = (): string => new URL(apiUrl()).host;
  return {
    id: 'api',
    title: text('The way to the API', '接口连接'),
    needs: ['settings.origins'],
    checks: [
      {
        id: 'api.proxy',
        title: text('proxy', '代理'),
        run: async () => {
          const proxy = (await probe()).proxyOf(apiUrl());
          return ok(proxy === undefined ? text('none', '无') : same(proxy));
        },
      },
      {
        id: 'api.name',
        title: text('name', '域名'),
        isRemote: true,
        needs: ['api.proxy'],
        run: async () => {
          const probing = await probe();
          if (probing.proxyOf(apiUrl()) !== undefined) return ok(text('left to the proxy', '由代理解析'));
          try {
            const { hostname } = new URL(apiUrl());
            const addresses = (await probing.addressesOf(hostname)).slice(0, 3);
            return ok(same(addresses.includes(hostname) ? hostname : `${hostname} → ${addresses.join(', ')}`));
          } catch (error) {
            return unreached(error, host(), text("Check this machine's DNS.", '请检查本机的 DNS 设置。'));
          }
        },
      },
      {
        id: 'api.connection',
        title: text('connection', '连接'),
        isRemote: true,
        needs: ['api.name'],
        run: async () => {
          try {
            const certificate = await (await probe()).reach(apiUrl());
            const parts = [
              same(host()),
              ...(certificate
                ? [text(`certificate by ${certificate.issuer}`, `证书由 ${certificate.issuer} 签发`)]
                : []),
              ...(extraCas ? [text('with NODE_EXTRA_CA_CERTS', '使用了 NODE_EXTRA_CA_CERTS')] : []),
            ];
            return ok(listed(parts, text(', ', '，')));
          } catch (error) {
            return unreached(error, host(), NETWORK);
          }
        },
      },
      {
        id: 'api.clock',
        title: text('clock', '时钟'),
        isRemote: true,
        needs: ['api.connection'],
        run: async () => {
          try {
            const { headers, milliseconds } = await (await probe()).get(`${apiUrl()}/`);
            return judgeClock(Date.parse(headers.date ?? ''), now() - milliseconds / 2);
          } catch (error) {
            return unreached(error, host(), NETWORK);
          }
        },
      },
    ],
  };
}

/** The header counts whole seconds, rounded down. */
function judgeClock(theirs: number, ours: number): Finding {
  if (Number.isNaN(theirs)) return skipped(text('the answer has no Date', '应答中没有 Date'));
  const skew = ours - theirs - 500;
  const amount = formatDuration(Math.abs(skew));
  if (Math.abs(skew) < SKEW_WARNING) {
    return ok(Math.abs(skew) < 2_000 ? text('right', '准确') : text(en`${amount} off`, zh`相差 ${amount}`));
  }
  const seen =
    skew > 0
      ? text(en`${amount} ahead of WeChat's`, zh`比微信快 ${amount}`)
      : text(en`${amount} behind WeChat's`, zh`比微信慢 ${amount}`);
  const next = text('Let NTP set it: `timedatectl set-ntp true`.', '请启用 NTP 校时：`timedatectl set-ntp true`。');
  return Math.abs(skew) < SKEW_FAILURE ? warning(seen, next) : failed('CLOCK_WRONG', seen, next);
}
