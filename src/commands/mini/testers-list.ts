/** `wxop mini testers list`: who may open the trial version of mini programs. */
import { defineCommand } from '../../cli/command.ts';
import { getTesters } from '../../protocol/calls/mini-program/tester-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import type { BulkFailure } from '../bulk.ts';
import {
  ACCOUNTS,
  CHOICE_FLAGS,
  chosenAccounts,
  failureColumn,
  isFailed,
  NAME_COLUMNS,
  tellMiniFailures,
  workOnEach,
  type WorkedOn,
} from './chosen-accounts.ts';

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
    const rows = accounts.flatMap((account): TesterRow[] => {
      if (isFailed(account)) return [account];
      const { appId, nickName, testers } = account;
      return testers.length > 0 ? testers.map((userstr) => ({ appId, nickName, userstr })) : [{ appId, nickName }];
    });
    await printRows(context.terminal, { ...testerRows(rows), rows, format, document: accounts });
    tellMiniFailures(context, accounts);
  },
});

type TesterRow = WorkedOn & { userstr?: string; error?: BulkFailure };

const testerRows = (rows: readonly TesterRow[]): Rows<TesterRow> => ({
  columns: [
    ...NAME_COLUMNS,
    { title: text('tester', '体验成员'), seen: ({ userstr }) => userstr ?? '-' },
    failureColumn(rows),
  ],
  csv: ['nickName', 'appId', 'userstr', 'error'],
});
