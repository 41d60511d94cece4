/** `wxop mini testers list`: who may open the trial version of mini programs. */
import { defineCommand } from '../../cli/command.ts';
import { getTesters } from '../../protocol/calls/mini-program/tester-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { ACCOUNTS, CHOICE_FLAGS, chosenAccounts } from './chosen-accounts.ts';
import { printEach, tellMiniFailures, workOnEach, type MaybeFailed } from './work-on-each.ts';

export const command = defineCommand({
  arguments: { names: ACCOUNTS },
  flags: CHOICE_FLAGS,
  notes: text(
    'WeChat lists testers without their names, by a userstr of its own.',
    '微信列出体验成员时不含姓名，只有其自己的 userstr。',
  ),
  examples: ['wxop mini testers list wx0123456789abcdef', 'wxop mini testers list --all --format csv'],
  risk: 'reads',
  output: 'document',
  run: async (context, { concurrency, format, ...choice }) => {
    const chosen = await chosenAccounts(context, choice);
    const accounts = await workOnEach(context, chosen, concurrency, async (call) => ({
      testers: await call(getTesters, undefined),
    }));
    await printEach<{ testers: string[] }, TesterRow>(context, accounts, {
      rowsOf: ({ testers }) => testers.map((userstr) => ({ userstr })),
      columns: [{ title: text('tester', '体验成员'), seen: ({ userstr }) => userstr ?? '-' }],
      csv: ['userstr'],
      format,
    });
    tellMiniFailures(context, accounts);
  },
});

type TesterRow = MaybeFailed & { userstr?: string };
