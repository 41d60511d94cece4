/** An account for people and for scripts. */
import { printable } from '../sentences/printable.ts';
import { text, type Lang, type Text } from '../sentences/text.ts';
import { permissionNames } from '../protocol/permissions.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import type { Context } from '../cli/context.ts';
import type { AccountRecord, TokenRecord } from '../store/store.ts';
import { iso } from '../sentences/iso-time.ts';

export interface AccountJson {
  appId: string;
  /** Null, as everything else, where nothing tells: in the store of another program. */
  nickName: string | null;
  kind: 'mp' | 'mini' | null;
  funcInfo: number[] | null;
  authorizedAt: string | null;
  /** Of the access token; null when there is none. */
  expiresAt: string | null;
  /** What its operator calls it. */
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

const KINDS: Record<NonNullable<AccountRecord['kind']>, Text> = {
  mp: text('official account', '公众号'),
  mini: text('mini program', '小程序'),
};

export const kindName = (kind: AccountRecord['kind'], lang: Lang): string => (kind ? KINDS[kind][lang] : '-');

/** When it was authorized; '-' where nothing tells. */
export const sinceOf = ({ authorizedAt }: AccountRecord): string => (authorizedAt > 0 ? iso(authorizedAt) : '-');

export const sinceOfJson = ({ authorizedAt }: AccountJson): string => authorizedAt ?? '-';

/** How long ago a token of it was had; '-' where nothing tells. */
export function lastUse({ lastUsedAt }: { lastUsedAt?: string }, now: number): Text {
  if (lastUsedAt === undefined) return text('-', '-');
  const { en, zh } = formatDuration(now - Date.parse(lastUsedAt));
  return text(`${en} ago`, `${zh}前`);
}

/** Name, kind and permission sets, one thing a line. */
export function accountLines(context: Context, account: AccountRecord): string[] {
  const { lang, terminal } = context;
  const permissions = permissionNames(account.funcInfo, lang).join(terminal.say(text(', ', '、')));
  return [
    `${printable(account.nickName) || '-'}  ${account.appId}  ${kindName(account.kind, lang)}`,
    `${terminal.say(text('permission sets', '权限集'))}: ${permissions || '-'}`,
  ];
}
