/** An account for people and for scripts. */
import { permissionNames } from '../protocol/permissions.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { iso } from '../sentences/iso-time.ts';
import { inOneLine } from '../sentences/printable.ts';
import { en, listed, text, zh, type Text } from '../sentences/text.ts';
import type { Context } from '../cli/context.ts';
import { kindName, type AccountRecord } from '../protocol/account-record.ts';
import type { TokenRecord } from '../store/store.ts';

export interface AccountJson {
  appId: string;
  /** Null, like the next three, where it is unknown: another program's store does not say. */
  nickName: string | null;
  kind: 'mp' | 'mini' | null;
  funcInfo: number[] | null;
  authorizedAt: string | null;
  /** Of the access token; null when there is none. */
  expiresAt: string | null;
  /** The operator's own name for it. */
  alias?: string;
  revokedAt?: string;
  removedAt?: string;
}

export async function accountJson(context: Context, account: AccountRecord): Promise<AccountJson> {
  const token = await (await context.store()).read(`token/${account.appId}`);
  return accountJsonOf(account, token?.value);
}

export function accountJsonOf(account: AccountRecord, token: TokenRecord | undefined): AccountJson {
  return {
    appId: account.appId,
    nickName: account.nickName || null,
    kind: account.kind ?? null,
    funcInfo: account.kind === undefined && account.funcInfo.length === 0 ? null : account.funcInfo,
    authorizedAt: account.authorizedAt > 0 ? iso(account.authorizedAt) : null,
    expiresAt: token ? iso(token.expiresAt) : null,
    ...(account.alias !== undefined && { alias: account.alias }),
    ...(account.revokedAt !== undefined && { revokedAt: iso(account.revokedAt) }),
    ...(account.removedAt !== undefined && { removedAt: iso(account.removedAt) }),
  };
}

/** `wx0123456789abcdef (春风茶馆)`. */
export const appIdAndName = ({ appId, nickName }: Pick<AccountRecord, 'appId' | 'nickName'>): string =>
  nickName ? `${appId} (${inOneLine(nickName)})` : appId;

const UNKNOWN = text('-', '-');

/** How long ago a token was last fetched for it; '-' where that is unknown. */
export function lastUse({ lastUsedAt }: { lastUsedAt?: string }, now: number): Text {
  if (lastUsedAt === undefined) return UNKNOWN;
  const ago = formatDuration(now - Date.parse(lastUsedAt));
  return text(en`${ago} ago`, zh`${ago}前`);
}

/** Name and kind, then the permission sets. */
export function accountLines({ appId, nickName, kind, funcInfo }: AccountRecord): Text[] {
  const granted = funcInfo.length > 0 ? listed(permissionNames(funcInfo)) : UNKNOWN;
  const type = kindName(kind);
  const name = `${nickName || '-'}  ${appId}`;
  return [
    text(en`${name}  ${type}`, zh`${name}  ${type}`),
    text(en`permission sets: ${granted}`, zh`权限集：${granted}`),
  ];
}
