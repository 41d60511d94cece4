/**
 * XML text ⇄ what WeChat pushes. Values stay strings: `0012` and `1e3` are not numbers here.
 * Source: developers.weixin.qq.com, 第三方平台 → 授权事件推送, 验证票据推送, 消息与事件推送.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { isObject, type Json } from '../runtime/json-object.ts';
import { readPlainXml } from './plain-xml.ts';

/** An element's value: text, or its children; a list where it is repeated. */
export type XmlValue = string | XmlChildren | (string | XmlChildren)[];
export type XmlChildren = { [name: string]: XmlValue };

/** A component event (授权事件接收URL). `createTime` is in unix seconds. */
export type ComponentEvent =
  | { type: 'ticket'; componentAppId: string; createTime: number; ticket: string }
  | {
      type: 'authorized' | 'updateauthorized';
      componentAppId: string;
      createTime: number;
      appId: string;
      code: string;
      preAuthCode?: string;
    }
  | { type: 'unauthorized'; componentAppId: string; createTime: number; appId: string }
  /** A mini program that was registered through the component: it has granted everything already. */
  | ({ type: 'registered'; appId: string; code: string } & OtherEvent)
  | ({ type: 'other' } & OtherEvent);

/** What an event that wxop need not understand says of itself. */
export interface OtherEvent {
  componentAppId: string;
  createTime: number;
  infoType: string;
  appId?: string;
  /** How it went: 0 is success where a mini program is registered; each kind has numbers of its own. */
  status?: string;
  message?: string;
}

/** A message or event of an authorized account (消息与事件接收URL), opened but not interpreted. */
export interface AccountMessage {
  fromUserName: string;
  toUserName: string;
  createTime: number;
  msgType: string;
  event?: string;
  fields: XmlChildren;
}

/** The fields that decide, in lower case. If one appeared twice, two parsers could disagree about it. */
const DECISIVE = new Set([
  ...['appid', 'infotype', 'createtime', 'authorizerappid', 'authorizationcode', 'preauthcode'],
  ...['componentverifyticket', 'tousername', 'fromusername', 'msgtype', 'event', 'msgid'],
]);

/** What markup means nothing in, by how it begins and ends. */
const OPAQUE = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
] as const;
const HOSTILE = /<!\s*(?:DOCTYPE|ENTITY)/i;

/**
 * Takes the one `Encrypt` element out of an envelope, nothing else: this runs before the signature is verified,
 * so it must be simple enough to trust. Undefined when there is none, or more than one.
 */
export function takeEncrypt(xml: string): string | undefined {
  if (HOSTILE.test(xml)) return undefined;
  const at = xml.indexOf('<Encrypt');
  if (at < 0 || xml.includes('<Encrypt', at + 1)) return undefined;
  const only = /<Encrypt>(?:\s*<!\[CDATA\[([^\]]*)\]\]>\s*|([^<&]*))<\/Encrypt>/.exec(xml);
  if (!only) return undefined;
  const encrypted = (only[1] ?? only[2] ?? '').trim();
  return isBase64(encrypted) ? encrypted : undefined;
}

const isBase64 = (text: string): boolean => decodesWhole(text) || /^[A-Za-z0-9+/]+={0,2}$/.test(text);

/**
 * Enough, and a tenth of looking at each character: Node's decoder leaves out what is not base64, so three bytes for
 * each four characters say that there was nothing else. But it takes `-` and `_`, too, and only a byte of each character.
 */
function decodesWhole(text: string): boolean {
  if (text === '' || text.length % 4 !== 0 || Buffer.byteLength(text) !== text.length) return false;
  if (text.includes('-') || text.includes('_')) return false;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return Buffer.from(text, 'base64').length === (text.length / 4) * 3 - padding;
}

/**
 * The children of the `<xml>` root, or undefined when the text is not exactly one well-formed, harmless document, or
 * when it says twice what we decide by.
 */
export const parseXml = (xml: string): XmlChildren | undefined => readPlainXml(xml) ?? parseAnyXml(xml);

/** The same from the full parser, for documents that are not in WeChat's usual form. */
export function parseAnyXml(xml: string): XmlChildren | undefined {
  const root = rootOf(xml);
  return root && repeatedIn(root) === undefined ? clean(root) : undefined;
}

/** The element that stands more than once where it must not; undefined when that is not what is wrong. */
export function repeatedElement(xml: string): string | undefined {
  const root = rootOf(xml);
  return root && repeatedIn(root);
}

const repeatedIn = (root: Record<string, unknown>): string | undefined =>
  Object.keys(root).find((name) => Array.isArray(root[name]) && DECISIVE.has(name.toLowerCase()));

/** Without comments and CDATA sections, in one pass: an expression would look for the end again from each beginning. */
function withoutOpaque(xml: string): string {
  let rest = '';
  let kept = 0;
  const endless = new Set<string>();
  for (let at = xml.indexOf('<!'); at >= 0; at = xml.indexOf('<!', at)) {
    const [start, end] = OPAQUE.find(([start]) => xml.startsWith(start, at)) ?? ['<!', ''];
    const endsAt = end === '' || endless.has(end) ? -1 : xml.indexOf(end, at + start.length);
    if (endsAt >= 0) {
      rest += xml.slice(kept, at);
      kept = endsAt + end.length;
    } else {
      endless.add(end);
    }
    at = Math.max(kept, at + 2);
  }
  return rest + xml.slice(kept);
}

function rootOf(xml: string): Record<string, unknown> | undefined {
  if (HOSTILE.test(withoutOpaque(xml)) || XMLValidator.validate(xml) !== true) return undefined;
  let document: unknown;
  try {
    document = new XMLParser({
      ignoreAttributes: true,
      ignoreDeclaration: true,
      ignorePiTags: true,
      parseTagValue: false,
      parseAttributeValue: false,
      trimValues: false,
      processEntities: false,
    }).parse(xml);
  } catch {
    return undefined;
  }
  if (!isObject(document) || !isObject(document.xml)) return undefined;
  const { xml: root, '#text': around = '', ...others } = document;
  const isAlone = Object.keys(others).length === 0 && typeof around === 'string' && around.trim() === '';
  return isAlone ? root : undefined;
}

function clean(element: Json): XmlChildren {
  const fields = Object.create(null) as XmlChildren;
  for (const [name, value] of Object.entries(element)) {
    if (name !== '#text') fields[name] = Array.isArray(value) ? value.map(cleanOne) : cleanOne(value);
  }
  return fields;
}

const cleanOne = (value: unknown): string | XmlChildren => (isObject(value) ? clean(value) : String(value));

/** Reads a field whatever its case: registration events come in lower case. */
function field(fields: XmlChildren, name: string): string | undefined {
  const exact = fields[name];
  if (typeof exact === 'string') return exact.trim();
  const wanted = name.toLowerCase();
  for (const key in fields) {
    const value = fields[key];
    if (key.length === name.length && key.toLowerCase() === wanted && typeof value === 'string') return value.trim();
  }
  return undefined;
}

/** A component event from its opened XML; undefined when it lacks what its kind must have. */
export function readEvent(xml: string): ComponentEvent | undefined {
  const fields = parseXml(xml);
  const infoType = fields && field(fields, 'InfoType');
  if (!fields || !infoType) return undefined;
  const componentAppId = field(fields, 'AppId') ?? '';
  const createTime = Number(field(fields, 'CreateTime') ?? 0);
  if (!Number.isSafeInteger(createTime)) return undefined;
  const common = { componentAppId, createTime };
  const appId = field(fields, 'AuthorizerAppid');
  switch (infoType) {
    case 'component_verify_ticket': {
      const ticket = field(fields, 'ComponentVerifyTicket');
      return ticket ? { type: 'ticket', ...common, ticket } : undefined;
    }
    case 'authorized':
    case 'updateauthorized': {
      const code = field(fields, 'AuthorizationCode');
      const preAuthCode = field(fields, 'PreAuthCode');
      if (!appId || !code) return undefined;
      return { type: infoType, ...common, appId, code, ...(preAuthCode && { preAuthCode }) };
    }
    case 'unauthorized':
      return appId ? { type: 'unauthorized', ...common, appId } : undefined;
    default:
      return readOther(fields, { ...common, infoType });
  }
}

function readOther(fields: XmlChildren, common: OtherEvent): ComponentEvent {
  const about = { ...common, ...reportIn(fields) };
  const { infoType, appId, status = '0' } = about;
  const code = field(fields, 'auth_code');
  const isDone = infoType === FAST_REGISTRATION && code && appId && status === '0';
  return isDone ? { type: 'registered', ...about, appId, code } : { type: 'other', ...about };
}

/** WeChat's spelling. */
const FAST_REGISTRATION = 'notify_third_fasteregister';

/** `appid` is the account's, `AppId` the component's. Its shape counts: a forwarding address may be made with it. */
function reportIn(fields: XmlChildren): Pick<OtherEvent, 'appId' | 'status' | 'message'> {
  const firstOf = (names: string[]): string | undefined =>
    names
      .map((name) => fields[name])
      .find((value): value is string => typeof value === 'string' && value !== '')
      ?.trim();
  const appId = firstOf(['appid', 'authorizer_appid', 'verify_appid']);
  const status = firstOf(['status', 'result', 'task_status', 'beian_status', 'procedure_status']);
  const message = firstOf(['msg', 'message']);
  return {
    ...(appId && /^wx[0-9a-f]{16}$/.test(appId) && { appId }),
    ...(status && { status }),
    ...(message && { message }),
  };
}

/** An account's message from its opened XML; undefined when it has no MsgType. */
export function readMessage(xml: string): AccountMessage | undefined {
  const fields = parseXml(xml);
  const msgType = fields && field(fields, 'MsgType');
  if (!fields || !msgType) return undefined;
  const event = field(fields, 'Event');
  return {
    fromUserName: field(fields, 'FromUserName') ?? '',
    toUserName: field(fields, 'ToUserName') ?? '',
    createTime: Number(field(fields, 'CreateTime') ?? 0),
    msgType: USUAL_TYPES.get(msgType) ?? ownString(msgType),
    ...(event && { event: ownString(event) }),
    fields,
  };
}

const USUAL_TYPES = new Map(
  ['text', 'image', 'voice', 'video', 'shortvideo', 'location', 'link', 'event'].map((type) => [type, type]),
);

/**
 * A part of a text with Chinese characters takes two bytes a character, whatever stands in it, and so would every line
 * of JSON that it goes into: which doubles what each of them costs.
 */
const ownString = (part: string): string => Buffer.from(part).toString();

/** What an element is written from: a string, a number, or its children; a list is one element after another. */
export type XmlFields = { [name: string]: string | number | XmlFields | XmlFields[] };

/** One `<xml>` document; strings in CDATA, numbers plain, as WeChat writes them. */
export function writeXml(fields: XmlFields): string {
  return `<xml>${elements(fields)}\n</xml>`;
}

function elements(fields: XmlFields): string {
  const written = (value: string | number | XmlFields): string => {
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' ? cdata(value) : elements(value);
  };
  return Object.entries(fields)
    .flatMap(([name, value]) => [value].flat().map((one) => `<${name}>${written(one)}</${name}>`))
    .join('\n');
}

function cdata(value: string): string {
  return `<![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}
