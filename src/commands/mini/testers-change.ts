/** `wxop mini testers add` and `remove`: changes who may open the trial version of mini programs. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { addTester, removeTester, type ChangedTester } from '../../mini-program/change-tester.ts';
import type { Tester } from '../../protocol/calls/mini-program/tester-endpoints.ts';
import type { StepOptions } from '../../release/steps/send-once.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { ACCOUNTS, CHOICE_FLAGS, chosenAccounts, type GivenChoice } from './chosen-accounts.ts';
import { outcomeOf, printOutcomes } from './print-outcomes.ts';
import { workOnEach } from './work-on-each.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

/** May be given again and again. */
const list = { parse: (typed: string, before: string[] | undefined): string[] => [...(before ?? []), typed] };

const WECHAT_ID = parameter(
  '--wechat-id <id>',
  text('the WeChat id (微信号) of a person; may be given again', '微信号；可重复'),
  list,
);

export const testersAdd = defineCommand({
  arguments: { names: ACCOUNTS },
  flags: { wechatId: WECHAT_ID, ...CHOICE_FLAGS },
  notes: text(
    'The administrator needs no binding. Keep the userstr that is printed: WeChat lists testers by it, without names.',
    '管理员无需绑定。请保存所输出的 userstr：微信以此列出体验成员，不含姓名。',
  ),
  examples: [
    'wxop mini testers add wx0123456789abcdef --wechat-id xiaoming_2024',
    'wxop mini testers add --all --wechat-id xiaoming_2024 --wechat-id lihua_2024',
  ],
  risk: 'writes',
  output: 'document',
  run: async (context, { wechatId = [], ...given }) => {
    if (wechatId.length === 0) throw namePeople();
    await changeTesters(context, given, wechatId, (call, id, steps) => addTester(call, id, steps));
  },
});

export const testersRemove = defineCommand({
  arguments: { names: ACCOUNTS },
  flags: {
    wechatId: WECHAT_ID,
    userstr: parameter(
      '--userstr <userstr>',
      text('a tester as list shows it; may be given again', '体验成员的 userstr，见 list 的输出；可重复'),
      list,
    ),
    ...CHOICE_FLAGS,
  },
  examples: [
    'wxop mini testers remove wx0123456789abcdef --wechat-id xiaoming_2024',
    'wxop mini testers remove wx0123456789abcdef --userstr 7e6f2a1c',
  ],
  risk: 'writes',
  output: 'document',
  run: async (context, { wechatId = [], userstr = [], ...given }) => {
    const people: Tester[] = [...wechatId.map((id) => ({ wechatId: id })), ...userstr.map((one) => ({ userstr: one }))];
    if (people.length === 0) throw namePeople();
    await changeTesters(context, given, people, (call, person, steps) => removeTester(call, person, steps));
  },
});

async function changeTesters<Person>(
  context: Context,
  { concurrency, format, ...choice }: GivenChoice,
  people: readonly Person[],
  change: (call: HolderCall, person: Person, steps: StepOptions) => Promise<ChangedTester>,
): Promise<void> {
  const chosen = await chosenAccounts(context, choice);
  const worked = await workOnEach(context, chosen, concurrency, async (call, steps) => {
    const testers: ChangedTester[] = [];
    for (const person of people) testers.push(await change(call, person, steps));
    return { outcome: outcomeOf(testers.some(({ isChanged }) => isChanged)), testers };
  });
  await printOutcomes(context, worked, {
    format,
    columns: [{ title: text('userstr', 'userstr'), seen: ({ testers = [] }) => userstrs(testers) || '-', spare: 3 }],
    csv: [['userstr', ({ testers = [] }) => userstrs(testers)]],
  });
}

const userstrs = (testers: readonly ChangedTester[]): string =>
  testers.flatMap(({ userstr }) => (userstr === undefined ? [] : [userstr])).join(' ');

const namePeople = (): WxopError =>
  new WxopError('USAGE', text('Name at least one person.', '请至少指定一人。'), {
    hint: text('For example --wechat-id xiaoming_2024.', '例如 --wechat-id xiaoming_2024。'),
  });
