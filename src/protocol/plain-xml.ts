/**
 * The form in which WeChat writes nearly every push, read in one pass: a flat `<xml>` of elements that hold one
 * CDATA section or plain text. Whatever else stands there is left to the full parser, and what is read here must be
 * what that one would read (test/listener/fuzz.test.ts compares them).
 */

const OPEN = '<xml>';
const CLOSE = '</xml>';
/** Of a start tag without attributes. */
const NAME = /^[A-Za-z][A-Za-z0-9]*$/;
/** Names that nearly every message has: no look at their characters, and the same string each time, which V8 knows. */
const USUAL = new Map(
  [
    ...['ToUserName', 'FromUserName', 'CreateTime', 'MsgType', 'Content', 'MsgId', 'Event', 'EventKey', 'Encrypt'],
    ...['AppId', 'InfoType', 'ComponentVerifyTicket', 'AuthorizerAppid', 'AuthorizationCode', 'PreAuthCode'],
  ].map((name) => [name, name]),
);
const CDATA = '<![CDATA[';
const CDATA_END = ']]>';
const MARKUP = /[>&]/;

/** Where the white space ends. Looked through by hand: an expression for each element costs more than all the rest. */
function afterSpace(xml: string, from: number): number {
  let at = from;
  for (let code = xml.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x09;) code = xml.charCodeAt(++at);
  return at;
}

const SLASH = 0x2f;
const LESS = 0x3c;
const GREATER = 0x3e;

/** Compared in place: making the end tag of each element costs more than looking at it. */
const isEndTag = (xml: string, at: number, name: string): boolean =>
  xml.charCodeAt(at) === LESS &&
  xml.charCodeAt(at + 1) === SLASH &&
  xml.startsWith(name, at + 2) &&
  xml.charCodeAt(at + 2 + name.length) === GREATER;

/** The parser has rules of its own for names that objects and functions have. */
const plainName = (name: string): string | undefined =>
  USUAL.get(name) ?? (NAME.test(name) && !(name in Function) ? name : undefined);

/** Nothing is inherited, as of Object.create(null). But objects of one constructor share their shape, and cost half. */
const Fields = function () {} as unknown as new () => Record<string, string>;
Fields.prototype = Object.create(null) as object;

/** The children of the root by name, or undefined when the text is anything but the plain form: then ask the parser. */
export function readPlainXml(xml: string): Record<string, string> | undefined {
  if (!xml.startsWith(OPEN) || xml.includes('\r')) return undefined;
  const fields = new Fields();
  let at = OPEN.length;
  for (;;) {
    const tag = afterSpace(xml, at);
    if (xml.startsWith(CLOSE, tag)) {
      const isWhole = at > OPEN.length && afterSpace(xml, tag + CLOSE.length) === xml.length;
      return isWhole ? fields : undefined;
    }
    const tagEnd = xml.indexOf('>', tag);
    const name = plainName(xml.slice(tag + 1, tagEnd));
    if (xml.charCodeAt(tag) !== LESS || tagEnd < 0 || name === undefined || name in fields) return undefined;
    at = tagEnd + 1;
    let value: string;
    if (xml.startsWith(CDATA, at)) {
      const end = xml.indexOf(CDATA_END, at);
      if (end < 0) return undefined;
      value = xml.slice(at + CDATA.length, end);
      at = end + CDATA_END.length;
    } else {
      const end = xml.indexOf('<', at);
      value = xml.slice(at, end);
      if (end < 0 || MARKUP.test(value)) return undefined;
      at = end;
    }
    if (!isEndTag(xml, at, name)) return undefined;
    at += name.length + 3;
    fields[name] = value;
  }
}
