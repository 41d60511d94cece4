/** What would keep a mini program from being released, as far as it can be read before a run begins. */
import { readAuditNeeds } from '../../../mini-program/audit-needs.ts';
import { statusName, type AccountRecord } from '../../../protocol/account-record.ts';
import { getCodeCategories } from '../../../protocol/calls/release/code-endpoints.ts';
import { CODE_PERMISSION } from '../../../protocol/permissions.ts';
import { isOpenAudit, readCodeState, type CodeState } from '../../../release/code-state.ts';
import type { PlanSource } from '../../../release/plans/plan-source.ts';
import { en, listed, text, zh, type Text } from '../../../sentences/text.ts';
import type { HolderCall } from '../../../wechat-api/call.ts';

export interface Preflight {
  /** The version that is online; empty where none is, or it is not known. */
  online: string;
  /** What is to be known of it before it begins. */
  note?: Text;
  /** Why it is left out. */
  why?: Text;
}

/** Only reads. Throws what WeChat refuses with. */
export async function preflight(
  call: HolderCall,
  { kind, funcInfo, revokedAt, removedAt, accountStatus = 0 }: AccountRecord,
  source: PlanSource,
  version: string,
): Promise<Preflight> {
  const online = '';
  if (kind === 'mp') return { online, why: text('an official account has no code', '公众号没有代码') };
  if (revokedAt !== undefined || removedAt !== undefined) return { online, why: NO_GRANT };
  if (funcInfo.length > 0 && !funcInfo.includes(CODE_PERMISSION)) return { online, why: NO_SET };
  if (OUT_OF_ORDER.includes(accountStatus)) return { online, why: statusName(accountStatus) };
  const state = await readCodeState(call);
  const shown = { online: state.online?.version ?? '' };
  if (shown.online === version)
    return { ...shown, why: text(en`${version} is online already`, zh`${version} 已经上线`) };
  if (source.form.item_list === undefined && (await call(getCodeCategories, undefined)).length === 0) {
    return { ...shown, why: NO_CATEGORY };
  }
  const needs = (await readAuditNeeds(call)).map(({ short }) => short);
  const notes = [openAuditNote(state, source), ...needs].filter((note) => note !== undefined);
  return { ...shown, ...(notes.length > 0 && { note: listed(notes, text('; ', '；')) }) };
}

function openAuditNote({ audit }: CodeState, { options: { openAudit } }: PlanSource): Text | undefined {
  if (!audit || !isOpenAudit(audit)) return undefined;
  const then = OPEN_AUDIT[openAudit];
  return text(en`${audit.version} is in audit: ${then}`, zh`${audit.version} 在审核中：${then}`);
}

/** Deregistered, banned, frozen: WeChat takes nothing for them. */
const OUT_OF_ORDER = [14, 16, 19];

const OPEN_AUDIT = {
  skip: text('skipped, if it still is then', '届时若仍在审核则跳过'),
  wait: text('waits for it', '等待其结束'),
  withdraw: text('will be withdrawn', '将被撤回'),
};

const NO_GRANT = text('its authorization was cancelled', '已取消授权');
const NO_SET = text('permission set 18 (code) is not granted', '未授予权限集 18（开发管理）');
const NO_CATEGORY = text('it has no approved category', '没有已通过的类目');
