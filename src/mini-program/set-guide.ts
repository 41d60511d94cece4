/** Sets the privacy guide of a mini program, and compares what WeChat shows afterwards. */
import {
  getPrivacyGuide,
  setPrivacyGuide,
  type GuideToSet,
  type GuideVersion,
  type ShownGuide,
} from '../protocol/calls/mini-program/privacy-endpoints.ts';
import { textField } from '../protocol/calls/release/answer-fields.ts';
import { sendOnce, type Seen, type StepOptions } from '../release/steps/send-once.ts';
import { en, firstOf, text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { expectAllDeclared, type GuideFile } from './guide-file.ts';
import type { HolderCall } from '../wechat-api/call.ts';

const LOOKS = [1_000, 4_000];
const SHOWN = 8;

/** False where it was so before. Throws GUIDE_INCOMPLETE before anything is sent, NOT_KEPT where WeChat shows another. */
export async function setGuide(
  call: HolderCall,
  file: GuideFile,
  version: GuideVersion,
  options: StepOptions,
): Promise<{ isChanged: boolean }> {
  const look = (): Promise<ShownGuide> => call(getPrivacyGuide, { version });
  const before = await look();
  // The one that is online keeps what it declares.
  if (version === 'development') expectAllDeclared(file, before);
  const wanted: GuideToSet =
    version === 'online'
      ? { version, owner: file.owner }
      : { version, owner: file.owner, purposes: file.purposes, ...(file.sdks && { sdks: file.sdks }) };
  if (differences(before, wanted).length === 0) return { isChanged: false };
  await sendOnce<void>(
    {
      send: () => call(setPrivacyGuide, wanted),
      afterLoss: setPrivacyGuide.afterLoss,
      look: async (): Promise<Seen<void>> => {
        const shown = await look();
        if (differences(shown, wanted).length === 0) return { effect: 'there', answer: undefined };
        return { effect: isSameGuide(shown, before) ? 'absent' : 'unclear' };
      },
      pauses: LOOKS,
      unknown: UNKNOWN_GUIDE,
    },
    options,
  );
  const wrong = differences(await look(), wanted);
  if (wrong.length > 0) throw otherGuide(wrong);
  return { isChanged: true };
}

/** Keys and fields in which WeChat shows something else than is wanted. */
function differences(shown: ShownGuide, { owner, purposes, sdks }: GuideToSet): string[] {
  const fields = Object.keys(owner).filter((name) => textField(shown.owner, name) !== textField(owner, name));
  const stored = new Map(shown.purposes.map(({ key, purpose }) => [key, purpose]));
  const keys = (purposes ?? []).filter(({ key, purpose }) => stored.get(key) !== purpose).map(({ key }) => key);
  // One without a purpose is only found in the code.
  const extra = shown.purposes
    .filter(({ key, purpose }) => purposes && purpose !== '' && !purposes.some((one) => one.key === key))
    .map(({ key }) => key);
  const isOtherSdks = sdks !== undefined && sdkNames(sdks) !== sdkNames(shown.sdks);
  return [...fields, ...keys, ...extra, ...(isOtherSdks ? ['sdk_privacy_info_list'] : [])];
}

const sdkNames = (sdks: readonly Record<string, unknown>[]): string =>
  sdks
    .map(({ sdk_name: name }) => String(name))
    .sort()
    .join();

const isSameGuide = (one: ShownGuide, other: ShownGuide): boolean =>
  JSON.stringify([one.owner, one.purposes]) === JSON.stringify([other.owner, other.purposes]);

const otherGuide = (wrong: readonly string[]): WxopError => {
  const which = firstOf(wrong, SHOWN);
  return new WxopError(
    'NOT_KEPT',
    text(
      en`WeChat answered with success and shows another text of ${which}.`,
      zh`微信应答成功，但以下内容读回后不一致：${which}。`,
    ),
    {
      hint: text(
        'Do not submit for audit so: see `wxop mini privacy get`, then set it again.',
        '请勿以此提交审核：先用 `wxop mini privacy get` 查看，再重新设置。',
      ),
    },
  );
};

const UNKNOWN_GUIDE = {
  message: text(
    'WeChat did not answer, and it cannot be seen whether the privacy guide was set.',
    '微信没有应答，无法判断隐私保护指引是否已设置。',
  ),
  hint: text('Run it again: setting the same once more does no harm.', '请重新运行：重复设置相同内容没有影响。'),
};
