/** `wxop serve log`: who used the broker for what. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Use } from '../../broker/audit-log.ts';
import { iso } from '../../sentences/iso-time.ts';
import { localTime } from '../../sentences/local-time.ts';
import { text } from '../../sentences/text.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import { countArgument, durationArgument } from '../arguments.ts';
import { FORMAT } from '../flags.ts';
import { resolveHolder } from '../resolve-holder.ts';

const ROWS: Rows<Use> = {
  columns: [
    { title: text('time', '时间'), seen: ({ at }) => localTime(at), piped: ({ at }) => iso(at) },
    { title: text('key', '密钥'), seen: ({ key }) => key || '-', isKey: true },
    { title: text('account', '帐号'), seen: ({ account }) => account ?? '-' },
    {
      title: text('call', '调用'),
      seen: ({ method, path }) => `${method} ${path}`.trim() || '-',
      long: { become: 'wrapped', least: 20 },
    },
    {
      title: text('status', '状态码'),
      seen: ({ status }) => String(status),
      tone: ({ status }) => (status < 400 ? 'ok' : 'failure'),
    },
    { title: text('times', '次数'), seen: ({ count }) => String(count) },
    { title: text('from', '来源'), seen: ({ address }) => address || '-', spare: 1 },
  ],
  csv: ['at', 'key', 'account', 'method', 'path', 'status', 'count', 'address'],
};

export const command = defineCommand({
  flags: {
    key: parameter('--key <name>', text('of this key only', '仅该密钥')),
    account: parameter('--account <holder>', text('for this account, or component', '仅该帐号，或 component')),
    since: parameter('--since <duration>', text('not older than this', '仅最近这段时间'), { parse: durationArgument }),
    limit: parameter('--limit <n>', text('the newest lines', '最新的条数'), { parse: countArgument(1), fallback: 100 }),
    format: FORMAT,
  },
  notes: text(
    'The same within one second is one line, with how often it was.',
    '同一秒内相同的调用合为一行，并注明次数。',
  ),
  examples: ['wxop serve log', 'wxop serve log --key ci --since 24h', 'wxop serve log --account component --json'],
  risk: 'reads',
  output: 'document',
  run: async (context, { key, account, since, limit, format }) => {
    const holder = account === undefined ? undefined : await resolveHolder(context, account);
    const log = await (await context.broker()).log();
    const uses = await log.read({
      ...(key !== undefined && { key }),
      ...(holder && { account: 'component' in holder ? 'component' : holder.account }),
      ...(since !== undefined && { since: context.now() - since }),
      limit,
    });
    if (uses.length === 0) context.terminal.note(NOTHING);
    const document = uses.map(({ at, ...use }) => ({ at: iso(at), ...use }));
    await printRows(context.terminal, { ...ROWS, rows: uses, format, document });
  },
});

const NOTHING = text(
  'No calls are logged that fit. The broker logs them while it runs: `wxop serve`.',
  '没有符合条件的调用记录。中控服务器运行时会记录：`wxop serve`。',
);
