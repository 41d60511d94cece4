/** The authorized accounts: their tokens, who cancelled, and who granted what menus need. */
import { isError, toWxopError, type WxopError } from '../sentences/wxop-error.ts';
import { en, listed, text, zh, type Text } from '../sentences/text.ts';
import { isBarred, statusName } from '../protocol/account-standing.ts';
import { MENU_PERMISSION } from '../protocol/permissions.ts';
import type { AccountRecord } from '../store/store.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { failed, info, ok, same, warning, type Finding, type Group } from './check.ts';

export interface StoredAccounts {
  /** Removed ones are nobody's concern. */
  accounts: AccountRecord[];
  unreadable: { appId: string; error: WxopError }[];
}

export interface AccountFacts {
  /** All, or those that were asked for by name. */
  accounts: () => Promise<StoredAccounts>;
  /** Somebody asks for these: each of them counts. */
  isNamed: boolean;
  /** Its stored token works for some minutes more. */
  hasToken: (appId: string) => Promise<boolean>;
  /** False where tokens are another program's business. */
  mayGet: () => Promise<boolean>;
  /** Gets one, as any command on the account would. */
  getToken: (appId: string) => Promise<unknown>;
  offline: boolean;
  now: () => number;
}

const SHOWN = 10;
const AT_ONCE = 8;
/** Without --account: a doctor is no refresh of thousands. */
const MOST_ASKED = 50;
/** With these one can look at a menu, not change it. */
const SHOWING = [1, 3];

export function accountChecks(facts: AccountFacts): Group {
  const { isNamed, now } = facts;
  let read: Promise<StoredAccounts> | undefined;
  /** Once for all checks: there may be thousands. */
  const stored = (): Promise<StoredAccounts> => (read ??= facts.accounts());
  const readable = async (): Promise<AccountRecord[]> => (await stored()).accounts;
  const live = async (): Promise<AccountRecord[]> =>
    (await readable()).filter(({ revokedAt }) => revokedAt === undefined);
  // Where one that was asked for is not there, once is enough to say it.
  const needs = isNamed ? ['accounts.records'] : [];
  return {
    id: 'accounts',
    title: text('Accounts', '帐号'),
    needs: ['store.reach'],
    checks: [
      {
        id: 'accounts.records',
        title: text('records', '记录'),
        run: async () => judgeRecords(await stored()),
      },
      {
        id: 'accounts.tokens',
        title: text('tokens', 'token'),
        needs: [...needs, 'platform.component-token'],
        deadline: 60_000,
        run: async () => {
          const accounts = await live();
          // Whoever is refused has cancelled, and is marked so.
          read = undefined;
          return judgeTokens(accounts, facts);
        },
      },
      {
        id: 'accounts.authorized',
        title: text('authorized', '授权状态'),
        needs,
        run: async () => {
          const all = await readable();
          const revoked = all.filter(({ revokedAt }) => revokedAt !== undefined);
          if (all.length === 0) return info(text('no account', '无帐号'));
          if (revoked.length === 0) return ok(text(`${all.length}, none cancelled`, `${all.length} 个，均未取消`));
          const seen = text(
            en`${revoked.length} of ${all.length} cancelled: ${namesOf(revoked)}`,
            zh`${all.length} 个中有 ${revoked.length} 个已取消：${namesOf(revoked)}`,
          );
          return failed('REVOKED', seen, AUTHORIZE_AGAIN);
        },
      },
      {
        id: 'accounts.status',
        title: text('status', '帐号状态'),
        needs,
        run: async () => judgeStatus(await live(), isNamed),
      },
      {
        id: 'accounts.menus',
        title: text('menu permission', '菜单权限'),
        needs,
        run: async () => judgeMenus(await live(), isNamed),
      },
      {
        id: 'accounts.newest-event',
        title: text('newest event', '最近的授权事件'),
        needs,
        run: async () => {
          const times = (await readable()).map(({ lastEvent }) => (lastEvent?.createTime ?? 0) * 1000);
          const newest = Math.max(0, ...times);
          if (newest === 0) return info(text('none', '无'));
          const age = formatDuration(now() - newest);
          return info(text(en`${age} ago`, zh`${age}前`));
        },
      },
    ],
  };
}

const AUTHORIZE_AGAIN = text(
  'Let them authorize again (`wxop authorize`), or remove them: `wxop accounts remove`.',
  '请其重新授权（`wxop authorize`），或移除：`wxop accounts remove`。',
);

function judgeRecords({ accounts, unreadable }: StoredAccounts): Finding {
  const [first] = unreadable;
  if (first) {
    return failed(
      first.error.code,
      text(
        en`${unreadable.length} cannot be read, ${first.appId} the first: ${first.error.text}`,
        zh`${unreadable.length} 个无法读取，如 ${first.appId}：${first.error.text}`,
      ),
      text('`wxop accounts sync` fetches them from WeChat again.', '可用 `wxop accounts sync` 从微信重新获取。'),
    );
  }
  if (accounts.length > 0) return ok(text(`${accounts.length} read`, `已读取 ${accounts.length} 个`));
  return info(
    text('no account yet', '暂无帐号'),
    text('`wxop authorize` brings the first.', '可用 `wxop authorize` 添加。'),
  );
}

async function judgeTokens(accounts: AccountRecord[], facts: AccountFacts): Promise<Finding> {
  const { hasToken, mayGet, getToken, isNamed, offline } = facts;
  if (accounts.length === 0) return info(text('no account', '无帐号'));
  const without: AccountRecord[] = [];
  await eachOf(accounts, async (account) => {
    if (!(await hasToken(account.appId))) without.push(account);
  });
  const asked = offline || !(await mayGet()) ? [] : isNamed ? without : without.slice(0, MOST_ASKED);
  const failures: { account: AccountRecord; error: WxopError }[] = [];
  await eachOf(asked, async (account) => {
    await getToken(account.appId).catch((thrown: unknown) => {
      const error = toWxopError(thrown);
      if (error.code === 'CANCELLED') throw error;
      failures.push({ account, error });
    });
  });
  const left = without.length - asked.length;
  const works = accounts.length - left - failures.length;
  const more = left > 0 ? text(`; ${left} expired and not asked for`, `；${left} 个已过期，未检查`) : same('');
  const seen = text(
    en`${works} of ${accounts.length} work${more}`,
    zh`${accounts.length} 个中有 ${works} 个有效${more}`,
  );
  // Who cancelled is told by the next check.
  const others = failures.filter(({ error }) => !isError(error, 'REVOKED'));
  const first = others[0]?.error;
  if (!first) return left > 0 ? info(seen, REFRESH) : ok(seen);
  const names = namesOf(others.map(({ account }) => account));
  return failed(
    first.code,
    text(en`${seen}. ${names}: ${first.text}`, zh`${seen}。${names}：${first.text}`),
    first.hint,
  );
}

const REFRESH = text(
  'They are got when they are needed; `wxop token refresh --all` gets all of them now.',
  '需要时会自动换取；也可用 `wxop token refresh --all` 立即全部换取。',
);

/** As WeChat reported it last. */
function judgeStatus(accounts: AccountRecord[], isNamed: boolean): Finding {
  const known = accounts.filter(({ accountStatus }) => accountStatus !== undefined);
  if (known.length === 0) return info(text('not known yet', '尚不清楚'), STATUS_AGAIN);
  const barred = known.filter((account) => isBarred(account));
  if (barred.length === 0) return ok(text(`none of ${known.length} is barred`, `${known.length} 个均未受限`));
  const parts = barred.slice(0, SHOWN).map((account): Text => {
    return listed([namesOf([account]), statusName(account) ?? ''], same(' '));
  });
  const what = listed(parts);
  const seen = text(
    en`${barred.length} of ${known.length} cannot work: ${what}`,
    zh`${known.length} 个中有 ${barred.length} 个无法使用：${what}`,
  );
  return isNamed ? failed('PLATFORM_REFUSED', seen, STATUS_AGAIN) : warning(seen, STATUS_AGAIN);
}

const STATUS_AGAIN = text(
  'The merchant finds the reason at mp.weixin.qq.com; `wxop accounts sync` asks WeChat again.',
  '请商家登录 mp.weixin.qq.com 查看原因；`wxop accounts sync` 可向微信重新查询。',
);

/** Mini programs have no menus. */
function judgeMenus(accounts: AccountRecord[], isNamed: boolean): Finding {
  const known = accounts.filter(({ kind, funcInfo }) => kind !== 'mini' && funcInfo.length > 0);
  if (known.length === 0) return info(text('no official account', '没有公众号'));
  const lacking = known.filter(({ funcInfo }) => !funcInfo.includes(MENU_PERMISSION));
  if (lacking.length === 0)
    return ok(text(`all ${known.length} granted set 15`, `${known.length} 个公众号均已授予权限集 15`));
  const shows = lacking.filter(({ funcInfo }) => SHOWING.some((id) => funcInfo.includes(id))).length;
  const rest = shows > 0 ? text(` (${shows} can still be shown)`, `（其中 ${shows} 个仍可查看）`) : same('');
  const seen = text(
    en`set 15 is missing in ${lacking.length} of ${known.length}${rest}: ${namesOf(lacking)}`,
    zh`${known.length} 个公众号中有 ${lacking.length} 个缺少权限集 15${rest}：${namesOf(lacking)}`,
  );
  const next = text(
    'Tick 15 自定义菜单 in the console, publish, then let them authorize again.',
    '请在控制台勾选「15 自定义菜单」并全网发布，再请其重新授权。',
  );
  return isNamed ? failed('PLATFORM_REFUSED', seen, next) : warning(seen, next);
}

function namesOf(accounts: AccountRecord[]): Text {
  const names = accounts.slice(0, SHOWN).map(({ appId, nickName }) => (nickName ? `${appId} ${nickName}` : appId));
  const more = accounts.length - names.length;
  return text(
    names.join(', ') + (more > 0 ? ` and ${more} more` : ''),
    names.join('、') + (more > 0 ? ` 等另外 ${more} 个` : ''),
  );
}

async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of waiting) await work(item);
    }),
  );
}
