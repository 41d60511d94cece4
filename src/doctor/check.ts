/** A check, its group, and what it finds. */
import { text, type Text } from '../sentences/text.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import { type ErrorCode } from '../sentences/error-codes.ts';

export type Verdict = 'ok' | 'info' | 'warning' | 'failed' | 'skipped';

/** What was seen and, if there is something to do, the next step. A failure names the error code it would end with. */
export type Finding = { seen: Text; next?: Text } & (
  { verdict: Exclude<Verdict, 'failed'> } | { verdict: 'failed'; code: ErrorCode }
);

export interface Check {
  /** `group.name`, which `--only` and `--skip` take. */
  id: string;
  title: Text;
  /** Checks whose failure this one would only repeat. */
  needs?: readonly string[];
  /** Sends something from this machine; `--offline` skips it. */
  isRemote?: boolean;
  /** Milliseconds, if it may take longer than others. */
  deadline?: number;
  /** May throw: an error is a failure too. */
  run(): Finding | Promise<Finding>;
}

export interface Group {
  id: string;
  title: Text;
  /** Needed by each of its checks. */
  needs?: readonly string[];
  checks: Check[];
}

export const ok = (seen: Text): Finding => ({ verdict: 'ok', seen });
export const info = (seen: Text, next?: Text): Finding => ({ verdict: 'info', seen, next });
export const skipped = (seen: Text, next?: Text): Finding => ({ verdict: 'skipped', seen, next });
export const warning = (seen: Text, next?: Text): Finding => ({ verdict: 'warning', seen, next });
export const failed = (code: ErrorCode, seen: Text, next?: Text): Finding => ({ verdict: 'failed', code, seen, next });

/** An error as a finding. */
export function failedWith(thrown: unknown): Finding {
  const { code, text: seen, hint } = toWxopError(thrown);
  return failed(code, seen, hint);
}

/** The same word in both languages: a name, a number, an address. */
export const same = (word: string): Text => text(word, word);

/** How often each name is in a list: `3 × text, 1 × event`. */
export function tally(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(', ') || '0';
}

/** A name with the first addresses it resolves to; an address alone. */
export const resolved = (hostname: string, addresses: readonly string[]): Text =>
  same(addresses.includes(hostname) ? hostname : `${hostname} → ${addresses.slice(0, 3).join(', ')}`);
