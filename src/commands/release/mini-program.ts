/** The mini program that a command works on: one that granted the development of its code. */
import type { Context } from '../../cli/context.ts';
import { expectCodeAccount } from '../../release/code-account.ts';
import type { CodeCall } from '../../release/code-state.ts';
import { ANSWER_LOST, type StepOptions } from '../../release/send-once.ts';
import { resolveAccount } from '../resolve-account.ts';

export interface OpenedMiniProgram {
  appId: string;
  /** Its nickname; the appid where it has none. */
  name: string;
  ask: CodeCall;
  steps: StepOptions;
}

/** Throws USAGE for an official account, NOT_GRANTED without permission set 18, before anything is asked of WeChat. */
export async function openMiniProgram(context: Context, given: string): Promise<OpenedMiniProgram> {
  const appId = await resolveAccount(context, given);
  const keeper = await context.keeper();
  const account = await keeper.account(appId);
  expectCodeAccount(account);
  return {
    appId,
    name: account.nickName || appId,
    ask: (endpoint, args) => keeper.call({ account: appId }, endpoint, args),
    steps: { sleep: context.sleep, onLost: () => context.terminal.note(ANSWER_LOST) },
  };
}
