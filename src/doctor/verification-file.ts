/** A verification file (校验文件) as WeChat fetches it: exact bytes, 200, no redirect, no HTML. */
import { text } from '../sentences/text.ts';
import type { ProbeAnswer } from '../wechat-api/probe.ts';
import { failed, ok, same, type Finding } from './check.ts';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const startsWithBom = (bytes: Buffer): boolean => bytes.subarray(0, BOM.length).equals(BOM);

export function judgeFile(name: string, expected: Buffer, { status, headers, body }: ProbeAnswer): Finding {
  const wrong = (en: string, zh: string, next = PASS_ON): Finding =>
    failed('PUBLIC_URL_WRONG', text(`/${name} ${en}`, `/${name} ${zh}`), next);
  if (startsWithBom(expected)) {
    return wrong(
      'was saved with a BOM',
      '保存时带有 BOM',
      text(
        'Download it again and do not open it in an editor: `wxop profile add-file`.',
        '请重新下载且不要用编辑器打开：`wxop profile add-file`。',
      ),
    );
  }
  if (status >= 300 && status < 400) {
    return wrong(
      `is redirected to ${headers.location ?? '?'} (HTTP ${status})`,
      `被重定向到 ${headers.location ?? '?'}（HTTP ${status}）`,
    );
  }
  if (status !== 200) return wrong(`is answered with HTTP ${status}`, `应答为 HTTP ${status}`);
  if (body.equals(expected)) return ok(same(name));
  if (startsWithBom(body)) return wrong('arrives with a BOM', '返回内容带有 BOM');
  if (/^\s*</.test(body.toString('latin1'))) return wrong('arrives as an HTML page', '返回的是 HTML 页面');
  return wrong('arrives with other bytes', '返回内容不一致');
}

const PASS_ON = text(
  'Let the web server pass this path on to the listener, and serve no file of its own there.',
  '请让 Web 服务器将该路径转发到监听服务，不要自行提供该文件。',
);
