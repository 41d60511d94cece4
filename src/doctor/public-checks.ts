/** The public URL as WeChat and merchants reach it, as far as this machine can see it. */
import { en, text, zh, type Text } from '../sentences/text.ts';
import type { Certificate, Probe } from '../wechat-api/probe.ts';
import { sign } from '../protocol/envelope.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { info, ok, resolved, same, skipped, warning, type Check, type Finding, type Group } from './check.ts';
import { isPrivateAddress } from '../runtime/hosts.ts';
import { orUnreached } from './unreached.ts';
import { healthOf, judgeEcho, judgeFile, judgeIdentity } from './public-answer.ts';

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
  /** Calls go to WeChat, not to a sandbox. */
  isReal: () => boolean;
  /** A page on this machine; undefined when nothing answers. */
  visit: (url: string) => Promise<string | undefined>;
  probe: () => Promise<Probe>;
  now: () => number;
  random: () => string;
}

const DAY = 24 * 60 * 60 * 1000;
const SOON = 14 * DAY;
/** Takes the place of `$APPID$` when the message URL is tried. */
const SOME_APPID = 'wx0000000000000000';

export function publicChecks(facts: PublicFacts): Group {
  const { publicUrl, eventUrl, messageUrl, messageToken, storeId, files, isReal, now, random } = facts;
  const reached = (url: string, look: (probe: Probe) => Promise<Finding>): Promise<Finding> =>
    orUnreached(url, OPEN_IT, async () => look(await facts.probe()));
  const echo = async (url: string): Promise<Finding> => {
    const token = messageToken();
    if (token === undefined) return skipped(text('needs the message token', '需要消息校验Token'));
    const echostr = random();
    const signed = signedEcho(url, token, echostr, facts);
    return reached(signed, async ({ get }) => judgeEcho(await get(signed), echostr, url));
  };
  const remote = (id: string, title: Text, needs: string[], run: Check['run']): Check => ({
    id,
    title,
    needs,
    isRemote: true,
    run,
  });

  return {
    id: 'public',
    title: text('Listener and public URL', '监听服务与公网地址'),
    needs: ['settings.origins', 'settings.public-url'],
    checks: [
      { id: 'public.local', title: text('on this machine', '本机'), run: () => judgeLocal(facts) },
      remote('public.name', text('name', '域名'), [], () => {
        const url = publicUrl();
        if (url === undefined) return skipped(text('no public URL is set', '未设置公网地址'));
        return reached(url, async ({ proxyOf, addressesOf }) => {
          if (proxyOf(url) !== undefined) return ok(text('left to the proxy', '由代理解析'));
          const { hostname } = new URL(url);
          return judgeAddresses(hostname, await addressesOf(hostname), isReal());
        });
      }),
      remote('public.connection', text('connection', '连接'), ['public.name'], () => {
        const url = publicUrl() ?? '';
        return reached(url, async ({ reach }) => judgeCertificate(await reach(url), now()));
      }),
      remote('public.identity', text('this listener', '是否为本监听服务'), ['public.connection'], () => {
        const url = `${publicUrl()}/healthz`;
        return reached(url, async ({ get }) => {
          const answered = await get(url);
          const found = judgeIdentity(answered, await storeId());
          if (found.verdict !== 'failed' || found.code !== 'PUBLIC_URL_WRONG' || healthOf(answered.body)) return found;
          // Some keep /healthz to themselves: what counts is who answers the pushes.
          const { verdict } = await echo(eventUrl());
          return verdict === 'ok' ? HEALTH_NOT_PASSED_ON : found;
        });
      }),
      remote('public.event-url', same('授权事件接收URL'), ['public.identity'], () => echo(eventUrl())),
      remote('public.message-url', same('消息与事件接收URL'), ['public.identity'], () =>
        echo(messageUrl().replaceAll('$APPID$', SOME_APPID)),
      ),
      remote('public.files', text('verification files', '校验文件'), ['public.identity'], async () => {
        const contents = Object.entries(files());
        for (const [name, content] of contents) {
          const url = `${publicUrl()}/${name}`;
          const found = await reached(url, async ({ get }) =>
            judgeFile(name, Buffer.from(content, 'base64'), await get(url)),
          );
          if (found.verdict !== 'ok') return found;
        }
        if (contents.length === 0) return skipped(text('none in the profile', '配置中没有'));
        const names = contents.map(([name]) => name).join(', ');
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
  if (page === undefined) return info(text(`nothing listens on ${url}`, `${url} 没有服务在监听`), START_HERE);
  const health = healthOf(Buffer.from(page));
  if (!health) return warning(text(`another program listens on ${url}`, `${url} 上是其他程序`), PORT);
  if (health.storeIds.includes((await storeId()) ?? '')) return ok(text(`listening on ${url}`, `正在监听 ${url}`));
  return warning(text(`${url} is a wxop with another store`, `${url} 是使用其他存储的 wxop`), PORT);
}

function judgeAddresses(hostname: string, addresses: string[], isReal: boolean): Finding {
  const seen = resolved(hostname, addresses);
  if (!isReal) return ok(seen);
  if (addresses.every(isPrivateAddress)) {
    return warning(text(en`${seen}: an address of this network only`, zh`${seen}：仅内网地址`), MAKE_PUBLIC);
  }
  if (addresses.every((address) => address.includes(':'))) {
    return warning(text(en`${seen}: IPv6 only`, zh`${seen}：仅有 IPv6`), ADD_A_RECORD);
  }
  return ok(seen);
}

function judgeCertificate(certificate: Certificate | undefined, now: number): Finding {
  if (!certificate) return ok(text('open, without TLS', '可连接，未使用 TLS'));
  const { issuer, expiresAt } = certificate;
  const left = formatDuration(expiresAt - now);
  const seen = text(en`certificate by ${issuer}, ${left} left`, zh`证书由 ${issuer} 签发，剩余 ${left}`);
  return expiresAt - now > SOON ? ok(seen) : warning(seen, text('Renew it now.', '请尽快续期。'));
}

const HEALTH_NOT_PASSED_ON = warning(
  text('it answers pushes, but /healthz is not passed on', '可应答推送，但未转发 /healthz'),
  text('Pass it on to see here whether it is this listener.', '转发后即可确认是否为本监听服务。'),
);
const OPEN_IT = text(
  'WeChat must reach it from outside: check DNS, firewall, and what holds ports 80 and 443.',
  '微信须能从外网访问：请检查 DNS、防火墙及监听 80/443 端口的服务。',
);
const START_HERE = text('If it should run here: `wxop listen`.', '若应在本机运行：`wxop listen`。');
const PORT = text('Choose another with --port, or stop that one.', '请用 --port 另选端口，或停止该程序。');
const MAKE_PUBLIC = text('From outside it must resolve to a public one.', '在外网应解析为公网地址。');
const ADD_A_RECORD = text('WeChat may not reach it: add an A record.', '微信可能无法访问：请添加 A 记录。');
