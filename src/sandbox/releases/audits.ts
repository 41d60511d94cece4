/** Audits: submitted, decided by the script or a person, withdrawn, hurried. */
import type { XmlFields } from '../../protocol/events.ts';
import { beijingDay, beijingMonth } from '../beijing-time.ts';
import type { CallBody } from '../routes/route.ts';
import { ApiRefusal } from '../api-refusal.ts';
import { openAudit, type AuditCase, type MiniProgram } from './mini-program.ts';
import { AUDIT_OUTCOMES, type AuditOutcome, type AuditScript } from './script/release-script.ts';
import type { Releases } from './releases.ts';
import { checkSubmission } from './check-submission.ts';

const FIRST_AUDIT = 420_000_001;
/** Milliseconds. */
const AFTER = 10_000;
const [UNDOS_A_DAY, UNDOS_A_MONTH] = [5, 10];
/** A hurried audit needs this part of the time that was left. */
const HURRIED = 0.25;
const REASON = '1:服务内容不符合规范:<br>(1):示例原因，请修改后重新提交。<br>';

export interface Decision {
  outcome: AuditOutcome;
  /** HTML. */
  reason?: string;
  screenshots?: string[];
}

export type Audits = ReturnType<typeof createAudits>;

export function createAudits(releases: Releases) {
  const { now, schedule, quota, wechat } = releases;
  let lastAudit = FIRST_AUDIT - 1;

  function plan(program: MiniProgram, audit: AuditCase, script: AuditScript): void {
    const { outcome, after = AFTER } = script;
    if (outcome === 'person') return;
    audit.due = now() + after;
    audit.next = script;
    audit.cancel = schedule.at(audit.due, () => {
      decide(program, audit, { ...script, outcome });
      if (outcome === 'delay' && script.then) plan(program, audit, script.then);
    });
  }

  function decide(program: MiniProgram, audit: AuditCase, { outcome, reason, screenshots = [] }: Decision): void {
    audit.cancel?.();
    audit.status = STATUS[outcome];
    audit.reason = outcome === 'pass' ? undefined : (reason ?? REASON);
    audit.screenshots = outcome === 'reject' ? screenshots : [];
    releases.onAudit({ appId: program.account.appId, auditid: audit.id, status: audit.status });
    const at = wechat.seconds();
    const given = { Reason: audit.reason ?? '' };
    const pictures = audit.screenshots.join('|');
    const fields: Record<AuditOutcome, Record<string, string | number>> = {
      pass: { SuccTime: at },
      delay: { ...given, DelayTime: at },
      reject: { ...given, FailTime: at, ...(pictures !== '' && { ScreenShot: pictures }) },
    };
    announce(program, EVENT[outcome], fields[outcome]);
  }

  /** Pushes an event as often and as late as the script says; a mini program that is revoked has none. */
  function announce(program: MiniProgram, event: string, fields: XmlFields): void {
    const { events = 'once' } = program.script;
    const { late, times = 1 } =
      typeof events === 'object' ? events : { late: 0, times: { once: 1, twice: 2, never: 0 }[events] };
    const createdAt = wechat.seconds();
    const send = async (): Promise<void> => {
      for (let time = 0; time < times && program.account.authorized; time++) {
        await releases.pushEvent(program.account.appId, event, { CreateTime: createdAt, ...fields });
      }
    };
    if (late > 0) schedule.at(now() + late, () => void send());
    else void send();
  }

  const openOf = (program: MiniProgram, errcode: number): AuditCase => {
    const audit = openAudit(program);
    if (!audit) throw new ApiRefusal(errcode);
    return audit;
  };

  function withId(program: MiniProgram, id: unknown): AuditCase {
    const audit = program.audits.find((one) => String(one.id) === String(id));
    if (!audit) throw new ApiRefusal(85012);
    return audit;
  }

  return {
    announce,
    withId,

    submit(program: MiniProgram, body: CallBody): number {
      checkSubmission(program, body, releases.material, now());
      quota.spend();
      const { audit: script = { outcome: 'pass' } } = program.script;
      const scripts = Array.isArray(script) ? script : [script];
      const nth = program.audits.length;
      const audit: AuditCase = {
        id: ++lastAudit,
        // checkSubmission refuses without one.
        build: program.trial as NonNullable<MiniProgram['trial']>,
        status: 2,
        screenshots: [],
        submittedAt: now(),
        isHurried: false,
        isReleased: false,
      };
      program.audits.push(audit);
      const mine = scripts[nth] ?? scripts.at(-1);
      if (mine) plan(program, audit, mine);
      return audit.id;
    },

    /** As get_latest_auditstatus sees it: WeChat may be slow to show a new one. */
    latest({ audits, script }: MiniProgram): AuditCase {
      const newest = audits.at(-1);
      if (!newest) throw new ApiRefusal(85058);
      const { missing = 0, previous = 0 } = script.latest ?? {};
      const age = now() - newest.submittedAt;
      const shown = age < missing ? undefined : age < missing + previous ? audits.at(-2) : newest;
      if (!shown) throw new ApiRefusal(85058);
      return shown;
    },

    undo(program: MiniProgram): void {
      const audit = openOf(program, 87012);
      const at = now();
      const today = program.undos.filter((one) => beijingDay(one) === beijingDay(at));
      const thisMonth = program.undos.filter((one) => beijingMonth(one) === beijingMonth(at));
      if (today.length >= UNDOS_A_DAY || thisMonth.length >= UNDOS_A_MONTH) throw new ApiRefusal(87013);
      program.undos.push(at);
      audit.cancel?.();
      audit.status = 3;
    },

    speedUp(program: MiniProgram, id: unknown): void {
      const audit = withId(program, id);
      if (audit !== openAudit(program)) throw new ApiRefusal(89402);
      if (audit.isHurried) throw new ApiRefusal(89404);
      quota.spendSpeedup();
      audit.isHurried = true;
      const { due, next } = audit;
      if (due === undefined || next === undefined || due <= now()) return;
      audit.cancel?.();
      plan(program, audit, { ...next, after: (due - now()) * HURRIED });
    },

    /** A person decides; throws 89402 when nothing is open. */
    decide(appId: string, decision: Decision): void {
      if (!AUDIT_OUTCOMES.includes(decision.outcome)) throw new TypeError('outcome is pass, reject or delay');
      const program = releases.programOf(appId);
      decide(program, openOf(program, 89402), decision);
    },
  };
}

const STATUS = { pass: 0, reject: 1, delay: 4 } as const;
const EVENT = { pass: 'weapp_audit_success', reject: 'weapp_audit_fail', delay: 'weapp_audit_delay' };
