/** `wxop ip`: WeChat's IP addresses, for firewalls. */
import { printRows, type Rows } from '../terminal/rows.ts';
import { defineCommand, parameter } from '../cli/command.ts';
import { text } from '../sentences/text.ts';
import { FORMAT } from './flags.ts';
import { getApiAddresses, getCallbackAddresses } from '../protocol/calls/quota-endpoints.ts';

const ADDRESSES = { api: getApiAddresses, callback: getCallbackAddresses };
const KINDS = ['api', 'callback'] as const;

interface Address {
  kind: (typeof KINDS)[number];
  address: string;
}

const rowsOf = (isOneKind: boolean): Rows<Address> => ({
  columns: [
    // One kind alone goes straight into a list for a firewall.
    ...(isOneKind ? [] : [{ title: text('for', '用途'), seen: ({ kind }: Address) => kind }]),
    { title: text('address', '地址'), seen: ({ address }) => address, isKey: true },
  ],
  csv: ['kind', 'address'],
});

export const command = defineCommand({
  arguments: {
    which: parameter(
      '[which]',
      text('only where calls go to, or where pushes come from', '调用的目标，或推送的来源；省略则都列出'),
      { choices: KINDS },
    ),
  },
  flags: { format: FORMAT },
  examples: ['wxop ip', 'wxop ip callback > allowed-to-push.txt'],
  risk: 'reads',
  output: 'document',
  run: async ({ terminal, keeper: open }, { which, format }) => {
    const keeper = await open();
    const kinds = which === undefined ? KINDS : [which];
    const found: Partial<Record<keyof typeof ADDRESSES, string[]>> = {};
    for (const kind of kinds) found[kind] = await keeper.call({ component: true }, ADDRESSES[kind], undefined);
    const rows = kinds.flatMap((kind) => (found[kind] ?? []).map((address) => ({ kind, address })));
    await printRows(terminal, { ...rowsOf(which !== undefined), rows, format, document: found });
  },
});
