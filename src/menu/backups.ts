/** An account's menus before a change: a private file with both documents as WeChat sent them. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toJson } from '../sentences/printable.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Json } from '../runtime/json-object.ts';
import { flushFolder } from '../runtime/flush-folder.ts';
import { replaceFile } from '../runtime/replace-file.ts';
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
  /** There may have been conditional menus; they could not be read. */
  unread?: true;
}

/** Where they are kept. */
export interface BackupOptions {
  home: string;
  componentAppId: string;
  now: () => number;
}

const folderOf = ({ home, componentAppId }: BackupOptions, appId: string): string =>
  join(home, 'backups', componentAppId, appId);

/** Saves the menus as they are now, and returns the file. Throws STORE_NOT_WRITABLE: then nothing may be changed. */
export async function saveBackup(
  options: BackupOptions,
  appId: string,
  { self, api, unread }: LiveMenus,
): Promise<string> {
  const folder = folderOf(options, appId);
  const takenAt = iso(options.now());
  const backup: Backup = {
    appId,
    takenAt,
    self: self.raw,
    ...(api && { api: api.raw }),
    ...(unread && { unread: true }),
  };
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = await writeBackup(join(folder, takenAt.replaceAll(':', '-')), backup);
    await flushNames(folder, made);
    return path;
  } catch (error) {
    throw new WxopError(
      'STORE_NOT_WRITABLE',
      text(`No backup can be written in ${folder}; nothing was changed.`, `无法在 ${folder} 写入备份；未作任何更改。`),
      {
        cause: error,
        hint: text('Make it writable for this user, and free space on its disk.', '请开放写权限并确保磁盘有空间。'),
      },
    );
  }
}

/** On the disk before the promise resolves: the change cannot be undone without it. Never in place of an earlier one. */
async function writeBackup(name: string, backup: Backup): Promise<string> {
  for (let again = 0; ; again++) {
    const path = `${name}${again === 0 ? '' : `-${again}`}.json`;
    try {
      await replaceFile(path, `${toJson(backup, 2)}\n`, { overwrite: false });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Flushes its name as well, and the names of the folders that were made for it, from the topmost down. */
async function flushNames(folder: string, made: string | undefined): Promise<void> {
  const topmost = made === undefined ? folder : dirname(made);
  for (let each = folder; each.length >= topmost.length; each = dirname(each)) await flushFolder(each);
}

/** The files of an account's backups, newest first. */
export async function listBackups(options: BackupOptions, appId: string): Promise<string[]> {
  const folder = folderOf(options, appId);
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

/** A backup of the account by its name or by any path; without either, the newest. Throws USAGE. */
export async function readBackup(
  options: BackupOptions,
  appId: string,
  wanted?: string,
): Promise<Backup & { path: string }> {
  const known = await listBackups(options, appId);
  const path = wanted === undefined ? known[0] : (known.find((one) => basename(one) === wanted) ?? wanted);
  const hint = text(`See \`wxop menu restore ${appId} --list\`.`, `请查看 \`wxop menu restore ${appId} --list\`。`);
  if (path === undefined) {
    throw new WxopError('USAGE', text(`There is no backup of ${appId}.`, `没有 ${appId} 的备份。`), {
      hint: text('A backup is made before each push, delete and restore.', '每次推送、删除与恢复之前都会自动备份。'),
    });
  }
  const backup = await readFile(path, 'utf8').then(parseBackup, () => undefined);
  if (!backup) {
    throw new WxopError('USAGE', text(`${path} is not a backup of a menu.`, `${path} 不是菜单备份。`), { hint });
  }
  if (backup.appId !== appId) {
    const sentence = text(`${path} is a backup of ${backup.appId}.`, `${path} 是 ${backup.appId} 的备份。`);
    throw new WxopError('USAGE', sentence, { hint });
  }
  return { ...backup, path };
}

/** Undefined for any other file; its content must not show. */
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
