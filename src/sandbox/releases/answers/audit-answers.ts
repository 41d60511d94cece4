/** The calls on audits. */
import { fileIn } from '../../routes/media-routes.ts';
import { OK } from '../../routes/route.ts';
import type { Audits } from '../audits.ts';
import type { AuditCase, MiniProgram } from '../mini-program.ts';
import type { AccountAnswers } from './release-routes.ts';
import type { Releases } from '../releases.ts';

type Paths =
  | '/wxa/uploadmedia'
  | '/wxa/submit_audit'
  | '/wxa/get_auditstatus'
  | '/wxa/get_latest_auditstatus'
  | '/wxa/undocodeaudit'
  | '/wxa/speedupaudit'
  | '/wxa/queryquota';

export function auditAnswers({ material, quota }: Releases, audits: Audits): Pick<AccountAnswers, Paths> {
  return {
    '/wxa/uploadmedia': ({ account }, _, call) => ({ ...OK, ...material.take(account.appId, fileIn(call, 'media')) }),
    '/wxa/submit_audit': (program, body) => ({ ...OK, auditid: numberOf(program, audits.submit(program, body)) }),
    '/wxa/get_auditstatus': (program, { auditid }) => {
      const audit = audits.withId(program, auditid);
      return {
        ...OK,
        status: audit.status,
        ...((audit.status === 1 || audit.status === 4) && { reason: audit.reason }),
        ...screenshots(program, audit, 'screenshot'),
      };
    },
    '/wxa/get_latest_auditstatus': (program) => {
      const audit = audits.latest(program);
      return {
        ...OK,
        auditid: numberOf(program, audit.id),
        status: audit.status,
        ...(audit.status === 1 && { reason: audit.reason }),
        ...screenshots(program, audit, 'ScreenShot'),
        user_version: audit.build.version,
        user_desc: audit.build.description,
        submit_audit_time: Math.floor(audit.submittedAt / 1000),
      };
    },
    '/wxa/undocodeaudit': (program) => {
      audits.undo(program);
      return OK;
    },
    '/wxa/speedupaudit': (program, { auditid }) => {
      audits.speedUp(program, auditid);
      return OK;
    },
    '/wxa/queryquota': ({ script: { quirks = [] } }) => ({
      ...OK,
      ...(quirks.includes('quota-zeros') ? { rest: 0, limit: 0, speedup_rest: 0, speedup_limit: 0 } : quota.view()),
    }),
  };
}

const numberOf = ({ script }: MiniProgram, id: number): number | string =>
  script.quirks?.includes('numbers-as-strings') ? String(id) : id;

/** Each of the two calls has a spelling of its own. */
function screenshots({ script: { quirks = [] } }: MiniProgram, audit: AuditCase, name: string): object {
  if (audit.status !== 1 || audit.screenshots.length === 0 || quirks.includes('no-screenshot')) return {};
  return { [quirks.includes('screenshot-everywhere') ? 'screenshot' : name]: audit.screenshots.join('|') };
}
