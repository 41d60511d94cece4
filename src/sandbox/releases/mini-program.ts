/** What WeChat knows of one mini program's code: the trial, audit and online slots move independently. */
import { createDomains, type Domains } from './domains.ts';
import { LOCATION_INTERFACES } from '../../protocol/location-interfaces.ts';
import { emptyGuide, filledGuide, type PrivacyGuide } from './privacy-guide.ts';
import type { Account } from '../wechat-state.ts';
import type { AccountScript, AuditScript, ScriptedCategory } from './script/release-script.ts';

/** A package, from commit to the line. */
export interface UploadedBuild {
  version: string;
  description: string;
  pages: string[];
  /** Location interfaces that the code calls, and those that are declared; without `wx.`. */
  uses: string[];
  declared: string[];
  /** It opens other mini programs without a list of them. */
  lacksJumpList: boolean;
  /** Unix seconds of the commit. */
  at: number;
}

/** 0 approved, 1 rejected, 2 in audit, 3 withdrawn, 4 delayed. */
export type AuditStatus = 0 | 1 | 2 | 3 | 4;

export interface AuditCase {
  id: number;
  build: UploadedBuild;
  status: AuditStatus;
  reason?: string;
  screenshots: string[];
  /** Milliseconds. */
  submittedAt: number;
  /** When the script decides it, in milliseconds. */
  due?: number;
  next?: AuditScript;
  cancel?: () => void;
  isHurried: boolean;
  isReleased: boolean;
}

export interface OnlineVersion {
  appVersion: number;
  build: UploadedBuild;
  /** Unix seconds. */
  at: number;
}

export interface GrayPlan {
  /** 1 running, 3 finished, 4 deleted. */
  status: 1 | 3 | 4;
  percentage: number;
  testersFirst: boolean;
  membersFirst: boolean;
  at: number;
}

export interface MiniProgram {
  account: Account;
  script: AccountScript;
  trial?: UploadedBuild;
  /** Milliseconds. */
  detectedAt: number;
  uploadingUntil: number;
  audits: AuditCase[];
  online?: OnlineVersion;
  /** Earlier ones, the newest last. */
  history: OnlineVersion[];
  gray?: GrayPlan;
  isVisible: boolean;
  categories: Required<ScriptedCategory>[];
  /** Milliseconds of each withdrawal. */
  undos: number[];
  /** How often each call came. */
  calls: Map<string, number>;
  /** How often each call changed something. */
  effects: Record<string, number>;
  /** The newest number of a release. */
  lastAppVersion: number;
  baseLibrary: string;
  /** Location interfaces that were granted. */
  rights: Set<string>;
  /** By interface. */
  applications: Map<string, RightApplication>;
  guides: { development: PrivacyGuide; online?: PrivacyGuide };
  /** Ids of uploaded texts. */
  privacyFiles: Set<string>;
  /** userstr → the WeChat id. */
  testers: Map<string, string>;
  domains: Domains;
  /** A new name is in audit. */
  isRenaming: boolean;
  violations: ViolationRecord[];
}

/** As getillegalrecords shows it. */
export interface ViolationRecord {
  illegal_record_id: string;
  create_time: number;
  illegal_reason: string;
  illegal_content: string;
  rule_url: string;
  rule_name: string;
}

export interface RightApplication {
  /** 3 applied, 4 rejected, 5 granted. */
  status: 3 | 4 | 5;
  auditId: number;
  /** Unix seconds. */
  at: number;
  reason: string;
}

const CATEGORIES: ScriptedCategory[] = [{ name: '商家自营-百货' }, { name: '餐饮服务-点餐平台' }];

export const createMiniProgram = (account: Account, script: AccountScript): MiniProgram => ({
  account,
  script,
  detectedAt: 0,
  uploadingUntil: 0,
  audits: [],
  history: [],
  isVisible: false,
  categories: (script.categories ?? CATEGORIES).map(({ name, state = 3 }) => ({ name, state })),
  undos: [],
  calls: new Map(),
  effects: {},
  lastAppVersion: 0,
  baseLibrary: '2.0.0',
  rights: new Set(script.rights ?? LOCATION_INTERFACES),
  applications: new Map(),
  guides: { development: script.guide === false ? emptyGuide() : filledGuide() },
  privacyFiles: new Set(),
  testers: new Map(),
  domains: createDomains(script.domains !== false),
  isRenaming: false,
  violations: [],
});

/** In audit or delayed. */
export const openAudit = ({ audits }: MiniProgram): AuditCase | undefined => {
  const latest = audits.at(-1);
  return latest?.status === 2 || latest?.status === 4 ? latest : undefined;
};
