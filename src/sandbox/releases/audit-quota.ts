/** The audits and speedups of a month, which all mini programs of the component share. Nothing gives one back. */
import { beijingMonth } from '../beijing-time.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { ReleaseScript } from './script/release-script.ts';

export interface AuditQuota {
  /** Throws 85085. */
  spend(): void;
  /** Throws 89405. */
  spendSpeedup(): void;
  view(): { rest: number; limit: number; speedup_rest: number; speedup_limit: number };
}

export function createAuditQuota(script: ReleaseScript['quota'] = {}, now: () => number): AuditQuota {
  const { limit = 1000, speedupLimit = 20 } = script;
  let month = beijingMonth(now());
  let rest = script.rest ?? limit;
  let speedups = script.speedupRest ?? speedupLimit;
  const turnMonth = (): void => {
    if (beijingMonth(now()) === month) return;
    month = beijingMonth(now());
    [rest, speedups] = [limit, speedupLimit];
  };
  return {
    spend() {
      turnMonth();
      if (rest <= 0) throw new ApiRefusal(85085);
      rest--;
    },
    spendSpeedup() {
      turnMonth();
      if (speedups <= 0) throw new ApiRefusal(89405);
      speedups--;
    },
    view() {
      turnMonth();
      return { rest, limit, speedup_rest: speedups, speedup_limit: speedupLimit };
    },
  };
}
