/** What an answer at the public URL says of who gave it. */
import { en, text, zh, type Text } from '../sentences/text.ts';
import type { ProbeAnswer } from '../wechat-api/probe.ts';
import { failed, ok, same, warning, type Finding } from './check.ts';

/** WeChat gives up after five seconds. */
const SLOW = 3_000;

const POINT_IT = text(
  'Let it lead to the listener of these settings (`wxop listen`), on every path.',
  '请让该域名的所有路径都转发到使用本设置的 `wxop listen`。',
);

/** What a listener says of itself; undefined where it is none. */
export function healthOf(body: Buffer): { storeId: string } | undefined {
  try {
    const { storeId } = JSON.parse(body.toString('utf8')) as { storeId?: unknown };
    return typeof storeId === 'string' ? { storeId } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it is the listener on our store. */
export function judgeIdentity(answered: ProbeAnswer, storeId: string | undefined): Finding {
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
  return failed('PUBLIC_URL_WRONG', text(en`something else answers: ${what}`, zh`应答的是其他服务：${what}`), POINT_IT);
}

/** A redirect, or a gateway with nothing behind it. */
export function deviation({ status, headers }: ProbeAnswer): Finding | undefined {
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

function whatAnswers({ status, headers }: ProbeAnswer): Text {
  const server = headers.server === undefined ? '' : `, ${headers.server}`;
  return same(`HTTP ${status}${server}, ${headers['content-type'] ?? '-'}`);
}

/** Whether a signed GET was answered as WeChat wants it. */
export function judgeEcho(answered: ProbeAnswer, echostr: string, url: string): Finding {
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
    text(en`${path}: ${what}`, zh`${path}：${what}`),
    status === 404
      ? text(
          'The listener has another path (--event-path, --message-path), or it is not passed on.',
          '监听服务使用了其他路径（--event-path、--message-path），或该路径未被转发。',
        )
      : POINT_IT,
  );
}
