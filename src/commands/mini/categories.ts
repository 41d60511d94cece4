/** `wxop mini categories`: the categories of mini programs, which of them an audit takes, and why not. */
import { defineCommand } from '../../cli/command.ts';
import { readCategories, type ReadCategory } from '../../mini-program/read-categories.ts';
import type { CategoryState } from '../../protocol/calls/mini-program/category-endpoints.ts';
import { text, type Text } from '../../sentences/text.ts';
import type { Column, Tone } from '../../terminal/rows.ts';
import { ACCOUNTS, CHOICE_FLAGS, chosenAccounts } from './chosen-accounts.ts';
import { isFailed, printEach, tellMiniFailures, workOnEach, type MaybeFailed } from './work-on-each.ts';

export const command = defineCommand({
  arguments: { names: ACCOUNTS },
  flags: CHOICE_FLAGS,
  notes: text(
    'An audit needs an approved category (85008). The state of the others is shown only where permission set 30 was granted.',
    '提交审核需要已通过的类目（85008）。仅在授予权限集 30 时可查看其他类目的状态。',
  ),
  examples: ['wxop mini categories wx0123456789abcdef', 'wxop mini categories --all --format csv'],
  risk: 'reads',
  output: 'document',
  run: async (context, { concurrency, format, ...choice }) => {
    const { terminal } = context;
    const chosen = await chosenAccounts(context, choice);
    const accounts = await workOnEach(context, chosen, concurrency, (call) => readCategories(call));
    await printEach<{ categories: ReadCategory[] }, CategoryRow>(context, accounts, {
      rowsOf: ({ categories }) => categories,
      columns: COLUMNS,
      csv: ['name', 'ids', 'state', 'isUsable', 'reason'],
      format,
    });
    const without = accounts.filter((one) => !isFailed(one) && !one.categories.some(({ isUsable }) => isUsable)).length;
    if (without > 0 && !terminal.json) terminal.warn(noneApproved(without));
    tellMiniFailures(context, accounts);
  },
});

type CategoryRow = MaybeFailed & Partial<ReadCategory>;

const STATES: Record<CategoryState, Text> = {
  approved: text('approved', '已通过'),
  inAudit: text('in audit', '审核中'),
  rejected: text('rejected', '未通过'),
  unknown: text('unknown', '未知'),
};
const TONES: Record<CategoryState, Tone> = {
  approved: 'ok',
  inAudit: 'attention',
  rejected: 'failure',
  unknown: 'secondary',
};

const COLUMNS: readonly Column<CategoryRow>[] = [
  { title: text('category', '类目'), seen: ({ name }) => name ?? '-', long: { become: 'wrapped', least: 12 } },
  { title: text('ids', '类目 ID'), seen: ({ ids = [] }) => ids.join('/') || '-', spare: 3 },
  {
    title: text('state', '状态'),
    seen: ({ state }) => (state ? STATES[state] : '-'),
    piped: ({ state }) => state ?? '-',
    tone: ({ state }) => (state ? TONES[state] : undefined),
  },
  {
    title: text('reason', '原因'),
    seen: ({ reason }) => reason || '-',
    long: { become: 'wrapped', least: 12 },
    spare: 4,
  },
];

const noneApproved = (count: number): Text =>
  text(
    `${count} without an approved category: WeChat refuses their audits (85008). Add one at mp.weixin.qq.com, and wait until it is approved.`,
    `${count} 个没有已通过的类目，微信会拒绝其审核（85008）。请在 mp.weixin.qq.com 添加并等待通过。`,
  );
