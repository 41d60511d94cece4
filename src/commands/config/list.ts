/** `wxop config list`: every setting, its value and where it comes from. */
import { defineCommand } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { maskedSetting, SETTING_NAMES } from '../../settings/setting-definitions.ts';
import { table } from '../../terminal/columns.ts';

const HEADER = [text('setting', '设置'), text('value', '值'), text('origin', '来源')];

export const command = defineCommand({
  examples: ['wxop config list', 'wxop config list --json'],
  risk: 'reads',
  output: 'document',
  run: ({ settings, terminal }) => {
    const rows = SETTING_NAMES.map((name) => {
      const given = settings.given(name);
      return { name, value: given ? maskedSetting(name, given.value) : null, origin: given?.origin ?? null };
    });
    if (terminal.json) return terminal.printJson(rows);
    const cells = rows.map(({ name, value, origin }) => [name, value ?? '-', origin ?? '-']);
    terminal.print(...table(HEADER.map(terminal.say), cells, terminal.out));
  },
});
