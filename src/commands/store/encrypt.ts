/** `wxop store encrypt`: encryption at rest, switched on in place. */
import { defineCommand } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { convertStore, expectKey } from './convert-store.ts';

const QUESTION = text('Encrypt the whole store in place?', '就地加密整个存储？');
const NOTES = text(
  `First set the key for every machine and program that uses this store, and
restart them: with the key they read both forms, without it they stop at the
first encrypted record. Then run this once. If it is interrupted, run it again.

It covers the records of the store, and pushes that are journaled from then on.
It does not cover config.json: secrets of a profile (AppSecret, AES key) stay
there in plain text, for its owner only. Keep them in files (…_FILE) instead.`,
  `请先为使用该存储的每台机器设置该密钥，并重启正在运行的程序：
有密钥即可读取两种形式，没有则无法读取已加密的记录。
然后运行一次。若被中断，重新运行即可。

加密范围：存储中的记录，以及此后记入日志的推送。
config.json 不在其内：其中的 AppSecret、消息加解密Key 等仍为明文，仅属主可读。
建议改用 …_FILE 指定的文件保存。`,
);

export const command = defineCommand({
  notes: NOTES,
  examples: ['WXOP_STORE_KEY_FILE=/etc/wxop/store.key wxop store encrypt'],
  risk: 'production',
  output: 'document',
  question: (_, { settings }) => {
    settings.need('componentAppId');
    expectKey(settings);
    return QUESTION;
  },
  run: (context) => convertStore(context, 'sealed'),
});
