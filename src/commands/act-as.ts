/** What a command does in the name of one holder: calls, and steps whose answer may be lost. */
import type { Context } from '../cli/context.ts';
import { ANSWER_LOST, type StepOptions } from '../release/steps/send-once.ts';
import type { Holder, HolderCall } from '../wechat-api/call.ts';

export interface ActingAs {
  call: HolderCall;
  steps: StepOptions;
}

export async function actAs({ keeper, sleep, terminal }: Context, holder: Holder): Promise<ActingAs> {
  const credentials = await keeper();
  return {
    call: (endpoint, args) => credentials.call(holder, endpoint, args),
    steps: { sleep, onLost: () => terminal.note(ANSWER_LOST) },
  };
}
