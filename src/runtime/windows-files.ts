/** What is different about files on Windows. */
import { sep } from 'node:path';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

/** Of the system that the files are really on. */
export const isWindows = sep === '\\';

/**
 * What an open or deleted file answers there as long as somebody holds it: a virus scanner, an indexer, another wxop. On
 * Node 20 a deleted file keeps its name until its last reader has closed it.
 */
const HELD = new Set(['EPERM', 'EACCES', 'EBUSY', 'ENOTEMPTY']);
/** Milliseconds; where something is refused for good, that is known after five seconds. */
const PAUSES = [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560];

const isHeld = (error: unknown): boolean => HELD.has((error as NodeJS.ErrnoException | undefined)?.code ?? '');

/** On Windows, tries again while somebody else holds the file; once everywhere else. */
export async function patiently<Value>(act: () => Value | Promise<Value>): Promise<Value> {
  for (const pause of isWindows ? PAUSES : []) {
    try {
      return await act();
    } catch (error) {
      if (!isHeld(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return act();
}

/** The same at once: the thread waits. */
export function patientlySync<Value>(act: () => Value): Value {
  for (const pause of isWindows ? PAUSES.slice(0, 5) : []) {
    try {
      return act();
    } catch (error) {
      if (!isHeld(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    }
  }
  return act();
}

/** Names of devices; with any extension, too. Source: Microsoft, "Naming Files, Paths, and Namespaces". */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])[ ]*(?:[.:]|$)/i;

/** Whether Windows takes this name of a file or folder for a device. */
export const isDeviceName = (name: string): boolean => DEVICE.test(name);

/** The part of a path that other programs there take for a device, a stream of another file, or a name without its end. */
const forbiddenPart = (path: string): string | undefined =>
  path
    .replace(/^(?:\\\\[?.]\\)?[a-z]:/i, '')
    .split(/[\\/]/)
    .find((part) => isDeviceName(part) || part.includes(':') || (/[. ]$/.test(part) && !/^\.{1,2}$/.test(part)));

/** Throws USAGE, on Windows, for a path at which Node would make a file that nobody there can open or delete. */
export function expectFileName(path: string): void {
  const part = isWindows ? forbiddenPart(path) : undefined;
  if (part === undefined) return;
  throw new WxopError(
    'USAGE',
    text(`${part} is no name of a file on Windows.`, `${part} 在 Windows 上不能用作文件名。`),
    {
      hint: text(
        'Not possible are CON, NUL, COM1 and the like, a colon, and a dot or blank at the end.',
        '不能使用 CON、NUL、COM1 等设备名，不能含冒号，也不能以点或空格结尾。',
      ),
    },
  );
}
