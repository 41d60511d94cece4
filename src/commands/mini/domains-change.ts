/** `wxop mini domains add`, `remove` and `set`: changes the domains of mini programs in one of their two ways. */
import { defineCommand, parameter, type Given, type Prepared } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { changeDomains, type ChangedDomains } from '../../mini-program/change-domains.ts';
import { expectRegistered } from '../../mini-program/change-own-domains.ts';
import type { DomainChange } from '../../protocol/calls/mini-program/domain-endpoints.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { actAs } from '../act-as.ts';
import { ACCOUNTS, CHOICE_FLAGS, chosenAccounts, inQuestion } from './chosen-accounts.ts';
import { outcomeOf, printOutcomes } from './print-outcomes.ts';
import { workOnEach } from './work-on-each.ts';
import { changeOwn, expectNoAccounts, OWN, QUESTION_OF_OWN } from './own-domains.ts';
import { checkedDomains, checkedOwnDomains, DOMAIN_FLAGS, typedDomains } from './typed-domains.ts';

const BOTH_WAYS = text(
  'A mini program has 50 changes a month; what is so already costs none. Do not mix the two ways: a release deletes what came through the component and is no longer on its own list.',
  '每个小程序每月可修改 50 次，已是如此的不计次数。两种方式不要混用：经第三方平台设置的域名若已不在其自身列表中，发布时会被删除。',
);
const REPLACES = text(
  'It replaces the kinds that you name; the others stay. Web-view domains that were set directly and are live: use add for more of them, as WeChat asks.',
  '只替换所指定的种类，其余不变。直接设置的业务域名上线后，请按微信要求用 add 追加。',
);

const ARGUMENTS = { names: ACCOUNTS };
const FLAGS = {
  ...DOMAIN_FLAGS,
  viaComponent: parameter(
    '--via-component',
    text("through the component's own list instead of directly", '经第三方平台自身的列表，而非直接设置'),
  ),
  own: OWN,
  ...CHOICE_FLAGS,
};

const prepareChange =
  (action: DomainChange) =>
  async (context: Context, given: Given<typeof ARGUMENTS, typeof FLAGS>): Promise<Prepared> => {
    const { own, format, concurrency, viaComponent, ...choice } = given;
    const typed = typedDomains(choice);
    if (Object.keys(typed).length === 0) throw nameDomains();
    if (own) {
      expectNoAccounts({ ...choice, viaComponent });
      const wanted = checkedOwnDomains(typed);
      return { question: QUESTION_OF_OWN, run: () => changeOwn(context, action, wanted, format) };
    }
    // What is typed wrong costs no call.
    const domains = checkedDomains(typed);
    const chosen = await chosenAccounts(context, choice);
    const way = viaComponent ? 'component' : 'direct';
    if (viaComponent && action !== 'delete')
      await expectRegistered((await actAs(context, { component: true })).call, domains);
    return {
      question: questionOf(action, inQuestion(chosen)),
      run: async () => {
        const rows = await workOnEach(context, chosen, concurrency, async (call, steps) =>
          changedJson(await changeDomains(call, { action, way, domains }, steps)),
        );
        await printOutcomes(context, rows, { format, csv: ['before', 'after'], afterwards: AFTER_RELEASE });
      },
    };
  };

export const domainsAdd = defineCommand({
  arguments: ARGUMENTS,
  flags: FLAGS,
  notes: BOTH_WAYS,
  examples: [
    'wxop mini domains add wx0123456789abcdef --request https://example.com',
    'wxop mini domains add --all --via-component --request https://example.com',
    'wxop mini domains add --own --request api.example.com',
  ],
  risk: 'writes',
  output: 'document',
  run: async (context, given) => (await prepareChange('add')(context, given)).run(),
});

export const domainsRemove = defineCommand({
  arguments: ARGUMENTS,
  flags: FLAGS,
  notes: BOTH_WAYS,
  examples: ['wxop mini domains remove wx0123456789abcdef --request https://example.com'],
  risk: 'production',
  output: 'document',
  prepare: prepareChange('delete'),
});

export const domainsSet = defineCommand({
  arguments: ARGUMENTS,
  flags: FLAGS,
  notes: REPLACES,
  examples: [
    'wxop mini domains set wx0123456789abcdef --socket wss://example.com',
    'wxop mini domains set --accounts shops.txt --request https://example.com',
  ],
  risk: 'production',
  output: 'document',
  prepare: prepareChange('set'),
});

const questionOf = (action: DomainChange, whose: Text): Text =>
  action === 'set'
    ? text(
        en`Replace domains of ${whose}? From the next release on, only the new ones can be reached.`,
        zh`替换 ${whose} 的域名？下次发布后只能访问新的域名。`,
      )
    : text(
        en`Remove domains of ${whose}? From the next release on, they cannot be reached any more.`,
        zh`移除 ${whose} 的域名？下次发布后将无法访问。`,
      );

const nameDomains = (): WxopError =>
  new WxopError('USAGE', text('Name at least one domain.', '请至少指定一个域名。'), {
    hint: text('For example --request https://api.example.com.', '例如 --request https://api.example.com。'),
  });

const changedJson = ({ isChanged, before, after }: ChangedDomains) => ({
  outcome: outcomeOf(isChanged),
  before,
  after,
});

const AFTER_RELEASE = text('Domains work with the next release.', '域名随下次发布生效。');
