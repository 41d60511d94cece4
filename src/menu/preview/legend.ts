/** Below the phone: every button with its whole name, what a tap does, and where it leads. */
import { inLang, text, type Lang, type Text } from '../../sentences/text.ts';
import type { Menu, MenuButton } from '../menu.ts';
import { COLOURS, drawLabel, moveDrawing, drawHairline } from './drawing.ts';
import { oneLine } from './element.ts';
import { wrapText } from './text-width.ts';
import { MOST, PHONE, subName, topName } from './phone.ts';

const SIZE = 13;
const LINE = 19;
const NAME = { left: 34, width: 142 };
const DOES = { left: 190, width: PHONE.width - 190 };
/** An address may have 1024 bytes and a text 600 characters: what is cut is in the title. */
const MOST_LINES = 6;

export interface LegendEntry {
  /** `2`, `2.1` */
  number: string;
  button: MenuButton;
  /** As the client shows it, cut. */
  visible: string;
  isShown: boolean;
}

export interface Legend {
  height: number;
  svg: string;
}

/** Of PHONE's width, at the origin. */
export function legend({ buttons }: Menu, lang: Lang): Legend {
  let height = 0;
  const rows = entriesOf(buttons).map((entry) => {
    const row = rowOf(entry, lang);
    const drawn = moveDrawing(0, height, drawHairline(0, 0, PHONE.width) + row.svg);
    height += row.height;
    return drawn;
  });
  return { height, svg: rows.join('') };
}

/** In the order of the picture. */
export const entriesOf = (buttons: MenuButton[]): LegendEntry[] =>
  buttons.flatMap((button, index) => {
    const isShown = index < MOST.buttons;
    const number = String(index + 1);
    const children = button.children.map((child, position) => ({
      number: `${number}.${position + 1}`,
      button: child,
      visible: subName(child.name),
      isShown: isShown && position < MOST.children,
    }));
    return [{ number, button, visible: topName(button.name), isShown }, ...children];
  });

function rowOf({ number, button, visible, isShown }: LegendEntry, lang: Lang): Legend {
  const name = oneLine(button.name);
  const names = wrapText(name, NAME.width / SIZE, MOST_LINES);
  const target = oneLine(button.target ?? '');
  const targets = wrapText(target, DOES.width / SIZE, MOST_LINES);
  const remark = inLang(remarkOf(name, visible, isShown) ?? '', lang);
  const left = [
    ...names.map((line) => ({ line, fill: COLOURS.ink, title: name, weight: 600 as const })),
    ...wrapText(remark, NAME.width / SIZE).map((line) => ({ line, fill: COLOURS.quiet })),
  ];
  const right = [
    { line: inLang(doesOf(button), lang), fill: COLOURS.ink },
    ...targets.map((line) => ({ line, fill: COLOURS.quiet, title: target, href: target })),
  ];
  const at = (index: number): number => 23 + index * LINE;
  return {
    height: Math.max(left.length, right.length) * LINE + 16,
    svg: [
      drawLabel(number, { x: 2, y: at(0), size: SIZE, fill: COLOURS.quiet }),
      ...left.map(({ line, ...style }, index) =>
        drawLabel(line, { ...style, x: NAME.left, y: at(index), size: SIZE, class: 'name' }),
      ),
      ...right.map(({ line, ...style }, index) =>
        drawLabel(line, { ...style, x: DOES.left, y: at(index), size: SIZE, class: 'target' }),
      ),
    ].join(''),
  };
}

/** What a tap does. */
export function doesOf({ does, children }: MenuButton): Text {
  if (does) return does;
  return children.length > 0 ? text('opens its sub-menu', '展开子菜单') : text('does nothing', '无动作');
}

/** Said if the client shows only a part. */
export function remarkOf(name: string, visible: string, isShown: boolean): Text | undefined {
  if (!isShown) return text('not shown: one too many', '超出数量，不显示');
  return visible === oneLine(name) ? undefined : text(`shown as ${visible}`, `显示为 ${visible}`);
}
