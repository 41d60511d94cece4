/**
 * The settings file, `config.json`: several components side by side.
 * Reading is plain JSON, for the commands that only read; writing goes through conf, loaded when something is written.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expectOwnFolder, readOwnFile, type Owner } from '../runtime/own-files.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Profiles } from './profile-named.ts';
import type { ProfileValues } from './setting-definitions.ts';

const configPath = (home: string): string => join(home, 'config.json');

/**
 * What the file says; without a file, no profiles. Throws SETTINGS_INVALID for a damaged file, which stays as it is, and
 * NOT_PRIVATE where the home or the file is not its owner's alone.
 */
export function readProfiles(home: string, owner: Owner): Profiles {
  const path = configPath(home);
  let content: string;
  expectOwnFolder(home, owner);
  try {
    content = readOwnFile(path, owner);
  } catch (error) {
    if (error instanceof WxopError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { current: 'default', profiles: {} };
    throw invalid(path, error);
  }
  try {
    const { current = 'default', profiles = {} } = JSON.parse(content) as Partial<Profiles>;
    if (typeof profiles === 'object' && profiles !== null) return { current, profiles };
  } catch (error) {
    throw invalid(path, error);
  }
  throw invalid(path);
}

/** The verification files of a profile; when it has another name by now, those of its component. */
export function readFiles(home: string, owner: Owner, name: string, componentAppId?: string): Record<string, string> {
  const { profiles } = readProfiles(home, owner);
  const values = Object.hasOwn(profiles, name)
    ? profiles[name]
    : Object.values(profiles).find((profile) => profile.componentAppId === componentAppId);
  return values?.files ?? {};
}

function invalid(path: string, cause?: unknown): WxopError {
  return new WxopError('SETTINGS_INVALID', text(`${path} cannot be read.`, `无法读取 ${path}。`), {
    // The parser's message quotes the file, secrets and all: it does not ride along.
    cause: (cause as NodeJS.ErrnoException | undefined)?.code,
    hint: text(
      'Restore it from a backup, or move it away and run `wxop init`. Nothing in it was changed.',
      '请从备份恢复，或将其移走后运行 `wxop init`。文件未被改动。',
    ),
  });
}

/** Adds or replaces one profile; a new one becomes the current one where there is none. */
export async function writeProfile(home: string, owner: Owner, name: string, values: ProfileValues): Promise<void> {
  await change(home, owner, ({ current, profiles }) => ({
    current: current in profiles || name in profiles ? current : name,
    profiles: { ...profiles, [name]: values },
  }));
}

/** Removes a profile. With `next` that one becomes the current one; otherwise there may be none, until one is chosen. */
export async function removeProfile(home: string, owner: Owner, name: string, next?: string): Promise<void> {
  await change(home, owner, ({ current, profiles: { [name]: _removed, ...left } }) => ({
    current: next ?? current,
    profiles: left,
  }));
}

/** Gives a profile another name; it stays where it is in the list, and the current one if it was. */
export async function renameProfile(home: string, owner: Owner, name: string, wanted: string): Promise<void> {
  await change(home, owner, ({ current, profiles }) => ({
    current: current === name ? wanted : current,
    profiles: Object.fromEntries(
      Object.entries(profiles).map(([known, values]) => [known === name ? wanted : known, values]),
    ),
  }));
}

/** Makes a profile the one that is used when none is named. */
export async function useProfile(home: string, owner: Owner, name: string): Promise<void> {
  await change(home, owner, ({ profiles }) => ({ current: name, profiles }));
}

async function change(home: string, owner: Owner, make: (old: Profiles) => Profiles): Promise<void> {
  const changed = make(readProfiles(home, owner));
  const { default: Conf } = await import('conf');
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const file = new Conf<Profiles>({
      cwd: home,
      configName: 'config',
      // conf's own defaults: 0644, dots in keys nest, a damaged file is wiped.
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      clearInvalidConfig: false,
    });
    file.set(changed);
  } catch (error) {
    throw new WxopError(
      'STORE_NOT_WRITABLE',
      text(`Cannot write ${configPath(home)}.`, `无法写入 ${configPath(home)}。`),
      {
        cause: error,
        hint: text(
          'Make the folder writable, or set WXOP_HOME to one that is.',
          '请开放该目录写权限，或将 WXOP_HOME 指向可写目录。',
        ),
      },
    );
  }
}
