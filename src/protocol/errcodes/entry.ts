/** What is said of one of WeChat's error numbers. */
import type { Text } from '../../sentences/text.ts';

/** Whether, and after what, the same call can succeed. */
export type RetryClass = 'no' | 'backoff' | 'refresh-token' | 'wait-ticket';

export interface Errcode {
  /** A clause, without a full stop: it stands inside other sentences. */
  means: Text;
  /** How one usually comes by it. */
  cause: Text;
  /** What to do about it. */
  next: Text;
  retry: RetryClass;
}

export type Errcodes = Record<number, Errcode>;

export const entry = (retry: RetryClass, means: Text, cause: Text, next: Text): Errcode => ({
  retry,
  means,
  cause,
  next,
});

/** The same entry for several numbers. */
export const each = (numbers: number[], one: Errcode): Errcodes =>
  Object.fromEntries(numbers.map((number) => [number, one]));
