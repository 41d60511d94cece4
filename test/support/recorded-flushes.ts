import { open, type FileHandle } from 'node:fs/promises';

export interface Flush<Seen> {
  kind: 'file' | 'folder';
  /** Of the file or folder, whatever it is called by then. */
  ino: number;
  /** What there was at this moment. */
  saw: Seen;
}

/** What is flushed to disk while something is done, in its order. */
export async function flushesOf<Seen>(look: () => Seen, act: () => Promise<unknown>): Promise<Flush<Seen>[]> {
  const probe = await open(import.meta.filename);
  const handles = Object.getPrototypeOf(probe) as Pick<FileHandle, 'sync' | 'datasync'>;
  await probe.close();
  const { sync, datasync } = handles;
  const flushes: Flush<Seen>[] = [];
  const noting = (flush: () => Promise<void>) =>
    async function (this: FileHandle): Promise<void> {
      const found = await this.stat();
      flushes.push({ kind: found.isDirectory() ? 'folder' : 'file', ino: found.ino, saw: look() });
      return flush.call(this);
    };
  Object.assign(handles, { sync: noting(sync), datasync: noting(datasync) });
  try {
    await act();
  } finally {
    Object.assign(handles, { sync, datasync });
  }
  return flushes;
}
