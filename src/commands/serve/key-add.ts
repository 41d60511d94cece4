/** `wxop serve key add`: a key for a caller of the broker. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { parseDuration } from '../../sentences/format-duration.ts';
import { iso } from '../../sentences/iso-time.ts';
import { localTime } from '../../sentences/local-time.ts';
import { en, listed, text, zh, type Hole, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { CallerScope } from '../../store/store.ts';
import { countArgument } from '../arguments.ts';
import { resolveAccount } from '../resolve-account.ts';

const SCOPES = ['token', 'api', 'events', 'authorize'] as const satisfies CallerScope[];
const [TOKEN, API, EVENTS, AUTHORIZE] = SCOPES;
const DEFAULT_SCOPES: CallerScope[] = [TOKEN, API];
const DAY = 24 * 60 * 60 * 1000;

const usage = (english: string, chinese: string): WxopError => new WxopError('USAGE', text(english, chinese));

function nameArgument(written: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,39}$/.test(written)) return written;
  throw usage('A name has up to 40 lower-case letters, digits and hyphens.', '名称最多 40 个小写字母、数字或连字符。');
}

function scopesArgument(written: string): CallerScope[] {
  const scopes = written.split(',').map((scope) => scope.trim());
  const isScope = (scope: string): scope is CallerScope => SCOPES.some((known) => known === scope);
  if (scopes.every(isScope)) return [...new Set(scopes)];
  throw usage(`Write it like ${SCOPES.join()}.`, `写法如 ${SCOPES.join()}。`);
}

/** Milliseconds; `Infinity` for `never`. */
function lifeArgument(written: string): number {
  if (written === 'never') return Infinity;
  const [, days] = /^(\d{1,5})d$/.exec(written) ?? [];
  const life = days === undefined ? parseDuration(written) : Number(days) * DAY;
  if (life) return life;
  throw usage('Write it like 12h, 90d, never.', '写法如 12h、90d、never。');
}

export const command = defineCommand({
  arguments: {
    name: parameter('<name>', text('what the caller is called', '调用方的名称'), { parse: nameArgument }),
  },
  flags: {
    accounts: parameter(
      '--accounts <accounts>',
      text('accounts with commas between them, all, component', '以逗号分隔的帐号、all 或 component'),
      { isRequired: true },
    ),
    scopes: parameter(
      '--scopes <scopes>',
      text(
        `${TOKEN}: fetch tokens; ${API}: make calls without them; ${EVENTS}: attach to the listener; ${AUTHORIZE}: have it make links`,
        `${TOKEN}：获取令牌；${API}：不持令牌调用接口；${EVENTS}：接入监听服务；${AUTHORIZE}：由其生成授权链接`,
      ),
      { parse: scopesArgument, byDefault: 'token,api' },
    ),
    expires: parameter('--expires <duration>', text('how long it works, or never', '有效期，或 never'), {
      parse: lifeArgument,
      byDefault: '90d',
    }),
    rate: parameter('--rate <n>', text('requests a second', '每秒请求数上限'), {
      parse: countArgument(1),
      fallback: 100,
    }),
  },
  notes: text(
    'The token of the component can be had only where component is named: who has it can act for every account.',
    '仅当列出 component 时才能使用第三方平台令牌：持有它即可操作所有帐号。',
  ),
  examples: [
    'wxop serve key add ci --accounts wx0123456789abcdef --scopes api --expires 90d',
    'wxop serve key add shop --accounts all,component --expires never',
    'wxop serve key add laptop --accounts 春风茶馆 --expires 12h | pbcopy',
  ],
  risk: 'writes',
  output: 'document',
  run: async (context, { name, accounts, scopes = DEFAULT_SCOPES, expires = 90 * DAY, rate }) => {
    const { terminal, now } = context;
    const expiresAt = expires === Infinity ? undefined : now() + expires;
    const named = await accountsNamed(context, accounts);
    const keys = await (await context.broker()).keys();
    const { key } = await keys.add({
      name,
      accounts: named,
      scopes,
      rate,
      ...(expiresAt !== undefined && { expiresAt }),
    });
    if (terminal.json) {
      return terminal.revealJson({
        name,
        key,
        accounts: named,
        scopes,
        rate,
        expiresAt: expiresAt === undefined ? null : iso(expiresAt),
      });
    }
    const whose = listed(named.map(shownAccount));
    const until =
      expiresAt === undefined
        ? text('until it is revoked', '直至被吊销')
        : text(`until ${localTime(expiresAt)}`, `至 ${localTime(expiresAt)}`);
    terminal.note(
      text(
        en`${name} may use ${listed(scopes)} for ${whose}, ${until}.`,
        zh`${name} 可对${whose}使用 ${listed(scopes)}，${until}。`,
      ),
      SHOWN_ONCE,
    );
    terminal.reveal(`${key}\n`);
  },
});

const SHOWN_AS: Record<string, Text> = {
  all: text('all accounts', '全部帐号'),
  component: text('the component', '第三方平台'),
};
/** For people: `all` and `component` in words. */
export const shownAccount = (account: string): Hole => SHOWN_AS[account] ?? account;

const SHOWN_ONCE = text(
  'This is the only time that the key is shown. Give it to the caller as WXOP_BROKER_KEY.',
  '密钥仅显示这一次，请以 WXOP_BROKER_KEY 交给调用方。',
);

/** The appids of what was named, besides `all` and `component`. */
async function accountsNamed(context: Context, written: string): Promise<string[]> {
  const found = new Set<string>();
  for (const name of written.split(/[,，]/).map((one) => one.trim())) {
    if (name === '') throw usage('--accounts names no account.', '--accounts 未指明帐号。');
    found.add(name === 'all' || name === 'component' ? name : await resolveAccount(context, name));
  }
  return [...found];
}
