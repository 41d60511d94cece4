/** Adds and removes testers of a mini program, and looks whether WeChat lists them. */
import { bindTester, getTesters, unbindTester, type Tester } from '../protocol/calls/mini-program/tester-endpoints.ts';
import { sendOnce, type StepOptions } from '../release/steps/send-once.ts';
import { text } from '../sentences/text.ts';
import { isError, WxopError } from '../sentences/wxop-error.ts';
import type { HolderCall } from '../wechat-api/call.ts';

/** A tester of a mini program after a change. */
export interface ChangedTester {
  /** WeChat's name for the person; the only handle once the WeChat id changes. Unknown where nothing told it. */
  userstr?: string;
  /** False where the person was a tester already, or was none. */
  isChanged: boolean;
}

const LOOKS = [1_000, 4_000];

/** Throws NOT_KEPT where WeChat says that it was added and does not list it. */
export async function addTester(call: HolderCall, wechatId: string, options: StepOptions): Promise<ChangedTester> {
  const before = await call(getTesters, undefined);
  const { answer } = await sendOnce<ChangedTester>(
    {
      send: async () => {
        try {
          return { userstr: await call(bindTester, { wechatId }), isChanged: true };
        } catch (error) {
          if (isError(error, 'PLATFORM_REFUSED', 85004)) return { isChanged: false };
          throw error;
        }
      },
      afterLoss: bindTester.afterLoss,
      look: async () => {
        const [added, more] = (await call(getTesters, undefined)).filter((one) => !before.includes(one));
        if (added === undefined) return { effect: 'absent' };
        return more === undefined
          ? { effect: 'there', answer: { userstr: added, isChanged: true } }
          : { effect: 'unclear' };
      },
      pauses: LOOKS,
      unknown: UNKNOWN_TESTER,
    },
    options,
  );
  if (!answer.isChanged) return answer;
  const after = await call(getTesters, undefined);
  const userstr = answer.userstr || after.find((one) => !before.includes(one));
  if (userstr === undefined || !after.includes(userstr)) throw notListed();
  return { userstr, isChanged: true };
}

/** Throws NOT_KEPT where WeChat goes on listing as many as before. */
export async function removeTester(call: HolderCall, tester: Tester, options: StepOptions): Promise<ChangedTester> {
  const before = await call(getTesters, undefined);
  const isListed = (testers: readonly string[]): boolean =>
    'userstr' in tester ? testers.includes(tester.userstr) : testers.length >= before.length;
  if ('userstr' in tester && !isListed(before)) return { userstr: tester.userstr, isChanged: false };
  await sendOnce<void>(
    {
      send: () => call(unbindTester, tester),
      afterLoss: unbindTester.afterLoss,
      look: async () =>
        isListed(await call(getTesters, undefined)) ? { effect: 'absent' } : { effect: 'there', answer: undefined },
      pauses: LOOKS,
      unknown: UNKNOWN_TESTER,
    },
    options,
  );
  const after = await call(getTesters, undefined);
  if (isListed(after)) throw stillListed();
  const gone = 'userstr' in tester ? tester.userstr : before.find((one) => !after.includes(one));
  return { ...(gone !== undefined && { userstr: gone }), isChanged: true };
}

const SEE = text('See `wxop mini testers list`, and try again.', '请用 `wxop mini testers list` 查看后重试。');
const notListed = (): WxopError =>
  new WxopError(
    'NOT_KEPT',
    text('WeChat answered with success and does not list the tester.', '微信应答成功，但体验成员列表中没有该成员。'),
    { hint: SEE },
  );
const stillListed = (): WxopError =>
  new WxopError(
    'NOT_KEPT',
    text('WeChat answered with success and still lists the tester.', '微信应答成功，但该体验成员仍在列表中。'),
    { hint: SEE },
  );
const UNKNOWN_TESTER = {
  message: text(
    'WeChat did not answer, and it cannot be seen whether the testers changed.',
    '微信没有应答，无法判断体验成员是否已变更。',
  ),
  hint: SEE,
};
