/** Fields of WeChat's answers about mini-program code: numbers may come as text, lists as objects, and much is left out. */
import { en, text, zh } from '../../../sentences/text.ts';
import { WxopError } from '../../../sentences/wxop-error.ts';
import { asObject, isObject, type Json } from '../../../runtime/json-object.ts';

export const textField = (document: Json, name: string): string => {
  const value = document[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
};

/** A whole number; undefined where it is missing, which is never the same as 0. */
export function numberField(document: Json, name: string): number | undefined {
  const value = document[name];
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim()));
  return isNumber && Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
}

/** A number that must be there. Throws PLATFORM_REFUSED. */
export function neededNumber(document: Json, name: string): number {
  const value = numberField(document, name);
  if (value !== undefined) return value;
  throw new WxopError('PLATFORM_REFUSED', text(en`WeChat's answer has no ${name}.`, zh`微信的应答中缺少 ${name}。`), {
    hint: text('Try again; if it stays so, see --verbose.', '请重试；若仍如此，请加 --verbose 查看。'),
  });
}

/** The documents type some lists as objects, their samples as arrays. */
export function listField(document: Json, name: string): Json[] {
  const value = document[name];
  if (Array.isArray(value)) return value.filter(isObject);
  if (!isObject(value)) return [];
  const inner = Object.values(value);
  return inner.length > 0 && inner.every(isObject) ? inner.map(asObject) : [value];
}

export const textsField = (document: Json, name: string): string[] => {
  const value = document[name];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string' && one !== '') : [];
};
