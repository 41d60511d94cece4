/**
 * The form in which the platform writes nearly every push, read in one pass: a flat `<xml>` of elements that hold one
 * CDATA section or plain text. Whatever else stands there is left to the full parser, and what is read here must be
 * what that one would read (test/listener/fuzz.test.ts compares them).
 */

const OPEN = '<xml>';
/** White space, then a start tag without attributes. */
const START = /[ \t\n]*<([A-Za-z][A-Za-z0-9]*)>/y;
const CDATA = '<![CDATA[';
const CDATA_END = ']]>';
const TEXT = /[^<>&\r]*/y;
const END = /[ \t\n]*<\/xml>[ \t\n]*$/y;

/** The children of the root by name, or undefined when the text is anything but the plain form: then ask the parser. */
export function readPlainXml(xml: string): Record<string, string> | undefined {
  if (!xml.startsWith(OPEN) || xml.includes('\r')) return undefined;
  const fields = Object.create(null) as Record<string, string>;
  let at = OPEN.length;
  for (;;) {
    START.lastIndex = at;
    const start = START.exec(xml);
    if (!start) break;
    const name = start[1] ?? '';
    // The parser has rules of its own for names that objects and functions have.
    if (name in fields || name in Function) return undefined;
    at = START.lastIndex;
    let value: string;
    if (xml.startsWith(CDATA, at)) {
      const end = xml.indexOf(CDATA_END, at);
      if (end < 0) return undefined;
      value = xml.slice(at + CDATA.length, end);
      at = end + CDATA_END.length;
    } else {
      TEXT.lastIndex = at;
      value = TEXT.exec(xml)?.[0] ?? '';
      at += value.length;
    }
    if (!xml.startsWith(`</${name}>`, at)) return undefined;
    at += name.length + 3;
    fields[name] = value;
  }
  END.lastIndex = at;
  return at > OPEN.length && END.test(xml) ? fields : undefined;
}
