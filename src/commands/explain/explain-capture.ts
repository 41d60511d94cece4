/** Why a captured push does not open, and what to do about it. */
import type { CaptureFailure } from '../../receiver-kit/capture.ts';
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError, type ErrorDetails } from '../../sentences/wxop-error.ts';

type Failed<Failure extends CaptureFailure['failure']> = Extract<CaptureFailure, { failure: Failure }>;

interface Reason {
  sentence: Text;
  hint: Text;
}

const NO_ENCRYPT: Record<Failed<'no-encrypt'>['found'], Text> = {
  nothing: text('There is nothing on stdin.', '标准输入为空。'),
  doctype: text('The body has a DOCTYPE; a push never has one.', '正文含有 DOCTYPE，推送中不会出现。'),
  several: text('The body has more than one Encrypt element.', '正文含有多个 Encrypt 元素。'),
  'plain-xml': text('The body is not encrypted: it is a plain message.', '正文未加密：是明文消息。'),
  damaged: text('The Encrypt element is not base64 text.', 'Encrypt 元素不是 base64 文本。'),
  none: text('The body has no Encrypt element.', '正文没有 Encrypt 元素。'),
};
const WHOLE_BODY = text(
  'Give the body of the POST as it came, or the Encrypt text alone.',
  '请提供 POST 的原始正文，或仅 Encrypt 文本。',
);

const PLAIN_SIGNATURE: Reason = {
  sentence: text(
    'Signature: this is `signature`, which does not cover the body, not `msg_signature`.',
    '签名：给出的是不覆盖正文的 signature，而不是 msg_signature。',
  ),
  hint: text('Take msg_signature from the same query.', '请使用同一查询参数中的 msg_signature。'),
};
const WRONG_SIGNATURE: Reason = {
  sentence: text(
    'Signature: msg_signature does not match the body, the timestamp, the nonce and this message token.',
    '签名：msg_signature 与正文、timestamp、nonce 及当前消息校验Token 不符。',
  ),
  hint: text(
    'Is WXOP_MESSAGE_TOKEN the one of the console (消息校验Token), and are body and query of the same push? `--unsigned` shows whether the key fits.',
    'WXOP_MESSAGE_TOKEN 是否与控制台的“消息校验Token”一致？正文与参数是否来自同一次推送？可用 `--unsigned` 判断 Key 是否正确。',
  ),
};

const CUT_SHORT: Reason = {
  sentence: text(
    'Cipher text: its length is not a whole number of AES blocks; part of it is missing.',
    '密文：长度不是 AES 分组的整数倍，内容不完整。',
  ),
  hint: text('Capture the body again, whole.', '请重新完整截获正文。'),
};
const WRONG_PADDING: Reason = {
  sentence: text(
    'Padding: the key fits, but the padding or the length inside is wrong.',
    '填充：Key 正确，但填充或内部长度有误。',
  ),
  hint: text(
    'The sender must pad to 32-byte blocks and count the message in bytes.',
    '加密方须按 32 字节分组填充，且消息长度按字节计算。',
  ),
};
const COMPARE_KEYS = text(
  'Compare WXOP_ENCODING_AES_KEY with the console (消息加解密Key); after a change there, also set WXOP_PREVIOUS_ENCODING_AES_KEY.',
  '请核对 WXOP_ENCODING_AES_KEY 与控制台的“消息加解密Key”；若刚更换过，请同时设置 WXOP_PREVIOUS_ENCODING_AES_KEY。',
);
const WRONG_KEY: Reason = {
  sentence: text('Key: the EncodingAESKey does not open it.', 'Key：当前消息加解密Key 无法打开。'),
  hint: COMPARE_KEYS,
};
const WRONG_KEYS: Reason = {
  sentence: text(
    'Key: neither the current nor the previous EncodingAESKey opens it.',
    'Key：当前与更换前的消息加解密Key 均无法打开。',
  ),
  hint: COMPARE_KEYS,
};

const ANOTHER_COMPONENT = text('another component', '其他第三方平台');
const MALFORMED = text('XML: it opened, but the content is not well-formed.', 'XML：已打开，但内容格式不正确。');

const repeatedElement = (name: string): Text =>
  text(
    `XML: it opened, but ${name} occurs more than once: a listener refuses it.`,
    `XML：已打开，但 ${name} 重复出现，监听服务会拒绝该推送。`,
  );

/** What the reason depends on beside the failure. */
export interface OpenedWith {
  componentAppId: string;
  /** How many EncodingAESKeys were tried. */
  keys: number;
}

type Explain<Failure extends CaptureFailure['failure']> = (failed: Failed<Failure>, used: OpenedWith) => WxopError;

const invalid = ({ sentence, ...details }: { sentence: Text } & ErrorDetails): WxopError =>
  new WxopError('PUSH_INVALID', sentence, details);

const EXPLANATIONS: { [Failure in CaptureFailure['failure']]: Explain<Failure> } = {
  'missing-parameters': ({ missing }) => missingParameters(listed(missing)),
  'no-encrypt': ({ found }) =>
    new WxopError(found === 'nothing' ? 'USAGE' : 'PUSH_INVALID', NO_ENCRYPT[found], { hint: WHOLE_BODY }),
  'bad-signature': ({ isPlain }) => invalid(isPlain ? PLAIN_SIGNATURE : WRONG_SIGNATURE),
  'bad-padding': ({ isWhole, fits }, { keys }) => {
    if (!isWhole) return invalid(CUT_SHORT);
    if (fits) return invalid(WRONG_PADDING);
    return invalid(keys === 1 ? WRONG_KEY : WRONG_KEYS);
  },
  'foreign-receiver': ({ receiver }, { componentAppId }) => foreignReceiver(receiver, componentAppId),
  malformed: ({ repeated }) =>
    invalid({ sentence: repeated === undefined ? MALFORMED : repeatedElement(repeated), hint: ON_STDOUT }),
};

const ON_STDOUT = text(
  'It was printed to stdout unchanged (not with --json).',
  '内容已原样输出到 stdout（--json 时除外）。',
);

const missingParameters = (missing: Text): WxopError =>
  new WxopError('USAGE', text(en`Missing from the query: ${missing}.`, zh`查询参数缺少：${missing}。`), {
    hint: text(
      'Paste the whole URL with --url, or use --unsigned to open it without checking the signature.',
      '请用 --url 粘贴完整网址，或用 --unsigned 跳过签名校验。',
    ),
  });

function foreignReceiver(receiver: string, componentAppId: string): WxopError {
  const madeFor = receiver || ANOTHER_COMPONENT;
  return invalid({
    sentence: text(
      en`Receiver: made for ${madeFor}, not for ${componentAppId}.`,
      zh`接收方：该推送属于 ${madeFor}，而不是 ${componentAppId}。`,
    ),
    hint: text(
      'The receiver is always the component, never the account. Choose its profile with --profile.',
      '接收方始终是第三方平台而非授权帐号。请用 --profile 选择对应配置。',
    ),
  });
}

/** The error of a captured push that does not open. */
export const explainCapture = (failed: CaptureFailure, used: OpenedWith): WxopError =>
  (EXPLANATIONS[failed.failure] as Explain<CaptureFailure['failure']>)(failed, used);
