/** An answer at the public URL, and what it says about the server that gave it. */
import { healthIn } from '../receiver-kit/listener-health.ts';
import { en, text, zh, type Hole, type Text } from '../sentences/text.ts';
import { failed, ok, same, warning, type Finding } from './check.ts';

export interface PublicAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  milliseconds: number;
}

/** Milliseconds: WeChat gives up after five seconds. */
const SLOW = 3_000;

/** The stores that a listener names; undefined if something else answers. */
export const healthOf = (body: Buffer): { storeIds: string[] } | undefined => healthIn(body.toString('utf8'));

/** Whether the listener on our store answers. */
export function judgeIdentity(answered: PublicAnswer, storeId: string | undefined): Finding {
  const health = healthOf(answered.body);
  if (!health) return judgeGateway(answered) ?? unexpected(answered, SOMETHING_ELSE, POINT_IT);
  return storeId !== undefined && health.storeIds.includes(storeId) ? thisListener(answered) : OTHER_STORE;
}

/** Whether a signed GET was answered as WeChat wants it. */
export function judgeEcho(answered: PublicAnswer, echostr: string, url: string): Finding {
  const { status, body } = answered;
  if (status === 200 && body.toString('utf8') === echostr) return echoed(answered);
  if (status === 200 && body.includes(echostr)) return CHANGED_ON_THE_WAY;
  if (status === 403) return OTHER_TOKEN;
  const path = decodeURI(new URL(url).pathname);
  return judgeGateway(answered) ?? unexpected(answered, path, status === 404 ? OTHER_PATH : POINT_IT);
}

/** Whether a verification file (校验文件) arrives as WeChat expects it: exact bytes, 200, no redirect, no HTML. */
export function judgeFile(name: string, expected: Buffer, { status, headers, body }: PublicAnswer): Finding {
  const wrong = (problem: Text, next = PASS_ON): Finding =>
    wrongAnswer(text(en`/${name} ${problem}`, zh`/${name} ${problem}`), next);
  if (startsWithBom(expected)) return wrong(text('was saved with a BOM', '保存时带有 BOM'), DOWNLOAD_AGAIN);
  if (isRedirect(status)) return wrong(text(en`is ${redirect(status, headers)}`, zh`${redirect(status, headers)}`));
  if (status !== 200) return wrong(text(`is answered with HTTP ${status}`, `应答为 HTTP ${status}`));
  if (body.equals(expected)) return ok(same(name));
  if (startsWithBom(body)) return wrong(text('arrives with a BOM', '返回内容带有 BOM'));
  if (/^\s*</.test(body.toString('latin1'))) return wrong(text('arrives as an HTML page', '返回的是 HTML 页面'));
  return wrong(text('arrives with other bytes', '返回内容不一致'));
}

/** What a gateway answers itself: a redirect, or an error because nothing runs behind it. */
export function judgeGateway({ status, headers }: PublicAnswer): Finding | undefined {
  if (isRedirect(status)) return wrongAnswer(redirect(status, headers), NO_REDIRECT);
  return status >= 502 && status <= 504 ? nothingBehind(headers.server ?? 'a gateway', status) : undefined;
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const startsWithBom = (bytes: Buffer): boolean => bytes.subarray(0, BOM.length).equals(BOM);
const isRedirect = (status: number): boolean => status >= 300 && status < 400;

/** Something answers at the public URL, but not what should. */
export const wrongAnswer = (seen: Text, next: Text): Finding => failed('PUBLIC_URL_WRONG', seen, next);

function thisListener({ milliseconds }: PublicAnswer): Finding {
  const took = Math.round(milliseconds);
  return ok(text(`this one, in ${took} ms`, `是，${took} 毫秒`));
}

function echoed({ milliseconds }: PublicAnswer): Finding {
  const took = Math.round(milliseconds);
  const seen = text(`echoed what was signed, in ${took} ms`, `已应答签名请求，${took} 毫秒`);
  return took < SLOW ? ok(seen) : warning(seen, text('WeChat gives up after 5 s.', '微信最多等待 5 秒。'));
}

function redirect(status: number, { location = '?' }: PublicAnswer['headers']): Text {
  return text(`redirected to ${location} (HTTP ${status})`, `被重定向到 ${location}（HTTP ${status}）`);
}

function unexpected({ status, headers }: PublicAnswer, where: Hole, next: Text): Finding {
  const server = headers.server === undefined ? '' : `, ${headers.server}`;
  const what = `HTTP ${status}${server}, ${headers['content-type'] ?? '-'}`;
  return wrongAnswer(text(en`${where}: ${what}`, zh`${where}：${what}`), next);
}

const SOMETHING_ELSE = text('something else answers', '应答的是其他服务');
const OTHER_STORE = wrongAnswer(
  text('another wxop, with another store, answers there', '应答的是使用其他存储的另一个 wxop'),
  text(
    'Tickets go there. Share its store (WXOP_STORE, WXOP_HOME), or move the public URL.',
    'ticket 会发往该处。请共用其存储（WXOP_STORE、WXOP_HOME），或更改公网地址的指向。',
  ),
);
const OTHER_TOKEN = wrongAnswer(
  text('the listener there has another message token', '该监听服务使用了不同的消息校验Token'),
  text(
    'Restart `wxop listen` with these settings; it reads them at its start.',
    '请用本设置重启 `wxop listen`（仅在启动时读取设置）。',
  ),
);
const CHANGED_ON_THE_WAY = wrongAnswer(
  text('something in between adds to the answer (a BOM, HTML)', '中间环节改动了应答（如 BOM、HTML）'),
  text('The answer must be exactly what the listener says.', '应答必须与监听服务的输出完全一致。'),
);
const nothingBehind = (server: string, status: number): Finding =>
  failed(
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

const POINT_IT = text(
  'Let it lead to the listener of these settings (`wxop listen`), on every path.',
  '请让该域名的所有路径都转发到使用本设置的 `wxop listen`。',
);
const OTHER_PATH = text(
  'The listener has another path (--event-path, --message-path), or it is not passed on.',
  '监听服务使用了其他路径（--event-path、--message-path），或该路径未被转发。',
);
const NO_REDIRECT = text(
  'WeChat follows no redirect: set the public URL to where it leads, or answer here.',
  '微信不跟随重定向：请将公网地址设为最终地址，或在此直接应答。',
);
const DOWNLOAD_AGAIN = text(
  'Download it again and do not open it in an editor: `wxop profile add-file`.',
  '请重新下载且不要用编辑器打开：`wxop profile add-file`。',
);
const PASS_ON = text(
  'Let the web server pass this path on to the listener, and serve no file of its own there.',
  '请让 Web 服务器将该路径转发到监听服务，不要自行提供该文件。',
);
