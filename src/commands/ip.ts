/** `wxop ip`: the platform's addresses, for firewalls. */
import { table } from '../terminal/columns.ts';
import { Argument, type Command } from 'commander';
import type { Context } from '../cli/context.ts';
import { text } from '../sentences/text.ts';
import { getApiAddresses, getCallbackAddresses } from '../protocol/calls/quota-endpoints.ts';
import type { Declaring } from '../cli/declaring.ts';

const ADDRESSES = { api: getApiAddresses, callback: getCallbackAddresses };
type Kind = keyof typeof ADDRESSES;

export function declare(program: Command, { say, action, examples }: Declaring): void {
  examples(
    program
      .command('ip')
      .addArgument(
        new Argument(
          '[which]',
          say(text('only where calls go to, or where pushes come from', '调用的目标，或推送的来源；省略则都列出')),
        ).choices(Object.keys(ADDRESSES)),
      )
      .description(say(text("the platform's addresses, for firewalls", '平台的 IP 地址，用于防火墙')))
      .action(action(run)),
    'wxop ip',
    'wxop ip callback > allowed-to-push.txt',
  );
}

async function run(context: Context, _: object, which?: Kind): Promise<void> {
  const { terminal } = context;
  const keeper = await context.keeper();
  const kinds: Kind[] = which === undefined ? ['api', 'callback'] : [which];
  const found: Partial<Record<Kind, string[]>> = {};
  for (const kind of kinds) found[kind] = await keeper.call({ component: true }, ADDRESSES[kind], undefined);
  if (terminal.json) return terminal.printJson(found);
  // One kind alone goes straight into a list for a firewall.
  if (which !== undefined) return terminal.print(...(found[which] ?? []));
  const rows = kinds.flatMap((kind) => (found[kind] ?? []).map((ip) => [kind, ip]));
  terminal.print(...table([text('for', '用途'), text('address', '地址')].map(terminal.say), rows, terminal.out));
}
