/**
 * The calls of `node:fs/promises` that a store makes, for files that are small and in the system's cache: there a touch
 * takes microseconds, and a trip to the thread pool many times as long. So each is done at once and only answers as a
 * promise. Flushing waits for the disk, and so goes through the pool.
 */
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fstatSync,
  fsync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { promisify } from 'node:util';

const flush = promisify(fsync);

/** Throwing becomes rejecting. */
const promised =
  <Arguments extends unknown[], Value>(act: (...given: Arguments) => Value) =>
  (...given: Arguments): Promise<Value> => {
    try {
      return Promise.resolve(act(...given));
    } catch (error) {
      return Promise.reject(error);
    }
  };

export const chmod = promised(chmodSync);
export const link = promised(linkSync);
export const mkdir = promised((path: string, options: { recursive: true; mode: number }) => mkdirSync(path, options));
export const readdir = promised((path: string): string[] => readdirSync(path));
export const readFile = promised((path: string, encoding: 'utf8'): string => readFileSync(path, encoding));
export const rename = promised(renameSync);
export const rm = promised(rmSync);
export const stat = promised((path: string): Stats => statSync(path));
export const unlink = promised(unlinkSync);

export interface OpenFile {
  chmod(mode: number): Promise<void>;
  stat(): Promise<Stats>;
  readFile(encoding: 'utf8'): Promise<string>;
  writeFile(content: string | Buffer): Promise<void>;
  /** Resolves when it is on disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export const open = promised((path: string, flags: number, mode?: number): OpenFile => {
  const file = openSync(path, flags, mode);
  return {
    chmod: promised((wanted: number) => fchmodSync(file, wanted)),
    stat: promised(() => fstatSync(file)),
    readFile: promised((encoding: 'utf8') => readFileSync(file, encoding)),
    writeFile: promised((content: string | Buffer) => writeFileSync(file, content)),
    sync: () => flush(file),
    close: promised(() => closeSync(file)),
  };
});
