/** `wxop events tail`: pushes as they come. */
import { defineCommand } from '../../cli/command.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { isError, type WxopError } from '../../sentences/wxop-error.ts';
import { entryJson, entryLine } from './entry-view.ts';
import { entryFilter, FILTER_FLAGS } from './select-entries.ts';

export const command = defineCommand({
  flags: FILTER_FLAGS,
  examples: ['wxop events tail --json | jq .type', 'wxop events tail --since 10m'],
  risk: 'reads',
  output: 'lines',
  run: async (context, flags) => {
    const { terminal } = context;
    const journal = await (await context.listener()).journal();
    const onOutage = (outage: WxopError | undefined): void => {
      if (outage) terminal.warn(text(en`${outage.text} Trying again.`, zh`${outage.text}正在重试。`));
      else terminal.note(text('Redis is reachable again.', 'Redis 已恢复。'));
    };
    try {
      for await (const entry of journal.follow(await entryFilter(context, flags), context.runtime.signal, onOutage)) {
        if (terminal.json) terminal.printJson(entryJson(entry, []));
        else terminal.print(entryLine(entry, terminal.out));
      }
    } catch (error) {
      // Being stopped is how it ends, not how it fails.
      if (!isError(error, 'CANCELLED')) throw error;
    }
  },
});
