/** Pictures that WeChat answers with, as they are. */
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { RawCall } from '../wechat-api/raw-call.ts';

const MOST = 10 * 1024 * 1024;
const DEADLINE = 60_000;

export interface PictureRequest {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
}

export interface WechatPicture {
  bytes: Buffer;
  /** By what is in it, never by what it is called. */
  extension: string;
}

/** With the account's token. Throws what WeChat refuses with, and NETWORK for anything but a picture. */
export async function fetchPicture(
  call: RawCall,
  appId: string,
  { method, path, body }: PictureRequest,
): Promise<WechatPicture> {
  const { bytes, refusal } = await call(
    {
      method,
      path,
      ...(body && { contentType: 'application/json', body: JSON.stringify(body) }),
      repeatable: true,
      deadline: DEADLINE,
      limit: MOST,
    },
    { holder: { account: appId }, tokenName: 'access_token' },
  );
  if (refusal) throw refusal;
  const extension = SIGNATURES.find(([signature]) => bytes.subarray(0, 16).toString('latin1').match(signature))?.[1];
  if (extension === undefined) throw noPicture();
  return { bytes, extension };
}

const SIGNATURES: [RegExp, string][] = [
  [/^\xff\xd8\xff/, 'jpg'],
  [/^\x89PNG\r\n/, 'png'],
  [/^GIF8[79]a/, 'gif'],
  [/^BM/, 'bmp'],
  [/^RIFF[^]{4}WEBP/, 'webp'],
];

const noPicture = (): WxopError =>
  new WxopError('NETWORK', text('The answer is not a picture.', '返回的内容不是图片。'), {
    hint: text('Try again; see --verbose.', '请重试，或加 --verbose 查看。'),
  });
