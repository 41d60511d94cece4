/** How many requests each key may make: so many a second, and as many at once after a pause. */

export interface RateLimits {
  /** Takes one; if there is none left, the seconds until there is. */
  take(name: string, rate: number): number | undefined;
}

/** `elapsed`: milliseconds of a monotonic clock. */
export function createRateLimits(elapsed: () => number): RateLimits {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take: (name, rate) => {
      const at = elapsed();
      const bucket = buckets.get(name) ?? { left: rate, at };
      bucket.left = Math.min(rate, bucket.left + ((at - bucket.at) / 1000) * rate);
      bucket.at = at;
      buckets.set(name, bucket);
      if (bucket.left < 1) return (1 - bucket.left) / rate;
      bucket.left--;
      return undefined;
    },
  };
}
