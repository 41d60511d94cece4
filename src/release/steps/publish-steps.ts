/** Putting the approved version of one mini program online, and going back. */
import {
  getEarlierVersions,
  releaseCode,
  revertRelease,
  type EarlierVersion,
} from '../../protocol/calls/release/release-endpoints.ts';
import type { CodeVersion } from '../../protocol/calls/release/code-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { isError } from '../../sentences/wxop-error.ts';
import { readCodeState } from '../code-state.ts';
import { judgePublication, judgeReversion } from './judge-effect.ts';
import { sendOnce, type Seen, type Sent, type StepOptions } from './send-once.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

const LOOKS = [2_000, 5_000, 10_000, 20_000];

export interface Publishing {
  /** Of the approved audit. WeChat takes the latest approved one, whatever is meant. */
  version: string;
  auditId: number;
  /** What is online now. */
  before: CodeVersion | undefined;
}

/**
 * Done, too, where WeChat says that it is online already. It is sent a second time only while the same audit is still
 * the latest approved one.
 */
export function publishApproved(
  call: HolderCall,
  { version, auditId, before }: Publishing,
  options: StepOptions,
): Promise<Sent<{ wasOnline: boolean }>> {
  return sendOnce(
    {
      send: async () => {
        try {
          await call(releaseCode, undefined);
          return { wasOnline: false };
        } catch (error) {
          if (isError(error, 'PLATFORM_REFUSED', 85052)) return { wasOnline: true };
          throw error;
        }
      },
      afterLoss: releaseCode.afterLoss,
      look: async (): Promise<Seen<{ wasOnline: boolean }>> => {
        const state = await readCodeState(call);
        const seen = judgePublication(state, { version, before });
        if (seen.effect === 'there') return { effect: 'there', answer: { wasOnline: false } };
        const isSame = state.audit?.auditId === auditId && state.audit.status === 'approved';
        return { effect: isSame ? seen.effect : 'unclear' };
      },
      pauses: LOOKS,
      unknown: UNKNOWN_PUBLICATION,
    },
    options,
  );
}

/** Puts `target` online; each time that it took effect would be another version, so it is sent once. */
export const revertTo = (
  call: HolderCall,
  { target, before }: { target: EarlierVersion; before: CodeVersion | undefined },
  options: StepOptions,
): Promise<Sent<void>> =>
  sendOnce(
    {
      send: () => call(revertRelease, { appVersion: target.appVersion }),
      afterLoss: revertRelease.afterLoss,
      look: async () => {
        const state = await readCodeState(call);
        return judgeReversion(state, await call(getEarlierVersions, undefined), { target, before });
      },
      pauses: LOOKS,
      unknown: UNKNOWN_REVERSION,
    },
    options,
  );

const UNKNOWN_PUBLICATION = {
  message: text(
    'WeChat did not answer, and it cannot be seen whether the version is online.',
    '微信没有应答，无法判断新版本是否已上线。',
  ),
  hint: text(
    'Look with `wxop release status` before you try again: somebody else may have changed it.',
    '重试前请先用 `wxop release status` 查看：可能有他人同时操作。',
  ),
};
const UNKNOWN_REVERSION = {
  message: text(
    'WeChat did not answer, and it cannot be seen which version is online.',
    '微信没有应答，无法判断当前线上版本。',
  ),
  hint: text(
    'Look with `wxop release status` and `wxop release revert --list` before you try again.',
    '重试前请先用 `wxop release status` 与 `wxop release revert --list` 查看。',
  ),
};
