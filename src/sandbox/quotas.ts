/** How often each holder called each path today, and how many clears are left this month. Days are Beijing's. */
import { beijingDay, beijingMonth } from './beijing-time.ts';
import { ApiRefusal } from './api-refusal.ts';

const CLEARS_A_MONTH = 10;
/** What the documents name; what has no number there is not limited by anything but the option. */
const DOCUMENTED: Record<string, number> = {
  '/cgi-bin/component/api_component_token': 10_000,
  '/cgi-bin/menu/create': 1_000,
  '/cgi-bin/menu/get': 10_000,
  '/cgi-bin/menu/delete': 1_000,
  '/cgi-bin/menu/addconditional': 2_000,
  '/cgi-bin/menu/delconditional': 2_000,
  '/cgi-bin/menu/trymatch': 20_000,
  '/cgi-bin/message/custom/send': 500_000,
};
const OTHERWISE = 10_000_000;
/** What gets one out of 45009 is not stopped by it. */
const UNLIMITED = /\/(?:clear_quota(?:\/v2)?|openapi\/(?:quota|rid)\/\w+)$/;

export type Quotas = ReturnType<typeof createQuotas>;

/** `most`: calls a day of each path before 45009; undefined counts without refusing. */
export function createQuotas({ most, now }: { most?: number; now: () => number }) {
  let today = 0;
  const calls = new Map<string, number>();
  const clears = new Map<string, number>();
  const keyOf = (holder: string, path: string): string => `${holder} ${path}`;
  const turnDay = (): void => {
    const day = beijingDay(now());
    if (day !== today) calls.clear();
    today = day;
  };

  function spend(holder: string): void {
    const month = beijingMonth(now());
    const spent = clears.get(keyOf(holder, month)) ?? 0;
    if (spent >= CLEARS_A_MONTH) throw new ApiRefusal(48006);
    clears.set(keyOf(holder, month), spent + 1);
  }

  return {
    /** Counts a call; throws 45009 when it is one too many. */
    use(holder: string, path: string): void {
      turnDay();
      const used = (calls.get(keyOf(holder, path)) ?? 0) + 1;
      calls.set(keyOf(holder, path), used);
      if (most !== undefined && used > most && !UNLIMITED.test(path)) throw new ApiRefusal(45009);
    },
    of(holder: string, path: string): { daily_limit: number; used: number; remain: number } {
      turnDay();
      const limit = most ?? DOCUMENTED[path] ?? OTHERWISE;
      const used = Math.min(limit, calls.get(keyOf(holder, path)) ?? 0);
      return { daily_limit: limit, used, remain: limit - used };
    },
    /** Throws 48006 when the month's clears are spent. */
    clear(holder: string, path?: string): void {
      spend(holder);
      for (const key of calls.keys()) {
        if (path === undefined ? key.startsWith(`${holder} `) : key === keyOf(holder, path)) calls.delete(key);
      }
    },
  };
}
