/** The authorized accounts: their tokens, which cancelled, and which granted what menus need. */
import pMap from 'p-map';
import { isError, toWxopError, type WxopError } from '../sentences/wxop-error.ts';
import { en, firstOf, listed, text, zh, type Text } from '../sentences/text.ts';
import { MENU_PERMISSION } from '../protocol/permissions.ts';
import { isBarred, statusName, type AccountRecord } from '../protocol/account-record.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { failed, info, ok, same, warning, type Finding, type Group } from './check.ts';

export interface StoredAccounts {
  /** Without removed ones. */
  accounts: AccountRecord[];
  unreadable: { appId: string; error: WxopError }[];
}

export interface AccountFacts {
  /** All, or those named by `--account`. */
  accounts: () => Promise<StoredAccounts>;
  /** Whether they were named by `--account`: then each matters. */
  isNamed: boolean;
  /** Whether its stored token works for a few more minutes. */
  hasToken: (appId: string) => Promise<boolean>;
  /** False where another program owns the tokens. */
  mayGet: () => Promise<boolean>;
  /** As any command on the account gets it. */
  getToken: (appId: string) => Promise<unknown>;
  offline: boolean;
  now: () => number;
}

const SHOWN = 10;
const AT_ONCE = { concurrency: 8 };
/** Without `--account`: a doctor does not refresh thousands. */
const MOST_ASKED = 50;
/** With one of these a menu can be shown, but not changed. */
const SHOWING = [1, 3];

export function accountChecks(facts: AccountFacts): Group {
  const { isNamed, now } = facts;
  let read: Promise<StoredAccounts> | undefined;
  /** Once for all checks: there may be thousands. */
  const stored = (): Promise<StoredAccounts> => (read ??= facts.accounts());
  const readable = async (): Promise<AccountRecord[]> => (await stored()).accounts;
  const live = async (): Promise<AccountRecord[]> =>
    (await readable()).filter(({ revokedAt }) => revokedAt === undefined);
  /** A failure of an account that was asked for by name; among many, only a warning. */
  const worse = (seen: Text, next: Text): Finding =>
    isNamed ? failed('PLATFORM_REFUSED', seen, next) : warning(seen, next);
  // If an account that was asked for is missing, saying so once is enough.
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
        title: text('tokens', '令牌'),
        needs: [...needs, 'platform.component-token'],
        deadline: 60_000,
        run: async () => {
          const accounts = await live();
          // An account that is refused has cancelled, and is marked so.
          read = undefined;
          return judgeTokens(accounts, facts);
        },
      },
      {
        id: 'accounts.authorized',
        title: text('authorized', '授权状态'),
        needs,
        run: async () => judgeAuthorized(await readable()),
      },
      {
        id: 'accounts.status',
        title: text('status', '帐号状态'),
        needs,
        run: async () => judgeStatus(await live(), worse),
      },
      {
        id: 'accounts.menus',
        title: text('menu permission', '菜单权限'),
        needs,
        run: async () => judgeMenus(await live(), worse),
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

function judgeRecords({ accounts, unreadable }: StoredAccounts): Finding {
  const [first] = unreadable;
  if (first) return failed(first.error.code, unreadableRecords(unreadable.length, first), SYNC);
  return accounts.length > 0 ? ok(text(`${accounts.length} read`, `已读取 ${accounts.length} 个`)) : NO_ACCOUNT_YET;
}

async function judgeTokens(accounts: AccountRecord[], facts: AccountFacts): Promise<Finding> {
  const { hasToken, mayGet, getToken, isNamed, offline } = facts;
  if (accounts.length === 0) return NO_ACCOUNT;
  const without: AccountRecord[] = [];
  const look = async (account: AccountRecord): Promise<void> => {
    if (!(await hasToken(account.appId))) without.push(account);
  };
  await pMap(accounts, look, AT_ONCE);
  const asked = offline || !(await mayGet()) ? [] : isNamed ? without : without.slice(0, MOST_ASKED);
  const failures: { account: AccountRecord; error: WxopError }[] = [];
  const ask = async (account: AccountRecord): Promise<void> => {
    await getToken(account.appId).catch((thrown: unknown) => {
      const error = toWxopError(thrown);
      if (error.code === 'CANCELLED') throw error;
      failures.push({ account, error });
    });
  };
  await pMap(asked, ask, AT_ONCE);
  const left = without.length - asked.length;
  const seen = working(accounts.length - left - failures.length, accounts.length, left);
  // The next check reports those that cancelled.
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

function judgeAuthorized(all: AccountRecord[]): Finding {
  if (all.length === 0) return NO_ACCOUNT;
  const revoked = all.filter(({ revokedAt }) => revokedAt !== undefined);
  if (revoked.length > 0) return failed('REVOKED', cancelled(revoked, all.length), AUTHORIZE_AGAIN);
  return ok(text(`${all.length}, none cancelled`, `${all.length} 个，均未取消`));
}

type Worse = (seen: Text, next: Text) => Finding;

/** As WeChat reported it last. */
function judgeStatus(accounts: AccountRecord[], worse: Worse): Finding {
  if (accounts.length === 0) return NO_ACCOUNT;
  const known = accounts.filter(({ accountStatus }) => accountStatus !== undefined);
  if (known.length === 0) return info(text('not known yet', '尚不清楚'), STATUS_AGAIN);
  const barred = known.filter((account) => isBarred(account));
  if (barred.length === 0) return ok(text(`none of ${known.length} is restricted`, `${known.length} 个均未受限`));
  return worse(unusable(barred, known.length), STATUS_AGAIN);
}

/** Mini programs have no menus. */
function judgeMenus(accounts: AccountRecord[], worse: Worse): Finding {
  const known = accounts.filter(({ kind, funcInfo }) => kind !== 'mini' && funcInfo.length > 0);
  if (known.length === 0) return info(text('no official account', '没有公众号'));
  const lacking = known.filter(({ funcInfo }) => !funcInfo.includes(MENU_PERMISSION));
  if (lacking.length > 0) return worse(withoutMenus(lacking, known.length), GRANT_MENUS);
  return ok(text(`all ${known.length} granted set 15`, `${known.length} 个公众号均已授予权限集 15`));
}

const NO_ACCOUNT = info(text('no account', '无帐号'));
const NO_ACCOUNT_YET = info(
  text('no account yet', '暂无帐号'),
  text('`wxop authorize` brings the first.', '可用 `wxop authorize` 添加。'),
);
const SYNC = text('`wxop accounts sync` fetches them from WeChat again.', '可用 `wxop accounts sync` 从微信重新获取。');
const REFRESH = text(
  'They are got when they are needed; `wxop token refresh --all` gets all of them now.',
  '需要时会自动换取；也可用 `wxop token refresh --all` 立即全部换取。',
);
const AUTHORIZE_AGAIN = text(
  'Let them authorize again (`wxop authorize`), or remove them: `wxop accounts remove`.',
  '请其重新授权（`wxop authorize`），或移除：`wxop accounts remove`。',
);
const STATUS_AGAIN = text(
  'The merchant finds the reason at mp.weixin.qq.com; `wxop accounts sync` asks WeChat again.',
  '请商家登录 mp.weixin.qq.com 查看原因；`wxop accounts sync` 可向微信重新查询。',
);
const GRANT_MENUS = text(
  'Tick 15 自定义菜单 in the console, publish, then let them authorize again.',
  '请在控制台勾选“15 自定义菜单”并全网发布，再请其重新授权。',
);

const unreadableRecords = (count: number, { appId, error }: StoredAccounts['unreadable'][number]): Text =>
  text(
    en`${count} cannot be read, ${appId} the first: ${error.text}`,
    zh`${count} 个无法读取，如 ${appId}：${error.text}`,
  );
function working(count: number, all: number, left: number): Text {
  const more = left > 0 ? text(`; ${left} expired and not asked for`, `；${left} 个已过期，未检查`) : '';
  return text(en`${count} of ${all} work${more}`, zh`${all} 个中有 ${count} 个有效${more}`);
}
function cancelled(revoked: AccountRecord[], all: number): Text {
  const names = namesOf(revoked);
  return text(
    en`${revoked.length} of ${all} cancelled: ${names}`,
    zh`${all} 个中有 ${revoked.length} 个已取消：${names}`,
  );
}
function unusable(barred: AccountRecord[], known: number): Text {
  const parts = barred
    .slice(0, SHOWN)
    .map((one) => listed([nameOf(one), statusName(one.accountStatus ?? 1)], same(' ')));
  const what = listed(parts);
  return text(
    en`${barred.length} of ${known} cannot work: ${what}`,
    zh`${known} 个中有 ${barred.length} 个无法使用：${what}`,
  );
}
function withoutMenus(lacking: AccountRecord[], known: number): Text {
  const shows = lacking.filter(({ funcInfo }) => SHOWING.some((id) => funcInfo.includes(id))).length;
  const rest = shows > 0 ? text(` (${shows} can still be shown)`, `（其中 ${shows} 个仍可查看）`) : '';
  const names = namesOf(lacking);
  return text(
    en`set 15 is missing in ${lacking.length} of ${known}${rest}: ${names}`,
    zh`${known} 个公众号中有 ${lacking.length} 个缺少权限集 15${rest}：${names}`,
  );
}

const nameOf = ({ appId, nickName }: AccountRecord): string => (nickName ? `${appId} ${nickName}` : appId);
const namesOf = (accounts: AccountRecord[]): Text => firstOf(accounts.map(nameOf), SHOWN);
