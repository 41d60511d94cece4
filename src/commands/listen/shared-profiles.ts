/** Which profiles share a port, and whether they go together. */
import type { Context } from '../../cli/context.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import { openingKeys } from '../../settings/opening-keys.ts';
import { unknownProfile } from '../../settings/resolve-settings.ts';
import { definitionOf, type SettingName } from '../../settings/setting-definitions.ts';
import type { ProfileComponent } from './profile-component.ts';

export interface ProfilesChosen {
  profiles?: string[];
  allProfiles?: boolean;
  workers: number;
  attach?: boolean;
  via?: string;
}

/** What is one for the whole port. */
const COMMON = ['host', 'port', 'metrics', 'trustProxy'] as const;
/** What two components never have in common. */
const OWN = ['messageToken', 'encodingAesKey', 'previousEncodingAesKey', 'componentAppSecret'] as const;

/** The profiles that are asked for, each once. Throws what does not go with them. */
export function profilesOf(context: Context, { profiles, allProfiles, via }: ProfilesChosen): string[] {
  const known = Object.keys(context.profiles.read().profiles);
  const flag = allProfiles ? '--all-profiles' : '--profiles';
  if (profiles && allProfiles) throw notBoth('--profiles', '--all-profiles', LEAVE_ONE_OUT);
  if (context.runtime.argv.some((word) => /^--profile(?:=|$)/.test(word)))
    throw notBoth('--profile', flag, LEAVE_ONE_OUT);
  if (via !== undefined) throw notBoth('--via', flag, KEY_HAS_COMPONENT);
  const names = [...new Set(profiles ?? known)];
  if (names.length === 0) throw noProfiles();
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownProfile(unknown, known);
  return names;
}

/** Throws what is missing or wrong in its settings, with its name. */
export function sharedComponent(component: ProfileComponent) {
  const { context, name } = component;
  return named(name, () => {
    const { settings } = context;
    const { messageToken } = settings.need('componentAppId', 'messageToken', 'encodingAesKey');
    const foreign = OWN.find((setting) => !(settings.originOf(setting) ?? 'profile').startsWith('profile'));
    if (foreign) throw ofAllProfiles(foreign);
    const { componentAppId, encodingAesKeys } = openingKeys(settings);
    component.componentAppId = componentAppId;
    return {
      profile: name,
      keys: { componentAppId, messageToken, encodingAesKeys: [...encodingAesKeys] },
      eventPath: settings.get('eventPath'),
      messagePath: settings.get('messagePath'),
      publicUrl: settings.find('publicUrl'),
      verificationFiles: () => context.profiles.files(),
    };
  });
}

const completeIt = (name: string): Text =>
  text(`Run \`wxop init --profile ${name}\`.`, `请运行 \`wxop init --profile ${name}\`。`);

function named<Value>(name: string, work: () => Value): Value {
  try {
    return work();
  } catch (thrown) {
    throw ofProfile(name, toWxopError(thrown));
  }
}

export const ofProfile = (name: string, error: WxopError): WxopError => {
  const { code, hint, cause, retryable, errcode, rid, requestIp } = error;
  const sentence = text(en`Profile ${name}: ${error.text}`, zh`配置 ${name}：${error.text}`);
  // A variable would count for all of them.
  const next = code === 'SETTINGS_MISSING' ? completeIt(name) : hint;
  return new WxopError(code, sentence, { hint: next, cause, retryable, errcode, rid, requestIp });
};

/** Throws SETTINGS_INVALID where two profiles want different ones. */
export function commonPlace(components: ProfileComponent[]) {
  const found = COMMON.map((setting) => {
    const values = components.map(({ name, context }) => named(name, () => context.settings.find(setting)));
    const other = values.findIndex((value) => value !== values[0]);
    if (other > 0) throw different(setting, components[0]?.name ?? '', components[other]?.name ?? '');
    return [setting, values[0]] as const;
  });
  const { host = '', port = '', ...more } = Object.fromEntries(found) as Partial<Record<SettingName, string>>;
  return { host, port, metrics: more.metrics, trustProxy: more.trustProxy };
}

export function expectDifferent(components: ProfileComponent[]): void {
  for (const { name, componentAppId } of components) {
    const first = components.find((component) => component.componentAppId === componentAppId);
    if (first && first.name !== name) throw sameComponent(first.name, name, componentAppId);
  }
}

const LEAVE_ONE_OUT = text('Leave one of them out.', '请只保留其中一个。');
const KEY_HAS_COMPONENT = text(
  'A key is of one component: attach once for each, with --profile and --via.',
  '一个密钥只属于一个第三方平台：请用 --profile 与 --via 分别接入。',
);

const notBoth = (one: string, other: string, hint: Text): WxopError =>
  new WxopError('USAGE', text(`${one} and ${other} do not go together.`, `${one} 与 ${other} 不能同时使用。`), {
    hint,
  });

const noProfiles = (): WxopError =>
  new WxopError('SETTINGS_MISSING', text('There are no profiles yet.', '尚无任何配置。'), {
    hint: text(
      'Make one for each component: `wxop init --profile NAME`.',
      '请为各第三方平台创建：`wxop init --profile NAME`。',
    ),
  });

const sameComponent = (one: string, other: string, componentAppId: string): WxopError =>
  new WxopError(
    'SETTINGS_INVALID',
    text(
      `Profiles ${one} and ${other} are both of ${componentAppId}.`,
      `配置 ${one} 与 ${other} 同属 ${componentAppId}。`,
    ),
    { hint: text('Name one of them.', '请只指定其中一个。') },
  );

const different = (setting: (typeof COMMON)[number], one: string, other: string): WxopError => {
  const { about, flag = '' } = definitionOf(setting);
  return new WxopError(
    'SETTINGS_INVALID',
    text(en`Profiles ${one} and ${other} differ in the ${about}.`, zh`配置 ${one} 与 ${other} 的${about}不同。`),
    {
      hint: text(
        `They share it: set the same in both, or give ${flag}.`,
        `共用监听服务时须一致：请设为相同的值，或使用 ${flag}。`,
      ),
    },
  );
};

const ofAllProfiles = (setting: SettingName): WxopError => {
  const { environment } = definitionOf(setting);
  return new WxopError(
    'SETTINGS_INVALID',
    text(`${environment} would count for all profiles.`, `${environment} 会作用于所有配置。`),
    { hint: text('Unset it: each profile has its own.', '请取消该环境变量：各配置使用自己的值。') },
  );
};
