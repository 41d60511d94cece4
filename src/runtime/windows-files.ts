/** What is different about files on Windows. */
import { sep } from 'node:path';

/** Of the system that the files are really on. */
export const isWindows = sep === '\\';

/**
 * What an open or deleted file answers there as long as somebody holds it: a virus scanner, an indexer, another wxop. On
 * Node 20 a deleted file keeps its name until its last reader has closed it.
 */
const HELD = new Set(['EPERM', 'EACCES', 'EBUSY', 'ENOTEMPTY']);
/** Milliseconds; where something is refused for good, that is known after a second. */
const PAUSES = [5, 10, 20, 40, 80, 160, 320, 640];

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
