/** How the code management of mini programs goes in the sandbox, as a test or a file says it. Durations are milliseconds. */
import type { FaultKind } from '../../sandbox-options.ts';

export interface ReleaseScript {
  /** The component's audits of a month; 1000, and 20 speedups, by default. `rest` is what is left of the first month. */
  quota?: { limit?: number; rest?: number; speedupLimit?: number; speedupRest?: number };
  /** What is in the template library; two templates by default. */
  templates?: ScriptedTemplate[];
  /** What is in the draft box; one draft by default. */
  drafts?: ScriptedTemplate[];
  /** Appid → what is different for it; `*` is every account. What an appid says replaces what `*` says, member by member. */
  accounts?: Record<string, AccountScript>;
}

export interface ScriptedTemplate {
  version: string;
  description?: string;
  /** The development mini program that it was uploaded from. */
  sourceAppId?: string;
  pages?: string[];
  subPackages?: { root: string; pages: string[] }[];
  /** The pages of its tab bar. */
  tabs?: string[];
  /** Location interfaces that the code calls, without `wx.`. */
  uses?: string[];
  /** Location interfaces that its app.json declares. */
  requiredPrivateInfos?: string[];
  /** The code opens other mini programs: without a list of them, submit_audit answers 85087. */
  jumps?: boolean;
  /** commit answers 85043 or 85044. */
  fault?: 'broken' | 'too-large';
  /** A standard template, 1: its ext_json is limited. */
  type?: 0 | 1;
}

export interface AccountScript {
  /** Permission sets that it granted. */
  sets?: number[];
  /** Until get_code_privacy_info answers; 3000 by default. */
  detection?: number;
  /** Until commit answers; another commit in the meantime gets 9402202. */
  upload?: number;
  /** What becomes of an audit; with a list, the first, the second, …; the last is for all others. */
  audit?: AuditScript | AuditScript[];
  /** How its events come; once and at once by default. */
  events?: 'once' | 'twice' | 'never' | { late: number; times?: number };
  /** The end of a path → what happens to the first call, the second, …; `ok` after the last one. */
  calls?: Record<string, (FaultKind | 'ok')[]>;
  /** After submit_audit, get_latest_auditstatus answers 85058 so long, and then the previous audit so long. */
  latest?: { missing?: number; previous?: number };
  /** The merchant cancels the authorization when this call was carried out. */
  revokedAfter?: string;
  /** Name, avatar and introduction are set; otherwise 86002. */
  named?: boolean;
  /** A new name is in audit when the sandbox starts: 86002 until it is decided, after 10000 by default. */
  rename?: { outcome: 'pass' | 'reject'; after?: number; nickname?: string; reason?: string };
  /** What WeChat finds wrong, counted from the start. */
  violations?: ScriptedViolation[];
  /** A mini game: 87006. */
  game?: boolean;
  /** A personal one has no web-view domains: 89231. */
  personal?: boolean;
  categories?: ScriptedCategory[];
  /** The privacy guide is filled in; otherwise submit_audit answers 85086, as operators report. */
  guide?: boolean;
  /** The merchant entered a domain of its own at mp.weixin.qq.com. */
  domains?: boolean;
  /** Location interfaces that were granted to it; all by default. */
  rights?: string[];
  /** What becomes of an application for one of them; granted after 10000 by default. */
  application?: { outcome: 'pass' | 'reject'; after?: number; reason?: string };
  /** Providers of plugins that the merchant added; any by default. */
  plugins?: string[];
  quirks?: ReleaseQuirk[];
}

export interface ScriptedCategory {
  /** `一级-二级`, or with a third level. */
  name: string;
  /** 1 in audit, 2 rejected, 3 approved (the default); `withdrawn`: submit_audit answers 85077. */
  state?: 1 | 2 | 3 | 'withdrawn';
}

export interface ScriptedViolation {
  reason: string;
  content?: string;
  /** 10000 by default. */
  after?: number;
  /** The service is suspended: getvisitstatus says 0. */
  suspends?: boolean;
}

export interface AuditScript {
  /** `person`: nobody decides but the page /_sandbox/audits and `decideAudit`. */
  outcome: AuditOutcome | 'person';
  /** Until it is decided; 10000 by default. */
  after?: number;
  /** HTML. */
  reason?: string;
  /** Ids of pictures, which material/get_material returns. */
  screenshots?: string[];
  /** After a delay. */
  then?: AuditScript;
}

export const AUDIT_OUTCOMES = ['pass', 'reject', 'delay'] as const;

export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** Forms that answers were seen in. */
export const RELEASE_QUIRKS = [
  'detection-61040',
  'empty-release-version',
  'garbled-guide',
  'no-screenshot',
  'no-version-info',
  'numbers-as-strings',
  'quota-zeros',
  'quoted-privacy-event',
  'screenshot-everywhere',
  'settings-not-kept',
  'version-list-object',
] as const;

export type ReleaseQuirk = (typeof RELEASE_QUIRKS)[number];

/** What the script says of one account. */
export function accountScript({ accounts = {} }: ReleaseScript, appId: string): AccountScript {
  return { ...accounts['*'], ...accounts[appId] };
}
