/** What a check is, and what it finds. */
import { text, type Text } from '../sentences/text.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import { type ErrorCode } from '../sentences/error-codes.ts';

export type Verdict = 'ok' | 'info' | 'warning' | 'failed' | 'skipped';

/** What was seen and, where something is to be done, the next step. A failure names the error that it would become. */
export type Finding = { seen: Text; next?: Text } & (
  { verdict: Exclude<Verdict, 'failed'> } | { verdict: 'failed'; code: ErrorCode }
);

export interface Check {
  /** `group.name`: what `--only` and `--skip` take. */
  id: string;
  title: Text;
  /** Checks without which this one would only repeat their failure. */
  needs?: readonly string[];
  /** Leaves this machine. */
  isRemote?: boolean;
  /** Milliseconds, where it may take longer than others. */
  deadline?: number;
  /** May throw: that is a failure too. */
  run(): Finding | Promise<Finding>;
}

export interface Group {
  id: string;
  title: Text;
  /** Of each of its checks. */
  needs?: readonly string[];
  checks: Check[];
}

export const ok = (seen: Text): Finding => ({ verdict: 'ok', seen });
export const info = (seen: Text, next?: Text): Finding => ({ verdict: 'info', seen, next });
export const skipped = (seen: Text, next?: Text): Finding => ({ verdict: 'skipped', seen, next });
export const warning = (seen: Text, next?: Text): Finding => ({ verdict: 'warning', seen, next });
export const failed = (code: ErrorCode, seen: Text, next?: Text): Finding => ({ verdict: 'failed', code, seen, next });

/** What was thrown, as a finding. */
export function failedWith(thrown: unknown): Finding {
  const { code, text: seen, hint } = toWxopError(thrown);
  return failed(code, seen, hint);
}

/** The same word in both languages: a name, a number, an address. */
export const same = (word: string): Text => text(word, word);
