/** `wxop release quota`: how many audits are left this month. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { isCodeAccount } from '../../release/code-account.ts';
import { getAuditQuota } from '../../protocol/calls/release/audit-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import { openMiniProgram } from './mini-program.ts';

interface QuotaRow {
  of: 'audits' | 'hurries';
  rest: number;
  limit: number;
}

const NAMES = { audits: text('audits', '审核'), hurries: text('hurries', '加急') };

const ROWS: Rows<QuotaRow> = {
  columns: [
    { title: text('this month', '本月'), seen: ({ of }) => NAMES[of], piped: ({ of }) => of, isKey: true },
    { title: text('left', '剩余'), seen: ({ rest }) => String(rest) },
    { title: text('of', '上限'), seen: ({ limit }) => String(limit) },
  ],
  csv: [],
};

export const command = defineCommand({
  arguments: {
    account: parameter(
      '[account]',
      text('a mini program to ask with; any by default', '用于查询的小程序；默认任选一个'),
    ),
  },
  notes: text('All mini programs of the component share it.', '额度由第三方平台的全部小程序共用。'),
  examples: ['wxop release quota'],
  risk: 'reads',
  output: 'document',
  run: async (context, { account }) => {
    const { terminal } = context;
    const { appId, call } = await openMiniProgram(context, account ?? (await anyMiniProgram(context)));
    const { rest, limit, hurryRest, hurryLimit } = await call(getAuditQuota, undefined);
    const rows: QuotaRow[] = [
      { of: 'audits', rest, limit },
      { of: 'hurries', rest: hurryRest, limit: hurryLimit },
    ];
    const document = { askedWith: appId, rest, limit, hurryRest, hurryLimit };
    await printRows(terminal, { ...ROWS, rows, format: undefined, document });
    if (limit <= 0 && !terminal.json) terminal.note(DOUBTFUL);
  },
});

const DOUBTFUL = text(
  'WeChat is known to show 0 or -1 although submissions go through: only 85085 proves that the quota is used up.',
  '微信有时会显示 0 或 -1，但仍可提交：只有 85085 才表示额度用完。',
);

/** The first one that granted the development of its code. */
async function anyMiniProgram(context: Context): Promise<string> {
  for await (const account of (await context.keeper()).accounts()) {
    if (!('error' in account) && isCodeAccount(account)) return account.appId;
  }
  throw new WxopError(
    'NO_ACCOUNT',
    text('No mini program here granted the development of its code (18).', '本地没有授予权限集 18 的小程序。'),
    {
      hint: text(
        'WeChat answers with the token of a mini program only: `wxop authorize --type mini`.',
        '额度须用小程序的令牌查询。请先授权一个小程序：`wxop authorize --type mini`。',
      ),
    },
  );
}
