/** The code management of all mini programs: their slots, the template library, the month's quota, what comes later. */
import type { XmlFields } from '../../protocol/events.ts';
import type { FaultKind, ReleaseState } from '../sandbox-options.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { WechatState } from '../wechat-state.ts';
import { Download } from '../routes/route.ts';
import { createAuditMaterial } from './audit-material.ts';
import { createAuditQuota } from './audit-quota.ts';
import type { ComponentDomains } from './domains.ts';
import { createMiniProgram, type MiniProgram } from './mini-program.ts';
import { accountScript, type ReleaseScript } from './script/release-script.ts';
import { callName } from './answers/release-calls.ts';
import { createSchedule } from './schedule.ts';
import { createTemplateLibrary } from './template-library.ts';

export interface ReleasesOptions {
  wechat: WechatState;
  script: ReleaseScript;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Pushes an event to the message URL of an account. */
  pushEvent: (appId: string, event: string, fields: XmlFields) => Promise<unknown>;
  /** The merchant cancels the authorization. */
  revoke: (appId: string) => void;
  /** Called when an audit is decided. */
  onAudit: (audit: { appId: string; auditid: number; status: number }) => void;
}

export type Releases = ReturnType<typeof createReleases>;

export function createReleases(options: ReleasesOptions) {
  const { wechat, script, now } = options;
  const programs = new Map<string, MiniProgram>();
  const componentEffects: Record<string, number> = {};
  const componentCalls = new Map<string, number>();
  const schedule = createSchedule(now);

  for (const account of wechat.accounts) {
    const { sets } = accountScript(script, account.appId);
    if (sets && account.kind === 'mini') account.funcInfo = sets;
  }

  function programOf(appId: string): MiniProgram {
    const known = programs.get(appId);
    if (known) return known;
    const account = wechat.account(appId);
    if (account.kind !== 'mini') throw new ApiRefusal(48001);
    const program = createMiniProgram(account, accountScript(script, appId));
    programs.set(appId, program);
    return program;
  }

  function count(effects: Record<string, number>, path: string): void {
    effects[callName(path)] = (effects[callName(path)] ?? 0) + 1;
  }

  return {
    wechat,
    script,
    now,
    schedule,
    programOf,
    programs,
    library: createTemplateLibrary(script, wechat.seconds),
    quota: createAuditQuota(script.quota, now),
    material: createAuditMaterial(wechat.seconds),
    componentDomains: { server: noComponentDomains(), jump: noComponentDomains() },
    pushEvent: options.pushEvent,
    onAudit: options.onAudit,

    countComponentEffect: (path: string) => count(componentEffects, path),
    countEffect(program: MiniProgram, path: string): void {
      count(program.effects, path);
      if (program.script.revokedAfter === callName(path)) options.revoke(program.account.appId);
    },

    /** What the script says of this call; a token that no longer works is refused, and counts nothing. */
    strike(appId: string | undefined, path: string): FaultKind | undefined {
      if (appId === undefined) return undefined;
      const isComponent = appId === wechat.component.appId;
      const { calls } = (isComponent ? script.accounts?.[appId] : accountScript(script, appId)) ?? {};
      const outcomes = calls?.[callName(path)];
      if (!outcomes || (!isComponent && wechat.account(appId).kind !== 'mini')) return undefined;
      const counted = isComponent ? componentCalls : programOf(appId).calls;
      const nth = counted.get(path) ?? 0;
      counted.set(path, nth + 1);
      const outcome = outcomes[nth];
      return outcome === 'ok' ? undefined : outcome;
    },

    /** A screenshot that came with a rejection. */
    pictureOf: (appId: string, mediaId: string): Download | undefined =>
      programs.get(appId)?.audits.some(({ screenshots }) => screenshots.includes(mediaId))
        ? new Download('image/png', `${mediaId}.png`, Buffer.from(SCREENSHOT, 'base64'))
        : undefined,

    /** Every audit, the newest first. */
    submitted: () =>
      [...programs.values()]
        .flatMap(({ account, audits }) => audits.map((audit) => ({ account, audit })))
        .sort((one, other) => other.audit.id - one.audit.id),

    /** How often each call changed something, by whose token it came with, and where each mini program stands. */
    state: (): Record<string, ReleaseState> => ({
      ...(Object.keys(componentEffects).length > 0 && {
        [wechat.component.appId]: { effects: { ...componentEffects }, audits: [] },
      }),
      ...Object.fromEntries([...programs].map(([appId, program]) => [appId, stateOf(program)])),
    }),
  };
}

/** One grey pixel. */
const SCREENSHOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGOYCQAAmwCarS5ItAAAAABJRU5ErkJggg==';

const noComponentDomains = (): ComponentDomains => ({ testing: [], published: [], changes: [] });

const stateOf = ({ effects, trial, audits, online }: MiniProgram): ReleaseState => ({
  effects: { ...effects },
  ...(trial && { trial: trial.version }),
  audits: audits.map(({ id, build, status }) => ({ auditid: id, version: build.version, status })),
  ...(online && { online: online.build.version }),
});
