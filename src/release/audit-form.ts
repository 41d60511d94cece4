/** The form of an audit, as a file in the words of submit_audit. */
import type { AuditForm, AuditItem, UgcDeclaration } from '../protocol/calls/release/audit-endpoints.ts';
import type { CodeCategory } from '../protocol/calls/release/code-endpoints.ts';
import { isObject, type Json } from '../runtime/json-object.ts';
import { closestName } from '../sentences/closest-name.ts';
import { en, text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

const FIELDS = [
  'item_list',
  'version_desc',
  'preview_info',
  'feedback_info',
  'feedback_stuff',
  'ugc_declare',
  'order_path',
  'privacy_api_not_use',
];

/** Throws USAGE for a field that submit_audit does not have, or of the wrong kind. */
export function readAuditForm(document: Json): Partial<AuditForm> {
  const stranger = Object.keys(document).find((name) => !FIELDS.includes(name));
  if (stranger !== undefined) throw unknownField(stranger);
  const { item_list: items, preview_info: preview, ugc_declare: ugc, feedback_stuff: pictures } = document;
  if (items !== undefined && !isItemList(items)) throw wrongField('item_list');
  if (preview !== undefined && !isObject(preview)) throw wrongField('preview_info');
  if (ugc !== undefined && !(isObject(ugc) && Array.isArray(ugc.scene))) throw wrongField('ugc_declare');
  return {
    ...(items !== undefined && { items: items as AuditItem[] }),
    ...textOf(document, 'version_desc', 'versionDescription'),
    ...textOf(document, 'feedback_info', 'feedback'),
    ...textOf(document, 'order_path', 'orderPath'),
    ...(typeof pictures === 'string' && { feedbackPictures: pictures.split('|') }),
    // WeChat wants both lists, or none.
    ...(isObject(preview) && {
      preview: { videos: texts(preview.video_id_list), pictures: texts(preview.pic_id_list) },
    }),
    ...(isObject(ugc) && { ugc: ugc as unknown as UgcDeclaration }),
    ...(typeof document.privacy_api_not_use === 'boolean' && { privacyApiNotUse: document.privacy_api_not_use }),
  };
}

const isItemList = (value: unknown): boolean =>
  Array.isArray(value) && value.length >= 1 && value.length <= 5 && value.every(isObject);

function textOf<Name extends string>(document: Json, field: string, name: Name): Partial<Record<Name, string>> {
  const value = document[field];
  if (value === undefined) return {};
  if (typeof value !== 'string') throw wrongField(field);
  return { [name]: value } as Record<Name, string>;
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

/** The item of a form that names none: the first category of the mini program, which WeChat wants at least. */
export const defaultItems = (categories: readonly CodeCategory[]): AuditItem[] =>
  categories.slice(0, 1).map((category) => ({ ...category }));

const unknownField = (name: string): WxopError => {
  const near = closestName(name, FIELDS);
  return new WxopError('USAGE', text(en`submit_audit has no field ${name}.`, zh`submit_audit 没有字段 ${name}。`), {
    hint: near
      ? text(en`Did you mean ${near}?`, zh`是否想用 ${near}？`)
      : text(en`It has: ${FIELDS.join(', ')}.`, zh`字段有：${FIELDS.join('、')}。`),
  });
};

const wrongField = (name: string): WxopError =>
  new WxopError('USAGE', text(en`${name} of the form has another shape.`, zh`表单的 ${name} 格式不正确。`), {
    hint: text(
      'item_list: a list of 1 to 5 objects; preview_info and ugc_declare: objects; the others: texts.',
      'item_list 为 1 至 5 个对象的列表；preview_info 与 ugc_declare 为对象；其他为字符串。',
    ),
  });
