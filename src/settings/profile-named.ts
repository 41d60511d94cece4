/** A profile that must be there. */
import { checkSetting, type ProfileValues } from './setting-definitions.ts';
import { unknownProfile } from './resolve-settings.ts';

export interface Profiles {
  /** The profile that is used when none is named. */
  current: string;
  profiles: Record<string, ProfileValues>;
}

/** Throws SETTINGS_INVALID when there is none of that name. */
export function profileNamed({ profiles }: Profiles, name: string): ProfileValues {
  const values = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (values) return values;
  throw unknownProfile(name, Object.keys(profiles));
}

/** Whether risky commands ask on it. A mark that cannot be read counts: the safe side. */
export function isProduction({ production }: ProfileValues): boolean {
  return production !== undefined && checkSetting('production', String(production)) !== 'no';
}

/** What a further command needs to mean this profile: nothing for the one that is used when none is named. */
export function profileFlag({ current }: Profiles, environment: { WXOP_PROFILE?: string }, name: string): string {
  return name === (environment.WXOP_PROFILE || current) ? '' : ` --profile ${name}`;
}
