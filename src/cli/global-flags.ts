/** The flags that every command takes. */
import { durationArgument } from '../commands/arguments.ts';
import { text } from '../sentences/text.ts';
import { parameter, settingFlag } from './command.ts';

export const GLOBAL_FLAGS = {
  profile: parameter('--profile <name>', text('which component to act as', '使用的配置'), {
    environment: 'WXOP_PROFILE',
    byDefault: text('the current one', '当前配置'),
  }),
  store: settingFlag('store'),
  lang: parameter('--lang <lang>', text('language of the output', '显示语言'), {
    choices: ['zh', 'en'],
    environment: 'WXOP_LANG',
    byDefault: text('that of the locale, or en', '取自系统区域设置，否则 en'),
  }),
  json: parameter(
    '--json',
    text('print JSON for scripts; --json=a,b only these fields', '输出 JSON；--json=a,b 仅输出这些字段'),
  ),
  jq: parameter('--jq <expression>', text('print what jq makes of the JSON', '用 jq 表达式筛选 JSON')),
  timeout: parameter('--timeout <duration>', text('end the command after this long', '整个命令的时限'), {
    parse: durationArgument,
    environment: 'WXOP_TIMEOUT',
  }),
  quiet: parameter('--quiet', text('print nothing but errors on stderr', '除错误外不输出到 stderr')),
  verbose: parameter(
    '--verbose',
    text('requests and answers on stderr, secrets masked', '在 stderr 显示请求与应答（隐去机密）'),
  ),
  color: parameter('--no-color', text('no colour', '不使用颜色'), { environment: 'NO_COLOR' }),
};
