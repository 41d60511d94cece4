/** A record that proves itself: it counts every writer's writes, so lost, doubled and torn ones show. */
import { createHash } from 'node:crypto';
import type { AccountRecord } from '../src/protocol/account-record.ts';
import type { Stored } from '../src/store/store.ts';

export type Tally = Record<string, number>;

/** So long that half of it would be noticed, and longer than one block of a disk. */
const PADDING = 80;

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export const tallyIn = ({ nickName }: AccountRecord): Tally => JSON.parse(nickName) as Tally;

/** The record after one more write of this writer. */
export function counted(appId: string, old: AccountRecord | undefined, slot: number): AccountRecord {
  const tally = old ? tallyIn(old) : {};
  const nickName = JSON.stringify({ ...tally, [slot]: (tally[slot] ?? 0) + 1 });
  const userName = digestOf(`${appId} ${nickName}`).repeat(PADDING);
  return { appId, nickName, userName, kind: 'mp', funcInfo: [], authorizedAt: 0 };
}

/** What is wrong with a record that was read, or undefined. */
export function problemOf(appId: string, { version, value }: Stored<AccountRecord>): string | undefined {
  if (value.appId !== appId || value.userName !== digestOf(`${appId} ${value.nickName}`).repeat(PADDING)) {
    return `${appId} version ${version} is torn`;
  }
  const writes = Object.values(tallyIn(value)).reduce((sum, count) => sum + count, 0);
  return writes === version ? undefined : `${appId} version ${version} counts ${writes} writes`;
}
