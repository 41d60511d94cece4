/** A profile that must be there. */
import type { Context } from '../context.ts';
import { checkSetting, type ProfileValues } from '../setting-definitions.ts';
import { unknownProfile } from '../settings.ts';

/** Throws SETTINGS_INVALID when there is none of that name. */
export function profileNamed(context: Context, name: string): ProfileValues {
  const { profiles } = context.readProfiles();
  const values = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (values) return values;
  throw unknownProfile(name, Object.keys(profiles));
}

/** Whether risky commands ask on it. A mark that cannot be read counts: the safe side. */
export function isProduction({ production }: ProfileValues): boolean {
  return production !== undefined && checkSetting('production', String(production)) !== 'no';
}

/** What a further command needs to mean this profile: nothing for the one that is used when none is named. */
export function profileFlag({ readProfiles, world }: Context, name: string): string {
  return name === (world.environment.WXOP_PROFILE || readProfiles().current) ? '' : ` --profile ${name}`;
}
