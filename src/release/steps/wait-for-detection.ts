/** Waits until WeChat has looked for private interfaces in the code that was uploaded last. */
import { getCodePrivacyInfo, type CodeCheck } from '../../protocol/calls/release/code-endpoints.ts';
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

const FIRST_PAUSE = 3_000;
const LONGEST_PAUSE = 30_000;
const GROWTH = 1.5;

export interface DetectionOptions {
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  /** Milliseconds for all of it. */
  timeout: number;
  /** Told before each pause how long it has taken so far. */
  onWait?: (elapsed: number) => void;
}

/** Only asks; uploading again would begin it anew. Throws TIMEOUT, and what WeChat refuses with. */
export async function waitForDetection(
  call: HolderCall,
  { now, sleep, timeout, onWait }: DetectionOptions,
): Promise<CodeCheck> {
  const startedAt = now();
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    try {
      return await call(getCodePrivacyInfo, undefined);
    } catch (error) {
      if (!isError(error, 'PLATFORM_REFUSED', 61039)) throw error;
      const elapsed = now() - startedAt;
      if (elapsed + pause > timeout) throw stillRunning(error);
      onWait?.(elapsed);
    }
    await sleep(pause);
  }
}

const stillRunning = (cause: unknown): WxopError =>
  new WxopError('TIMEOUT', text('WeChat is still checking the code.', '微信仍在检测代码。'), {
    cause,
    hint: text(
      'Nothing is lost: ask again later, and do not upload again, which would begin it anew.',
      '不影响进度：请稍后再查；不要重新上传，否则检测会重新开始。',
    ),
  });

export const isCheckClean = ({ ungranted, undeclared }: CodeCheck): boolean =>
  ungranted.length === 0 && undeclared.length === 0;

/** What the detection found, as an error with the next step. */
export const foundInterfaces = ({ ungranted, undeclared }: CodeCheck): WxopError => {
  const found: Text[] = [
    ...(ungranted.length > 0 ? [text(en`not granted: ${listed(ungranted)}`, zh`未获授权：${listed(ungranted)}`)] : []),
    ...(undeclared.length > 0
      ? [text(en`not declared: ${listed(undeclared)}`, zh`未声明：${listed(undeclared)}`)]
      : []),
  ];
  const all = listed(found, text('; ', '；'));
  return new WxopError(
    'CODE_CHECK_FAILED',
    text(en`The code uses private interfaces, ${all}.`, zh`代码使用了隐私接口，${all}。`),
    { hint: DECLARE },
  );
};

const DECLARE = text(
  'Declare them in requiredPrivateInfos of the ext_json or the template and upload again; apply for the rights that are missing. If the code really never calls them: `release submit --private-apis-unused`.',
  '请在 ext_json 或模板的 requiredPrivateInfos 中声明并重新上传；缺少权限的请先申请。若代码确实不会调用：`release submit --private-apis-unused`。',
);
