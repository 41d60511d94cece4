/** `wxop serve key revoke`: ends a key. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { iso } from '../../sentences/iso-time.ts';
import { en, text, zh } from '../../sentences/text.ts';

export const command = defineCommand({
  arguments: { name: parameter('<name>', text('the name of the key', '密钥的名称')) },
  examples: ['wxop serve key revoke ci'],
  risk: 'writes',
  output: 'document',
  run: async (context, { name }) => {
    const { terminal } = context;
    const keys = await (await context.broker()).keys();
    const { revokedAt = 0 } = await keys.revoke(name);
    if (terminal.json) return terminal.printJson({ name, revokedAt: iso(revokedAt) });
    terminal.print(text(en`${name} is revoked: no broker takes it any more.`, zh`${name} 已吊销，不再被接受。`));
  },
});
