/** Whose word on an account or a ticket counts: ours, or that of somebody who brings one. */
import { blankAccount, type AccountRecord } from '../protocol/account-record.ts';
import type { TicketRecord } from '../store/store.ts';
import { credibleSeconds, credibleTime } from './credible-time.ts';

/** What became of something that was brought; `kept`: ours is newer, and stays. */
export type ImportOutcome = 'added' | 'updated' | 'unchanged' | 'kept';

/** An account as another store has it; what that store does not know is left out. */
export type ImportedAccount = Pick<AccountRecord, 'appId'> & Partial<AccountRecord>;

/** A value and when it was written, in milliseconds; 0 where nothing tells. */
export interface Dated<Value> {
  value: Value;
  writtenAt: number;
}

export interface Judgement<Value> {
  verdict: ImportOutcome;
  /** What is to be written; undefined to leave ours as it is. */
  value?: Value;
}

/** `overwrite`: theirs counts even where ours is newer. */
export function judgeAccount(
  ours: Dated<AccountRecord> | undefined,
  theirs: Dated<ImportedAccount>,
  overwrite: boolean,
): Judgement<AccountRecord> {
  if (!ours) return { verdict: 'added', value: { ...blankAccount(theirs.value.appId), ...theirs.value } };
  const merged = merge(ours.value, theirs.value);
  if (isSame(ours.value, merged)) return { verdict: 'unchanged' };
  return overwrite || isNewer(theirs, ours) ? { verdict: 'updated', value: merged } : { verdict: 'kept' };
}

/** What they know replaces what we know, marks included; what they do not know stays. */
function merge(ours: AccountRecord, theirs: ImportedAccount): AccountRecord {
  const known = Object.entries(theirs).filter(([, value]) => value !== undefined && value !== '');
  // Whoever knows a time of authorization knows the marks too: that there are none is news then.
  const knowsAll = theirs.authorizedAt !== undefined;
  const marks = knowsAll || theirs.refreshToken !== ours.refreshToken;
  return {
    ...ours,
    ...(marks && { revokedAt: undefined, removedAt: undefined }),
    ...(Object.fromEntries(known) as Partial<AccountRecord>),
  };
}

/** With what lies in the future counted as now. */
export function credibleAccount<Account extends ImportedAccount>(
  { value, ...rest }: Dated<Account>,
  now: number,
): Dated<Account> & typeof rest {
  const { authorizedAt, revokedAt, removedAt, lastEvent } = value;
  const time = (at: number) => credibleTime(at, now);
  const counted: Account = {
    ...value,
    ...(authorizedAt !== undefined && { authorizedAt: time(authorizedAt) }),
    ...(revokedAt !== undefined && { revokedAt: time(revokedAt) }),
    ...(removedAt !== undefined && { removedAt: time(removedAt) }),
    ...(lastEvent && { lastEvent: { ...lastEvent, createTime: credibleSeconds(lastEvent.createTime, now) } }),
  };
  return { ...rest, value: counted, writtenAt: credibleTime(rest.writtenAt, now) };
}

/** The same for a ticket. */
export const credibleTicket = (ticket: TicketRecord, now: number): TicketRecord => ({
  ...ticket,
  createTime: credibleSeconds(ticket.createTime, now),
  receivedAt: ticket.receivedAt === undefined ? undefined : credibleTime(ticket.receivedAt, now),
});

const isSame = (one: AccountRecord, other: AccountRecord): boolean => canonical(one) === canonical(other);

function canonical(account: AccountRecord): string {
  const { lastEvent, ...rest } = account;
  const fields = Object.entries({ ...rest, event: lastEvent && [lastEvent.createTime, lastEvent.digest] });
  return JSON.stringify(fields.filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** By the newest event that both know of, then by what happened to the account, then by when it was written. */
function isNewer(theirs: Dated<ImportedAccount>, ours: Dated<AccountRecord>): boolean {
  // A store that tells nothing but a token cannot say that it is the newer one.
  if (theirs.value.authorizedAt === undefined) return ours.value.refreshToken === undefined;
  for (const timeOf of [eventTime, stateTime]) {
    const [their, our] = [timeOf(theirs.value), timeOf(ours.value)];
    if (their !== undefined && our !== undefined && their !== our) return their > our;
  }
  return theirs.writtenAt > ours.writtenAt;
}

const eventTime = ({ lastEvent }: ImportedAccount): number | undefined => lastEvent?.createTime;
const stateTime = ({ authorizedAt = 0, revokedAt = 0, removedAt = 0 }: ImportedAccount): number =>
  Math.max(authorizedAt, revokedAt, removedAt);

/** Of two tickets the one that was pushed later; where nothing tells, ours. */
export function judgeTicket(
  ours: TicketRecord | undefined,
  theirs: TicketRecord,
  overwrite: boolean,
): Judgement<TicketRecord> {
  if (!ours) return { verdict: 'added', value: theirs };
  if (ours.ticket === theirs.ticket) return { verdict: 'unchanged' };
  const newer = (theirs.receivedAt ?? 0) > (ours.receivedAt ?? 0);
  return overwrite || newer ? { verdict: 'updated', value: theirs } : { verdict: 'kept' };
}
