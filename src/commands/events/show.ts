/** `wxop events show`: one push with its fields. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { maskPushFields, openFields } from '../../protocol/opened-push.ts';
import { openingKeys } from '../../settings/opening-keys.ts';
import { text } from '../../sentences/text.ts';
import { entryJson, entryLines } from './entry-view.ts';
import { findEntry } from './select-entries.ts';

export const command = defineCommand({
  arguments: { id: parameter('<id>', text('from `events list`', '见 `events list`')) },
  examples: ['wxop events show 0mibm4k2v00008f3k2x9a'],
  risk: 'reads',
  output: 'document',
  run: async (context, { id }) => {
    const { terminal } = context;
    const entry = await findEntry(context, id);
    const journal = await (await context.listener()).journal();
    const deliveries = (await journal.deliveries()).filter((delivery) => delivery.id === id);
    const opened = openFields(entry.body, openingKeys(context.settings));
    const fields = opened && entry.kind === 'event' ? maskPushFields(opened) : opened;
    if (terminal.json) return terminal.printJson({ ...entryJson(entry, deliveries), fields: fields ?? null });
    terminal.print(...entryLines(context, entry, deliveries, fields));
  },
});
