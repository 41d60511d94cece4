/** What changed between the stored versions of an account, and when; tokens appear only as digests. */
import { createHash } from 'node:crypto';
import { changesInWords, permissionChanges } from '../../credentials/permission-changes.ts';
import { iso } from '../../sentences/iso-time.ts';
import { en, text, zh, type Hole, type Text } from '../../sentences/text.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import type { PastVersion } from '../../store/store.ts';

export type Change =
  | { what: 'first' }
  | { what: 'name'; from?: string; to: string }
  | { what: 'alias'; from?: string; to: string | null }
  | { what: 'refreshToken'; from?: string; to: string | null }
  | { what: 'funcInfo'; added: number[]; removed: number[] }
  | { what: 'authorized' | 'revoked' | 'removed'; at: string }
  | { what: 'restored' | 'brought-back' };

export interface HistoryEntry {
  version: number;
  writtenAt: string;
  changes: Change[];
}

/** Newest first. The oldest stored version is shown in full: what was before it is unknown. */
export function historyOf(versions: readonly PastVersion<AccountRecord>[]): HistoryEntry[] {
  return versions.map(({ version, writtenAt, value }, index) => ({
    version,
    writtenAt: iso(writtenAt),
    changes: changesBetween(versions[index + 1]?.value, value, version === 1),
  }));
}

function changesBetween(old: AccountRecord | undefined, now: AccountRecord, isFirst: boolean): Change[] {
  const changes: Change[] = !old && isFirst ? [{ what: 'first' }] : [];
  changes.push(...nameChanges(old, now));
  if (!old || old.authorizedAt !== now.authorizedAt) {
    if (now.authorizedAt > 0) changes.push({ what: 'authorized', at: iso(now.authorizedAt) });
  }
  if (old?.refreshToken !== now.refreshToken) {
    const from = old?.refreshToken && { from: digest(old.refreshToken) };
    changes.push({ what: 'refreshToken', ...from, to: now.refreshToken ? digest(now.refreshToken) : null });
  }
  const permissions = permissionChanges(old?.funcInfo ?? [], now.funcInfo);
  return [
    ...changes,
    ...(permissions ? [{ what: 'funcInfo' as const, ...permissions }] : []),
    ...markChanges(old, now),
  ];
}

function nameChanges(old: AccountRecord | undefined, now: AccountRecord): Change[] {
  const changes: Change[] = [];
  if (old?.nickName !== now.nickName && (old || now.nickName)) {
    changes.push({ what: 'name', ...(old && { from: old.nickName }), to: now.nickName });
  }
  if (old?.alias !== now.alias) {
    changes.push({ what: 'alias', ...(old?.alias !== undefined && { from: old.alias }), to: now.alias ?? null });
  }
  return changes;
}

function markChanges(old: AccountRecord | undefined, now: AccountRecord): Change[] {
  const changes: Change[] = [];
  if (old?.revokedAt !== now.revokedAt) {
    changes.push(now.revokedAt === undefined ? { what: 'restored' } : { what: 'revoked', at: iso(now.revokedAt) });
  }
  if (old?.removedAt !== now.removedAt) {
    changes.push(now.removedAt === undefined ? { what: 'brought-back' } : { what: 'removed', at: iso(now.removedAt) });
  }
  return changes;
}

/** Distinguishes tokens without revealing anything of them. */
const digest = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 8);

type TimeOf = (milliseconds: number) => Hole;

/** A heading for each version, its changes indented below. */
export const historyLines = (entries: readonly HistoryEntry[], timeOf: TimeOf): Text[] =>
  entries.flatMap(({ version, writtenAt, changes }) => [
    headingOf(version, timeOf(Date.parse(writtenAt))),
    ...(changes.length > 0 ? changes.map((change) => sentenceOf(change, timeOf)) : [NOTHING]).map((line) =>
      text(en`  ${line}`, zh`  ${line}`),
    ),
  ]);

const headingOf = (version: number, time: Hole): Text =>
  text(en`${time}  version ${version}`, zh`${time}  版本 ${version}`);
const NOTHING = text('no change in what is shown here', '无此处显示的变化');

function sentenceOf(change: Change, timeOf: TimeOf): Text {
  switch (change.what) {
    case 'first':
      return text('stored for the first time', '首次保存');
    case 'name':
      return text(en`name: ${arrow(change)}`, zh`名称：${arrow(change)}`);
    case 'alias':
      return text(en`alias: ${arrow(change)}`, zh`别名：${arrow(change)}`);
    case 'refreshToken':
      return text(`refresh token: ${arrow(change)} (SHA-256)`, `refresh_token：${arrow(change)}（SHA-256）`);
    case 'funcInfo':
      return text(en`permission sets: ${changesInWords(change)}`, zh`权限集：${changesInWords(change)}`);
    case 'authorized':
    case 'revoked':
    case 'removed':
      return MARKED[change.what](timeOf(Date.parse(change.at)));
    case 'restored':
      return text('authorized again: no longer cancelled', '恢复授权');
    case 'brought-back':
      return text('restored: no longer removed', '已恢复，不再是移除状态');
  }
}

const MARKED = {
  authorized: (time: Hole) => text(en`authorized ${time}`, zh`授权于 ${time}`),
  revoked: (time: Hole) => text(en`authorization cancelled ${time}`, zh`取消授权于 ${time}`),
  removed: (time: Hole) => text(en`removed ${time}`, zh`移除于 ${time}`),
};

const arrow = ({ from, to }: { from?: string; to: string | null }): string =>
  from === undefined ? (to ?? '-') : `${from || '-'} → ${to || '-'}`;
