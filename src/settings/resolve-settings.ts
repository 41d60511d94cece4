/** Flags over environment over profile over default → validated settings, each with its origin. Pure. */
import { en, type Lang, listed, text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import {
  checkSetting,
  definitionOf,
  hasSecret,
  secretIn,
  SETTING_NAMES,
  type ProfileValues,
  type SettingName,
  type SETTINGS,
} from './setting-definitions.ts';

type Fallen = {
  [Name in SettingName]: (typeof SETTINGS)[Name] extends { fallback: string } ? Name : never;
}[SettingName];

export interface Sources {
  flags: Partial<Record<SettingName, string>>;
  environment: Record<string, string | undefined>;
  profile: ProfileValues;
  profileName: string;
  /** True when the profile was named by a flag: then it must agree with the environment. */
  profileIsExplicit: boolean;
  /** The trimmed text of a `…_FILE`; throws SETTINGS_INVALID when it cannot be read. */
  readSecretFile: (path: string, variable: string) => string;
}

export interface Setting {
  value: string;
  origin: string;
}

export interface Settings {
  profileName: string;
  /** A value in its checked form, or undefined. Throws SETTINGS_INVALID. */
  find(name: SettingName): string | undefined;
  /** A value that has a default. Throws SETTINGS_INVALID. */
  get(name: Fallen): string;
  /** Values that must be there. Throws SETTINGS_MISSING, which names all that are missing. */
  need<Name extends SettingName>(...names: Name[]): Record<Name, string>;
  /** Where a value comes from, for people; undefined when there is none. */
  originOf(name: SettingName): string | undefined;
  /** A value as it was given, unchecked: for saying what is wrong with it. */
  given(name: SettingName): Setting | undefined;
  /** All values that are secret: for the redactor. */
  secrets(): string[];
}

/** A setting from the environment alone: its variable, or for a secret the file that `…_FILE` names. */
export function settingFromEnvironment(
  name: SettingName,
  { environment, readSecretFile }: Pick<Sources, 'environment' | 'readSecretFile'>,
): Setting | undefined {
  const { environment: variable } = definitionOf(name);
  const value = environment[variable];
  if (value?.trim()) return { value: value.trim(), origin: variable };
  const file = hasSecret(name) && environment[`${variable}_FILE`];
  return file ? { value: readSecretFile(file, `${variable}_FILE`), origin: `${variable}_FILE` } : undefined;
}

export function resolveSettings(sources: Sources): Settings {
  const cache = new Map<SettingName, Setting | undefined>();

  function lookUp(name: SettingName): Setting | undefined {
    const { flag, fallback } = definitionOf(name);
    const { flags, profile, profileName } = sources;
    const given = flags[name];
    if (given !== undefined) {
      if (secretIn(name, given) !== undefined) throw onCommandLine(name);
      return { value: given, origin: flag ?? 'flag' };
    }
    const fromEnvironment = settingFromEnvironment(name, sources);
    if (fromEnvironment) return fromEnvironment;
    if (name === 'componentAppId') {
      const told = appIdOfBroker();
      if (told) return told;
    }
    const stored = definitionOf(name).isEnvironmentOnly ? undefined : profile[name];
    if (stored !== undefined && stored !== '') return { value: String(stored), origin: `profile ${profileName}` };
    return fallback === undefined ? undefined : { value: fallback, origin: 'default' };
  }

  /** Of a broker's caller: its key says whose component it is. */
  function appIdOfBroker(): Setting | undefined {
    // A store that is not taken is told of where it is asked for.
    const place = sources.flags.store?.includes('@') ? undefined : setting('store')?.value;
    if (!place?.startsWith('broker+')) return undefined;
    const key = setting('brokerKey');
    const [, value] = /^wxop_(wx[0-9a-f]{16})_/.exec(key?.value ?? '') ?? [];
    return key && value !== undefined ? { value, origin: key.origin } : undefined;
  }

  function setting(name: SettingName): Setting | undefined {
    if (!cache.has(name)) cache.set(name, lookUp(name));
    return cache.get(name);
  }

  function find(name: SettingName): string | undefined {
    const found = setting(name);
    if (!found) return undefined;
    const checked = checkSetting(name, found.value);
    if (typeof checked === 'string') return checked;
    const about = definitionOf(name).about;
    throw new WxopError(
      'SETTINGS_INVALID',
      text(
        en`${found.origin}: the ${about} must be ${checked}.`,
        zh`${found.origin}（${about}）有误，应为 ${checked}。`,
      ),
      { hint: text(`Correct it where it comes from (${found.origin}).`, `请在其来源处修改（${found.origin}）。`) },
    );
  }

  agree(sources, setting('componentAppId'));

  return {
    profileName: sources.profileName,
    find,
    get: (name) => find(name) ?? '',
    need: <Name extends SettingName>(...names: Name[]) => {
      const missing = names.filter((name) => find(name) === undefined);
      if (missing.length > 0) throw missingError(missing, sources.profileName);
      return Object.fromEntries(names.map((name) => [name, find(name)])) as Record<Name, string>;
    },
    originOf: (name) => setting(name)?.origin,
    given: setting,
    secrets: () =>
      SETTING_NAMES.flatMap((name) => {
        const value = setting(name)?.value;
        return (value !== undefined && secretIn(name, value)) || [];
      }),
  };
}

const ASK_FOR_KEY = text(
  'On the machine of the broker, `wxop serve key add NAME` makes one. Put it into WXOP_BROKER_KEY.',
  '在中控服务器所在的机器上用 `wxop serve key add NAME` 生成，再设为 WXOP_BROKER_KEY。',
);

function missingError(missing: SettingName[], profileName: string): WxopError {
  const names = missing.map((name) => definitionOf(name).environment);
  const about = missing.map((name) => definitionOf(name).about);
  const and = text(' and ', '、');
  const all = listed([listed(about.slice(0, -1)), ...about.slice(-1)].slice(about.length > 1 ? 0 : 1), and);
  const sentence = text(en`The ${all} ${missing.length > 1 ? 'are' : 'is'} not set.`, zh`尚未设置${all}。`);
  const init = initOf(profileName);
  return new WxopError('SETTINGS_MISSING', sentence, {
    hint: missing.includes('brokerKey')
      ? ASK_FOR_KEY
      : text(
          `Run \`${init}\`, or set ${names.join(', ')}. To try it offline: \`wxop demo\`.`,
          `请运行 \`${init}\`，或设置 ${names.join('、')}。离线体验：\`wxop demo\`。`,
        ),
  });
}

/** The command that makes or completes a profile. */
const initOf = (name: string): string => (name === 'default' ? 'wxop init' : `wxop init --profile ${name}`);

/** What to say of a profile that is named and not there. */
export function unknownProfile(name: string, known: string[]): WxopError {
  const others =
    known.length > 0
      ? text(`Known profiles: ${known.join(', ')}.`, `已有配置：${known.join('、')}。`)
      : text('There are no profiles yet.', '尚无任何配置。');
  return new WxopError('SETTINGS_INVALID', text(`There is no profile ${name}.`, `没有名为 ${name} 的配置。`), {
    hint: text(en`${others} Make it with \`${initOf(name)}\`.`, zh`${others}可用 \`${initOf(name)}\` 创建。`),
  });
}

/** Everyone on the machine can read a command line. */
function onCommandLine(name: SettingName): WxopError {
  const { flag = '', environment } = definitionOf(name);
  return new WxopError('USAGE', text(`A password does not belong into ${flag}.`, `请勿在 ${flag} 中写入密码。`), {
    hint: text(
      `Set ${environment}, or a file that ${environment}_FILE names.`,
      `请设置 ${environment}，或用 ${environment}_FILE 指定文件。`,
    ),
  });
}

/** With a profile that was asked for by name, another component in the environment is a mistake, not a choice. */
function agree({ profile, profileName, profileIsExplicit, environment }: Sources, used: Setting | undefined): void {
  const stored = profile.componentAppId;
  if (!profileIsExplicit || stored === undefined || !used || used.value === stored) return;
  throw new WxopError(
    'SETTINGS_INVALID',
    text(
      `Profile ${profileName} is of ${stored}, but WXOP_COMPONENT_APPID is ${environment.WXOP_COMPONENT_APPID}.`,
      `配置 ${profileName} 属于 ${stored}，而 WXOP_COMPONENT_APPID 为 ${environment.WXOP_COMPONENT_APPID}。`,
    ),
    { hint: text('Unset the variable or leave out --profile.', '请取消该环境变量，或不使用 --profile。') },
  );
}

/** The secrets that stand in the environment itself, whatever their shape: known before anything is said. */
export function environmentSecrets(environment: Sources['environment']): (string | undefined)[] {
  return SETTING_NAMES.flatMap((name) => secretIn(name, environment[definitionOf(name).environment] ?? '') ?? []);
}

/** The language of messages: flag, WXOP_LANG, profile, then the locale's variables, then English. */
export function chooseLang(
  flag: string | undefined,
  environment: Record<string, string | undefined>,
  profile: ProfileValues = {},
): Lang {
  for (const asked of [flag, environment.WXOP_LANG, profile.lang]) if (asked === 'zh' || asked === 'en') return asked;
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || '';
  return /^zh/i.test(locale) ? 'zh' : 'en';
}
