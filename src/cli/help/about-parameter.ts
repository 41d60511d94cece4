/** What help says of an argument or a flag: its sentence, what may be chosen, whether it must be given, variable and default. */
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import type { AnyParameter } from '../command.ts';

export function aboutParameter(parameter: AnyParameter): Text {
  const { about, choices, environment, isRequired } = parameter;
  const fallback = writtenDefault(parameter);
  const notes = [
    ...(isRequired ? [text('required', '必填')] : []),
    ...(environment ? [environment] : []),
    ...(fallback === undefined ? [] : [defaultNote(fallback)]),
  ];
  const chosen = choices ? listed(choices, text(', ', '、')) : '';
  const sentence = choices ? text(en`${about}: ${chosen}`, zh`${about}：${chosen}`) : about;
  const note = listed(notes, text(', ', '，'));
  return notes.length === 0 ? sentence : text(en`${sentence} (${note})`, zh`${sentence}（${note}）`);
}

/** What can be typed follows the word as it is; what says it in words follows a colon. */
const defaultNote = (fallback: Text | string): Text =>
  typeof fallback === 'string'
    ? text(en`default ${fallback}`, zh`默认 ${fallback}`)
    : text(en`default: ${fallback}`, zh`默认：${fallback}`);

/** The default as one would type it; undefined where there is none. */
export function writtenDefault({ written, fallback, byDefault }: AnyParameter): Text | string | undefined {
  if (byDefault !== undefined) return byDefault;
  if (typeof fallback === 'number')
    return written.includes('<duration>') ? writtenDuration(fallback) : String(fallback);
  return typeof fallback === 'string' ? fallback : undefined;
}

const UNITS: [unit: string, milliseconds: number][] = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** In the largest unit that needs no fraction. */
function writtenDuration(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => milliseconds >= size && milliseconds % size === 0) ?? ['s', 1000];
  return `${milliseconds / size}${unit}`;
}
