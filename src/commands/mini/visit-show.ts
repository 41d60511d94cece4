/** `wxop mini visit show`: whether mini programs are in service. */
import { defineCommand } from '../../cli/command.ts';
import { getVisitStatus } from '../../protocol/calls/release/release-endpoints.ts';
import { text } from '../../sentences/text.ts';
import type { Column } from '../../terminal/rows.ts';
import { ACCOUNTS, CHOICE_FLAGS, chosenAccounts } from './chosen-accounts.ts';
import { printEach, tellMiniFailures, workOnEach, type MaybeFailed } from './work-on-each.ts';

export const command = defineCommand({
  arguments: { names: ACCOUNTS },
  flags: CHOICE_FLAGS,
  notes: text(
    'WeChat does not tell who suspended it: the component, or WeChat as a punishment.',
    '微信不区分是第三方平台暂停，还是因违规被微信暂停。',
  ),
  examples: ['wxop mini visit show wx0123456789abcdef', 'wxop mini visit show --all'],
  risk: 'reads',
  output: 'document',
  run: async (context, { concurrency, format, ...choice }) => {
    const chosen = await chosenAccounts(context, choice);
    const accounts = await workOnEach(context, chosen, concurrency, (call) => call(getVisitStatus, undefined));
    await printEach<{ isOpen: boolean }, VisitRow>(context, accounts, {
      rowsOf: ({ isOpen }) => [{ isOpen }],
      columns: COLUMNS,
      csv: ['isOpen'],
      format,
    });
    tellMiniFailures(context, accounts);
  },
});

type VisitRow = MaybeFailed & { isOpen?: boolean };

const STATES = { open: text('in service', '服务中'), suspended: text('suspended', '已暂停') };
const UNKNOWN = text('-', '-');

const COLUMNS: readonly Column<VisitRow>[] = [
  {
    title: text('service', '服务状态'),
    seen: ({ isOpen }) => (isOpen === undefined ? UNKNOWN : isOpen ? STATES.open : STATES.suspended),
    piped: ({ isOpen }) => (isOpen === undefined ? '-' : String(isOpen)),
    tone: ({ isOpen }) => (isOpen ? 'ok' : 'attention'),
  },
];
