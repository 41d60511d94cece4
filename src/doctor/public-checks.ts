/** The public URL as WeChat and merchants see it, as far as that can be seen from here. */
import { en, text, zh, type Text } from '../sentences/text.ts';
import type { ProbeAnswer, Probe } from '../wechat-api/probe.ts';
import { sign } from '../protocol/envelope.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { failedWith, info, ok, same, skipped, warning, type Check, type Finding, type Group } from './check.ts';
import { isPrivateAddress } from '../runtime/hosts.ts';
import { isUnreached, unreached } from './unreached.ts';
import { healthOf, judgeEcho, judgeIdentity } from './judge-public-answers.ts';
import { judgeFile } from './verification-file.ts';

export interface PublicFacts {
  /** An origin; undefined when none is set. */
  publicUrl: () => string | undefined;
  /** Where the listener of these settings is bound: an origin. */
  localUrl: () => string;
  eventUrl: () => string;
  /** With the literal `$APPID$`. */
  messageUrl: () => string;
  messageToken: () => string | undefined;
  /** The id of our store; undefined while it has none. */
  storeId: () => Promise<string | undefined>;
  /** Verification files of the profile: name → bytes as base64. */
  files: () => Record<string, string>;
  /** The calls go to WeChat, not to a sandbox. */
  isReal: () => boolean;
  /** A page of this machine's; undefined when nobody answers. */
  visit: (url: string) => Promise<string | undefined>;
  probe: () => Promise<Probe>;
  now: () => number;
  random: () => string;
}

const DAY = 24 * 60 * 60 * 1000;
const SOON = 14 * DAY;
/** Stands for an account where the message URL is tried. */
const SOME_APPID = 'wx0000000000000000';

const OPEN_IT = text(
  'WeChat must reach it from outside: check DNS, firewall, and what holds ports 80 and 443.',
  '微信须能从外网访问：请检查 DNS、防火墙及监听 80/443 端口的服务。',
);
export function publicChecks(facts: PublicFacts): Group {
  const host = (): string => new URL(facts.publicUrl() ?? 'http://localhost').host;
  const ask = async (url: string, judge: (answered: ProbeAnswer) => Finding | Promise<Finding>): Promise<Finding> => {
    try {
      return await judge(await (await facts.probe()).get(url));
    } catch (error) {
      return isUnreached(error) ? unreached(error, host(), OPEN_IT) : failedWith(error);
    }
  };
  const remote = (id: string, title: Text, needs: string[], run: Check['run']): Check => ({
    id,
    title,
    needs,
    isRemote: true,
    run,
  });
  const echo = (url: string): Promise<Finding> => {
    const token = facts.messageToken();
    if (token === undefined) return Promise.resolve(skipped(text('needs the message token', '需要消息校验Token')));
    const echostr = facts.random();
    return ask(signedEcho(url, token, echostr, facts), (answered) => judgeEcho(answered, echostr, url));
  };

  return {
    id: 'public',
    title: text('Listener and public URL', '监听服务与公网地址'),
    needs: ['settings.origins', 'settings.public-url'],
    checks: [
      { id: 'public.local', title: text('on this machine', '本机'), run: () => judgeLocal(facts) },
      remote('public.name', text('name', '域名'), [], async () => {
        const url = facts.publicUrl();
        if (url === undefined) return skipped(text('no public URL is set', '未设置公网地址'));
        const probe = await facts.probe();
        if (probe.proxyOf(url) !== undefined) return ok(text('left to the proxy', '由代理解析'));
        const { hostname } = new URL(url);
        try {
          return judgeAddresses(hostname, await probe.addressesOf(hostname), facts.isReal());
        } catch (error) {
          return unreached(error, host(), OPEN_IT);
        }
      }),
      remote('public.connection', text('connection', '连接'), ['public.name'], async () => {
        const url = facts.publicUrl() ?? '';
        try {
          const certificate = await (await facts.probe()).reach(url);
          if (!certificate) return ok(text('open, without TLS', '可连接，未使用 TLS'));
          const left = certificate.expiresAt - facts.now();
          const rest = formatDuration(left);
          const seen = text(
            en`certificate by ${certificate.issuer}, ${rest} left`,
            zh`证书由 ${certificate.issuer} 签发，剩余 ${rest}`,
          );
          return left > SOON ? ok(seen) : warning(seen, text('Renew it now.', '请尽快续期。'));
        } catch (error) {
          return unreached(error, host(), OPEN_IT);
        }
      }),
      remote('public.identity', text('this listener', '是否为本监听服务'), ['public.connection'], () =>
        ask(`${facts.publicUrl()}/healthz`, async (answered) => {
          const found = judgeIdentity(answered, await facts.storeId());
          if (found.verdict !== 'failed' || found.code !== 'PUBLIC_URL_WRONG' || healthOf(answered.body)) return found;
          // Some keep /healthz to themselves: what counts is who answers the pushes.
          const echoed = await echo(facts.eventUrl());
          if (echoed.verdict !== 'ok') return found;
          return warning(
            text('it answers pushes, but /healthz is not passed on', '可应答推送，但未转发 /healthz'),
            text('Pass it on to see here whether it is this listener.', '转发后即可确认是否为本监听服务。'),
          );
        }),
      ),
      remote('public.event-url', same('授权事件接收URL'), ['public.identity'], () => echo(facts.eventUrl())),
      remote('public.message-url', same('消息与事件接收URL'), ['public.identity'], () =>
        echo(facts.messageUrl().replaceAll('$APPID$', SOME_APPID)),
      ),
      remote('public.files', text('verification files', '校验文件'), ['public.identity'], async () => {
        const files = Object.entries(facts.files());
        if (files.length === 0) return skipped(text('none in the profile', '配置中没有'));
        for (const [name, content] of files) {
          const found = await ask(`${facts.publicUrl()}/${name}`, (answered) =>
            judgeFile(name, Buffer.from(content, 'base64'), answered),
          );
          if (found.verdict !== 'ok') return found;
        }
        const names = files.map(([name]) => name).join(', ');
        return ok(text(`${names}: byte for byte`, `${names}：内容一致`));
      }),
    ],
  };
}

function signedEcho(written: string, token: string, echostr: string, { now, random }: PublicFacts): string {
  const [timestamp, nonce] = [String(Math.floor(now() / 1000)), random()];
  const url = new URL(written);
  const query = { signature: sign({ token, timestamp, nonce }), timestamp, nonce, echostr };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

/** Nothing here is a failure: the listener may run on another machine. */
async function judgeLocal({ localUrl, visit, storeId }: PublicFacts): Promise<Finding> {
  const url = localUrl();
  const page = await visit(`${url}/healthz`);
  if (page === undefined) {
    return info(
      text(`nothing listens on ${url}`, `${url} 没有服务在监听`),
      text('If it should run here: `wxop listen`.', '若应在本机运行：`wxop listen`。'),
    );
  }
  const health = healthOf(Buffer.from(page));
  if (!health) return warning(text(`another program listens on ${url}`, `${url} 上是其他程序`), PORT);
  if (health.storeId === (await storeId())) return ok(text(`listening on ${url}`, `正在监听 ${url}`));
  return warning(text(`${url} is a wxop with another store`, `${url} 是使用其他存储的 wxop`), PORT);
}

const PORT = text('Choose another with --port, or stop that one.', '请用 --port 另选端口，或停止该程序。');

function judgeAddresses(hostname: string, addresses: string[], isReal: boolean): Finding {
  const list = addresses.slice(0, 3).join(', ');
  const seen = same(addresses.includes(hostname) ? hostname : `${hostname} → ${list}`);
  if (isReal && addresses.every(isPrivateAddress)) {
    return warning(
      text(en`${seen}: an address of this network only`, zh`${seen}：仅内网地址`),
      text('From outside it must resolve to a public one.', '在外网应解析为公网地址。'),
    );
  }
  if (addresses.every((address) => address.includes(':')) && isReal) {
    return warning(
      text(en`${seen}: IPv6 only`, zh`${seen}：仅有 IPv6`),
      text('WeChat may not reach it: add an A record.', '微信可能无法访问：请添加 A 记录。'),
    );
  }
  return ok(seen);
}
