/** An account for people and for scripts. */
import { permissionNames } from '../protocol/permissions.ts';
import { fromNow } from '../sentences/local-time.ts';
import { iso } from '../sentences/iso-time.ts';
import { inOneLine } from '../sentences/printable.ts';
import { text, type Text } from '../sentences/text.ts';
import type { Context } from '../cli/context.ts';
import { kindName, type AccountRecord } from '../protocol/account-record.ts';
import type { TokenRecord } from '../store/store.ts';
import { widest, wrapList } from '../terminal/columns.ts';
import type { Terminal } from '../terminal/terminal.ts';

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

export function accountJsonOf(account: AccountRecord, token: Pick<TokenRecord, 'expiresAt'> | undefined): AccountJson {
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
  return fromNow(Math.min(now, Date.parse(lastUsedAt)), now);
}

/** Name and kind, then the permission sets. */
export function accountLines({ appId, nickName, kind, funcInfo }: AccountRecord, terminal: Terminal): string[] {
  const { lang, say, out } = terminal;
  const granted = say(text('permission sets: ', '权限集：'));
  const width = out.isTTY ? out.columns - widest([granted]) : Infinity;
  const lines = funcInfo.length > 0 ? wrapList(permissionNames(funcInfo), { lang, width }) : ['-'];
  return [
    [nickName || '-', appId, say(kindName(kind))].map(inOneLine).join('  '),
    ...lines.map((line, at) => (at === 0 ? granted : ' '.repeat(widest([granted]))) + line),
  ];
}
