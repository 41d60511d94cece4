/** Keeps secrets out of everything that wxop shows. */

const MASK = '***';

// What the platform's own secrets look like, for those that this process never learnt
// (a ticket pasted into a wrong command, an event of another component).
const SECRET_SHAPES = '(?<kind>ticket|queryauthcode|refreshtoken)(?<at>(?:@|%40){3})[\\w\\-.~+/=%]+';
const WHOLE_SHAPE = new RegExp(`^${SECRET_SHAPES}$`);

/** What access tokens are made of. */
const TOKEN_RUN = '[\\w-]{40,}';
const WHOLE_RUN = new RegExp(`^${TOKEN_RUN}$`);

export interface Redactor {
  /** Teaches the redactor values that must never be shown. */
  learn(...secrets: (string | undefined)[]): void;
  /** The same text without any known secret or platform-shaped secret. */
  redact(line: string): string;
  /** The same value with every string in it redacted; keys stay. */
  redactDeep<T>(value: T): T;
}

/** Masks by known value first: a pattern alone stops at the first hyphen of a token. */
export function createRedactor(): Redactor {
  // Longest first: masking a short secret inside a longer one would let the rest of the longer one through.
  let known: string[] = [];
  // Access tokens come by the thousand, too: looked up by their length, never compiled.
  const tokens = new Map<number, Set<string>>();

  // One pass, leftmost first: what one rule masks can neither hide nor cut what another one looks for.
  let pattern: RegExp | undefined;
  const compile = (): RegExp => {
    const long = known.filter((secret) => secret.length >= 8).map(escapeRegExp);
    const short = known
      .filter((secret) => secret.length < 8)
      .map((secret) => `(?<![A-Za-z0-9])${escapeRegExp(secret)}(?![A-Za-z0-9])`);
    return new RegExp([...long, SECRET_SHAPES, ...short, `(?<run>${TOKEN_RUN})`].join('|'), 'g');
  };
  const maskTokens = (run: string): string => {
    let masked = '';
    for (let at = 0; at < run.length;) {
      const length = [...tokens].find(([length, ofLength]) => ofLength.has(run.slice(at, at + length)))?.[0];
      masked += length === undefined ? run.charAt(at) : MASK;
      at += length ?? 1;
    }
    return masked;
  };
  const redact = (line: string): string =>
    line.replace((pattern ??= compile()), (...found: unknown[]) => {
      const { kind, at, run } = found.at(-1) as { kind?: string; at?: string; run?: string };
      if (run !== undefined) return maskTokens(run);
      return kind ? `${kind}${at}${MASK}` : MASK;
    });

  const redactDeep = <T>(value: T): T => {
    if (typeof value === 'string') return redact(value) as T;
    if (Array.isArray(value)) return value.map(redactDeep) as T;
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactDeep(inner)])) as T;
  };

  return {
    learn: (...secrets) => {
      for (const secret of secrets) {
        // Refresh tokens come by the thousand, and are masked by their shape.
        if (!secret || secret.length < 3 || WHOLE_SHAPE.test(secret)) continue;
        if (WHOLE_RUN.test(secret)) {
          const ofLength = tokens.get(secret.length) ?? new Set();
          tokens.set(secret.length, ofLength.add(secret));
          continue;
        }
        if (known.includes(secret)) continue;
        known = [...new Set([...known, secret, encodeURIComponent(secret)])].sort((a, b) => b.length - a.length);
        pattern = undefined;
      }
    },
    redact,
    redactDeep,
  };
}

function escapeRegExp(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
