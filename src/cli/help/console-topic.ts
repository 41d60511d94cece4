/** `wxop help console`: which field of the console gets what, with the values of the settings where there are any. */
import { consoleFields, ENTER, PUBLISH, type ChecklistItem } from '../../commands/init/checklist.ts';
import { en, inLang, text, zh, type Text } from '../../sentences/text.ts';
import type { Settings } from '../../settings/resolve-settings.ts';
import type { ProfileValues, SettingName } from '../../settings/setting-definitions.ts';
import { proseBlock, type Row } from './sections.ts';
import type { Topic, TopicContext } from './topics.ts';

const SHOWN = ['publicUrl', 'eventPath', 'messagePath'] as const;
const NOTHING = text('what you choose', '自行决定');
const GENERATE = text('not set yet: `wxop init --generate` makes one', '尚未设置：`wxop init --generate` 可生成');

/** Wrong settings are shown as none: help is where one looks when something is wrong. */
function valueOf(settings: Settings | undefined, name: SettingName): string | undefined {
  try {
    return settings?.find(name);
  } catch {
    return undefined;
  }
}

function fieldsOf({ settings: read }: TopicContext): ChecklistItem[] {
  const settings = read();
  const values: ProfileValues = Object.fromEntries(
    SHOWN.flatMap((name) => {
      const value = valueOf(settings, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return consoleFields(values, (name) => ({
    note: valueOf(settings, name) === undefined ? GENERATE : savedIn(settings?.originOf(name) ?? ''),
  }));
}

const savedIn = (origin: string): Text =>
  text(
    en`the one from ${origin}; \`wxop profile show --reveal\` shows those of the profile`,
    zh`使用 ${origin} 中的值；\`wxop profile show --reveal\` 可查看配置中的值`,
  );

const row = ({ field, value, note }: ChecklistItem): Row => {
  const said =
    value === undefined ? (note ?? NOTHING) : note ? text(en`${value}\n${note}`, zh`${value}\n${note}`) : value;
  return { term: field, about: said };
};

export const topic: Topic = {
  sections: (context) => [
    { body: [proseBlock(ENTER)] },
    { body: [{ kind: 'rows', rows: fieldsOf(context).map(row) }] },
    { body: [proseBlock(PUBLISH)] },
  ],
  document: (lang, context) =>
    fieldsOf(context).map(({ field, value, note }) => ({
      field,
      ...(value !== undefined && { value }),
      ...(note && { note: inLang(note, lang) }),
    })),
};
