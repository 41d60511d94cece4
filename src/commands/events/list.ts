/** `wxop events list`: what WeChat pushed, and whether it was forwarded. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { text, type Text } from '../../sentences/text.ts';
import { countArgument } from '../arguments.ts';
import { printRows } from '../../terminal/rows.ts';
import { FORMAT } from '../flags.ts';
import { entryJson, entryRowsAt } from './entry-view.ts';
import { DEAD, FILTER_FLAGS, selectEntries } from './select-entries.ts';

export const command = defineCommand({
  flags: {
    ...FILTER_FLAGS,
    dead: DEAD,
    limit: parameter('--limit <number>', text('maximum number of entries', '最多显示的条数'), {
      parse: countArgument(1),
      fallback: 50,
    }),
    format: FORMAT,
  },
  examples: ['wxop events list --type event --event subscribe --since 2h', 'wxop events list --dead'],
  risk: 'reads',
  output: 'document',
  run: async (context, { format, ...flags }) => {
    const { terminal } = context;
    const { limit } = flags;
    // One more than is shown says whether there is more.
    const found = await selectEntries(context, { ...flags, limit: limit + 1 });
    const shown = found.slice(-limit);
    if (found.length > limit) terminal.note(moreThan(limit));
    const document = shown.map(({ entry, deliveries }) => entryJson(entry, deliveries));
    await printRows(terminal, { ...entryRowsAt(context.now()), rows: shown, format, document });
    if (shown.length === 0 && !terminal.json) terminal.note(text('Nothing found.', '没有符合条件的推送。'));
  },
});

const moreThan = (limit: number): Text =>
  text(
    `These are the newest ${limit}; there are more: --limit ${limit * 10}.`,
    `仅显示最新的 ${limit} 条，还有更多：--limit ${limit * 10}。`,
  );
