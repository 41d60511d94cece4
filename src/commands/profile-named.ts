/** A profile that must be there. */
import type { Context } from '../context.ts';
import { text, WxopError } from '../errors.ts';
import { checkSetting, type ProfileValues } from '../settings.ts';

/** Throws SETTINGS_INVALID when there is none of that name. */
export function profileNamed(context: Context, name: string): ProfileValues {
  const { profiles } = context.readProfiles();
  const values = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (values) return values;
  throw new WxopError('SETTINGS_INVALID', text(`There is no profile ${name}.`, `没有名为 ${name} 的配置。`), {
    hint: text(
      'See `wxop profile list`; make it with `wxop init --profile`.',
      '请查看 `wxop profile list`，或用 `wxop init --profile` 创建。',
    ),
  });
}

/** Whether risky commands ask on it. A mark that cannot be read counts: the safe side. */
export function isProduction({ production }: ProfileValues): boolean {
  return production !== undefined && checkSetting('production', String(production)) !== 'no';
}
