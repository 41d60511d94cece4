/** Calls the operator: a URL is sent a POST, anything else is a command for the shell. */
import type { ChildProcess } from 'node:child_process';

const DEADLINE = 30_000;

export interface OperatorCallOptions {
  environment: Record<string, string | undefined>;
  /** `notify` sends a document to an address of the operator's; resolves with what went wrong. */
  http: { notify(url: string, document: object): Promise<string | undefined> };
  signal: AbortSignal;
}

export interface OperatorNews {
  document: object;
  /**
   * Variables of a command: what wxop itself has named or counted, nothing that others wrote. cmd.exe puts a variable
   * into the line before it reads the line.
   */
  facts: Record<string, string>;
  /** The document comes on the command's standard input too. */
  onInput?: boolean;
}

/** Resolves with what went wrong. */
export async function callOperator(
  call: string,
  news: OperatorNews,
  options: OperatorCallOptions,
): Promise<string | undefined> {
  return /^https?:\/\//i.test(call) ? options.http.notify(call, news.document) : runCommand(call, news, options);
}

/**
 * Runs what the operator wrote, with facts in variables and never in the command line; our own settings, which hold
 * secrets, are not handed on. Resolves with what went wrong.
 */
async function runCommand(
  command: string,
  { document, facts, onInput = false }: OperatorNews,
  { environment, signal }: OperatorCallOptions,
): Promise<string | undefined> {
  const { spawn } = await import('node:child_process');
  const inherited = Object.entries(environment).filter(([name]) => !/^WXOP_/i.test(name));
  return new Promise((resolve) => {
    const child: ChildProcess = spawn(command, {
      shell: true,
      stdio: [onInput ? 'pipe' : 'ignore', 'ignore', 'ignore'],
      env: { ...Object.fromEntries(inherited), ...facts },
      timeout: DEADLINE,
      killSignal: 'SIGKILL',
      signal,
    });
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : `${killedBy ?? `exit ${code}`}`));
    // A command need not read it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${JSON.stringify(document)}\n`);
  });
}
