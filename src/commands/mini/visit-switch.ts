/** `wxop mini visit on` and `off`: takes the service of mini programs up again, and suspends it. */
import { defineCommand } from '../../cli/command.ts';
import { switchVisit } from '../../mini-program/switch-visit.ts';
import { text, type Text } from '../../sentences/text.ts';
import { printRows } from '../../terminal/rows.ts';
import type { BulkFailure } from '../bulk.ts';
import {
  ACCOUNTS,
  CHOICE_FLAGS,
  chosenAccounts,
  OUTCOME_COLUMNS,
  outcomeIn,
  outcomeOf,
  summaryOf,
  tellMiniFailures,
  workOnEach,
  type Outcome,
  type WorkedOn,
} from './chosen-accounts.ts';

const switchCommand = (isOpen: boolean, notes: Text, examples: string[]) =>
  defineCommand({
    arguments: { names: ACCOUNTS },
    flags: CHOICE_FLAGS,
    notes,
    examples,
    risk: 'production',
    output: 'document',
    prepare: async (context, { concurrency, format, ...choice }) => {
      const { terminal } = context;
      const chosen = await chosenAccounts(context, choice);
      return {
        question: questionOf(isOpen, chosen.appIds),
        run: async () => {
          const worked = await workOnEach(context, chosen, concurrency, async (call, steps) => {
            const { isChanged } = await switchVisit(call, isOpen, steps);
            return { outcome: outcomeOf(isChanged), isOpen };
          });
          const rows = worked.map((row): ChangedRow => ({ ...row, outcome: outcomeIn(row) }));
          const csv = ['nickName', 'appId', 'outcome', 'isOpen', 'error'] as const;
          await printRows(terminal, { columns: OUTCOME_COLUMNS, csv, rows, format });
          if (!terminal.json) terminal.note(summaryOf(rows));
          tellMiniFailures(context, rows);
        },
      };
    },
  });

export const visitOn = switchCommand(
  true,
  text('A mini program that WeChat suspended as a punishment stays so.', '因违规被微信暂停的小程序无法由此恢复。'),
  ['wxop mini visit on wx0123456789abcdef'],
);
export const visitOff = switchCommand(
  false,
  text('It takes a mini program offline at once, for all users.', '会立即对全部用户暂停服务。'),
  ['wxop mini visit off wx0123456789abcdef', 'wxop mini visit off --accounts closed.txt --yes'],
);

type ChangedRow = WorkedOn & { outcome: Outcome; isOpen?: boolean; error?: BulkFailure };

const questionOf = (isOpen: boolean, appIds: readonly string[]): Text => {
  const [count, one] = [appIds.length, appIds[0] ?? ''];
  const [english, chinese] = count === 1 ? [one, one] : [`${count} mini programs`, `${count} 个小程序`];
  return isOpen
    ? text(`Take up the service of ${english} again?`, `恢复 ${chinese}的服务？`)
    : text(`Suspend the service of ${english} at once, for all users?`, `立即对全部用户暂停 ${chinese}的服务？`);
};
