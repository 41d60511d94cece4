/** `wxop help errors`: the codes of wxop's own errors, each with its exit code. */
import { ERROR_CODES } from '../../sentences/error-codes.ts';
import { en, inLang, text, zh } from '../../sentences/text.ts';
import { proseBlock, rowsBlock } from './sections.ts';
import type { Topic } from './topics.ts';

const AFTERWARDS = text(
  'The number is the exit code. For an error number of WeChat: `wxop explain <number>`.',
  '数字为退出码。微信的错误码：`wxop explain <错误码>`。',
);

export const topic: Topic = {
  sections: () => [
    {
      body: [
        rowsBlock(
          Object.entries(ERROR_CODES).map(([term, { exit, means }]) => ({
            term,
            about: text(en`${exit}  ${means}`, zh`${exit}  ${means}`),
          })),
        ),
      ],
    },
    { body: [proseBlock(AFTERWARDS)] },
  ],
  document: (lang) =>
    Object.entries(ERROR_CODES).map(([code, { exit, retryable, means }]) => ({
      code,
      exitCode: exit,
      retryable,
      means: inLang(means, lang),
    })),
};
