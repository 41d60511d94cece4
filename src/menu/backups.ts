/** What an account's menus were before they were changed: one private file each, both documents as the platform sent them. */
import { link, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Context } from '../cli/context.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Json } from '../runtime/json-object.ts';
import type { MenuSources } from './live-menu.ts';
import { iso } from '../sentences/iso-time.ts';
import type { LiveMenus } from './read-live-menus.ts';

export interface Backup {
  appId: string;
  /** ISO 8601. */
  takenAt: string;
  self: string;
  /** Absent where no menu was made by API. */
  api?: string;
  /** Conditional menus may have been there: they could not be read. */
  unread?: true;
}

const folderOf = ({ home, settings }: Context, appId: string): string =>
  join(home, 'backups', settings.need('componentAppId').componentAppId, appId);

/** Keeps the menus as they are now; gives the file. Throws STORE_NOT_WRITABLE: then nothing may be changed. */
export async function saveBackup(context: Context, appId: string, { self, api, unread }: LiveMenus): Promise<string> {
  const folder = folderOf(context, appId);
  const takenAt = iso(context.now());
  const backup: Backup = {
    appId,
    takenAt,
    self: self.raw,
    ...(api && { api: api.raw }),
    ...(unread && { unread: true }),
  };
  const name = takenAt.replaceAll(':', '-');
  const temporary = join(folder, `.${name}-${Math.random().toString(36).slice(2)}.tmp`);
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeDurably(temporary, `${JSON.stringify(backup, undefined, 2)}\n`);
    for (let again = 0; ; again++) {
      const path = join(folder, `${name}${again === 0 ? '' : `-${again}`}.json`);
      const isTaken = await link(temporary, path).then(
        () => false,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return true;
          throw error;
        },
      );
      if (isTaken) continue;
      await flushNames(folder, made);
      return path;
    }
  } catch (error) {
    throw new WxopError(
      'STORE_NOT_WRITABLE',
      text(`No backup can be written in ${folder}; nothing was changed.`, `无法在 ${folder} 写入备份；未作任何更改。`),
      {
        cause: error,
        hint: text('Make it writable for this user, and room on its disk.', '请开放写权限并确保磁盘有空间。'),
      },
    );
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** What follows cannot be undone without it: it is on the disk before the promise resolves, or not there at all. */
async function writeDurably(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The same for its name, and for those of the folders that were made for it, from the topmost on. */
async function flushNames(folder: string, made: string | undefined): Promise<void> {
  const topmost = made === undefined ? folder : dirname(made);
  for (let each = folder; each.length >= topmost.length; each = dirname(each)) {
    const handle = await open(each, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** The files of an account's backups, newest first. */
export async function listBackups(context: Context, appId: string): Promise<string[]> {
  const folder = folderOf(context, appId);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .reverse()
    .map((name) => join(folder, name));
}

/** One of the account's, by its name or by any path; the newest without either. Throws USAGE. */
export async function readBackup(context: Context, appId: string, wanted?: string): Promise<Backup & { path: string }> {
  const known = await listBackups(context, appId);
  const path = wanted === undefined ? known[0] : (known.find((one) => basename(one) === wanted) ?? wanted);
  const hint = text(`See \`wxop menu restore ${appId} --list\`.`, `请查看 \`wxop menu restore ${appId} --list\`。`);
  if (path === undefined) {
    throw new WxopError('USAGE', text(`There is no backup of ${appId}.`, `没有 ${appId} 的备份。`), {
      hint: text('A backup is made before each push, delete and restore.', '每次推送、删除与恢复之前都会自动备份。'),
    });
  }
  const backup = await readFile(path, 'utf8').then(parseBackup, () => undefined);
  if (!backup) {
    throw new WxopError('USAGE', text(`${path} is no backup of a menu.`, `${path} 不是菜单备份。`), { hint });
  }
  if (backup.appId !== appId) {
    const sentence = text(`${path} is a backup of ${backup.appId}.`, `${path} 是 ${backup.appId} 的备份。`);
    throw new WxopError('USAGE', sentence, { hint });
  }
  return { ...backup, path };
}

/** Undefined where it is none: what else stands in a file is nobody's business. */
function parseBackup(content: string): Backup | undefined {
  try {
    const backup = JSON.parse(content) as Backup;
    const { appId, takenAt, self } = backup;
    if ([appId, takenAt, self].some((value) => typeof value !== 'string')) return undefined;
    sourcesOf(backup);
    return backup;
  } catch {
    return undefined;
  }
}

export const sourcesOf = ({ self, api }: Backup): MenuSources => ({
  self: JSON.parse(self) as Json,
  ...(api !== undefined && { api: JSON.parse(api) as Json }),
});
