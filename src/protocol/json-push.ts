/**
 * Pushes as JSON: encrypted ones (`{"ToUserName","Encrypt"}`), and the plain ones of 云托管. Names are those of the XML.
 * Source: developers.weixin.qq.com, 消息推送; 微信云托管 → 消息推送.
 */
import { isObject, type Json } from '../runtime/json-object.ts';
import { writeXml, type XmlFields } from './events.ts';

const DEEPEST = 8;
const NAME = /^[A-Za-z_][\w.-]*$/;
/** Strings, and numbers that have more digits than JavaScript keeps: ids of messages. */
const LONG_NUMBERS = /("(?:[^"\\]|\\.)*")|(?<=[:,[\s])-?\d{16,}(?=[,}\]\s])/g;

function parse(json: string): Json | undefined {
  try {
    const parsed: unknown = JSON.parse(json.replace(LONG_NUMBERS, (number, text?: string) => text ?? `"${number}"`));
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The one `Encrypt` of an envelope; undefined when there is none, or more than one. */
export function jsonEncrypt(body: string): string | undefined {
  if (body.split('"Encrypt"').length !== 2) return undefined;
  const encrypted = parse(body)?.Encrypt;
  return typeof encrypted === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(encrypted) ? encrypted : undefined;
}

/** The same push as XML, each value as text; undefined where it is no object, or has what XML has no form for. */
export function jsonToXml(json: string): string | undefined {
  const parsed = parse(json);
  const fields = parsed && fieldsOf(parsed, DEEPEST);
  return fields && writeXml(fields);
}

function fieldsOf(object: Json, depth: number): XmlFields | undefined {
  const fields = Object.create(null) as XmlFields;
  for (const [name, value] of Object.entries(object)) {
    if (value === null || value === undefined) continue;
    const written = valueOf(value, depth);
    if (written === undefined || !NAME.test(name) || name === '__proto__') return undefined;
    fields[name] = written;
  }
  return fields;
}

function valueOf(value: unknown, depth: number): XmlFields[string] | undefined {
  if (typeof value === 'string') return withoutControls(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (depth === 0) return undefined;
  if (!Array.isArray(value)) return isObject(value) ? fieldsOf(value, depth - 1) : undefined;
  const items = value.map((item) => (isObject(item) ? fieldsOf(item, depth - 1) : undefined));
  return items.every((item) => item !== undefined) ? items : undefined;
}

/** XML has no form for most of them. */
const withoutControls = (value: string): string =>
  // eslint-disable-next-line no-control-regex
  value.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd');
