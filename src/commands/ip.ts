/** `wxop ip`: WeChat's IP addresses, for firewalls. */
import { table } from '../terminal/columns.ts';
import { defineCommand, parameter } from '../cli/command.ts';
import { text } from '../sentences/text.ts';
import { getApiAddresses, getCallbackAddresses } from '../protocol/calls/quota-endpoints.ts';

const ADDRESSES = { api: getApiAddresses, callback: getCallbackAddresses };
const KINDS = ['api', 'callback'] as const;
const HEADER = [text('for', '用途'), text('address', '地址')];

export const command = defineCommand({
  arguments: {
    which: parameter(
      '[which]',
      text('only where calls go to, or where pushes come from', '调用的目标，或推送的来源；省略则都列出'),
      { choices: KINDS },
    ),
  },
  examples: ['wxop ip', 'wxop ip callback > allowed-to-push.txt'],
  risk: 'reads',
  output: 'document',
  run: async ({ terminal, keeper: open }, { which }) => {
    const keeper = await open();
    const kinds = which === undefined ? KINDS : [which];
    const found: Partial<Record<keyof typeof ADDRESSES, string[]>> = {};
    for (const kind of kinds) found[kind] = await keeper.call({ component: true }, ADDRESSES[kind], undefined);
    if (terminal.json) return terminal.printJson(found);
    // One kind alone goes straight into a list for a firewall.
    if (which !== undefined) return terminal.print(...(found[which] ?? []));
    const rows = kinds.flatMap((kind) => (found[kind] ?? []).map((ip) => [kind, ip]));
    terminal.print(...table(HEADER.map(terminal.say), rows, terminal.out));
  },
});
