/** What commands have in common that go by the listener of a team. */
import { formatDuration } from '../../sentences/format-duration.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Settings } from '../../settings/resolve-settings.ts';
import type { SettingName } from '../../settings/setting-definitions.ts';

/** Of the machine that listens. */
const OF_LISTENER = ['host', 'port', 'publicUrl', 'eventPath', 'messagePath', 'trustProxy', 'metrics'] as const;

export const via = {
  /** Throws USAGE for the first flag that only a listener on this machine has. */
  expectOnly(
    settings: Settings,
    flags: readonly (readonly [flag: string, isGiven: boolean])[],
    names: readonly SettingName[] = [],
  ): void {
    const given = [...OF_LISTENER, ...names].map((name) => settings.originOf(name));
    const flag = given.find((origin) => origin?.startsWith('--')) ?? flags.find(([, isGiven]) => isGiven)?.[0];
    if (flag === undefined) return;
    throw new WxopError('USAGE', text(`${flag} does not go with --via.`, `${flag} 不能与 --via 同时使用。`), {
      hint: text('It is for the listener of the team.', '该选项用于团队的监听服务。'),
    });
  },
  /** For messages. */
  hostOf: (written: string): string => (URL.canParse(written) ? new URL(written).host : '-'),
  /** The connection broke off. */
  away(why: Text, pause: number): Text {
    const next = formatDuration(Math.max(1_000, pause));
    return text(en`${why} Trying again in ${next}.`, zh`${why}${next}后重试。`);
  },
};
