/** `wxop decrypt`: opens a captured push, or says precisely why it does not open. */
import type { Command } from 'commander';
import type { Context } from '../cli/context.ts';
import { text, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { openCapture, type CaptureFailure } from '../receiver-kit/capture.ts';
import type { Declaring } from '../cli/declaring.ts';

interface DecryptOptions {
  url?: string;
  timestamp?: string;
  nonce?: string;
  msgSignature?: string;
  unsigned?: boolean;
}

export function declare(program: Command, { say, action, examples }: Declaring): void {
  examples(
    program
      .command('decrypt')
      .description(
        say(
          text(
            'opens a captured push: its body on stdin, its query as flags or as a URL',
            '打开截获的推送：正文来自标准输入，参数来自选项或网址',
          ),
        ),
      )
      .option('--url <url>', say(text('the URL that was pushed to, or just its query', '推送的网址，或仅其查询参数')))
      .option('--timestamp <seconds>', say(text('timestamp of the query', '查询参数 timestamp')))
      .option('--nonce <nonce>', say(text('nonce of the query', '查询参数 nonce')))
      .option('--msg-signature <hex>', say(text('msg_signature of the query', '查询参数 msg_signature')))
      .option('--unsigned', say(text('open it although there is no signature to check', '没有签名可校验时也打开')))
      .action(action(run)),
    "wxop decrypt --url '/e?timestamp=1&nonce=2&msg_signature=3' < body.xml",
    'wxop decrypt --timestamp 1 --nonce 2 --msg-signature 3 < body.xml',
    'wxop decrypt --unsigned --json < encrypt.txt | jq .fields',
  );
}

async function run(context: Context, options: DecryptOptions): Promise<void> {
  const { terminal, settings } = context;
  const { componentAppId, messageToken, encodingAesKey } = settings.need(
    'componentAppId',
    'messageToken',
    'encodingAesKey',
  );
  const previous = settings.find('previousEncodingAesKey');
  const encodingAesKeys = [encodingAesKey, ...(previous ? [previous] : [])];
  const query = options.url === undefined ? undefined : queryOf(options.url);
  const capture = {
    timestamp: options.timestamp ?? query?.get('timestamp') ?? undefined,
    nonce: options.nonce ?? query?.get('nonce') ?? undefined,
    signature: options.msgSignature ?? query?.get('msg_signature') ?? undefined,
    unsigned: options.unsigned,
    body: await context.stdin.text(),
  };
  const opened = openCapture(capture, { componentAppId, messageToken, encodingAesKeys });
  if (opened.failure !== undefined) {
    // What was decrypted is worth seeing, well-formed or not.
    if (opened.failure === 'malformed' && !terminal.json) terminal.reveal(opened.text);
    throw explain(opened, componentAppId, encodingAesKeys.length);
  }
  if (!opened.isSigned) {
    terminal.warn(
      text('Nothing was signed here: who made this push is not proven.', '没有签名可校验：无法证明该推送的来源。'),
    );
  }
  if (opened.key === 'previous') {
    terminal.note(terminal.say(text('The previous EncodingAESKey opened it.', '由更换前的消息加解密Key 打开。')));
  }
  const { text: xml, fields, isSigned, key } = opened;
  // To show what is inside is what this command is for, secrets included.
  if (terminal.json) terminal.reveal(`${JSON.stringify({ xml, signed: isSigned, key, fields })}\n`);
  else terminal.reveal(xml);
}

/** A whole URL, a path with its query, or the query alone; a `+` stays one. */
function queryOf(pasted: string): URLSearchParams {
  const trimmed = pasted.trim().replace(/#.*$/, '');
  return new URLSearchParams(trimmed.slice(trimmed.indexOf('?') + 1).replaceAll('+', '%2B'));
}

const NO_ENCRYPT: Record<Extract<CaptureFailure, { failure: 'no-encrypt' }>['found'], Text> = {
  nothing: text('There is nothing on stdin.', '标准输入为空。'),
  doctype: text('The body has a DOCTYPE; a push never has one.', '正文含有 DOCTYPE，推送中不会出现。'),
  several: text('The body has more than one Encrypt element.', '正文含有多个 Encrypt 元素。'),
  'plain-xml': text('The body is not encrypted: it is a bare message.', '正文未加密：是明文消息。'),
  damaged: text('The Encrypt element is no base64 text.', 'Encrypt 元素不是 base64 文本。'),
  none: text('The body has no Encrypt element.', '正文没有 Encrypt 元素。'),
};

function explain(failed: CaptureFailure, componentAppId: string, keys: number): WxopError {
  const invalid = (sentence: Text, hint: Text): WxopError => new WxopError('PUSH_INVALID', sentence, { hint });
  switch (failed.failure) {
    case 'missing-parameters':
      return new WxopError(
        'USAGE',
        text(`Missing from the query: ${failed.missing.join(', ')}.`, `查询参数缺少：${failed.missing.join('、')}。`),
        {
          hint: text(
            'Paste the whole URL with --url, or use --unsigned to open it without checking the signature.',
            '请用 --url 粘贴完整网址，或用 --unsigned 跳过签名校验。',
          ),
        },
      );
    case 'no-encrypt':
      return new WxopError(failed.found === 'nothing' ? 'USAGE' : 'PUSH_INVALID', NO_ENCRYPT[failed.found], {
        hint: text(
          'Give the body of the POST as it came, or the Encrypt text alone.',
          '请提供 POST 的原始正文，或仅 Encrypt 文本。',
        ),
      });
    case 'bad-signature':
      return failed.isPlain
        ? invalid(
            text(
              'Signature: this is `signature`, which does not cover the body, not `msg_signature`.',
              '签名：给出的是不覆盖正文的 signature，而不是 msg_signature。',
            ),
            text('Take msg_signature from the same query.', '请使用同一查询参数中的 msg_signature。'),
          )
        : invalid(
            text(
              'Signature: msg_signature does not fit the body, the timestamp, the nonce and this message token.',
              '签名：msg_signature 与正文、timestamp、nonce 及当前消息校验Token 不符。',
            ),
            text(
              'Is WXOP_MESSAGE_TOKEN the one of the console (消息校验Token), and are body and query of the same push? `--unsigned` tells whether the key fits.',
              'WXOP_MESSAGE_TOKEN 是否与控制台的「消息校验Token」一致？正文与参数是否来自同一次推送？可用 `--unsigned` 判断 Key 是否正确。',
            ),
          );
    case 'bad-padding':
      if (!failed.isWhole) {
        return invalid(
          text(
            'Cipher text: its length is not a whole number of AES blocks; part of it is missing.',
            '密文：长度不是 AES 分组的整数倍，内容不完整。',
          ),
          text('Capture the body again, whole.', '请重新完整截获正文。'),
        );
      }
      return failed.fits
        ? invalid(
            text(
              'Padding: the key fits, but the padding or the length inside is wrong.',
              '填充：Key 正确，但填充或内部长度有误。',
            ),
            text(
              'Whoever sealed it must pad to 32-byte blocks and count the message in bytes.',
              '加密方须按 32 字节分组填充，且消息长度按字节计算。',
            ),
          )
        : invalid(
            text(
              `Key: ${keys === 1 ? 'the EncodingAESKey does' : 'neither the current nor the previous EncodingAESKey does'} not open it.`,
              `Key：${keys === 1 ? '当前消息加解密Key' : '当前与更换前的消息加解密Key 均'}无法打开。`,
            ),
            text(
              'Compare WXOP_ENCODING_AES_KEY with the console (消息加解密Key); after a change there, also set WXOP_PREVIOUS_ENCODING_AES_KEY.',
              '请核对 WXOP_ENCODING_AES_KEY 与控制台的「消息加解密Key」；若刚更换过，请同时设置 WXOP_PREVIOUS_ENCODING_AES_KEY。',
            ),
          );
    case 'foreign-receiver':
      return invalid(
        text(
          `Receiver: made for ${failed.receiver || 'another component'}, not for ${componentAppId}.`,
          `接收方：该推送属于 ${failed.receiver || '其他第三方平台'}，而不是 ${componentAppId}。`,
        ),
        text(
          'The receiver is always the component, never the account. Choose its profile with --profile.',
          '接收方始终是第三方平台而非授权帐号。请用 --profile 选择对应配置。',
        ),
      );
    case 'malformed':
      return invalid(
        failed.repeated === undefined
          ? text('XML: it opened, but what is inside is not well-formed.', 'XML：已打开，但内容格式不正确。')
          : text(
              `XML: it opened, but ${failed.repeated} stands there more than once: a listener refuses it.`,
              `XML：已打开，但 ${failed.repeated} 重复出现，监听服务会拒绝该推送。`,
            ),
        text('It stands on stdout as it is (not with --json).', '内容已原样输出到 stdout（--json 时除外）。'),
      );
  }
}
