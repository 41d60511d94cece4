/** Arguments and flags that several commands take. */
import { parameter, settingFlag } from '../cli/command.ts';
import { ABOUT_ACCOUNT } from './resolve-account.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
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
