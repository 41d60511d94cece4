/** The mini program that a command works on: one that granted the development of its code. */
import type { Context } from '../../cli/context.ts';
import type { Audit } from '../../protocol/calls/release/audit-endpoints.ts';
import { expectCodeAccount } from '../../release/code-account.ts';
import { readCodeState } from '../../release/code-state.ts';
import { expectOpenAudit } from '../../release/expect-stage.ts';
import { actAs, type ActingAs } from '../act-as.ts';
import { resolveAccount } from '../resolve-account.ts';

export interface OpenedMiniProgram extends ActingAs {
  appId: string;
  /** Its nickname; the appid where it has none. */
  name: string;
}

/** Throws USAGE for an official account, NOT_GRANTED without permission set 18, before anything is asked of WeChat. */
export async function openMiniProgram(context: Context, given: string): Promise<OpenedMiniProgram> {
  const appId = await resolveAccount(context, given);
  const account = await (await context.keeper()).account(appId);
  expectCodeAccount(account);
  return { appId, name: account.nickName || appId, ...(await actAs(context, { account: appId })) };
}

/** The same with its open audit. Throws WRONG_STAGE, too. */
export async function openAuditOf(context: Context, given: string): Promise<OpenedMiniProgram & Audit> {
  const mini = await openMiniProgram(context, given);
  return { ...mini, ...expectOpenAudit(await readCodeState(mini.call), mini.appId) };
}
