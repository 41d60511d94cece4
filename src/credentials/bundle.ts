/** What stands in an exported file, checked field by field: nothing else of it reaches a store. */
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { isObject, type Json } from '../runtime/json-object.ts';
import type { AccountRecord, TicketRecord } from '../store/store.ts';
import { damagedFile } from './export-file.ts';
import type { Dated } from './import-outcome.ts';

/** An account, or why an entry is none. */
export type BundleEntry = { account: Dated<AccountRecord> } | { appId: string; error: WxopError };

/** The ticket and the entries. Throws RECORD_DAMAGED when there are none to read. */
export function readBundle(content: unknown): { ticket: TicketRecord | undefined; entries: BundleEntry[] } {
  if (!isObject(content) || !Array.isArray(content.accounts)) throw damagedFile();
  const ticket = readTicket(content.ticket);
  if (content.ticket !== undefined && !ticket) throw damagedFile();
  return { ticket, entries: content.accounts.map(readEntry) };
}

/** The last moment that a date can name. */
const LAST_TIME = 8.64e15;
const isTime = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= LAST_TIME;
const optionalTime = (value: unknown): value is number | undefined => value === undefined || isTime(value);
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest;

const isOneOf = <Value>(value: unknown, all: readonly Value[]): value is Value => all.includes(value as Value);

function readTicket(value: unknown): TicketRecord | undefined {
  if (!isObject(value)) return undefined;
  const { ticket, createTime, receivedAt } = value;
  if (!isText(ticket, 512) || !/^[\x21-\x7e]{8,}$/.test(ticket)) return undefined;
  return isTime(createTime) && optionalTime(receivedAt) ? { ticket, createTime, receivedAt } : undefined;
}

function readEntry(entry: unknown): BundleEntry {
  const value = isObject(entry) && isObject(entry.value) ? entry.value : {};
  const appId = isText(value.appId, 64) && /^[A-Za-z0-9_-]+$/.test(value.appId) ? value.appId : undefined;
  const account = appId === undefined ? undefined : readAccount(appId, value);
  const writtenAt = isObject(entry) ? entry.writtenAt : undefined;
  if (account && isTime(writtenAt)) return { account: { value: account, writtenAt } };
  return {
    appId: appId ?? '?',
    error: new WxopError('RECORD_DAMAGED', text('This entry of the file is no account.', '文件中的该条目不是帐号。')),
  };
}

function readAccount(appId: string, value: Json): AccountRecord | undefined {
  const { refreshToken, nickName, userName, funcInfo, authorizedAt, revokedAt, removedAt } = value;
  if (refreshToken !== undefined && (!isText(refreshToken, 1024) || refreshToken === '')) return undefined;
  if (!isText(nickName, 1024) || !isText(userName, 256)) return undefined;
  if (!Array.isArray(funcInfo) || !funcInfo.every(isTime) || funcInfo.length > 1024) return undefined;
  if (!isTime(authorizedAt) || !optionalTime(revokedAt) || !optionalTime(removedAt)) return undefined;
  const about = readAbout(value);
  if (!about) return undefined;
  const lastEvent = readEvent(value.lastEvent);
  if (value.lastEvent !== undefined && !lastEvent) return undefined;
  const known = { refreshToken, ...about, revokedAt, removedAt, lastEvent };
  const given = Object.fromEntries(Object.entries(known).filter(([, field]) => field !== undefined));
  return { appId, nickName, userName, funcInfo, authorizedAt, ...given };
}

/** What need not be there: an account that was never described has none of it. */
function readAbout({
  alias,
  kind,
  principalName,
  verifyType,
  serviceType,
  accountStatus,
  registerType,
}: Json): Partial<AccountRecord> | undefined {
  if (!isOneOf(kind, KINDS)) return undefined;
  if (alias !== undefined && (!isText(alias, 64) || alias === '')) return undefined;
  if (principalName !== undefined && !isText(principalName, 1024)) return undefined;
  const numbers = { verifyType, serviceType, accountStatus, registerType };
  if (!Object.values(numbers).every((value) => value === undefined || isInteger(value))) return undefined;
  return { alias, kind, principalName, ...(numbers as Pick<AccountRecord, keyof typeof numbers>) };
}

const KINDS = ['mp', 'mini', undefined] as const;
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);

function readEvent(value: unknown): AccountRecord['lastEvent'] {
  if (!isObject(value) || !isTime(value.createTime) || !isText(value.digest, 256)) return undefined;
  return { createTime: value.createTime, digest: value.digest };
}
