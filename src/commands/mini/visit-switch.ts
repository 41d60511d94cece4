/** `wxop mini visit on` and `off`: takes the service of mini programs up again, and suspends it. */
import { defineCommand } from '../../cli/command.ts';
import { switchVisit } from '../../mini-program/switch-visit.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { ACCOUNTS, CHOICE_FLAGS, chosenAccounts, inQuestion } from './chosen-accounts.ts';
import { outcomeOf, printOutcomes } from './print-outcomes.ts';
import { workOnEach } from './work-on-each.ts';

const switchCommand = (isOpen: boolean, notes: Text, examples: string[]) =>
  defineCommand({
    arguments: { names: ACCOUNTS },
    flags: CHOICE_FLAGS,
    notes,
    examples,
    risk: 'production',
    output: 'document',
    prepare: async (context, { concurrency, format, ...choice }) => {
      const chosen = await chosenAccounts(context, choice);
      return {
        question: questionOf(isOpen, inQuestion(chosen)),
        run: async () => {
          const worked = await workOnEach(context, chosen, concurrency, async (call, steps) => {
            const { isChanged } = await switchVisit(call, isOpen, steps);
            return { outcome: outcomeOf(isChanged), isOpen };
          });
          await printOutcomes(context, worked, { format, csv: ['isOpen'] });
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

const questionOf = (isOpen: boolean, whose: Text): Text =>
  isOpen
    ? text(en`Take up the service of ${whose} again?`, zh`恢复 ${whose} 的服务？`)
    : text(en`Suspend the service of ${whose} at once, for all users?`, zh`立即对全部用户暂停 ${whose} 的服务？`);
