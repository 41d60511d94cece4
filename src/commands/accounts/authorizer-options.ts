/** The options of one account, read and written with whichever pair of calls WeChat takes. */
import type { Context } from '../../cli/context.ts';
import {
  ACCOUNT_OPTIONS,
  getAuthorizerOption,
  isWrongPair,
  OWN_OPTION,
  setAuthorizerOption,
  type OptionName,
} from '../../protocol/calls/option-endpoints.ts';
import { text } from '../../sentences/text.ts';
import type { Rows } from '../../terminal/rows.ts';
import { resolveAccount } from '../resolve-account.ts';

export interface OptionRow {
  name: OptionName;
  /** As WeChat writes it. */
  value: string;
  /** As wxop names it; absent for a value that the documents do not name. */
  state?: string;
}

export const OPTION_ROWS: Rows<OptionRow> = {
  columns: [
    { title: text('option', '选项'), seen: ({ name }) => name, isKey: true },
    { title: text('value', '取值'), seen: ({ value, state }) => state ?? value },
    {
      title: text('means', '含义'),
      seen: ({ name, value }) =>
        ACCOUNT_OPTIONS[name].values.find((known) => known.value === value)?.means ?? UNDOCUMENTED,
      long: { become: 'wrapped', least: 20 },
    },
  ],
  csv: ['name', 'value', 'state'],
};

const UNDOCUMENTED = text('a value that the documents do not name', '微信文档未说明的取值');

export function optionRow(name: OptionName, value: string): OptionRow {
  const known = ACCOUNT_OPTIONS[name].values.find((one) => one.value === value);
  return { name, value, ...(known && { state: known.state }) };
}

export interface AccountOptions {
  appId: string;
  get(name: OptionName): Promise<string>;
  set(name: OptionName, value: string): Promise<void>;
}

export async function openOptions(context: Context, given: string): Promise<AccountOptions> {
  const accountAppId = await resolveAccount(context, given);
  const keeper = await context.keeper();
  const { componentAppId } = context.settings.need('componentAppId');
  // The account is looked at before the component's token: that one is good for any account.
  await keeper.account(accountAppId);
  const of = (name: OptionName) => ({ appId: componentAppId, accountAppId, name });
  const own = { account: accountAppId };
  const orElse =
    <Answer>(other: () => Promise<Answer>) =>
    (error: unknown): Promise<Answer> => {
      if (!isWrongPair(error)) throw error;
      return other();
    };
  return {
    appId: accountAppId,
    get: (name) =>
      keeper
        .call({ component: true }, getAuthorizerOption, of(name))
        .catch(orElse(() => keeper.call(own, OWN_OPTION.get, of(name)))),
    set: (name, value) =>
      keeper
        .call({ component: true }, setAuthorizerOption, { ...of(name), value })
        .catch(orElse(() => keeper.call(own, OWN_OPTION.set, { ...of(name), value }))),
  };
}
