/**
 * The calls of `node:fs/promises` that a store makes, for files that are small and in the system's cache: there a touch
 * takes microseconds, and a trip to the thread pool many times as long. So each is done at once and only answers as a
 * promise. What waits for the disk (flushing) does not belong here.
 */
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { expectOwnFile, type Owner } from '../runtime/own-files.ts';
import { isWindows, patiently } from '../runtime/windows-files.ts';

/** Lets the others of this process have their turn: an operation of many touches begins with it. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Throwing becomes rejecting; on Windows, once nobody else holds the file. */
const promised =
  <Arguments extends unknown[], Value>(act: (...given: Arguments) => Value) =>
  (...given: Arguments): Promise<Value> => {
    try {
      return Promise.resolve(act(...given));
    } catch (error) {
      return isWindows ? patiently(() => act(...given)) : Promise.reject(error);
    }
  };

export const linkFile = promised(linkSync);
export const mkdir = promised((path: string, options: { recursive: true; mode: number }) => mkdirSync(path, options));
export const readdir = promised((path: string): string[] => readdirSync(path));
export const readFile = promised((path: string, encoding: 'utf8'): string => readFileSync(path, encoding));
export const rename = promised(renameSync);
export const rm = promised(rmSync);
export const rmdir = promised((path: string): void => rmdirSync(path));
export const stat = promised((path: string): Stats => statSync(path));
export const unlink = promised(unlinkSync);
/** Writes a new file; `flags` as of `open`. */
export const writeNew = promised((path: string, content: string | Buffer, flags: number, mode: number): void => {
  const file = openSync(path, flags, mode);
  try {
    writeFileSync(file, content);
  } finally {
    closeSync(file);
  }
});

export interface OpenFile {
  /** Throws NOT_PRIVATE. */
  expectOwn(owner: Owner): Promise<void>;
  readFile(encoding: 'utf8'): Promise<string>;
  close(): Promise<void>;
}

export const openFile = promised((path: string, flags: number): OpenFile => {
  const file = openSync(path, flags);
  return {
    expectOwn: promised((owner: Owner) => expectOwnFile(path, file, owner)),
    readFile: promised((encoding: 'utf8') => readFileSync(file, encoding)),
    close: promised(() => closeSync(file)),
  };
});
