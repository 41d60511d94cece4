/** Suspends the service of a mini program or takes it up again, and looks whether WeChat did. */
import { changeVisitStatus, getVisitStatus } from '../protocol/calls/release/release-endpoints.ts';
import { sendOnce, type StepOptions } from '../release/steps/send-once.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { HolderCall } from '../wechat-api/call.ts';

const LOOKS = [1_000, 4_000];

/** False where it was so before. Throws NOT_KEPT where WeChat shows the other state. */
export async function switchVisit(
  call: HolderCall,
  isOpen: boolean,
  options: StepOptions,
): Promise<{ isChanged: boolean }> {
  const isAsWanted = async (): Promise<boolean> => (await call(getVisitStatus, undefined)).isOpen === isOpen;
  if (await isAsWanted()) return { isChanged: false };
  await sendOnce<void>(
    {
      send: () => call(changeVisitStatus, { action: isOpen ? 'open' : 'close' }),
      afterLoss: changeVisitStatus.afterLoss,
      look: async () => ((await isAsWanted()) ? { effect: 'there', answer: undefined } : { effect: 'absent' }),
      pauses: LOOKS,
      unknown: UNKNOWN_VISIT,
    },
    options,
  );
  if (!(await isAsWanted())) throw isOpen ? stillSuspended() : stillOpen();
  return { isChanged: true };
}

const stillSuspended = (): WxopError =>
  new WxopError(
    'NOT_KEPT',
    text('WeChat answered with success and still shows it suspended.', '微信应答成功，但仍显示已暂停服务。'),
    {
      hint: text(
        'It may be suspended as a punishment: let the merchant look at mp.weixin.qq.com.',
        '可能因违规被暂停服务：请商家登录 mp.weixin.qq.com 查看。',
      ),
    },
  );
const stillOpen = (): WxopError =>
  new WxopError(
    'NOT_KEPT',
    text('WeChat answered with success and still shows it in service.', '微信应答成功，但仍显示服务中。'),
    { hint: text('See `wxop mini visit show`, and try again.', '请用 `wxop mini visit show` 查看后重试。') },
  );
const UNKNOWN_VISIT = {
  message: text(
    'WeChat did not answer, and it cannot be seen whether the service is suspended.',
    '微信没有应答，无法判断服务是否已暂停。',
  ),
  hint: text('Run it again: the same once more does no harm.', '请重新运行：重复设置没有影响。'),
};
