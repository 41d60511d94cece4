/** Reads the files of a journal in pieces, oldest entry first, and on as they grow. */
import { join } from 'node:path';
import type { JournalEntry, JournalReader } from './journal.ts';
import { timeOf } from './entry-ids.ts';
import { listFiles, readFrom, type LineFile } from './line-files.ts';

/** Bytes of a file that are held at once, unless a line is longer. */
const PIECE = 256 * 1024;
const MOST_ENTRIES = 256;
/** Milliseconds by which the name of a file may be younger than what is in it, and its time older. */
const SLACK = 5_000;

export interface FileReaderOptions {
  folder: string;
  pattern: RegExp;
  since: number;
  read: (line: string) => JournalEntry | undefined;
}

interface OpenFile {
  offset: number;
  /** Entries that were read and not given yet. */
  entries: JournalEntry[];
}

export function createFileReader({ folder, pattern, since, read }: FileReaderOptions): JournalReader {
  const open = new Map<string, OpenFile>();

  async function fill(file: OpenFile, { name, size }: LineFile): Promise<void> {
    // Smaller than before: an incomplete line was cut off again.
    if (size < file.offset) file.offset = size;
    for (let length = PIECE; file.entries.length === 0 && size > file.offset;) {
      const bytes = await readFrom(join(folder, name), file.offset, Math.min(length, size - file.offset));
      const end = bytes.lastIndexOf(10) + 1;
      if (end === 0) {
        // A line that is still being written is read the next time.
        if (bytes.length < length) return;
        length *= 2;
        continue;
      }
      file.offset += end;
      const lines = bytes.subarray(0, end).toString('utf8').split('\n');
      const entries = lines.flatMap((line) => (line === '' ? [] : (read(line) ?? [])));
      file.entries = entries.filter(({ receivedAt }) => receivedAt >= since);
    }
  }

  return {
    next: async () => {
      const files = (await listFiles(folder, pattern)).filter(({ changedAt }) => changedAt >= since - SLACK);
      const names = new Set(files.map(({ name }) => name));
      for (const [name, { entries }] of open) if (!names.has(name) && entries.length === 0) open.delete(name);
      const found: JournalEntry[] = [];
      while (found.length < MOST_ENTRIES) {
        let oldest: OpenFile | undefined;
        for (const file of files) {
          const id = oldest?.entries[0]?.id;
          // What is in it is newer than what comes next.
          if (id !== undefined && timeOf(file.name) > timeOf(id) + SLACK) break;
          const opened = open.get(file.name) ?? { offset: 0, entries: [] };
          open.set(file.name, opened);
          if (opened.entries.length === 0) await fill(opened, file);
          const [head] = opened.entries;
          if (head && (id === undefined || head.id < id)) oldest = opened;
        }
        const entry = oldest?.entries.shift();
        if (!entry) break;
        found.push(entry);
      }
      return found;
    },
  };
}
