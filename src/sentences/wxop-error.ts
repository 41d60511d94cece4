/** The one error class: a code, a sentence and a next step in both languages. */
import { concernsOf, ERROR_CODES, type Concerns, type ErrorCode } from './error-codes.ts';
import { inLang, text, type Lang, type Text } from './text.ts';

export interface ErrorDetails {
  hint?: Text;
  /** For people, where the sentence is a list: the same in several lines. */
  lines?: Text;
  cause?: unknown;
  retryable?: boolean;
  /** What WeChat said: its number, request id, and the address it saw. */
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
    super(inLang(sentence, 'en'), details.cause === undefined ? undefined : { cause: details.cause });
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

  get concerns(): Concerns {
    return concernsOf(this.code);
  }
}

/** True for a failure with this code (and, if WeChat refused, this errcode). */
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
      message: inLang(error.text, lang),
      ...(error.hint && { hint: inLang(error.hint, lang) }),
      exitCode: error.exitCode,
      retryable: error.retryable,
      ...(error.errcode !== undefined && { errcode: error.errcode }),
      ...(error.rid && { rid: error.rid }),
      ...(error.requestIp && { requestIp: error.requestIp }),
    },
  };
}
