/** `wxop config list`: every setting, its value and where it comes from. */
import { defineCommand } from '../../cli/command.ts';
import { en, text, zh, type Hole } from '../../sentences/text.ts';
import { maskedSetting, SETTING_NAMES } from '../../settings/setting-definitions.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import { FORMAT } from '../flags.ts';

interface Listed {
  name: string;
  value: string | null;
  origin: string | null;
}

const toneOf = ({ value }: Listed) => (value === null ? ('secondary' as const) : undefined);

const ROWS: Rows<Listed> = {
  columns: [
    { title: text('setting', '设置'), seen: ({ name }) => name, isKey: true, tone: toneOf },
    {
      title: text('value', '值'),
      seen: ({ value }) => value ?? '-',
      long: { become: 'wrapped', least: 16 },
      tone: toneOf,
    },
    {
      title: text('origin', '来源'),
      seen: ({ origin }) => (origin === null ? '-' : originInWords(origin)),
      piped: ({ origin }) => origin ?? '-',
      long: { become: 'wrapped', least: 12 },
      tone: () => 'secondary',
    },
  ],
  csv: ['name', 'value', 'origin'],
};

/** A flag or a variable is its own name. */
function originInWords(origin: string): Hole {
  const [, profile] = /^profile (.*)$/.exec(origin) ?? [];
  if (profile !== undefined) return text(en`profile ${profile}`, zh`配置 ${profile}`);
  return origin === 'default' ? text('default', '默认') : origin;
}

export const command = defineCommand({
  flags: { format: FORMAT },
  examples: ['wxop config list', 'wxop config list --json'],
  risk: 'reads',
  output: 'document',
  run: async ({ settings, terminal }, { format }) => {
    const rows = SETTING_NAMES.map((name): Listed => {
      const given = settings.given(name);
      return { name, value: given ? maskedSetting(name, given.value) : null, origin: given?.origin ?? null };
    });
    await printRows(terminal, { ...ROWS, rows, format });
  },
});
