/**
 * What WeChat decided about a mini program, out of the events on its message URL. They carry neither the appid nor the
 * id of the audit: the appid is in the URL, the audit has to be asked for.
 * Source: developers.weixin.qq.com, 第三方平台 → 代码审核结果推送, 小程序名称审核结果事件推送, 违规与申诉记录 (wxa_illegal_record,
 * wxa_appeal_record); 处罚事件 (wxa_punish_event); of wxa_privacy_apply, Senparc.Weixin and operators' threads.
 */
import type { AccountMessage, XmlChildren, XmlValue } from './events.ts';

export type EventOutcome = 'approved' | 'rejected' | 'delayed' | 'found' | 'underWay' | 'withdrawn' | 'decided';

export interface MiniProgramEvent {
  event: MiniProgramEventName;
  outcome: EventOutcome;
  /** What it is about: the new name, the private interface, the rule. */
  subject: string;
  /** HTML, as WeChat wrote it. */
  reason: string;
  /** Media ids of this mini program's material. */
  screenshots: string[];
  /** Of the violation, the punishment, the appeal, the application. */
  id: string;
  /** Where the rule is, or how to set things right. */
  url: string;
}

type Found = Partial<Omit<MiniProgramEvent, 'event'>> & Pick<MiniProgramEvent, 'outcome'>;
type Read = (name: string) => string;

const DECIDED: Record<string, EventOutcome> = { 2: 'rejected', 3: 'approved' };
const APPEALS: Record<string, EventOutcome> = { 1: 'underWay', 2: 'approved', 3: 'rejected', 4: 'withdrawn' };

const READERS = {
  weapp_audit_success: () => ({ outcome: 'approved' }),
  weapp_audit_fail: (read) => ({
    outcome: 'rejected',
    reason: read('Reason'),
    screenshots: read('ScreenShot')
      .split('|')
      .filter((id) => id !== ''),
  }),
  weapp_audit_delay: (read) => ({ outcome: 'delayed', reason: read('Reason') }),
  wxa_nickname_audit: (read) => ({
    outcome: DECIDED[read('ret')] ?? 'decided',
    subject: read('nickname'),
    reason: read('reason'),
  }),
  wxa_privacy_apply: (read) => ({
    // Another numbering than get_privacy_interface has.
    outcome: DECIDED[read('status')] ?? 'decided',
    subject: read('api_name'),
    reason: read('reason'),
    id: read('audit_id'),
  }),
  wxa_category_audit: () => ({ outcome: 'decided' }),
  wxa_illegal_record: (read) => ({
    outcome: 'found',
    subject: read('rule_name'),
    reason: read('illegal_reason'),
    id: read('illegal_record_id'),
    url: read('rule_url'),
  }),
  wxa_punish_event: (read) => ({
    outcome: 'found',
    subject: read('rule_name'),
    reason: read('illegal_reason'),
    id: read('punish_id'),
    url: read('adjust_guide_url') || read('rule_url'),
  }),
  wxa_appeal_record: (read) => ({
    outcome: APPEALS[read('appeal_status')] ?? 'decided',
    subject: read('punish_description'),
    reason: read('audit_reason'),
    id: read('appeal_record_id'),
  }),
} satisfies Record<string, (read: Read) => Found>;

export type MiniProgramEventName = keyof typeof READERS;

/** An event in which WeChat says something of the mini program itself. */
export const isMiniProgramEvent = ({ event = '' }: Pick<AccountMessage, 'event'>): boolean =>
  /^(?:weapp_audit|wxa)_/.test(event);

/** Of the audit of code: what a release waits for. */
export const isAuditEvent = (event: string): boolean => event.startsWith('weapp_audit_');

/** Undefined for every other event. */
export function readMiniProgramEvent(event: string, fields: XmlChildren): MiniProgramEvent | undefined {
  if (!Object.hasOwn(READERS, event)) return undefined;
  const name = event as MiniProgramEventName;
  const reader: (read: Read) => Found = READERS[name];
  const inner = fields.result_info;
  const read: Read = (wanted) => textOf(find(isChildren(inner) ? inner : fields, wanted) ?? find(fields, wanted));
  return { event: name, subject: '', reason: '', screenshots: [], id: '', url: '', ...reader(read) };
}

const isChildren = (value: XmlValue | undefined): value is XmlChildren =>
  typeof value === 'object' && !Array.isArray(value);

const find = (fields: XmlChildren, wanted: string): XmlValue | undefined =>
  fields[wanted] ?? fields[Object.keys(fields).find((name) => name.toLowerCase() === wanted.toLowerCase()) ?? ''];

/** An empty element has no text; some events wrap each of their values into literal quotes. */
const textOf = (value: XmlValue | undefined): string =>
  typeof value === 'string' ? value.trim().replace(/^"(.*)"$/s, '$1') : '';
