/** `wxop token list`: who holds a token, and for how long. */
import { defineCommand } from '../../cli/command.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { iso } from '../../sentences/iso-time.ts';
import { text } from '../../sentences/text.ts';
import type { TokenRecord } from '../../store/store.ts';
import { localTime } from '../../sentences/local-time.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import { FORMAT } from '../flags.ts';

interface HeldToken {
  holder: string;
  expiresAt: string;
  ttlSeconds: number;
}

const EXPIRED = text('expired', '已过期');

const ROWS: Rows<HeldToken> = {
  columns: [
    { title: text('holder', '持有者'), seen: ({ holder }) => holder, isKey: true },
    {
      title: text('expires', '到期时间'),
      seen: ({ expiresAt }) => localTime(Date.parse(expiresAt)),
      piped: ({ expiresAt }) => expiresAt,
      spare: 1,
    },
    {
      title: text('left', '剩余'),
      seen: ({ ttlSeconds }) => (ttlSeconds > 0 ? formatDuration(ttlSeconds * 1000) : EXPIRED),
      tone: ({ ttlSeconds }) => (ttlSeconds > 0 ? 'ok' : 'secondary'),
    },
  ],
  csv: ['holder', 'expiresAt', 'ttlSeconds'],
};

export const command = defineCommand({
  flags: { format: FORMAT },
  examples: ['wxop token list', 'wxop token list --format csv'],
  risk: 'reads',
  output: 'document',
  run: async (context, { format }) => {
    const { terminal } = context;
    const store = await context.store();
    const rows: HeldToken[] = [];
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
    await printRows(terminal, { ...ROWS, rows, format });
  },
});
