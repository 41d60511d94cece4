/** Keeps secrets out of everything that wxop shows. */

const MASK = '***';

// What WeChat's own secrets look like, for those that this process never learned
// (a ticket pasted into a wrong command, an event of another component).
const SECRET_SHAPES = '(?<kind>ticket|queryauthcode|refreshtoken)(?<at>(?:@|%40){3})[\\w\\-.~+/=%]+';
const WHOLE_SHAPE = new RegExp(`^${SECRET_SHAPES}$`);
/** The key of a caller of the broker: its name may be seen. */
const CALLER_KEY = '(?<caller>wxop_wx[0-9a-f]{16}_[a-z0-9-]{1,40}_)[\\w-]{43}';

/** What access tokens are made of. */
const TOKEN_RUN = '[\\w-]{40,}';
const WHOLE_RUN = new RegExp(`^${TOKEN_RUN}$`);

/** A secret that came over the wire or out of a store; words that we print ourselves are none. */
const RECEIVED = /^(?=.*[^a-z_])[\x21-\x7e]{16,1024}$/;
/** How many of those are known at once: odd ones, which cost time in every line, and access tokens, which do not. */
const MOST_ODD = 256;
const MOST_TOKENS = 20_000;

export interface Redactor {
  /** Teaches the redactor values of the operator's own that must never be shown. */
  learn(...secrets: (string | undefined)[]): void;
  /**
   * The same for what WeChat sent or a store holds: only what can be a secret is learned, and the oldest is forgotten
   * when there is too much. Not for what anybody can send: it would be masked in every line from then on.
   */
  learnReceived(...secrets: (string | undefined)[]): void;
  /** False where a document of JSON may hold a secret: looking at it as a whole is cheaper than at each string in it. */
  isClean(json: string): boolean;
  /** The same text without any known secret or anything that has the shape of one of WeChat's. */
  redact(line: string): string;
  /** What of a text `redact` would hide, each once. */
  secretsIn(content: string): string[];
  /** The same value with every string in it redacted; keys stay. */
  redactDeep<T>(value: T): T;
}

/** Masks by known value first: a pattern alone stops at the first hyphen of a token. */
export function createRedactor(): Redactor {
  // Compiled longest first: masking a short secret inside a longer one would let the rest of the longer one through.
  const own = new Set<string>();
  const odd = new Set<string>();
  // Access tokens come by the thousand, too: looked up by their length, never compiled. The older half is let go when
  // the younger one is full.
  let [young, old] = [new Map<number, Set<string>>(), new Map<number, Set<string>>()];
  let youngTokens = 0;

  // One pass, leftmost first: what one rule masks can neither hide nor cut what another one looks for.
  let pattern: RegExp | undefined;
  const compile = (): RegExp => {
    // By way of bytes: half a surrogate pair in a setting cannot be encoded.
    const written = [...own, ...odd].flatMap((secret) => [secret, encodeURIComponent(Buffer.from(secret).toString())]);
    const known = [...new Set(written)].sort((a, b) => b.length - a.length);
    const long = known.filter((secret) => secret.length >= 8).map(escapeRegExp);
    const short = known
      .filter((secret) => secret.length < 8)
      .map((secret) => `(?<![A-Za-z0-9])${escapeRegExp(secret)}(?![A-Za-z0-9])`);
    return new RegExp([...long, SECRET_SHAPES, CALLER_KEY, ...short, `(?<run>${TOKEN_RUN})`].join('|'), 'g');
  };
  /** `hide` is told each secret, and says what stands there instead. */
  const maskTokens = (run: string, hide: (secret: string) => string): string => {
    const lengths = [...new Set([...young.keys(), ...old.keys()])].filter((length) => length <= run.length);
    if (lengths.length === 0) return run;
    let masked = '';
    for (let at = 0; at < run.length;) {
      const length = lengths.find((length) => {
        const part = run.slice(at, at + length);
        return young.get(length)?.has(part) || old.get(length)?.has(part);
      });
      masked += length === undefined ? run.charAt(at) : hide(run.slice(at, at + length));
      at += length ?? 1;
    }
    return masked;
  };
  const learnToken = (token: string): void => {
    if (young.get(token.length)?.has(token)) return;
    if (youngTokens >= MOST_TOKENS) [young, old, youngTokens] = [new Map<number, Set<string>>(), young, 0];
    young.set(token.length, (young.get(token.length) ?? new Set()).add(token));
    youngTokens++;
  };
  const replaceSecrets = (line: string, hide: (secret: string) => string): string =>
    line.replace((pattern ??= compile()), (whole: string, ...found: unknown[]) => {
      const { kind, at, run, caller } = found.at(-1) as Record<string, string | undefined>;
      if (run !== undefined) return maskTokens(run, hide);
      const hidden = hide(whole);
      if (caller !== undefined) return caller + hidden;
      return kind ? `${kind}${at}${hidden}` : hidden;
    });
  const redact = (line: string): string => replaceSecrets(line, () => MASK);
  // Without escapes a secret stands in the document as it is.
  const isClean = (json: string): boolean => !json.includes('\\') && json.search((pattern ??= compile())) < 0;
  const secretsIn = (content: string): string[] => {
    const found = new Set<string>();
    replaceSecrets(content, (secret) => (found.add(secret), MASK));
    return [...found];
  };

  const redactDeep = <T>(value: T): T => {
    if (typeof value === 'string') return redact(value) as T;
    if (Array.isArray(value)) return value.map(redactDeep) as T;
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactDeep(inner)])) as T;
  };

  const learnOne = (secret: string, among: Set<string>): void => {
    // Refresh tokens come by the thousand, and are masked by their shape.
    if (WHOLE_SHAPE.test(secret)) return;
    if (WHOLE_RUN.test(secret)) return learnToken(secret);
    if (own.has(secret) || odd.has(secret)) return;
    among.add(secret);
    pattern = undefined;
  };

  return {
    learn: (...secrets) => {
      for (const secret of secrets) if (secret && secret.length >= 3) learnOne(secret, own);
    },
    learnReceived: (...secrets) => {
      for (const secret of secrets) if (secret && RECEIVED.test(secret)) learnOne(secret, odd);
      for (const oldest of odd) {
        if (odd.size <= MOST_ODD) break;
        odd.delete(oldest);
      }
    },
    isClean,
    redact,
    secretsIn,
    redactDeep,
  };
}

function escapeRegExp(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
