/**
 * Every failure that wxop can name: its code, what it exits with, a sentence and a next step in both languages.
 * And the redactor, which keeps secrets out of all of them.
 */

export type Lang = 'en' | 'zh';

/** One sentence in the two languages that wxop speaks. */
export interface Text {
  en: string;
  zh: string;
}

export const text = (en: string, zh: string): Text => ({ en, zh });

/** Error code → exit code, whether the same command may simply be tried again, and what the code stands for. */
export const ERROR_CODES = {
  USAGE: { exit: 2, retryable: false, means: text('wrong usage', '用法错误') },
  SETTINGS_MISSING: { exit: 2, retryable: false, means: text('a needed setting is missing', '缺少必需的设置') },
  SETTINGS_INVALID: { exit: 2, retryable: false, means: text('a setting has a wrong shape', '设置的格式不正确') },
  NO_TICKET: { exit: 4, retryable: true, means: text('no ticket has arrived yet', '尚未收到 ticket') },
  TICKET_EXPIRED: {
    exit: 4,
    retryable: true,
    means: text('the ticket is older than 12 hours', 'ticket 已超过 12 小时'),
  },
  TICKET_INVALID: {
    exit: 4,
    retryable: true,
    means: text('the platform does not know this ticket', '平台不认可该 ticket'),
  },
  NO_ACCOUNT: { exit: 4, retryable: false, means: text('no such authorized account', '没有该授权帐号') },
  REVOKED: { exit: 4, retryable: false, means: text('the authorization was cancelled', '授权已取消') },
  NO_EVENT: { exit: 2, retryable: false, means: text('no such push in the journal', '日志中没有该推送') },
  HANDED_OVER: {
    exit: 2,
    retryable: false,
    means: text('codes and tokens are the business of another service', '授权码与令牌由其他服务管理'),
  },
  CANCELLED: { exit: 130, retryable: true, means: text('interrupted by you', '已被中断') },
  IP_NOT_ALLOWED: {
    exit: 3,
    retryable: false,
    means: text('this machine is not on the IP whitelist', '本机 IP 不在白名单中'),
  },
  PLATFORM_REFUSED: { exit: 3, retryable: false, means: text('the platform refused the call', '平台拒绝了请求') },
  PUSH_INVALID: {
    exit: 3,
    retryable: false,
    means: text('a captured push does not open', '所截获的推送无法打开'),
  },
  MENU_INVALID: {
    exit: 2,
    retryable: false,
    means: text('a menu file breaks the grammar of menu/create', '菜单文件不符合 menu/create 的格式要求'),
  },
  MENU_CHANGED: {
    exit: 2,
    retryable: false,
    means: text('the live menu is not the one that was dumped', '当前菜单与导出时不一致'),
  },
  MENU_LOSS: {
    exit: 2,
    retryable: false,
    means: text('a push would end what cannot be pushed again', '推送会丢失无法再次推送的内容'),
  },
  MENU_NOT_KEPT: {
    exit: 3,
    retryable: false,
    means: text('the platform shows another menu than was pushed', '平台返回的菜单与推送的不一致'),
  },
  PARTLY_FAILED: { exit: 3, retryable: true, means: text('some of a bulk run failed', '批量操作部分失败') },
  NETWORK: { exit: 5, retryable: true, means: text('the platform could not be reached', '无法连接平台') },
  TIMEOUT: { exit: 5, retryable: true, means: text('a wait ran out', '等待超时') },
  PORT_TAKEN: { exit: 5, retryable: true, means: text('the port is in use', '端口已被占用') },
  STORE_UNAVAILABLE: { exit: 5, retryable: true, means: text('the store cannot be reached', '无法访问存储') },
  STORE_NOT_WRITABLE: { exit: 1, retryable: false, means: text('the store cannot be written', '存储不可写') },
  STORE_READ_ONLY: {
    exit: 2,
    retryable: false,
    means: text('the store belongs to another program', '存储属于其他程序，只读'),
  },
  STORE_UNREADABLE: {
    exit: 1,
    retryable: false,
    means: text('what the store holds is in a form that wxop cannot read', '存储内容的格式无法读取'),
  },
  STORE_CONFLICT: {
    exit: 1,
    retryable: true,
    means: text('somebody else wrote the record first', '记录已被他人先行写入'),
  },
  RECORD_DAMAGED: { exit: 1, retryable: false, means: text('a stored record is damaged', '存储的记录已损坏') },
  RECORD_NEWER: {
    exit: 1,
    retryable: false,
    means: text('a record was written by a newer wxop', '记录由更新版本的 wxop 写入'),
  },
  PUBLIC_URL_WRONG: {
    exit: 2,
    retryable: false,
    means: text('the public URL does not lead to this listener', '公网地址没有指向本监听服务'),
  },
  CLOCK_WRONG: { exit: 1, retryable: false, means: text("this machine's clock is wrong", '本机时钟不准') },
  UNEXPECTED: { exit: 1, retryable: false, means: text('an unexpected failure', '意外错误') },
} as const satisfies Record<string, { exit: number; retryable: boolean; means: Text }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Exit code → meaning, as `wxop help exit-codes` and the README show it. */
export const EXIT_CODES: Record<number, Text> = {
  0: text('done (also: nothing found)', '完成（包括：没有结果）'),
  1: text('unexpected failure, store not writable', '意外错误，或存储不可写'),
  2: text('wrong usage, or settings missing or invalid', '用法错误，或设置缺失、无效'),
  3: text('the platform refused; a bulk run with failures', '平台拒绝；批量操作有失败'),
  4: text('not authorized: no ticket, no such account, or revoked', '未授权：没有 ticket、没有该帐号或已取消授权'),
  5: text(
    'network failure, a wait that ran out, store unreachable, port taken',
    '网络故障、等待超时、存储不可达、端口被占用',
  ),
  130: text('interrupted (Ctrl-C)', '被中断（Ctrl-C）'),
  143: text('terminated', '被终止'),
};

export interface ErrorDetails {
  hint?: Text;
  /** For people, where the sentence is a list: the same in several lines. */
  lines?: Text;
  cause?: unknown;
  retryable?: boolean;
  /** What the platform said: its number, request id, and the address it saw. */
  errcode?: number;
  rid?: string;
  requestIp?: string;
}

/** A failure that wxop can name. `message` is the English sentence; `text` and `hint` hold both languages. */
export class WxopError extends Error {
  override name = 'WxopError';
  readonly code: ErrorCode;
  readonly text: Text;
  readonly hint: Text | undefined;
  readonly lines: Text | undefined;
  readonly retryable: boolean;
  readonly errcode: number | undefined;
  readonly rid: string | undefined;
  readonly requestIp: string | undefined;

  constructor(code: ErrorCode, sentence: Text, details: ErrorDetails = {}) {
    super(sentence.en, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.text = sentence;
    this.hint = details.hint;
    this.lines = details.lines;
    this.retryable = details.retryable ?? ERROR_CODES[code].retryable;
    this.errcode = details.errcode;
    this.rid = details.rid;
    this.requestIp = details.requestIp;
  }

  get exitCode(): number {
    return ERROR_CODES[this.code].exit;
  }
}

/** True for a failure with this code (and, for platform refusals, this errcode). */
export function isError(error: unknown, code: ErrorCode, errcode?: number): error is WxopError {
  return error instanceof WxopError && error.code === code && (errcode === undefined || error.errcode === errcode);
}

/** The error of a promise that was aborted from outside (Ctrl-C, SIGTERM). */
export const cancelled = (): WxopError => new WxopError('CANCELLED', text('Interrupted.', '已中断。'));

/** Turns anything thrown into a WxopError, keeping the cause. */
export function toWxopError(error: unknown): WxopError {
  if (error instanceof WxopError) return error;
  if (error instanceof Error && error.name === 'AbortError') return cancelled();
  const reason = error instanceof Error ? error.message : String(error);
  return new WxopError('UNEXPECTED', text(`Unexpected failure: ${reason}`, `意外错误：${reason}`), {
    cause: error,
    hint: text('Run it again with --verbose and report what it says.', '请加 --verbose 再运行一次，并反馈其输出。'),
  });
}

export interface ErrorJson {
  error: {
    code: ErrorCode;
    message: string;
    hint?: string;
    exitCode: number;
    retryable: boolean;
    errcode?: number;
    rid?: string;
    requestIp?: string;
  };
}

/** The one line that `--json` prints on stderr for a failure. */
export function errorToJson(error: WxopError, lang: Lang): ErrorJson {
  return {
    error: {
      code: error.code,
      message: error.text[lang],
      ...(error.hint && { hint: error.hint[lang] }),
      exitCode: error.exitCode,
      retryable: error.retryable,
      ...(error.errcode !== undefined && { errcode: error.errcode }),
      ...(error.rid && { rid: error.rid }),
      ...(error.requestIp && { requestIp: error.requestIp }),
    },
  };
}

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
