/**
 * Under GitHub Actions the runner reads commands out of both streams of a step: `::name::` at the beginning of a line, after
 * blanks, and `##[name]` anywhere in one (actions/runner, ActionCommand.cs).
 */
import { fstatSync } from 'node:fs';
import type { OutputStream } from '../runtime/runtime.ts';

/** True for a stream that the runner may read: not for a file. */
export function isReadByRunner(environment: Record<string, string | undefined>, stream: () => OutputStream): boolean {
  if (environment.GITHUB_ACTIONS !== 'true') return false;
  const { fd } = stream() as { fd?: number };
  return fd === undefined || !fstatSync(fd).isFile();
}

const escapedMessage = (message: string): string =>
  message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapedTitle = (title: string): string => escapedMessage(title).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** A line that the runner carries out. */
export const workflowCommand = (name: 'add-mask' | 'error' | 'warning', message: string, title?: string): string =>
  `::${name}${title === undefined ? '' : ` title=${escapedTitle(title)}`}::${escapedMessage(message)}\n`;

/** The same text with a blank in each command, so that it is none. */
export const withoutCommands = (written: string): string =>
  written.replace(/^((?:[^\S\r\n\u2028\u2029]|\u0085)*):(?=:)/gm, '$1: ').replaceAll('##[', '## [');

/** The same JSON: a string that begins no line needs only this. */
export const jsonWithoutCommands = (json: string): string => json.replaceAll('##[', '##\\u005b');

/** The same for content of any kind: of a document of JSON the value stays. */
export function contentWithoutCommands(content: string | Uint8Array): string | Uint8Array {
  const written = Buffer.from(content).toString();
  const harmless = isJson(written) ? jsonWithoutCommands(written) : withoutCommands(written);
  return harmless === written ? content : harmless;
}

function isJson(written: string): boolean {
  try {
    JSON.parse(written);
    return true;
  } catch {
    return false;
  }
}
