/** How each shell and each kind of file writes a variable, whatever its value. */
import { randomUUID } from 'node:crypto';

export type ShellFormat = 'sh' | 'fish' | 'powershell' | 'cmd' | 'dotenv' | 'github';

interface Form {
  /** A variable with its value; undefined where this form cannot hold the value. */
  assign: (name: string, value: string) => string | undefined;
  /** A line that does nothing; undefined where there is none. */
  comment?: (words: string) => string;
  /** The command line that takes the output in. */
  load: (argv: string) => string;
}

const hash = (words: string): string => `# ${words}`;

export const SHELL_FORMATS: Record<ShellFormat, Form> = {
  sh: {
    assign: (name, value) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
    comment: hash,
    load: (argv) => `eval "$(${argv})"`,
  },
  fish: {
    assign: (name, value) => `set -gx ${name} '${value.replace(/[\\']/g, String.raw`\$&`)}';`,
    comment: hash,
    load: (argv) => `${argv} | source`,
  },
  powershell: {
    // It takes typographic quotes for quotes.
    assign: (name, value) => `$Env:${name} = '${value.replace(/['\u2018-\u201b]/g, '$&$&')}'`,
    comment: hash,
    load: (argv) => `${argv} | Out-String | Invoke-Expression`,
  },
  cmd: {
    // Behind a quote of the value, & and | would act.
    assign: (name, value) => (/["\r\n]/.test(value) ? undefined : `SET "${name}=${value}"`),
    comment: (words) => `REM ${words}`,
    load: (argv) => `for /f "delims=" %i in ('${argv}') do @%i`,
  },
  dotenv: {
    assign: (name, value) => {
      const quote = quoteFor(value);
      return quote === undefined ? undefined : `${name}=${quote}${value}${quote}`;
    },
    comment: hash,
    load: (argv) => `${argv} > .env`,
  },
  github: {
    assign: (name, value) => {
      const end = `wxop_${randomUUID()}`;
      return `${name}<<${end}\n${value}\n${end}`;
    },
    load: (argv) => `${argv} >> "$GITHUB_ENV"`,
  },
};

/** None for what every reader takes as it stands; in single quotes nothing is replaced. */
function quoteFor(value: string): string | undefined {
  if (/^[\w@%+:,./-]+$/.test(value)) return '';
  if (!value.includes("'")) return "'";
  if (!/["$\\\r\n]/.test(value)) return '"';
  return /[`\\$]/.test(value) ? undefined : '`';
}
