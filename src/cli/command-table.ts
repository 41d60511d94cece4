/** Every command, in the order of the help: its line, its group, its page in docs/, and where its module is. */
import { accounts } from '../commands/accounts/accounts.ts';
import { config } from '../commands/config/config.ts';
import { events } from '../commands/events/events.ts';
import { link } from '../commands/link/link.ts';
import { menu } from '../commands/menu/menu.ts';
import { ticket } from '../commands/ticket/ticket.ts';
import { mini } from '../commands/mini/mini.ts';
import { profile } from '../commands/profile/profile.ts';
import { register } from '../commands/register/register.ts';
import { release } from '../commands/release/release.ts';
import { template } from '../commands/template/template.ts';
import { quota } from '../commands/quota/quota.ts';
import { serve } from '../commands/serve/serve.ts';
import { store } from '../commands/store/store.ts';
import { token } from '../commands/token/token.ts';
import type { Entry } from './command.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';

export const COMMANDS: Record<string, Entry> = {
  demo: {
    about: text('the main job on an offline sandbox; touches nothing real', '用离线沙箱演示完整流程，不影响真实数据'),
    group: 'start',
    manual: 'sandbox.md',
    load: () => import('../commands/demo.ts'),
  },
  init: {
    about: text('ask for the settings and show what to enter in the console', '填写设置，并列出控制台需填写的内容'),
    group: 'start',
    manual: 'profiles.md',
    load: () => import('../commands/init/init.ts'),
  },
  config,
  env: {
    about: text(
      'the settings in use as variables, for a shell or a file',
      '以环境变量形式输出所用设置，供 shell 或文件使用',
    ),
    group: 'start',
    manual: 'profiles.md',
    load: () => import('../commands/env/env.ts'),
  },
  status: {
    about: text('one screen: is everything all right?', '一屏看清：是否一切正常'),
    group: 'start',
    manual: 'doctor.md',
    load: () => import('../commands/status/status.ts'),
  },
  listen: {
    about: text(
      'receive tickets, authorizations and messages until Ctrl-C',
      '接收 ticket、授权事件与消息，直到 Ctrl-C',
    ),
    group: 'authorize',
    manual: 'listener.md',
    load: () => import('../commands/listen/listen.ts'),
  },
  authorize: {
    about: text('show a QR code and store the account that authorizes', '显示二维码，保存完成授权的帐号'),
    group: 'authorize',
    manual: 'pages.md',
    load: () => import('../commands/authorize/authorize.ts'),
  },
  link,
  ticket,
  accounts,
  register,
  token,
  serve,
  store,
  api: {
    about: text("any call of WeChat's API, with the right token", '以正确的令牌调用任意接口，原样输出微信的应答'),
    group: 'tokens',
    manual: 'api.md',
    load: () => import('../commands/api/api.ts'),
  },
  menu,
  template,
  release,
  mini,
  profile,
  import: {
    about: text(
      'take over refresh tokens and the ticket from another library, once',
      '一次性接管其他程序库的 refresh_token 与 ticket',
    ),
    group: 'many',
    manual: 'moving.md',
    load: () => import('../commands/import.ts'),
  },
  doctor: {
    about: text(
      'check everything, causes before their effects, and say what to do',
      '由因到果逐项检查，指出问题与处理办法',
    ),
    group: 'diagnose',
    manual: 'doctor.md',
    load: () => import('../commands/doctor/doctor.ts'),
  },
  explain: {
    about: text('what an error number means, and what to do about it; offline', '解释错误码的含义与处理方法（离线）'),
    group: 'diagnose',
    manual: 'errors.md',
    load: () => import('../commands/explain/explain.ts'),
  },
  events,
  quota,
  rid: {
    about: text('what WeChat recorded of a request, for seven days', '查看微信所记录的请求内容（保留七天）'),
    group: 'diagnose',
    manual: 'errors.md',
    load: () => import('../commands/rid.ts'),
  },
  ip: {
    about: text("WeChat's IP addresses, for firewalls", '微信的 IP 地址，用于防火墙'),
    group: 'diagnose',
    manual: 'errors.md',
    load: () => import('../commands/ip.ts'),
  },
  sandbox: {
    about: text('play WeChat on this machine until Ctrl-C', '在本机模拟微信，直到 Ctrl-C'),
    group: 'developers',
    manual: 'sandbox.md',
    load: () => import('../commands/sandbox.ts'),
  },
  trigger: {
    about: text('send a genuine or forged push to any receiver', '向任意接收端发送真实或伪造的推送'),
    group: 'developers',
    manual: 'testing-receivers.md',
    load: () => import('../commands/trigger/trigger.ts'),
  },
  decrypt: {
    about: text('open a captured push, or say why it does not open', '打开截获的推送，或说明无法打开的原因'),
    group: 'developers',
    manual: 'testing-receivers.md',
    load: () => import('../commands/decrypt.ts'),
  },
  'publish-check': {
    about: text('rehearse the publish check (全网发布检测), offline', '离线演练全网发布检测'),
    group: 'developers',
    manual: 'testing-receivers.md',
    load: () => import('../commands/publish-check/publish-check.ts'),
  },
  completion: {
    about: text('shell completion: bash, zsh, fish', 'shell 补全：bash、zsh、fish'),
    group: 'developers',
    manual: 'accounts.md',
    load: () => import('./completion.ts'),
  },
  map: {
    about: text('every command, flag and exit code, for machines', '全部命令、选项与退出码，供程序使用'),
    group: 'developers',
    manual: 'commands.md',
    load: async () => ({ command: (await import('./map.ts')).mapOf(COMMANDS) }),
  },
};

/** The line of a command in the help above it; of a noun with its verbs. */
export const aboutOf = (entry: Entry): Text => {
  if (!('verbs' in entry)) return entry.about;
  // With blanks in both languages: help breaks its lines there.
  const verbs = [...new Set(Object.keys(entry.verbs).map((verb) => verb.replace(/ .*/, '')))].join(', ');
  return text(en`${entry.about}: ${verbs}`, zh`${entry.about}：${verbs}`);
};
