/**
 * Where a dump is written: a folder for each account and, until all are done, a list of those that are. The list is in
 * the folder and not in the store, because it says what is in this folder.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { appendToFile } from '../runtime/own-files.ts';
import { replaceFileSync } from '../runtime/replace-file.ts';
import { expectFileName } from '../runtime/windows-files.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Run } from '../credentials/run.ts';

/** The list; removed when all are done. */
const DONE = '.wxop-dump';
/** Milliseconds after which a dump starts over. */
const OVER_AFTER = 60 * 60 * 1000;

/** The files of one account; null removes the file of an earlier dump. */
export interface AccountFiles {
  'self.json'?: string;
  'api.json'?: string | null;
  'draft.json'?: string | null;
  /** Written last: where it is, the others are whole. */
  'report.json': string;
}

export interface DumpFolder extends Run {
  write(appId: string, files: AccountFiles): void;
}

export interface DumpFolderOptions {
  folder: string;
  componentAppId: string;
  now: () => number;
  /** False if only named accounts are dumped: that neither begins nor ends a run. */
  isWhole: boolean;
  restart: boolean;
}

/** Continues the dump that was left in the folder, or begins one. Throws USAGE if the folder cannot be made. */
export function openDumpFolder({ folder, componentAppId, now, isWhole, restart }: DumpFolderOptions): DumpFolder {
  const marker = join(folder, DONE);
  expectFileName(folder);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new WxopError('USAGE', text(`Cannot write in ${folder}.`, `无法写入 ${folder}。`), {
      cause: error,
      hint: text('Name a folder that is yours, or that can be made.', '请指定一个可写或可创建的目录。'),
    });
  }
  const left = isWhole && !restart ? readDone(marker) : undefined;
  const isResumed = left?.componentAppId === componentAppId && left.startedAt > now() - OVER_AFTER;
  const startedAt = isResumed ? left.startedAt : now();
  const done = new Set(isResumed ? left.done : []);
  const doneBefore = done.size;
  const lines = [JSON.stringify({ componentAppId, startedAt }), ...done];
  if (isWhole) replace(marker, lines.map((line) => `${line}\n`).join(''), folder);

  return {
    startedAt,
    isResumed,
    doneBefore,
    isDone: (appId) => done.has(appId),
    write: (appId, files) => {
      const own = join(folder, appId);
      writing(folder, () => mkdirSync(own, { recursive: true }));
      for (const name of ['self.json', 'api.json', 'draft.json', 'report.json'] as const) {
        const content = files[name];
        if (content === null) writing(folder, () => rmSync(join(own, name), { force: true }));
        else if (content !== undefined) replace(join(own, name), content, folder);
      }
    },
    note: (appId) => {
      done.add(appId);
      if (isWhole) writing(folder, () => appendToFile(marker, `${appId}\n`));
      return Promise.resolve();
    },
    end: (isOver) => {
      if (isWhole && isOver) writing(folder, () => rmSync(marker, { force: true }));
      return Promise.resolve();
    },
  };
}

/** The list; a last line that was cut off does not count. */
function readDone(marker: string): { componentAppId: string; startedAt: number; done: string[] } | undefined {
  try {
    const [head = '', ...done] = readFileSync(marker, 'utf8').split('\n').slice(0, -1);
    const { componentAppId, startedAt } = JSON.parse(head) as { componentAppId: string; startedAt: number };
    return { componentAppId, startedAt, done };
  } catch {
    // No list, or none of ours: nothing was done.
    return undefined;
  }
}

/** Old or new, never half, for readers and after a kill. Menus are no secret: the mode is the usual one. */
const replace = (path: string, content: string, folder: string): void =>
  writing(folder, () => replaceFileSync(path, content, 0o666));

/** A failure here would repeat for every account, so the run stops. */
function writing(folder: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new WxopError(
      'STORE_NOT_WRITABLE',
      text(`Cannot write in ${folder} (${code}).`, `无法写入 ${folder}（${code}）。`),
      {
        cause: error,
        hint: text('Free some space or make it writable, then run it again.', '请释放空间或开放写权限后重试。'),
      },
    );
  }
}
