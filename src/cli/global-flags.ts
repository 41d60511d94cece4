/** The flags that every command takes. */
import { text } from '../sentences/text.ts';
import { parameter, settingFlag } from './command.ts';

export const GLOBAL_FLAGS = {
  profile: parameter(
    '--profile <name>',
    text('which component to act as (WXOP_PROFILE)', '使用的配置（WXOP_PROFILE）'),
  ),
  store: settingFlag('store'),
  lang: parameter('--lang <lang>', text('language of messages (WXOP_LANG)', '消息语言（WXOP_LANG）'), {
    choices: ['zh', 'en'],
  }),
  json: parameter('--json', text('print JSON for scripts', '输出 JSON')),
  quiet: parameter('--quiet', text('print nothing but errors on stderr', '除错误外不输出到 stderr')),
  verbose: parameter(
    '--verbose',
    text('requests and answers on stderr, secrets masked', '在 stderr 显示请求与应答（隐去机密）'),
  ),
  color: parameter('--no-color', text('no colour (NO_COLOR)', '不使用颜色（NO_COLOR）')),
};
