/** `wxop help flags`: the flags that every command takes. */
import { inLang, text } from '../../sentences/text.ts';
import { PRECEDENCE } from './environment-topic.ts';
import { globalFlagRows } from './help-pages.ts';
import { proseBlock, rowsBlock } from './sections.ts';
import type { Topic } from './topics.ts';

const WHERE = text(
  'Every command takes these flags, before its name or after it. What follows `--` is no flag.',
  '所有命令都接受这些选项，可写在命令之前或之后；`--` 之后的内容不作为选项。',
);
const DURATIONS = text(
  'Durations are written like 500ms, 20s, 11m, 2h; a number alone means seconds.',
  '时长写法如 500ms、20s、11m、2h；只写数字表示秒。',
);

export const topic: Topic = {
  sections: () => [
    { body: [proseBlock(WHERE)] },
    { title: text('Flags', '选项'), body: [rowsBlock(globalFlagRows())] },
    { body: [proseBlock(PRECEDENCE), proseBlock(DURATIONS)] },
  ],
  document: (lang) =>
    globalFlagRows().map(({ term, about }) => ({ written: inLang(term, lang), about: inLang(about, lang) })),
};
