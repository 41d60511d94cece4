/** What WeChat knows of one mini program's code: the trial, audit and online slots move independently. */
import type { Account } from '../wechat-state.ts';
import type { AccountScript, AuditScript, ScriptedCategory } from './release-script.ts';

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
});

/** In audit or delayed. */
export const openAudit = ({ audits }: MiniProgram): AuditCase | undefined => {
  const latest = audits.at(-1);
  return latest?.status === 2 || latest?.status === 4 ? latest : undefined;
};
