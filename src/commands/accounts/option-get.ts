/** `wxop accounts option get`: what an account has switched on. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { OPTION_NAMES, type OptionName } from '../../protocol/calls/option-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { printRows } from '../../terminal/rows.ts';
import { ACCOUNT, FORMAT } from '../flags.ts';
import { openOptions, optionRow, OPTION_ROWS, type OptionRow } from './authorizer-options.ts';

export const command = defineCommand({
  arguments: {
    account: ACCOUNT,
    name: parameter('[name]', text('one option; without it, all', '某个选项；省略则显示全部'), {
      choices: OPTION_NAMES,
    }),
  },
  flags: { format: FORMAT },
  examples: ['wxop accounts option get wx0123456789abcdef', 'wxop accounts option get 春风茶馆 location_report'],
  risk: 'reads',
  output: 'document',
  run: async (context, { account, name, format }) => {
    const { appId, get } = await openOptions(context, account);
    const rows: OptionRow[] = [];
    const names: readonly OptionName[] = name === undefined ? OPTION_NAMES : [name];
    for (const one of names) rows.push(optionRow(one, await get(one)));
    await printRows(context.terminal, { ...OPTION_ROWS, rows, format, document: { appId, options: rows } });
  },
});
