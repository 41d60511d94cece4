/** The public URL as WeChat and merchants see it, as far as that can be seen from here. */
import { text, type Text } from '../errors.ts';
import type { Answered, Probe } from '../platform/probe.ts';
import { sign } from '../protocol/envelope.ts';
import {
  failed,
  failedWith,
  info,
  ok,
  same,
  skipped,
  spoken,
  warning,
  type Check,
  type Finding,
  type Group,
} from './check.ts';
import { isPrivateAddress } from './hosts.ts';
import { isUnreached, unreached } from './network-words.ts';
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
/** WeChat gives up after five seconds. */
const SLOW = 3_000;
/** Stands for an account where the message URL is tried. */
const SOME_APPID = 'wx0000000000000000';

const OPEN_IT = text(
  'WeChat must reach it from outside: check DNS, firewall, and what holds ports 80 and 443.',
  '微信须能从外网访问：请检查 DNS、防火墙及监听 80/443 端口的服务。',
);
const POINT_IT = text(
  'Let it lead to the listener of these settings (`wxop listen`), on every path.',
  '请让该域名的所有路径都转发到使用本设置的 `wxop listen`。',
);

export function publicChecks(facts: PublicFacts): Group {
  const host = (): string => new URL(facts.publicUrl() ?? 'http://localhost').host;
  const ask = async (url: string, judge: (answered: Answered) => Finding | Promise<Finding>): Promise<Finding> => {
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
          const { en, zh } = spoken(left);
          const seen = text(
            `certificate by ${certificate.issuer}, ${en} left`,
            `证书由 ${certificate.issuer} 签发，剩余 ${zh}`,
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
      text(`${seen.en}: an address of this network only`, `${seen.zh}：仅内网地址`),
      text('From outside it must resolve to a public one.', '在外网应解析为公网地址。'),
    );
  }
  if (addresses.every((address) => address.includes(':')) && isReal) {
    return warning(
      text(`${seen.en}: IPv6 only`, `${seen.zh}：仅有 IPv6`),
      text('WeChat may not reach it: add an A record.', '微信可能无法访问：请添加 A 记录。'),
    );
  }
  return ok(seen);
}

function healthOf(body: Buffer): { storeId: string } | undefined {
  try {
    const { storeId } = JSON.parse(body.toString('utf8')) as { storeId?: unknown };
    return typeof storeId === 'string' ? { storeId } : undefined;
  } catch {
    return undefined;
  }
}

function judgeIdentity(answered: Answered, storeId: string | undefined): Finding {
  const health = healthOf(answered.body);
  if (health && health.storeId === storeId) {
    const milliseconds = Math.round(answered.milliseconds);
    return ok(text(`this one, in ${milliseconds} ms`, `是，${milliseconds} 毫秒`));
  }
  if (health) {
    return failed(
      'PUBLIC_URL_WRONG',
      text('another wxop, with another store, answers there', '应答的是使用其他存储的另一个 wxop'),
      text(
        'Tickets go there. Share its store (WXOP_STORE, WXOP_HOME), or move the public URL.',
        'ticket 会发往该处。请共用其存储（WXOP_STORE、WXOP_HOME），或更改公网地址的指向。',
      ),
    );
  }
  const wrong = deviation(answered);
  if (wrong) return wrong;
  const what = whatAnswers(answered);
  return failed(
    'PUBLIC_URL_WRONG',
    text(`something else answers: ${what.en}`, `应答的是其他服务：${what.zh}`),
    POINT_IT,
  );
}

/** A redirect, or a gateway with nothing behind it. */
export function deviation({ status, headers }: Answered): Finding | undefined {
  if (status >= 300 && status < 400) {
    const to = headers.location ?? '?';
    return failed(
      'PUBLIC_URL_WRONG',
      text(`redirected to ${to} (HTTP ${status})`, `被重定向到 ${to}（HTTP ${status}）`),
      text(
        'WeChat follows no redirect: set the public URL to where it leads, or answer here.',
        '微信不跟随重定向：请将公网地址设为最终地址，或在此直接应答。',
      ),
    );
  }
  if (status < 502 || status > 504) return undefined;
  const server = headers.server ?? 'a gateway';
  return failed(
    'NETWORK',
    text(
      `${server} answers, but nothing behind it (HTTP ${status})`,
      `${server} 有应答，但其后端无服务（HTTP ${status}）`,
    ),
    text(
      'Start `wxop listen`, and see that host and port of the gateway are those of the listener.',
      '请启动 `wxop listen`，并确认网关转发的主机与端口正确。',
    ),
  );
}

function whatAnswers({ status, headers }: Answered): Text {
  const server = headers.server === undefined ? '' : `, ${headers.server}`;
  return same(`HTTP ${status}${server}, ${headers['content-type'] ?? '-'}`);
}

function judgeEcho(answered: Answered, echostr: string, url: string): Finding {
  const { status, body, milliseconds } = answered;
  const path = decodeURI(new URL(url).pathname);
  if (status === 200 && body.toString('utf8') === echostr) {
    const took = Math.round(milliseconds);
    const seen = text(`echoed what was signed, in ${took} ms`, `已应答签名请求，${took} 毫秒`);
    if (took < SLOW) return ok(seen);
    return warning(seen, text('WeChat gives up after 5 s.', '微信最多等待 5 秒。'));
  }
  if (status === 200 && body.includes(echostr)) {
    return failed(
      'PUBLIC_URL_WRONG',
      text('something in between adds to the answer (a BOM, HTML)', '中间环节改动了应答（如 BOM、HTML）'),
      text('The answer must be exactly what the listener says.', '应答必须与监听服务的输出完全一致。'),
    );
  }
  if (status === 403) {
    return failed(
      'PUBLIC_URL_WRONG',
      text('the listener there has another message token', '该监听服务使用了不同的消息校验Token'),
      text(
        'Restart `wxop listen` with these settings; it reads them at its start.',
        '请用本设置重启 `wxop listen`（仅在启动时读取设置）。',
      ),
    );
  }
  const wrong = deviation(answered);
  if (wrong) return wrong;
  const what = whatAnswers(answered);
  return failed(
    'PUBLIC_URL_WRONG',
    text(`${path}: ${what.en}`, `${path}：${what.zh}`),
    status === 404
      ? text(
          'The listener has another path (--event-path, --message-path), or it is not passed on.',
          '监听服务使用了其他路径（--event-path、--message-path），或该路径未被转发。',
        )
      : POINT_IT,
  );
}
