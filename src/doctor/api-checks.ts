/** Reaching WeChat's API: proxy, name, connection, certificate, and how its clock compares with ours. */
import { en, listed, text, zh, type Hole, type Text } from '../sentences/text.ts';
import type { Probe } from '../wechat-api/probe.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { failed, ok, resolved, same, skipped, warning, type Finding, type Group } from './check.ts';
import { orUnreached } from './unreached.ts';

export interface ApiFacts {
  apiUrl: () => string;
  probe: () => Promise<Probe>;
  now: () => number;
  /** NODE_EXTRA_CA_CERTS. */
  extraCas: string | undefined;
}

/** Milliseconds by which a clock may be wrong: from the first it is worth a warning, from the second it does harm. */
const SKEW_WARNING = 5 * 60 * 1000;
const SKEW_FAILURE = 30 * 60 * 1000;

const CHECK_DNS = text("Check this machine's DNS.", '请检查本机的 DNS 设置。');
const NETWORK = text(
  'Check the network, HTTPS_PROXY/NO_PROXY and WXOP_API_URL.',
  '请检查网络、HTTPS_PROXY/NO_PROXY 与 WXOP_API_URL。',
);

export function apiChecks({ apiUrl, probe, now, extraCas }: ApiFacts): Group {
  return {
    id: 'api',
    title: text('Reaching the API', '接口连接'),
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
          const { hostname } = new URL(apiUrl());
          return orUnreached(apiUrl(), CHECK_DNS, async () =>
            ok(resolved(hostname, await probing.addressesOf(hostname))),
          );
        },
      },
      {
        id: 'api.connection',
        title: text('connection', '连接'),
        isRemote: true,
        needs: ['api.name'],
        run: () =>
          orUnreached(apiUrl(), NETWORK, async () => {
            const certificate = await (await probe()).reach(apiUrl());
            return ok(connected(new URL(apiUrl()).host, certificate?.issuer, extraCas));
          }),
      },
      {
        id: 'api.clock',
        title: text('clock', '时钟'),
        isRemote: true,
        needs: ['api.connection'],
        run: () =>
          orUnreached(apiUrl(), NETWORK, async () => {
            const { headers, milliseconds } = await (await probe()).get(`${apiUrl()}/`);
            return judgeClock(Date.parse(headers.date ?? ''), now() - milliseconds / 2);
          }),
      },
    ],
  };
}

function connected(host: string, issuer: string | undefined, extraCas: string | undefined): Text {
  const parts: Hole[] = [host];
  if (issuer !== undefined) parts.push(text(`certificate by ${issuer}`, `证书由 ${issuer} 签发`));
  if (extraCas) parts.push(text('with NODE_EXTRA_CA_CERTS', '使用了 NODE_EXTRA_CA_CERTS'));
  return listed(parts, text(', ', '，'));
}

/** The header counts whole seconds, rounded down. */
function judgeClock(theirs: number, ours: number): Finding {
  if (Number.isNaN(theirs)) return skipped(text('the answer has no Date', '应答中没有 Date'));
  const skew = ours - theirs - 500;
  const amount = formatDuration(Math.abs(skew));
  if (Math.abs(skew) < SKEW_WARNING) {
    return ok(Math.abs(skew) < 2_000 ? text('accurate', '准确') : text(en`${amount} off`, zh`相差 ${amount}`));
  }
  const seen =
    skew > 0
      ? text(en`${amount} ahead of WeChat's`, zh`比微信快 ${amount}`)
      : text(en`${amount} behind WeChat's`, zh`比微信慢 ${amount}`);
  const next = text('Let NTP set it: `timedatectl set-ntp true`.', '请启用 NTP 校时：`timedatectl set-ntp true`。');
  return Math.abs(skew) < SKEW_FAILURE ? warning(seen, next) : failed('CLOCK_WRONG', seen, next);
}
