/**
 * Files and folders that are their owner's alone. Who can write config.json can send the AppSecret anywhere; who can read
 * it has it.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { decodeText } from './decode-text.ts';
import { text, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

export interface Owner {
  /** Whose this process is; undefined on Windows. */
  userId: number | undefined;
  warn: (warning: Text) => void;
}

const READABLE = 0o077;
const WRITABLE = 0o022;
const ROOT = 0;

/**
 * Takes the rights of others to read off a file or folder, with a warning. Throws NOT_PRIVATE where it belongs to another
 * user, or where others can have written in it. `change` sets its mode and gives what it is then.
 */
function expectOwn(path: string, stats: Stats, change: (mode: number) => number, { userId, warn }: Owner): void {
  const { uid, mode } = stats;
  // Root can do anything anyway: what is root's was put there by the administrator.
  if (userId !== undefined && uid !== userId && uid !== ROOT) throw foreign(path, uid);
  if (!(mode & READABLE)) return;
  const wanted = stats.isDirectory() ? 0o700 : 0o600;
  let now: number | undefined;
  try {
    now = change(wanted);
  } catch {
    // Of root, or on a disk that is read-only.
  }
  // Where modes are not kept (Windows, some network mounts) nothing has changed, and nothing is known.
  if (now !== undefined && now & READABLE) return;
  if (mode & WRITABLE) {
    // As it was: what others wrote must not count the next time either.
    if (now !== undefined) change(mode & 0o7777);
    throw writable(path, mode);
  }
  if (now !== undefined) warn(repaired(path, mode, wanted));
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(3, '0');

const repaired = (path: string, was: number, now: number): Text =>
  text(
    `${path} was open to others (mode ${octal(was)}); now ${octal(now)}.`,
    `${path} 曾可被他人访问（权限 ${octal(was)}），已改为 ${octal(now)}。`,
  );

const foreign = (path: string, uid: number): WxopError =>
  new WxopError(
    'NOT_PRIVATE',
    text(`${path} belongs to another user (uid ${uid}).`, `${path} 属于其他用户（uid ${uid}）。`),
    {
      hint: text(
        'Run wxop as that user, or set WXOP_HOME to a folder of your own. If the file is yours after all: `sudo chown` it.',
        '请以该用户运行 wxop，或将 WXOP_HOME 指向自己的目录。若该文件确属于你，请用 `sudo chown` 更改属主。',
      ),
    },
  );

const writable = (path: string, mode: number): WxopError =>
  new WxopError(
    'NOT_PRIVATE',
    text(
      `Others can write to ${path} (mode ${octal(mode)}), so it cannot be trusted.`,
      `${path} 可被他人写入（权限 ${octal(mode)}），其内容不可信。`,
    ),
    {
      hint: text(
        `Check what is in it, then: chmod go= '${path}'. A shared folder cannot be the home: set WXOP_HOME to one inside it.`,
        `请先检查其内容，再运行：chmod go= '${path}'。共享目录不能用作主目录，请将 WXOP_HOME 指向其中的子目录。`,
      ),
    },
  );

/** The same of a folder; one that is not there yet is nobody's. */
export function expectOwnFolder(path: string, owner: Owner): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  const change = (mode: number): number => {
    chmodSync(path, mode);
    return statSync(path).mode;
  };
  expectOwn(path, stats, change, owner);
}

/** The same of a file that is open. */
export function expectOwnFile(path: string, file: number, owner: Owner): void {
  const change = (mode: number): number => {
    fchmodSync(file, mode);
    return fstatSync(file).mode;
  };
  expectOwn(path, fstatSync(file), change, owner);
}

/** Throws what the system says where it cannot be read. */
export function readOwnFile(path: string, owner: Owner): string {
  const file = openSync(path, 'r');
  try {
    expectOwnFile(path, file, owner);
    return decodeText(readFileSync(file));
  } finally {
    closeSync(file);
  }
}

// Windows knows neither.
const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Adds to a file, or makes it. Throws ELOOP for a symlink: it could lead to any file of this user. */
export function appendToFile(path: string, content: string, owner?: Owner): void {
  // Does not wait for a reader if the name is a pipe's.
  const file = openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, owner ? 0o600 : 0o666);
  try {
    if (owner) expectOwnFile(path, file, owner);
    writeSync(file, content);
  } finally {
    closeSync(file);
  }
}
