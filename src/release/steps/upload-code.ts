/** Puts a template into a mini program as its trial version. */
import { commitCode, type CodeUpload, type CodeVersion } from '../../protocol/calls/release/code-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { judgeUpload } from './judge-effect.ts';
import { readCodeState } from '../code-state.ts';
import { sendOnce, type Sent, type StepOptions } from './send-once.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

/** A minute in all, which WeChat's support asks for before an upload is sent again. */
const LOOKS = [2_000, 5_000, 10_000, 15_000, 30_000];

/** `before`: the trial version that is there now. */
export const uploadCode = (
  call: HolderCall,
  upload: CodeUpload,
  before: CodeVersion | undefined,
  options: StepOptions,
): Promise<Sent<void>> =>
  sendOnce(
    {
      send: () => call(commitCode, upload),
      afterLoss: commitCode.afterLoss,
      look: async () => judgeUpload(await readCodeState(call), { ...upload, before }),
      pauses: LOOKS,
      unknown: UNKNOWN_UPLOAD,
    },
    options,
  );

const UNKNOWN_UPLOAD = {
  message: text(
    'WeChat did not answer, and it cannot be seen whether the code was uploaded.',
    '微信没有应答，无法判断代码是否已上传。',
  ),
  hint: text(
    'Look with `wxop release status`. Uploading the same again does no harm; somebody else may have uploaded other code.',
    '请用 `wxop release status` 查看。重复上传同一代码无害；也可能有人同时上传了其他代码。',
  ),
};
