/** Every failure that wxop can name: its code, what it exits with, and what it means. */
import { text, type Text } from './text.ts';

/**
 * How far a failure reaches, when the same is done for many accounts: one stored record is bad, this account failed, or
 * every other account would fail as well.
 */
export type Concerns = 'record' | 'account' | 'everything';

interface Meaning {
  exit: number;
  /** The same command may simply be tried again. */
  retryable: boolean;
  means: Text;
  /** One account, unless it says otherwise. */
  concerns?: Concerns;
}

export const ERROR_CODES = {
  USAGE: { exit: 2, retryable: false, means: text('wrong usage', '用法错误') },
  SETTINGS_MISSING: {
    exit: 2,
    retryable: false,
    concerns: 'everything',
    means: text('a needed setting is missing', '缺少必需的设置'),
  },
  SETTINGS_INVALID: {
    exit: 2,
    retryable: false,
    concerns: 'everything',
    means: text('a setting has a wrong shape', '设置的格式不正确'),
  },
  NOT_PRIVATE: {
    exit: 2,
    retryable: false,
    concerns: 'everything',
    means: text('a file or folder of wxop is not its user’s alone', 'wxop 的文件或目录并非仅供当前用户使用'),
  },
  NO_TICKET: {
    exit: 4,
    retryable: true,
    concerns: 'everything',
    means: text('no ticket has arrived yet', '尚未收到 ticket'),
  },
  TICKET_EXPIRED: {
    exit: 4,
    retryable: true,
    concerns: 'everything',
    means: text('the ticket is older than 12 hours', 'ticket 已超过 12 小时'),
  },
  TICKET_OVERDUE: {
    exit: 4,
    retryable: true,
    concerns: 'everything',
    means: text('the ticket is older than asked for', 'ticket 的时间超过要求'),
  },
  TICKET_INVALID: {
    exit: 4,
    retryable: true,
    concerns: 'everything',
    means: text('WeChat does not know this ticket', '微信不认可该 ticket'),
  },
  NO_ACCOUNT: { exit: 4, retryable: false, means: text('no such authorized account', '没有该授权帐号') },
  REVOKED: { exit: 4, retryable: false, means: text('the authorization was cancelled', '授权已取消') },
  NOT_GRANTED: {
    exit: 4,
    retryable: false,
    means: text('the account did not grant the permission set', '帐号未授予所需的权限集'),
  },
  OTHER_ACCOUNT: {
    exit: 4,
    retryable: false,
    means: text('another account authorized than the link was made for', '授权的不是链接指定的帐号'),
  },
  NO_EVENT: { exit: 2, retryable: false, means: text('no such push in the journal', '日志中没有该推送') },
  HANDED_OVER: {
    exit: 2,
    retryable: false,
    means: text('another service manages codes and tokens', '授权码与令牌由其他服务管理'),
  },
  FORCED_TOO_OFTEN: {
    exit: 2,
    retryable: true,
    means: text('new tokens were forced several times in a minute', '一分钟内多次强制换取令牌'),
  },
  KEY_REFUSED: {
    exit: 4,
    retryable: false,
    concerns: 'everything',
    means: text('the broker does not take the key', '中控服务器不接受该密钥'),
  },
  KEY_NOT_ALLOWED: {
    exit: 4,
    retryable: false,
    means: text('the key does not allow this', '该密钥无权执行此操作'),
  },
  RATE_LIMITED: {
    exit: 5,
    retryable: true,
    concerns: 'everything',
    means: text('the key made more requests than it may', '该密钥的请求过于频繁'),
  },
  CANCELLED: { exit: 130, retryable: true, concerns: 'everything', means: text('interrupted by you', '已被中断') },
  IP_NOT_ALLOWED: {
    exit: 3,
    retryable: false,
    concerns: 'everything',
    means: text('this machine is not on the IP whitelist', '本机 IP 不在白名单中'),
  },
  PLATFORM_REFUSED: { exit: 3, retryable: false, means: text('WeChat refused the call', '微信拒绝了请求') },
  PUSH_INVALID: {
    exit: 3,
    retryable: false,
    means: text('a captured push does not open', '所截获的推送无法打开'),
  },
  LINK_INVALID: {
    exit: 2,
    retryable: false,
    means: text('an authorization link that cannot work', '无法使用的授权链接'),
  },
  MENU_INVALID: {
    exit: 2,
    retryable: false,
    means: text('a menu file breaks the grammar of menu/create', '菜单文件不符合 menu/create 的格式要求'),
  },
  MENU_CHANGED: {
    exit: 2,
    retryable: false,
    means: text('the live menu is not the one that was dumped', '当前菜单与导出时不一致'),
  },
  MENU_LOSS: {
    exit: 2,
    retryable: false,
    means: text('the push would remove entries that cannot be restored', '推送会丢失无法再次推送的内容'),
  },
  MENU_NOT_KEPT: {
    exit: 3,
    retryable: false,
    means: text('WeChat shows another menu than the one pushed', '微信返回的菜单与推送的不一致'),
  },
  EXT_JSON_INVALID: {
    exit: 2,
    retryable: false,
    means: text('an ext_json does not fit its rules or the template', 'ext_json 不符合规则，或与模板不符'),
  },
  WRONG_STAGE: {
    exit: 3,
    retryable: false,
    means: text('the mini program is not at the stage for this step', '小程序当前所处阶段不能执行该操作'),
  },
  CODE_CHECK_FAILED: {
    exit: 3,
    retryable: false,
    means: text(
      'the code uses private interfaces without declaration or right',
      '代码使用了未声明或未获授权的隐私接口',
    ),
  },
  NOT_KEPT: {
    exit: 3,
    retryable: false,
    means: text(
      'WeChat answered with success and shows something else than was sent',
      '微信应答成功，但读回的内容与所提交的不一致',
    ),
  },
  GUIDE_INCOMPLETE: {
    exit: 2,
    retryable: false,
    means: text('a privacy guide is half written', '用户隐私保护指引填写不完整'),
  },
  OUTCOME_UNKNOWN: {
    exit: 5,
    retryable: false,
    means: text('the answer was lost: it may have taken effect or not', '应答丢失：操作可能已生效，也可能没有'),
  },
  RUN_WAITING: {
    exit: 5,
    retryable: true,
    means: text('a run of releases waits for audits', '发布任务仍在等待审核'),
  },
  RUN_STOPPED: {
    exit: 3,
    retryable: false,
    means: text('a run of releases stopped early', '发布任务提前停止'),
  },
  RUN_PAUSED: {
    exit: 5,
    retryable: false,
    means: text('the next portion of a run waits for a person', '发布任务的下一批等待人工确认'),
  },
  TOO_MANY_FAILED: {
    exit: 3,
    retryable: false,
    means: text('a run of releases stopped: more failed than its plan allows', '发布任务停止：失败数超过计划允许'),
  },
  PARTLY_FAILED: { exit: 3, retryable: true, means: text('some of a bulk run failed', '批量操作部分失败') },
  NETWORK: { exit: 5, retryable: true, means: text('WeChat could not be reached', '无法连接微信') },
  TIMEOUT: { exit: 5, retryable: true, means: text('a wait ran out', '等待超时') },
  PORT_TAKEN: { exit: 5, retryable: true, means: text('the port is in use', '端口已被占用') },
  STORE_UNAVAILABLE: {
    exit: 5,
    retryable: true,
    concerns: 'everything',
    means: text('the store cannot be reached', '无法访问存储'),
  },
  STORE_NOT_WRITABLE: {
    exit: 1,
    retryable: false,
    concerns: 'everything',
    means: text('the store cannot be written', '存储不可写'),
  },
  STORE_READ_ONLY: {
    exit: 2,
    retryable: false,
    concerns: 'everything',
    means: text('the store belongs to another program', '存储属于其他程序，只读'),
  },
  STORE_UNREADABLE: {
    exit: 1,
    retryable: false,
    concerns: 'record',
    means: text('what the store holds is in a form that wxop cannot read', '存储内容的格式无法读取'),
  },
  STORE_CONFLICT: {
    exit: 1,
    retryable: true,
    means: text('somebody else wrote the record first', '记录已被他人先行写入'),
  },
  RECORD_DAMAGED: {
    exit: 1,
    retryable: false,
    concerns: 'record',
    means: text('a stored record is damaged', '存储的记录已损坏'),
  },
  RECORD_NEWER: {
    exit: 1,
    retryable: false,
    concerns: 'record',
    means: text('a record was written by a newer wxop', '记录由更新版本的 wxop 写入'),
  },
  PUBLIC_URL_WRONG: {
    exit: 2,
    retryable: false,
    means: text('the public URL does not lead to this listener', '公网地址没有指向本监听服务'),
  },
  CLOCK_WRONG: { exit: 1, retryable: false, means: text("this machine's clock is wrong", '本机时钟不准') },
  FILTER_FAILED: {
    exit: 1,
    retryable: false,
    means: text('done, but its output could not be filtered', '命令已执行，但输出无法筛选'),
  },
  UNEXPECTED: { exit: 1, retryable: false, means: text('an unexpected failure', '意外错误') },
} as const satisfies Record<string, Meaning>;

export type ErrorCode = keyof typeof ERROR_CODES;

export function concernsOf(code: ErrorCode): Concerns {
  const { concerns = 'account' }: Meaning = ERROR_CODES[code];
  return concerns;
}

/** Exit code → meaning, as `wxop help exit-codes` and the README show it. */
export const EXIT_CODES: Record<number, Text> = {
  0: text('done (also: nothing found)', '完成（包括：没有结果）'),
  1: text('unexpected failure, store not writable', '意外错误，或存储不可写'),
  2: text('wrong usage, or settings missing or invalid', '用法错误，或设置缺失、无效'),
  3: text('WeChat refused; a bulk run with failures', '微信拒绝；批量操作有失败'),
  4: text('not authorized: no ticket, no such account, or revoked', '未授权：没有 ticket、没有该帐号或已取消授权'),
  5: text(
    'network failure, a wait that ran out, store unreachable, port taken',
    '网络故障、等待超时、存储不可达、端口被占用',
  ),
  130: text('interrupted (Ctrl-C)', '被中断（Ctrl-C）'),
  143: text('terminated', '被终止'),
};
