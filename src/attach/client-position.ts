/**
 * How far a client is: the time before which it has everything, by the listener's clock, and the ids of what it has of
 * the minute before. A file of lines that is only appended to: a process that dies loses nothing that it acknowledged.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { asObject } from '../runtime/json-object.ts';
import { replaceFileSync } from '../runtime/replace-file.ts';
import { codeOf, makePrivateFolder, readError, writeError } from '../store/private-file.ts';

/** Milliseconds before the position that are asked for again: several listeners write in almost their order. */
const BACK = 60_000;
/** Bytes and entries after which what is old is left out. */
const MOST_BYTES = 1024 * 1024;
const MOST_ENTRIES = 10_000;

export interface ClientPosition {
  /** From when on to ask; undefined where there is no position yet. */
  from(): number | undefined;
  /** Everything received before is here; undefined where there is no position yet. */
  reached(): number | undefined;
  /** It came before: its service has it, or it is under way. */
  has(id: string): boolean;
  isKept(id: string): boolean;
  /** Where a client begins that has no position. */
  begin(at: number): void;
  /** An entry is on its way. */
  take(id: string, receivedAt: number): void;
  /** Its service has it: it never comes again. */
  keep(ids: readonly string[]): void;
  /** Everything before is there. */
  advance(at: number): void;
}

export async function openClientPosition(path: string): Promise<ClientPosition> {
  await makePrivateFolder(dirname(path), false);
  /** When it was received, by id. */
  const had = new Map<string, number>();
  const underWay = new Map<string, number>();
  let position: number | undefined;
  let bytes = 0;
  let [mostBytes, mostEntries] = [MOST_BYTES, MOST_ENTRIES];

  for (const line of linesOf(path)) {
    const { id, at, from } = readLine(line);
    if (typeof id === 'string' && typeof at === 'number') had.set(id, at);
    if (typeof from === 'number') position = from;
    bytes += line.length + 1;
  }

  function write(line: string): void {
    try {
      if (bytes + line.length > mostBytes) {
        forgetOld();
        const kept = [...had].map(([id, at]) => JSON.stringify({ id, at }));
        const whole = [...kept, JSON.stringify({ from: position }), line].join('\n');
        replaceFileSync(path, `${whole}\n`);
        bytes = whole.length;
        mostBytes = Math.max(MOST_BYTES, bytes * 2);
        return;
      }
      appendFileSync(path, `${line}\n`, { mode: 0o600 });
      bytes += line.length + 1;
    } catch (error) {
      throw writeError(error, path);
    }
  }

  function forgetOld(): void {
    for (const [id, at] of had) if (at < (position ?? 0) - BACK) had.delete(id);
    mostEntries = Math.max(MOST_ENTRIES, had.size * 2);
  }

  /** Everything before the oldest that is under way. */
  function newest(at: number): number {
    return Math.max(position ?? 0, Math.min(at, ...underWay.values()));
  }

  return {
    from: () => position && Math.max(0, position - BACK),
    reached: () => position,
    has: (id) => had.has(id) || underWay.has(id),
    isKept: (id) => had.has(id),
    begin: (at) => {
      position = at;
      write(JSON.stringify({ from: at }));
    },
    take: (id, receivedAt) => void underWay.set(id, receivedAt),
    keep: (ids) => {
      const lines = ids.map((id) => {
        const at = underWay.get(id) ?? 0;
        underWay.delete(id);
        had.set(id, at);
        position = newest(at);
        return JSON.stringify({ id, at, from: position });
      });
      if (lines.length > 0) write(lines.join('\n'));
      if (had.size > mostEntries) forgetOld();
    },
    advance: (at) => {
      if (underWay.size > 0 || at <= (position ?? Infinity)) return;
      position = at;
      forgetOld();
      write(JSON.stringify({ from: at }));
    },
  };
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw readError(error, path);
  }
}

/** A line that was cut off by a crash says nothing. */
function readLine(line: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(line));
  } catch {
    return {};
  }
}
