/**
 * Audits of a merchant's mini program, and the quota that all of them share.
 * Source: developers.weixin.qq.com, 第三方平台 → 小程序代码管理 (submit_audit, get_auditstatus, get_latest_auditstatus,
 * undocodeaudit, speedupaudit, queryquota).
 */
import type { Json } from '../../../runtime/json-object.ts';
import type { Endpoint } from '../endpoints.ts';
import { neededNumber, numberField, textField } from './answer-fields.ts';
import type { CodeCategory } from './code-endpoints.ts';

/** One of at most five pages that the audit looks at first. */
export type AuditItem = CodeCategory & { address?: string; tag?: string; title?: string };

export interface UgcDeclaration {
  scene: number[];
  other_scene_desc?: string;
  method?: number[];
  has_audit_team?: number;
  audit_desc?: string;
}

export interface AuditForm {
  items: AuditItem[];
  versionDescription?: string;
  /** Looked at only after a rejection. */
  feedback?: string;
  feedbackPictures?: string[];
  preview?: { videos: string[]; pictures: string[] };
  ugc?: UgcDeclaration;
  orderPath?: string;
  /** Promises that private interfaces found in the code, neither declared nor granted, are not used. */
  privacyApiNotUse?: boolean;
}

/** Costs one of the quota that all mini programs of the component share. The answer may leave the id out. */
export const submitAudit: Endpoint<AuditForm, number | undefined> = {
  method: 'POST',
  path: '/wxa/submit_audit',
  tokenOf: 'account',
  repeatable: false,
  afterLoss: 'look-only',
  // api-paths.ts asks every endpoint what it writes of nothing.
  write: (form) => ({
    ...(form.items && { item_list: form.items }),
    ...(form.versionDescription && { version_desc: form.versionDescription }),
    ...(form.feedback && { feedback_info: form.feedback }),
    ...(form.feedbackPictures && { feedback_stuff: form.feedbackPictures.join('|') }),
    ...(form.preview && { preview_info: { video_id_list: form.preview.videos, pic_id_list: form.preview.pictures } }),
    ...(form.ugc && { ugc_declare: form.ugc }),
    ...(form.orderPath && { order_path: form.orderPath }),
    ...(form.privacyApiNotUse !== undefined && { privacy_api_not_use: form.privacyApiNotUse }),
  }),
  read: (document) => numberField(document, 'auditid'),
};

const AUDIT_STATUSES = ['approved', 'rejected', 'inAudit', 'withdrawn', 'delayed'] as const;
export type AuditPhase = (typeof AUDIT_STATUSES)[number] | 'unknown';

export interface AuditState {
  status: AuditPhase;
  /** HTML, of a rejection or a delay. */
  reason: string;
  /** Media ids of this mini program's material. */
  screenshots: string[];
}

export interface Audit extends AuditState {
  auditId: number;
  version: string;
  description: string;
  /** Unix seconds. */
  submittedAt?: number;
}

export const getAuditStatus: Endpoint<{ auditId: number }, AuditState> = {
  method: 'POST',
  path: '/wxa/get_auditstatus',
  tokenOf: 'account',
  repeatable: true,
  write: ({ auditId }) => ({ auditid: auditId }),
  read: (document) => auditVerdict(document),
};

/** Refused with 85058 where there is none, and for a while after submitting. */
export const getLatestAudit: Endpoint<void, Audit> = {
  method: 'GET',
  path: '/wxa/get_latest_auditstatus',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({}),
  read: (document) => {
    const submittedAt = numberField(document, 'submit_audit_time');
    return {
      auditId: neededNumber(document, 'auditid'),
      ...auditVerdict(document),
      version: textField(document, 'user_version'),
      description: textField(document, 'user_desc'),
      ...(submittedAt && { submittedAt }),
    };
  },
};

/** 0 means approved: a missing status must not be read as that. */
const auditVerdict = (document: Json): AuditState => ({
  status: AUDIT_STATUSES[neededNumber(document, 'status')] ?? 'unknown',
  reason: textField(document, 'reason'),
  // The documents have it in both spellings.
  screenshots: (textField(document, 'screenshot') || textField(document, 'ScreenShot'))
    .split('|')
    .map((mediaId) => mediaId.trim())
    .filter((mediaId) => mediaId !== ''),
});

/** Five times a day and ten times a month for each mini program. */
export const undoAudit: Endpoint<void, void> = {
  method: 'GET',
  path: '/wxa/undocodeaudit',
  tokenOf: 'account',
  repeatable: false,
  afterLoss: 'look-only',
  write: () => ({}),
  read: () => undefined,
};

/** Nothing shows it; but the second time it is refused with 89404, and costs nothing. */
export const speedUpAudit: Endpoint<{ auditId: number }, void> = {
  method: 'POST',
  path: '/wxa/speedupaudit',
  tokenOf: 'account',
  repeatable: false,
  afterLoss: 'look-then-repeat-once',
  write: ({ auditId }) => ({ auditid: auditId }),
  read: () => undefined,
};

/** Of the month, for all mini programs of the component together; WeChat is known to show zeros or -1. */
export interface MonthlyQuota {
  rest: number;
  limit: number;
  hurryRest: number;
  hurryLimit: number;
}

/** With the token of any mini program. */
export const getAuditQuota: Endpoint<void, MonthlyQuota> = {
  method: 'GET',
  path: '/wxa/queryquota',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({}),
  read: (document) => ({
    rest: neededNumber(document, 'rest'),
    limit: neededNumber(document, 'limit'),
    hurryRest: numberField(document, 'speedup_rest') ?? 0,
    hurryLimit: numberField(document, 'speedup_limit') ?? 0,
  }),
};
