/** The keys that open a push, from the settings. */
import type { Settings } from './resolve-settings.ts';

/** The current AES key first, then the previous one where there is one. Throws SETTINGS_MISSING. */
export function openingKeys(settings: Settings): { componentAppId: string; encodingAesKeys: readonly string[] } {
  const { componentAppId, encodingAesKey } = settings.need('componentAppId', 'encodingAesKey');
  const previous = settings.find('previousEncodingAesKey');
  return { componentAppId, encodingAesKeys: [encodingAesKey, ...(previous ? [previous] : [])] };
}
