/** The legend on a page: it flows, so that long addresses take the room that is there. */
import type { Lang } from '../../sentences/text.ts';
import type { Menu } from '../menu.ts';
import { doesOf, entriesOf, remarkOf, type LegendEntry } from './legend.ts';
import { element, escape, linked } from './markup.ts';

export const legendHtml = ({ buttons }: Menu, lang: Lang): string =>
  entriesOf(buttons)
    .map((entry) => element('div', { class: 'entry' }, entryHtml(entry, lang)))
    .join('\n');

function entryHtml({ number, button, visible, isShown }: LegendEntry, lang: Lang): string {
  const remark = remarkOf(button.name, visible, isShown)?.[lang];
  const target = button.target ?? '';
  return [
    span('quiet', number),
    element('b', { class: 'entry-name', dir: 'auto' }, escape(button.name) || ' '),
    ...(remark === undefined ? [] : [span('quiet', `(${remark})`)]),
    span('does', doesOf(button)[lang]),
    ...(target === '' ? [] : [element('div', { class: 'quiet entry-target' }, linked(target, escape(target)) || ' ')]),
  ].join(' ');
}

const span = (name: string, content: string): string => element('span', { class: name, dir: 'auto' }, escape(content));
