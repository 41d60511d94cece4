/** What users of `wxop/sandbox` see of it. Nothing of Node's types, so that it can be used without @types/node. */
import type { AuditOutcome, ReleaseScript } from './releases/script/release-script.ts';

export interface Component {
  appId: string;
  secret: string;
  messageToken: string;
  encodingAesKey: string;
}

/** Fixed, so that a service can keep them in its settings while the sandbox comes and goes. All of them are fake. */
export const SANDBOX_COMPONENT: Component = {
  appId: 'wx5a4db0c0ffee0001',
  secret: '5a4db0c05ec2e75a4db0c05ec2e75a4d',
  messageToken: 'sandboxMessageToken',
  encodingAesKey: 'SandboxKeyOfTheWxopToolNotForProduction1234',
};

export interface SandboxOptions {
  /** 0, the default, takes a free one. Always on loopback. */
  port?: number;
  /** Where component events are pushed (授权事件接收URL); nothing is pushed without it. */
  pushUrl?: string;
  /** Where accounts' messages are pushed (消息与事件接收URL), `$APPID$` stands for the account. */
  messageUrl?: string;
  /** Milliseconds between tickets; ten minutes by default. */
  ticketInterval?: number;
  /** How many merchants there are to choose from; 5 by default. */
  accounts?: number;
  /** How many mini programs there are beside them, with every permission set that a release needs; none by default. */
  miniPrograms?: number;
  /** How the code management of mini programs goes; a text is read as JSON with comments. */
  releases?: ReleaseScript | string;
  /** No tickets by themselves, and nobody confirms a registration: that is the caller's part. */
  quiet?: boolean;
  /** Adds the ten accounts of the publish check. */
  testAccounts?: boolean;
  /** The 授权发起页域名 to enforce, exactly; without it the entry page's and the redirect's hosts must agree. */
  domain?: string;
  /** Every refresh gives a new refresh token and ends the old one. */
  rotate?: boolean;
  /** Milliseconds that access tokens live; two hours by default. */
  ttl?: number;
  /** Milliseconds before every answer. */
  latency?: number;
  /** `PATH=KIND[*N]`, or the same as an object. */
  faults?: (Fault | string)[];
  /** The 白名单IP; others get 61004. All are allowed by default. */
  allowedIps?: string[];
  /** Calls a day of each path before 45009, for the component and for each account; without limit by default. */
  quota?: number;
  component?: Component;
  now?: () => number;
  /** Called with everything that happens. */
  onActivity?: (activity: SandboxActivity) => void;
}

export const FAULT_KINDS = ['busy', 'reset', 'slow', 'hang', 'truncated', 'html', 'late', 'silent', 'unsure'] as const;

export type FaultKind = (typeof FAULT_KINDS)[number] | number;

export interface Fault {
  /** A whole path, or its last part: `api_component_token`. */
  path: string;
  kind: FaultKind;
  /** How often it strikes; for ever when absent. */
  times?: number;
}

export type SandboxActivity =
  /** `appId`: whose token it came with, where it came with one. */
  | { type: 'call'; path: string; errcode: number; fault?: FaultKind; appId?: string }
  | { type: 'push'; event: string; url: string; status: number }
  | { type: 'consent'; appId: string; nickName: string }
  | { type: 'audit'; appId: string; auditid: number; status: number };

export interface SandboxState {
  /** Calls by path since the start. */
  calls: Record<string, number>;
  accounts: { appId: string; nickName: string; kind: 'mp' | 'mini'; authorized: boolean }[];
  /** The newest ticket. */
  ticket?: string;
  /** Codes of links that wait for a merchant. */
  preAuthCodes: string[];
  /** Pushes by event, and the last answer to each. */
  pushes: Record<string, { count: number; lastStatus: number; lastBody: string }>;
  /** Customer-service messages that accounts sent, the newest thousand. */
  sent: CustomMessage[];
  /** Appid → what its releases came to; the component's own is under its appid. */
  releases: Record<string, ReleaseState>;
  /** ISO 8601: the sandbox's own clock. */
  now: string;
}

/** What the releases of one mini program came to. */
export interface ReleaseState {
  /** `commit`, `submit_audit`, … → how often it was carried out. */
  effects: Record<string, number>;
  /** The user_version of the trial version. */
  trial?: string;
  /** In the order of their submission. */
  audits: { auditid: number; version: string; status: number }[];
  /** The user_version that is online. */
  online?: string;
}

/** A customer-service message that an account sent. */
export interface CustomMessage {
  appId: string;
  openId: string;
  /** `text`, `image`, … */
  msgtype: string;
  /** The text; of the other types, the member of the message as JSON. */
  content: string;
}

export interface Consent {
  preAuthCode: string;
  appId: string;
  /** The link's redirect_uri; without it, that of the page that was opened, else wxop's own at the push URL's host. */
  redirectUri?: string;
}

/** What a person decides on the open audit of a mini program. */
export interface AuditVerdict {
  appId: string;
  outcome: AuditOutcome;
  /** HTML. */
  reason?: string;
  /** Ids of pictures. */
  screenshots?: string[];
}

export type RegistrationKind = 'company' | 'personal' | 'trial';

/** What becomes of the oldest registration that waits for its person; of this kind, if one is named. */
export interface RegistrationVerdict {
  kind?: RegistrationKind;
  /** 0, the default: created. Anything else is why not. */
  status?: number;
  message?: string;
}

/**
 * `component_verify_ticket`, `authorized`, `updateauthorized` and `unauthorized` do what they say to the account;
 * `message` goes to the message URL, and so do `weapp_audit_success` and the other events of mini programs; `notify_third_fasteregister` without fields registers a mini program; any other name is sent as InfoType. `fields` are added to the inner XML.
 */
export interface SandboxEvent {
  event: string;
  appId?: string;
  fields?: Record<string, string | number>;
}

export interface PushResult {
  /** 0: nobody answered. */
  status: number;
  body: string;
}
