/** The two streams: what is shown where, in which language, with or without colour. Every line passes the redactor. */
import { errorToJson, type WxopError } from '../sentences/wxop-error.ts';
import { en, inLang, text, zh, type Lang, type Text } from '../sentences/text.ts';
import { type Redactor } from '../sentences/redactor.ts';

import type { OutputStream } from '../runtime/runtime.ts';
import type { Picture } from './picture.ts';

export interface TerminalOptions {
  stdout: OutputStream;
  stderr: OutputStream;
  /** Asked only when it matters: opening stdin costs time. */
  isStdinTty: () => boolean;
  environment: Record<string, string | undefined>;
  lang: Lang;
  json: boolean;
  quiet: boolean;
  verbose: boolean;
  color: boolean;
  redactor: Redactor;
}

export interface Paint {
  bold(line: string): string;
  dim(line: string): string;
  red(line: string): string;
  green(line: string): string;
  yellow(line: string): string;
  cyan(line: string): string;
}

export interface Terminal {
  readonly lang: Lang;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Both ends are a person's: prompts and progress are allowed. */
  readonly isInteractive: boolean;
  readonly out: { isTTY: boolean; columns: number; color: boolean };
  readonly err: { isTTY: boolean; columns: number; rows: number; color: boolean };
  say(sentence: Text): string;
  /** The answer, on stdout. */
  print(...lines: (string | Text)[]): void;
  /** The answer where showing a secret is the command's purpose: not redacted. */
  reveal(content: string | Uint8Array): void;
  /** JSON documents or events, each on one line of stdout. */
  printJson(...values: unknown[]): void;
  /** The conversation, on stderr; silent with --quiet. */
  note(...lines: (string | Text)[]): void;
  warn(warning: Text): void;
  trace(line: string): void;
  fail(error: WxopError): void;
  paint(stream: 'out' | 'err'): Promise<Paint>;
  /** A line on stderr that is rewritten in place on a terminal; elsewhere each new text is a line. */
  progress(): Progress;
  /** Lines on stdout that are drawn again in place; undefined where stdout is no terminal that can. */
  picture(): Promise<Picture | undefined>;
}

export interface Progress {
  update(line: string): void;
  /** Takes the line away. */
  done(): void;
}

/** Sentences quote WeChat: nothing in them may move the cursor or change the colour. */
const harmless = (sentence: string): string =>
  // eslint-disable-next-line no-control-regex -- control characters are what it removes
  sentence.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

const plain = (line: string): string => line;
const PLAIN: Paint = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };
/** `script`, `expect`, containers and some CI report a terminal of 0 columns and rows. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

export function createTerminal(options: TerminalOptions): Terminal {
  const { lang, json, quiet, verbose, redactor, environment } = options;
  const isDumb = environment.TERM === 'dumb';
  const color = (stream: OutputStream): boolean => {
    if (!options.color || environment.NO_COLOR) return false;
    if (environment.FORCE_COLOR) return environment.FORCE_COLOR !== '0';
    return stream.isTTY === true && !isDumb;
  };
  const describe = (stream: OutputStream) => ({
    isTTY: stream.isTTY === true,
    columns: stream.columns || Number(environment.COLUMNS) || DEFAULT_COLUMNS,
    rows: stream.rows || DEFAULT_ROWS,
    color: color(stream),
  });
  const write = (stream: OutputStream, line: string): void => void stream.write(`${redactor.redact(line)}\n`);
  const out = () => describe(options.stdout);
  const err = () => describe(options.stderr);
  let unfinished: Progress | undefined;
  const errLine = (line: string): void => {
    unfinished?.done();
    write(options.stderr, line);
  };

  return {
    lang,
    json,
    quiet,
    verbose,
    get out() {
      return out();
    },
    get err() {
      return err();
    },
    get isInteractive() {
      return err().isTTY && !isDumb && !environment.CI && options.isStdinTty();
    },
    say: (sentence) => inLang(sentence, lang),
    print: (...lines) => {
      unfinished?.done();
      for (const line of lines) write(options.stdout, inLang(line, lang));
    },
    reveal: (content) => void options.stdout.write(content),
    printJson: (...values) =>
      void options.stdout.write(values.map((value) => `${JSON.stringify(redactor.redactDeep(value))}\n`).join('')),
    note: (...lines) => {
      if (!quiet) for (const line of lines) errLine(inLang(line, lang));
    },
    warn: (warning) => {
      if (!quiet) errLine(harmless(inLang(text(en`warning: ${warning}`, zh`警告：${warning}`), lang)));
    },
    trace: (line) => {
      if (verbose) errLine(line);
    },
    fail: (error) => {
      unfinished?.done();
      if (verbose) {
        for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
          write(options.stderr, harmless(cause.stack ?? cause.message));
      }
      if (json) {
        // The structure stays whatever a secret looks like: only its strings are redacted.
        options.stderr.write(`${JSON.stringify(redactor.redactDeep(errorToJson(error, lang)))}\n`);
        return;
      }
      const sentence = error.lines ?? error.text;
      write(options.stderr, harmless(inLang(text(en`error: ${sentence}`, zh`错误：${sentence}`), lang)));
      if (error.hint) write(options.stderr, inLang(error.hint, lang));
      if (error.rid) write(options.stderr, `rid: ${error.rid}`);
    },
    paint: async (stream) => {
      if (!(stream === 'out' ? out() : err()).color) return PLAIN;
      const { Chalk } = await import('chalk');
      // chalk judges stdout even for stderr and does not know NO_COLOR: the decision above is the one that counts.
      return new Chalk({ level: 1 });
    },
    picture: async () => {
      if (!out().isTTY || isDumb || json) return undefined;
      const { createPicture } = await import('./picture.ts');
      return createPicture({
        write: (content) => void options.stdout.write(content),
        clean: (line) => redactor.redact(line),
        rows: () => out().rows,
      });
    },
    progress: () => {
      const inPlace = err().isTTY && !isDumb && !environment.CI;
      let last = '';
      const progress: Progress = {
        update: (line) => {
          if (quiet || json || line === last) return;
          last = line;
          unfinished = progress;
          options.stderr.write(inPlace ? `\r\x1b[2K${redactor.redact(line)}` : `${redactor.redact(line)}\n`);
        },
        done: () => {
          if (unfinished !== progress) return;
          unfinished = undefined;
          if (inPlace) options.stderr.write('\r\x1b[2K');
          last = '';
        },
      };
      return progress;
    },
  };
}
