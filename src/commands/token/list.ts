/** `wxop token list`: who holds a token, and for how long. */
import { defineCommand } from '../../cli/command.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { iso } from '../../sentences/iso-time.ts';
import { text } from '../../sentences/text.ts';
import type { TokenRecord } from '../../store/store.ts';
import { table } from '../../terminal/columns.ts';

const HEADER = [text('holder', '持有者'), text('expires', '到期时间'), text('left', '剩余')];
const EXPIRED = text('expired', '已过期');

export const command = defineCommand({
  examples: ['wxop token list'],
  risk: 'reads',
  output: 'document',
  run: async (context) => {
    const { terminal } = context;
    const store = await context.store();
    const rows: { holder: string; expiresAt: string; ttlSeconds: number }[] = [];
    const add = (holder: string, token: TokenRecord | undefined): void => {
      if (!token) return;
      const ttlSeconds = Math.max(0, Math.floor((token.expiresAt - context.now()) / 1000));
      rows.push({ holder, expiresAt: iso(token.expiresAt), ttlSeconds });
    };
    add('component', (await store.read('component-token'))?.value);
    for (const appId of await store.list('token')) {
      const { revokedAt, removedAt } = (await store.read(`account/${appId}`))?.value ?? {};
      // The token of an account that cancelled opens nothing, however long it would have lived.
      if ((revokedAt ?? removedAt) === undefined) add(appId, (await store.read(`token/${appId}`))?.value);
    }
    if (terminal.json) return terminal.printJson(rows);
    const left = (seconds: number): string => terminal.say(seconds > 0 ? formatDuration(seconds * 1000) : EXPIRED);
    terminal.print(
      ...table(
        HEADER.map(terminal.say),
        rows.map(({ holder, expiresAt, ttlSeconds }) => [holder, expiresAt, left(ttlSeconds)]),
        terminal.out,
      ),
    );
  },
});
