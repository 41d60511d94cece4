/** Reads the JSON document of an answer, or throws whose failure it is. */
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { isObject, type Json } from '../runtime/json-object.ts';

/**
 * WeChat answers HTTP 200 with JSON, whatever the Content-Type says. Anything else came from a proxy or gateway: NETWORK.
 * For an errcode it throws WeChat's error; the errcode table is loaded only then.
 */
export async function readDocument(raw: string, status: number, path: string, host: string): Promise<Json> {
  let document: unknown;
  try {
    document = JSON.parse(raw);
  } catch {
    document = undefined;
  }
  // WeChat says no with HTTP 200 and an errcode; a gateway may speak JSON too.
  const isForeign = isObject(document) && status >= 400 && !('errcode' in document);
  if (!isObject(document) || isForeign) {
    throw foreignAnswer(host, isForeign ? OTHER_JSON : /^\s*</.test(raw) ? PAGE : NO_JSON, status);
  }
  const { errcode, errmsg } = document;
  if (errcode !== undefined && Number(errcode) !== 0) {
    throw (await import('../protocol/errcodes/errcodes.ts')).wechatError(
      Number(errcode),
      typeof errmsg === 'string' ? errmsg : '',
      path,
    );
  }
  return document;
}

const OTHER_JSON = text('JSON of its own', '自有格式的 JSON');
const PAGE = text('an HTML page', 'HTML 页面');
const NO_JSON = text('incomplete JSON', '不完整的 JSON');
const foreignAnswer = (host: string, kind: Text, status: number): WxopError =>
  new WxopError(
    'NETWORK',
    text(
      en`${host} answered ${kind} (HTTP ${status}) instead of WeChat's.`,
      zh`${host} 返回了${kind}（HTTP ${status}），而不是微信的应答。`,
    ),
    {
      hint: text(
        'A proxy or gateway in between answered: try again, then check HTTPS_PROXY and WXOP_API_URL.',
        '应答来自中间的代理或网关：请重试，并检查 HTTPS_PROXY 与 WXOP_API_URL。',
      ),
    },
  );
