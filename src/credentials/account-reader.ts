/** Reading accounts: one, one that may be called for, or all of them, whatever became of single records. */
import { localDay } from '../sentences/local-time.ts';
import { type ErrorCode } from '../sentences/error-codes.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { AccountRecord } from '../protocol/account-record.ts';
import type { Store } from '../store/store.ts';

/** An account whose record cannot be read: it does not stop the others. */
export interface Unreadable {
  appId: string;
  error: WxopError;
}

export interface AccountReader {
  /** One that is marked as removed or revoked, too. Throws NO_ACCOUNT. */
  account(appId: string): Promise<AccountRecord>;
  /** All accounts, revoked and removed ones too, sorted by appid; instead of one that cannot be read, why. */
  accounts(): AsyncGenerator<AccountRecord | Unreadable>;
  /** One that may be called for. Throws NO_ACCOUNT, also for one that was removed, and REVOKED. */
  liveAccount(appId: string): Promise<AccountRecord>;
}

export interface AccountReaderOptions {
  store: Store;
  learn: (...secrets: (string | undefined)[]) => void;
}

/** Records that are read at once where all are asked for. */
const READ_AT_ONCE = 32;

export function createAccountReader({ store, learn }: AccountReaderOptions): AccountReader {
  async function account(appId: string): Promise<AccountRecord> {
    const found = await store.read(`account/${appId}`);
    if (!found) {
      if (await store.isLeftOver(`account/${appId}`)) throw leftOver('NO_ACCOUNT', appId);
      throw noAccount(appId, await store.lookedFor?.());
    }
    learn(found.value.refreshToken);
    return found.value;
  }

  async function* accounts() {
    const appIds = await store.list('account');
    for (let at = 0; at < appIds.length; at += READ_AT_ONCE) {
      const found = await Promise.all(appIds.slice(at, at + READ_AT_ONCE).map(readable));
      for (const one of found) if (one) yield one;
    }
  }

  async function readable(appId: string): Promise<AccountRecord | Unreadable | undefined> {
    try {
      const record = await store.read(`account/${appId}`);
      learn(record?.value.refreshToken);
      if (record) return record.value;
      return (await store.isLeftOver(`account/${appId}`))
        ? { appId, error: leftOver('RECORD_DAMAGED', appId) }
        : undefined;
    } catch (error) {
      if (error instanceof WxopError && error.concerns === 'record') return { appId, error };
      throw error;
    }
  }

  async function liveAccount(appId: string): Promise<AccountRecord> {
    const found = await account(appId);
    if (found.removedAt !== undefined) throw removed(found, found.removedAt);
    if (found.revokedAt === undefined) return found;
    const day = localDay(found.revokedAt);
    const name = found.nickName ? `${appId} (${found.nickName})` : appId;
    throw new WxopError(
      'REVOKED',
      text(`${name} cancelled its authorization (${day}).`, `${name} 已取消授权（${day}）。`),
      {
        hint: text(
          'Let the merchant authorize again: `wxop authorize`. If it already did elsewhere: `wxop accounts sync`.',
          '请让商家重新授权：`wxop authorize`；若已在别处重新授权：`wxop accounts sync`。',
        ),
      },
    );
  }

  return { account, accounts, liveAccount };
}

const noAccount = (appId: string, hint = AUTHORIZE): WxopError =>
  new WxopError('NO_ACCOUNT', text(`No authorized account ${appId} here.`, `本地没有已授权帐号 ${appId}。`), { hint });
const AUTHORIZE = text(
  'See `wxop accounts list`. If it authorized this component before: `wxop accounts sync`; otherwise `wxop authorize`.',
  '请查看 `wxop accounts list`。若曾授权过：`wxop accounts sync`；否则：`wxop authorize`。',
);

function removed({ appId, nickName }: AccountRecord, removedAt: number): WxopError {
  const name = nickName ? `${appId} (${nickName})` : appId;
  const day = localDay(removedAt);
  return new WxopError('NO_ACCOUNT', text(`${name} was removed here (${day}).`, `${name} 已在本地移除（${day}）。`), {
    hint: text(
      `Its records are still there: \`wxop accounts sync ${appId}\` brings it back, and so does a new authorization.`,
      `其记录仍在：\`wxop accounts sync ${appId}\` 或重新授权即可恢复。`,
    ),
  });
}

const leftOver = (code: ErrorCode, appId: string): WxopError =>
  new WxopError(
    code,
    text(`Nothing that can be read is left of the record of ${appId}.`, `${appId} 的记录已无可读内容。`),
    {
      hint: text(
        `Get it back from WeChat: \`wxop accounts sync ${appId}\`.`,
        `可从微信恢复：\`wxop accounts sync ${appId}\`。`,
      ),
    },
  );
