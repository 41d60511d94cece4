/** `wxop serve key list`: the keys of the broker's callers. */
import { defineCommand } from '../../cli/command.ts';
import type { KeyState, ListedKey } from '../../broker/caller-keys.ts';
import { iso } from '../../sentences/iso-time.ts';
import { localTimeFromNow } from '../../sentences/local-time.ts';
import { listed, text, type Text } from '../../sentences/text.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import { FORMAT } from '../flags.ts';
import { shownAccount } from './key-add.ts';

interface ShownKey {
  name: string;
  state: KeyState;
  accounts: string[];
  scopes: string[];
  rate: number;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  uses: number;
  lastUsedAt: string | null;
}

const STATES: Record<KeyState, Text> = {
  valid: text('valid', '有效'),
  revoked: text('revoked', '已吊销'),
  expired: text('expired', '已过期'),
};

const isoOrNull = (time: number | undefined): string | null => (time === undefined ? null : iso(time));

const shown = (key: ListedKey): ShownKey => ({
  name: key.name,
  state: key.state,
  accounts: key.accounts,
  scopes: key.scopes,
  rate: key.rate,
  createdAt: iso(key.createdAt),
  expiresAt: isoOrNull(key.expiresAt),
  revokedAt: isoOrNull(key.revokedAt),
  uses: key.uses ?? 0,
  lastUsedAt: isoOrNull(key.lastUsedAt),
});

const rowsAt = (now: number): Rows<ShownKey> => {
  const ago = (time: string | null) => (time === null ? '-' : localTimeFromNow(Date.parse(time), now));
  return {
    columns: [
      { title: text('key', '密钥'), seen: ({ name }) => name, isKey: true },
      {
        title: text('state', '状态'),
        seen: ({ state }) => STATES[state],
        piped: ({ state }) => state,
        tone: ({ state }) => (state === 'valid' ? 'ok' : 'secondary'),
      },
      { title: text('scopes', '范围'), seen: ({ scopes }) => scopes.join(','), spare: 2 },
      {
        title: text('accounts', '帐号'),
        seen: ({ accounts }) => listed(accounts.map(shownAccount)),
        piped: ({ accounts }) => accounts.join(','),
        long: { become: 'wrapped', least: 18 },
      },
      {
        title: text('expires', '到期时间'),
        seen: ({ expiresAt }) => ago(expiresAt),
        piped: ({ expiresAt }) => expiresAt ?? '-',
      },
      { title: text('uses', '使用次数'), seen: ({ uses }) => String(uses) },
      {
        title: text('last used', '最近使用'),
        seen: ({ lastUsedAt }) => ago(lastUsedAt),
        piped: ({ lastUsedAt }) => lastUsedAt ?? '-',
        spare: 1,
      },
    ],
    csv: ['name', 'state', 'scopes', 'accounts', 'expiresAt', 'uses', 'lastUsedAt'],
  };
};

export const command = defineCommand({
  flags: { format: FORMAT },
  examples: ['wxop serve key list', "wxop serve key list --json | jq -r '.[] | select(.uses == 0).name'"],
  risk: 'reads',
  output: 'document',
  run: async (context, { format }) => {
    const keys = await (await context.broker()).keys();
    const rows = (await keys.list()).map(shown);
    if (rows.length === 0) context.terminal.note(NO_KEYS);
    await printRows(context.terminal, { ...rowsAt(context.now()), rows, format });
  },
});

const NO_KEYS = text(
  'No keys yet. `wxop serve key add` makes one for a caller.',
  '还没有密钥。请用 `wxop serve key add` 为调用方添加。',
);
