/** The codes of the official sample code that opens and seals pushes. Source: 消息加解密 → 示例代码. */
import { text } from '../../sentences/text.ts';
import { entry, type Errcodes } from './entry.ts';

const KEYS = text(
  'Compare WXOP_ENCODING_AES_KEY with the console (消息加解密Key); after a change there, also set WXOP_PREVIOUS_ENCODING_AES_KEY.',
  '请核对 WXOP_ENCODING_AES_KEY 与控制台的“消息加解密Key”；若刚更换过，请同时设置 WXOP_PREVIOUS_ENCODING_AES_KEY。',
);
const OPEN_IT = text(
  '`wxop decrypt` opens a captured push, or says which part does not fit.',
  '`wxop decrypt` 可打开截获的推送，或指出不符之处。',
);
const CHANGED = text(
  'The key was changed in the console, or is that of another component.',
  '控制台更换了 Key，或使用了其他第三方平台的 Key。',
);
const CUT = text('The body was cut off or changed on its way.', '正文在传输途中被截断或改动。');

export const CALLBACK_CRYPTO: Errcodes = {
  [-40001]: entry(
    'no',
    text('the signature of the push does not fit', '推送签名验证失败'),
    text(
      'Another message token, or `signature` was compared in place of `msg_signature`.',
      '消息校验Token 不同，或误用了 signature 而非 msg_signature。',
    ),
    text(
      'Compare WXOP_MESSAGE_TOKEN with the console (消息校验Token).',
      '请核对 WXOP_MESSAGE_TOKEN 与控制台的“消息校验Token”。',
    ),
  ),
  [-40002]: entry('no', text('the XML of the push cannot be read', '推送 XML 解析失败'), CUT, OPEN_IT),
  [-40003]: entry(
    'no',
    text('the signature cannot be computed', '签名计算失败'),
    text('A parameter of the query is missing.', '缺少查询参数。'),
    OPEN_IT,
  ),
  [-40004]: entry(
    'no',
    text('the AES key is not valid', 'AES Key 无效'),
    text('An EncodingAESKey has 43 letters and digits.', 'EncodingAESKey 为 43 位字母与数字。'),
    KEYS,
  ),
  [-40005]: entry(
    'no',
    text('the push is for another appid', '推送的 appid 不一致'),
    text(
      "Inside stands the component's appid, never the account's; or several components push to one URL.",
      '内部是第三方平台的 appid 而非授权帐号的；或多个第三方平台推送到同一 URL。',
    ),
    OPEN_IT,
  ),
  [-40006]: entry('no', text('the reply cannot be encrypted', '加密失败'), CHANGED, KEYS),
  [-40007]: entry('no', text('the push cannot be decrypted', '解密失败'), CHANGED, KEYS),
  [-40008]: entry(
    'no',
    text('what is inside the push is not whole', '解密后的内容不合法'),
    text(
      'The padding is to blocks of 32 bytes, not 16; or the body was cut off.',
      '填充以 32 字节（而非 16）为一组；或正文被截断。',
    ),
    OPEN_IT,
  ),
  [-40009]: entry('no', text('base64 cannot be written', 'base64 编码失败'), CUT, OPEN_IT),
  [-40010]: entry('no', text('base64 cannot be read', 'base64 解码失败'), CUT, OPEN_IT),
  [-40011]: entry(
    'no',
    text('the XML of the reply cannot be built', '生成回复 XML 失败'),
    text('A field of the reply is missing.', '回复缺少字段。'),
    OPEN_IT,
  ),
};
