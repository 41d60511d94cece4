/** What stands in an exported file, checked field by field: nothing else of it reaches a store. */
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { isObject } from '../runtime/json-object.ts';
import { readAccount, readAppId, type AccountRecord } from '../protocol/account-record.ts';
import type { TicketRecord } from '../store/store.ts';
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

function readTicket(value: unknown): TicketRecord | undefined {
  if (!isObject(value)) return undefined;
  const { ticket, createTime, receivedAt } = value;
  if (!isText(ticket, 512) || !/^[\x21-\x7e]{8,}$/.test(ticket)) return undefined;
  return isTime(createTime) && optionalTime(receivedAt) ? { ticket, createTime, receivedAt } : undefined;
}

function readEntry(entry: unknown): BundleEntry {
  const value = isObject(entry) && isObject(entry.value) ? entry.value : {};
  const account = readAccount(value);
  const writtenAt = isObject(entry) ? entry.writtenAt : undefined;
  if (account && isTime(writtenAt)) return { account: { value: account, writtenAt } };
  return {
    appId: readAppId(value.appId) ?? '?',
    error: new WxopError('RECORD_DAMAGED', text('This entry of the file is no account.', '文件中的该条目不是帐号。')),
  };
}
