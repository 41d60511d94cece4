/** `wxop decrypt`: opens a captured push, or says precisely why it does not open. */
import { defineCommand, parameter } from '../cli/command.ts';
import { openCapture } from '../receiver-kit/capture.ts';
import { text } from '../sentences/text.ts';
import { explainCapture } from './explain/explain-capture.ts';

export const command = defineCommand({
  flags: {
    url: parameter('--url <url>', text('the URL that was pushed to, or just its query', '推送的网址，或仅其查询参数')),
    timestamp: parameter('--timestamp <seconds>', text('timestamp of the query', '查询参数 timestamp')),
    nonce: parameter('--nonce <nonce>', text('nonce of the query', '查询参数 nonce')),
    msgSignature: parameter('--msg-signature <hex>', text('msg_signature of the query', '查询参数 msg_signature')),
    unsigned: parameter(
      '--unsigned',
      text('open it although there is no signature to check', '没有签名可校验时也打开'),
    ),
  },
  examples: [
    "wxop decrypt --url '/e?timestamp=1&nonce=2&msg_signature=3' < body.xml",
    'wxop decrypt --timestamp 1 --nonce 2 --msg-signature 3 < body.xml',
    'wxop decrypt --unsigned --json < encrypt.txt | jq .fields',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, flags) => {
    const { terminal, settings } = context;
    const needed = settings.need('componentAppId', 'messageToken', 'encodingAesKey');
    const previous = settings.find('previousEncodingAesKey');
    const encodingAesKeys = [needed.encodingAesKey, ...(previous ? [previous] : [])];
    const query = flags.url === undefined ? undefined : queryOf(flags.url);
    const capture = {
      timestamp: flags.timestamp ?? query?.get('timestamp') ?? undefined,
      nonce: flags.nonce ?? query?.get('nonce') ?? undefined,
      signature: flags.msgSignature ?? query?.get('msg_signature') ?? undefined,
      unsigned: flags.unsigned,
      body: await context.stdin.text(),
    };
    const opened = openCapture(capture, { ...needed, encodingAesKeys });
    if (opened.failure !== undefined) {
      // What was decrypted is worth seeing, well-formed or not.
      if (opened.failure === 'malformed' && !terminal.json) terminal.reveal(opened.text);
      throw explainCapture(opened, { componentAppId: needed.componentAppId, keys: encodingAesKeys.length });
    }
    if (!opened.isSigned) terminal.warn(NOT_SIGNED);
    if (opened.key === 'previous') terminal.note(PREVIOUS_KEY);
    const { text: xml, fields, isSigned, key } = opened;
    // Showing the content is what this command is for, secrets included.
    if (terminal.json) terminal.revealJson({ xml, signed: isSigned, key, fields });
    else terminal.reveal(xml);
  },
});

const NOT_SIGNED = text(
  'There is no signature, so nothing proves who made this push.',
  '没有签名可校验：无法证明该推送的来源。',
);
const PREVIOUS_KEY = text('The previous EncodingAESKey opened it.', '由更换前的消息加解密Key 打开。');

/** A whole URL, a path with its query, or the query alone; a `+` stays one. */
function queryOf(pasted: string): URLSearchParams {
  const trimmed = pasted.trim().replace(/#.*$/, '');
  return new URLSearchParams(trimmed.slice(trimmed.indexOf('?') + 1).replaceAll('+', '%2B'));
}
