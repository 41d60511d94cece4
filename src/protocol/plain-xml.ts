/**
 * The form in which WeChat writes nearly every push, read in one pass: a flat `<xml>` of elements that hold one
 * CDATA section or plain text. Whatever else stands there is left to the full parser, and what is read here must be
 * what that one would read (test/listener/fuzz.test.ts compares them).
 */

const OPEN = '<xml>';
const CLOSE = '</xml>';
/** Of a start tag without attributes. */
const NAME = /^[A-Za-z][A-Za-z0-9]*$/;
const CDATA = '<![CDATA[';
const CDATA_END = ']]>';
const MARKUP = /[>&]/;

/** Where the white space ends. Looked through by hand: an expression for each element costs more than all the rest. */
function afterSpace(xml: string, from: number): number {
  let at = from;
  for (let code = xml.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x09;) code = xml.charCodeAt(++at);
  return at;
}

/** The children of the root by name, or undefined when the text is anything but the plain form: then ask the parser. */
export function readPlainXml(xml: string): Record<string, string> | undefined {
  if (!xml.startsWith(OPEN) || xml.includes('\r')) return undefined;
  const fields = Object.create(null) as Record<string, string>;
  let at = OPEN.length;
  for (;;) {
    const tag = afterSpace(xml, at);
    if (xml.startsWith(CLOSE, tag)) {
      const isWhole = at > OPEN.length && afterSpace(xml, tag + CLOSE.length) === xml.length;
      return isWhole ? fields : undefined;
    }
    const tagEnd = xml.indexOf('>', tag);
    const name = xml.slice(tag + 1, tagEnd);
    if (xml[tag] !== '<' || tagEnd < 0 || !NAME.test(name)) return undefined;
    // The parser has rules of its own for names that objects and functions have.
    if (name in fields || name in Function) return undefined;
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
    if (!xml.startsWith(`</${name}>`, at)) return undefined;
    at += name.length + 3;
    fields[name] = value;
  }
}
