/**
 * The two streams: what is shown where, in which language, with or without colour. It is the door to them: every line
 * passes the redactor, and nothing in it acts on the terminal but what is painted here.
 */
import { errorToJson, type WxopError } from '../sentences/wxop-error.ts';
import { en, inLang, text, zh, type Lang, type Text } from '../sentences/text.ts';
import { inOneLine, printable, spelledOut, toJson } from '../sentences/printable.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { type Redactor } from '../sentences/redactor.ts';
import {
  contentWithoutCommands,
  isReadByRunner,
  jsonWithoutCommands,
  withoutCommands,
  workflowCommand,
} from './workflow-commands.ts';

import { lazy } from '../runtime/lazy.ts';
import { widest, wrap } from './columns.ts';
import type { OutputStream } from '../runtime/runtime.ts';
import type { JsonFilter } from './json-filter.ts';
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
  /** What is asked for of each JSON document: fields, or a jq expression. */
  filter?: JsonFilter;
}

export interface Paint {
  bold(line: string): string;
  dim(line: string): string;
  red(line: string): string;
  green(line: string): string;
  yellow(line: string): string;
  cyan(line: string): string;
  /** What leads to an address of wxop's or the operator's own, never to one that came from outside. */
  link(shown: string, url: string): string;
  /** In colours that no theme remaps (256-colour 16 and 231). */
  blackOnWhite(line: string): string;
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
  /** A question as it is shown: harmless, with its paint. */
  asked(question: string): string;
  /** The answer, on stdout. */
  print(...lines: (string | Text)[]): void;
  /** The answer where showing a secret is the command's purpose: not redacted; unchanged in a pipe, spelled out on a terminal. */
  reveal(content: string | Uint8Array): void;
  /** The same for a document of wxop's own. */
  revealJson(value: unknown): void;
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
  /** A wait, by its milliseconds so far: elsewhere than on a terminal, a line for each whole minute. */
  waited(milliseconds: number, sentence: (time: Text) => Text): void;
  /** Takes the line away. */
  done(): void;
}

const plain = (line: string): string => line;
const PLAIN: Paint = {
  bold: plain,
  dim: plain,
  red: plain,
  green: plain,
  yellow: plain,
  cyan: plain,
  link: plain,
  blackOnWhite: plain,
};

/** A line of wxop's layout: tabs make its columns, and at the end of a line of CSV stands a carriage return. */
function asLine(line: string): string {
  const end = line.endsWith('\r') ? '\r' : '';
  const columns = line.slice(0, line.length - end.length).split('\t');
  return columns.map(inOneLine).join('\t') + end;
}

/** What hangs below its own line begins none: nobody's words can look like a line of wxop's. */
const HANGING = '  ';

/** Broken between words: a command or a path stays whole, however long, and can be copied. */
const brokenAtWords = (sentences: string, columns: number): string =>
  sentences
    .split('\n')
    .map((line) => {
      if (widest([line]) <= columns) return line;
      const [indent = ''] = /^ */.exec(line) ?? [];
      const hanging = indent + HANGING;
      const [first = '', ...rest] = wrap(line, Math.max(1, columns - hanging.length), { keepsWords: true });
      return [indent + first, ...rest.map((part) => hanging + part)].join('\n');
    })
    .join('\n');

/** `script`, `expect`, containers and some CI report a terminal of 0 columns and rows. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const MINUTE = 60_000;

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
  // Paint carries a number that nobody outside can know; an escape sequence without it loses its ESC, and is text.
  let key: string | undefined;
  const painted = (harmless: string): string =>
    key === undefined ? harmless : harmless.replaceAll(new RegExp(`([[\\]\\\\])${key};`, 'g'), '\x1b$1');
  const shown = (line: string | Text, { isTTY, columns } = { isTTY: false, columns: 0 }): string => {
    const redacted = redactor.redact(inLang(line, lang));
    if (typeof line === 'string') return painted(asLine(redacted));
    const sentences = printable(redacted);
    // What is painted cannot be measured yet.
    const isPainted = key !== undefined && sentences.includes(key);
    return painted(isTTY && !isPainted ? brokenAtWords(sentences, columns) : sentences);
  };
  // By name: a stream that nothing is written to is not opened.
  const isRead = {
    stdout: lazy(() => isReadByRunner(environment, () => options.stdout)),
    stderr: lazy(() => isReadByRunner(environment, () => options.stderr)),
  };
  const write = (stream: 'stdout' | 'stderr', lines: readonly (string | Text)[]): void => {
    if (lines.length === 0) return;
    const seen = describe(options[stream]);
    const content = lines.map((line) => `${shown(line, seen)}\n`).join('');
    options[stream].write(isRead[stream]() ? withoutCommands(content) : content);
  };
  const writeJson = (stream: 'stdout' | 'stderr', lines: string): void =>
    void options[stream].write(isRead[stream]() ? jsonWithoutCommands(lines) : lines);
  /** An annotation of the run. A script that reads JSON says itself what is one. */
  const annotate = (name: 'error' | 'warning', lines: (string | Text)[], title: string): boolean => {
    if (json || !isRead.stderr()) return false;
    const message = lines.map((line) => printable(redactor.redact(inLang(line, lang)))).join('\n');
    options.stderr.write(workflowCommand(name, withoutCommands(message), title));
    return true;
  };
  /** What is shown on purpose is hidden in the rest of the log: stderr is read where `$(wxop …)` takes stdout. */
  const hideInLog = (content: string | Uint8Array): void => {
    if (!isRead.stderr()) return;
    const secrets = redactor.secretsIn(Buffer.from(content).toString());
    if (secrets.length > 0) options.stderr.write(secrets.map((secret) => workflowCommand('add-mask', secret)).join(''));
  };
  const out = () => describe(options.stdout);
  const err = () => describe(options.stderr);
  const isSeen = (): boolean => options.stdout.isTTY === true;
  const redactedJson = (value: unknown): string => {
    const json = toJson(value);
    return redactor.isClean(json) ? json : toJson(redactor.redactDeep(value));
  };
  const filtered = (json: string): string => {
    if (!options.filter) return `${json}\n`;
    // jq prints strings as they are.
    const lines = options.filter.apply(json);
    const seen = isSeen() ? spelledOut(lines) : lines;
    return isRead.stdout() ? contentWithoutCommands(seen).toString() : seen;
  };
  let unfinished: Progress | undefined;
  const errLines = (lines: readonly (string | Text)[]): void => {
    unfinished?.done();
    write('stderr', lines);
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
      write('stdout', lines);
    },
    asked: (question) => painted(printable(question)),
    reveal: (content) => {
      hideInLog(content);
      const whole = options.filter ? filtered(Buffer.from(content).toString()) : content;
      const seen = isSeen() ? spelledOut(Buffer.from(whole).toString()) : whole;
      options.stdout.write(isRead.stdout() ? contentWithoutCommands(seen) : seen);
    },
    revealJson: (value) => {
      const json = toJson(value);
      hideInLog(json);
      writeJson('stdout', filtered(json));
    },
    printJson: (...values) => {
      if (values.length === 0) return;
      // Looked at all at once: hundreds of messages may come in a turn of the event loop, and hardly one needs more.
      const lines = spelledOut(values.map((value) => JSON.stringify(value)).join('\n'));
      const isAsItIs = !options.filter && redactor.isClean(lines);
      writeJson('stdout', isAsItIs ? `${lines}\n` : values.map((value) => filtered(redactedJson(value))).join(''));
    },
    note: (...lines) => {
      if (!quiet) errLines(lines);
    },
    warn: (warning) => {
      if (quiet || annotate('warning', [warning], 'wxop')) return;
      errLines([text(en`warning: ${warning}`, zh`警告：${warning}`)]);
    },
    trace: (line) => {
      if (verbose) errLines([line]);
    },
    fail: (error) => {
      unfinished?.done();
      if (verbose) {
        for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
          const stack = cause.stack ?? cause.message;
          write('stderr', [text(stack, stack)]);
        }
      }
      if (json) {
        // The structure stays whatever a secret looks like: only its strings are redacted.
        writeJson('stderr', `${toJson(redactor.redactDeep(errorToJson(error, lang)))}\n`);
        return;
      }
      const sentence = error.lines ?? error.text;
      const next = [...(error.hint ? [error.hint] : []), ...(error.rid ? [`rid: ${error.rid}`] : [])];
      if (annotate('error', [sentence, ...next], `wxop ${error.code}`)) return;
      write('stderr', [text(en`error: ${sentence}`, zh`错误：${sentence}`)]);
      write('stderr', next);
    },
    paint: async (stream) => {
      if (!(stream === 'out' ? out() : err()).color) return PLAIN;
      const [{ Chalk }, { randomInt }, { takesHyperlinks }] = await Promise.all([
        import('chalk'),
        import('node:crypto'),
        import('./hyperlinks.ts'),
      ]);
      const number = (key ??= String(randomInt(1e14)));
      // chalk judges stdout even for stderr and does not know NO_COLOR: the decision above is the one that counts.
      const { bold, dim, red, green, yellow, cyan } = new Chalk({ level: 1 });
      const keyed = (style: (line: string) => string) => (line: string) =>
        style(printable(line)).replaceAll('\x1b[', `\x1b[${number};`);
      const hasLinks = (stream === 'out' ? out() : err()).isTTY && takesHyperlinks(environment);
      const link = (line: string, url: string): string =>
        /^[a-z]+:\/\/[!-~]+$/.test(url)
          ? `]${number};8;;${url}\\${number};${printable(line)}]${number};8;;\\${number};`
          : line;
      return {
        bold: keyed(bold),
        dim: keyed(dim),
        red: keyed(red),
        green: keyed(green),
        yellow: keyed(yellow),
        cyan: keyed(cyan),
        link: hasLinks ? link : plain,
        blackOnWhite: keyed((line) => `\x1b[38;5;16;48;5;231m${line}\x1b[0m`),
      };
    },
    picture: async () => {
      if (!out().isTTY || isDumb || json) return undefined;
      const { createPicture } = await import('./picture.ts');
      return createPicture({
        write: (content) => void options.stdout.write(content),
        clean: shown,
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
          if (inPlace) options.stderr.write(`\r\x1b[2K${shown(line)}`);
          else write('stderr', [line]);
        },
        waited: (milliseconds, sentence) => {
          const shownTime = inPlace ? milliseconds : Math.floor(milliseconds / MINUTE) * MINUTE;
          progress.update(inLang(sentence(formatDuration(shownTime)), lang));
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
