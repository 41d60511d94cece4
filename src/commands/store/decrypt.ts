/** `wxop store decrypt`: takes the encryption off in place. */
import { defineCommand } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { convertStore } from './convert-store.ts';

const QUESTION = text('Remove the encryption of the whole store?', '解除整个存储的加密？');
const NOTES = text(
  `Programs that still have the key go on encrypting what they write: remove the
key there, restart them, and run this once more with the key. The journal of
pushes stays encrypted: keep the key until its entries have expired (7 days).`,
  `其他仍设有密钥的程序写入的内容会再次加密：
请在各处移除密钥并重启，再带密钥运行一次。
推送日志保持原有形式：请保留密钥直到其过期（7 天）。`,
);

export const command = defineCommand({
  notes: NOTES,
  examples: ['WXOP_STORE_KEY_FILE=/etc/wxop/store.key wxop store decrypt'],
  risk: 'production',
  output: 'document',
  question: (_, { settings }) => {
    settings.need('componentAppId');
    return QUESTION;
  },
  run: (context) => convertStore(context, 'plain'),
});
