/**
 * What strangers can make us do in ten minutes, shared fairly: no address, no network and no provider takes what the
 * others need. An IPv6 customer has 2^64 addresses, so there the smallest share is that of a /64.
 */
import { networksOf } from '../../runtime/hosts.ts';

/** Milliseconds. */
export const WINDOW = 10 * 60 * 1000;
/** Of one address (IPv6: one /64), one network (/24, /48), one provider (/16, /32). */
export const PER_NETWORK = [6, 12, 30] as const;
export const IN_TOTAL = 60;

export interface Share {
  of: string;
  most: number;
}

/** `giveBack` undoes it; `wait`: one is used up, for so many milliseconds. */
export type Taken = { giveBack: () => void } | { wait: number };

export interface FairShares {
  /** Takes one of each share. Workers ask the process that counts for all of them. */
  take(shares: readonly Share[]): Taken | Promise<Taken>;
}

/** The shares of an address; only the one of all if it is not known. */
export const sharesOf = (address: string | undefined): Share[] =>
  address === undefined
    ? []
    : networksOf(address).map((network, level) => ({ of: network, most: PER_NETWORK[level] ?? IN_TOTAL }));

/** `elapsed`: milliseconds of a monotonic clock. */
export function createFairShares(elapsed: () => number): { take(shares: readonly Share[]): Taken } {
  /** In order of time. */
  let taken: { at: number; shares: Set<string> }[] = [];
  return {
    take: (shares) => {
      const now = elapsed();
      taken = taken.filter(({ at }) => at > now - WINDOW);
      const waits = shares.map(({ of, most }) => {
        const own = taken.filter((one) => one.shares.has(of));
        return own.at(-most)?.at;
      });
      const oldest = [taken.at(-IN_TOTAL)?.at, ...waits].filter((at) => at !== undefined);
      if (oldest.length > 0) return { wait: Math.max(...oldest) + WINDOW - now };
      const one = { at: now, shares: new Set(shares.map(({ of }) => of)) };
      taken.push(one);
      return { giveBack: () => void (taken = taken.filter((other) => other !== one)) };
    },
  };
}
