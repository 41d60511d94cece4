/** Arguments and flags that several commands take. */
import { parameter, settingFlag } from '../cli/command.ts';
import { ABOUT_ACCOUNT } from './resolve-account.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import type { SettingName } from '../settings/setting-definitions.ts';
import { countArgument } from './arguments.ts';

const CONCURRENCY = 8;

export const ACCOUNT = parameter('<account>', ABOUT_ACCOUNT);

/** How many accounts a bulk command works on at the same time. */
export const concurrencyFlag = (fallback = CONCURRENCY) =>
  parameter('--concurrency <n>', text('accounts processed in parallel', '同时处理的帐号数'), {
    parse: countArgument(1),
    fallback,
  });

export const RESTART = parameter(
  '--restart',
  text('start over instead of continuing an earlier run', '重新开始，而不是继续上一次未完成的部分'),
);

export { FORMAT } from '../cli/command.ts';

/** Throws USAGE where a form of rows was asked for, and there are rows only with another flag. */
export function expectRows(format: string | undefined, flag: string): void {
  if (format === undefined || format === 'json') return;
  throw new WxopError(
    'USAGE',
    text(`--format ${format} goes with ${flag}.`, `--format ${format} 须与 ${flag} 一起使用。`),
  );
}

/** Of commands that ask on every profile. */
export const YES = parameter('--yes', text('do not ask', '不再确认'));

/** Where the listener is, and where the internet reaches it. */
export const ADDRESS_FLAGS = {
  publicUrl: settingFlag('publicUrl'),
  host: settingFlag('host'),
  port: settingFlag('port'),
  eventPath: settingFlag('eventPath'),
  messagePath: settingFlag('messagePath'),
};

/** The flags of everything that opens the listener. */
export const LISTENER_FLAGS = {
  ...ADDRESS_FLAGS,
  trustProxy: settingFlag('trustProxy'),
  forwardTo: settingFlag('forwardTo', {
    parse: (url: string, before?: string) => (before === undefined ? url : `${before} ${url}`),
  }),
  forwardFormat: settingFlag('forwardFormat'),
  forwardEvents: settingFlag('forwardEvents'),
  operatorName: settingFlag('operatorName'),
  operatorLogo: settingFlag('operatorLogo'),
  permissionSets: settingFlag('permissionSets'),
};

/** Of the machine that listens. */
const OF_LISTENER = ['host', 'port', 'publicUrl', 'eventPath', 'messagePath', 'trustProxy', 'metrics'] as const;

/** Of commands that go by the listener of a team. */
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
