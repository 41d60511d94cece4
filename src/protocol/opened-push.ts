/** What stands in a push, once its signature was verified: for showing it and for handing it on. */
import { open } from './envelope.ts';
import { parseXml, takeEncrypt, type XmlChildren, type XmlValue } from './events.ts';

export interface OpeningKeys {
  componentAppId: string;
  /** The current one first, then the previous one if there is one. */
  encodingAesKeys: readonly string[];
}

export type Fields = XmlChildren;

/** The fields of an accepted push; undefined when it was encrypted with a key that is not ours any more. */
export function openFields(body: string, { encodingAesKeys, componentAppId }: OpeningKeys): Fields | undefined {
  const encrypted = takeEncrypt(body);
  const opened = encrypted === undefined ? undefined : open(encrypted, encodingAesKeys, componentAppId);
  return opened?.failure === undefined && opened ? parseXml(opened.message) : undefined;
}

/** Credentials in component events: tickets, authorization and pre-auth codes. */
const SECRET = /ticket|code|secret|token/i;

/** The same fields, credentials masked. */
export function maskPushFields(fields: Fields): Fields {
  const maskOne = (name: string, value: string | Fields): string | Fields => {
    if (typeof value !== 'string') return maskPushFields(value);
    return SECRET.test(name) && !/expire/i.test(name) ? '***' : value;
  };
  const masked = Object.entries(fields).map(([name, value]): [string, XmlValue] => [
    name,
    Array.isArray(value) ? value.map((one) => maskOne(name, one)) : maskOne(name, value),
  ]);
  return Object.fromEntries(masked);
}
