/** A phone with the chat of an account: the menu bar at the bottom, every sub-menu open above its button. */
import { inLang, text, type Lang, type Text } from '../../sentences/text.ts';
import type { Menu, MenuButton } from '../menu.ts';
import { COLOURS, drawLabel, moveDrawing, drawHairline, drawStroke } from './drawing.ts';
import { element, oneLine } from './element.ts';
import { likelyTextWidth, cutText, textWidth, wrapText } from './text-width.ts';

export interface Chat {
  lang: Lang;
  /** The account's name, in the head of the chat. */
  name: string;
  /** `2026-01-31` */
  date: string;
  menu: Menu;
}

/** The outer edge of the phone. */
export const PHONE = { width: 460, height: 760 };

/** As many as WeChat accepts; a client shows no more. */
export const MOST = { buttons: 3, children: 5 };

const LEFT = 10;
const WIDTH = PHONE.width - 2 * LEFT;
const CHAT_TOP = 102;
const BAR = { top: PHONE.height - LEFT - 84, height: 56 };
const KEYBOARD = 50;
const TOP = { size: 15, hanzi: 4, icon: 16 };
const SUB = { size: 14, hanzi: 7, row: 46, padding: 5, arrow: 7, gap: 9 };

/** The bar, divided into cells right of the keyboard button. */
const cellsOf = (count: number): { left: number; width: number }[] => {
  const width = (WIDTH - KEYBOARD) / count;
  return Array.from({ length: count }, (_, index) => ({ left: LEFT + KEYBOARD + index * width, width }));
};

/** A button's name as the bar shows it. */
export const topName = (name: string): string =>
  cutText(oneLine(name), { hanzi: TOP.hanzi, width: ((WIDTH - KEYBOARD) / MOST.buttons - 10 - TOP.icon) / TOP.size });

/** A button's name as the sub-menu shows it. */
export const subName = (name: string): string => cutText(oneLine(name), { hanzi: SUB.hanzi, width: SUB.hanzi + 1 });

/** An SVG group at the origin, of PHONE's size. */
export function phone(chat: Chat): string {
  const { width, height } = PHONE;
  const buttons = chat.menu.open ? chat.menu.buttons.slice(0, MOST.buttons) : [];
  return [
    element('rect', { width, height, rx: 46, fill: COLOURS.frame }),
    element('rect', { x: LEFT, y: LEFT, width: WIDTH, height: height - 2 * LEFT, rx: 37, fill: COLOURS.bar }),
    element('path', { d: chatPath(), fill: COLOURS.chat }),
    head(chat),
    note(chat),
    drawHairline(LEFT, BAR.top, WIDTH),
    buttons.length > 0 ? bar(buttons) : inputBar(),
    element('rect', { x: width / 2 - 68, y: height - LEFT - 13, width: 136, height: 5, rx: 2.5, fill: COLOURS.frame }),
  ].join('');
}

/** The chat and its header, with the round corners of the screen. */
const chatPath = (): string => {
  const [right, bottom, r] = [LEFT + WIDTH, BAR.top, 37];
  return `M${LEFT} ${bottom}V${LEFT + r}a${r} ${r} 0 0 1 ${r} ${-r}H${right - r}a${r} ${r} 0 0 1 ${r} ${r}V${bottom}z`;
};

function head({ name }: Chat): string {
  const middle = PHONE.width / 2;
  const right = LEFT + WIDTH;
  const whole = oneLine(name);
  return [
    drawLabel('9:41', { x: LEFT + 58, y: 39, size: 15, anchor: 'middle', weight: 600 }),
    element('rect', { x: middle - 56, y: 22, width: 112, height: 26, rx: 13, fill: COLOURS.frame }),
    ...[0, 1, 2, 3].map((bar) =>
      element('rect', { x: right - 90 + bar * 5, y: 35 - bar * 2.6, width: 3.4, height: 4 + bar * 2.6, rx: 1 }),
    ),
    element('rect', { x: right - 63, y: 28, width: 23, height: 11, rx: 3.5, fill: 'none', stroke: COLOURS.ink }),
    element('rect', { x: right - 61, y: 30, width: 16, height: 7, rx: 2, fill: COLOURS.ink }),
    element('rect', { x: right - 39, y: 31.5, width: 2, height: 4, rx: 1, fill: COLOURS.ink }),
    drawStroke(`M${LEFT + 25} 70l-8 8l8 8`, 2),
    drawLabel(cutText(whole, { hanzi: 16, width: 17 }), {
      x: middle,
      y: 84,
      size: 17,
      anchor: 'middle',
      weight: 600,
      class: 'chat-name',
      title: whole,
    }),
    // The icon of the account's page.
    drawStroke(`M${right - 36} 90c0-12 20-12 20 0z`, 1.8),
    drawStroke(`M${right - 31} 73a5 5 0 1 0 10 0a5 5 0 1 0-10 0z`, 1.8),
    drawHairline(LEFT, CHAT_TOP - 1, WIDTH),
  ].join('');
}

const BUBBLE = { left: LEFT + 66, top: CHAT_TOP + 46, size: 15, line: 23, em: 17.5 };

function note({ lang, name, date, menu }: Chat): string {
  const lines = wrapText(inLang(sentenceOf(menu), lang), BUBBLE.em);
  const width = Math.min(BUBBLE.em, Math.max(...lines.map(textWidth))) * BUBBLE.size + 24;
  const height = lines.length * BUBBLE.line + 18;
  const { left, top } = BUBBLE;
  const [initial = ''] = Array.from(new Intl.Segmenter().segment(oneLine(name)), ({ segment }) => segment);
  return [
    drawLabel(date, { x: PHONE.width / 2, y: CHAT_TOP + 28, size: 12, anchor: 'middle', fill: COLOURS.quiet }),
    element('rect', { x: LEFT + 14, y: top, width: 42, height: 42, rx: 6, fill: COLOURS.green }),
    drawLabel(initial, { x: LEFT + 35, y: top + 28, size: 20, anchor: 'middle', weight: 500, fill: COLOURS.paper }),
    element('rect', { x: left, y: top, width, height, rx: 6, fill: COLOURS.paper }),
    element('path', { d: `M${left + 1} ${top + 15}l-7 6l7 6z`, fill: COLOURS.paper }),
    ...lines.map((line, index) =>
      drawLabel(line, { x: left + 12, y: top + 25 + index * BUBBLE.line, size: BUBBLE.size, class: 'note' }),
    ),
  ].join('');
}

function sentenceOf({ open, buttons }: Menu): Text {
  if (buttons.length === 0) return text('There is no menu.', '没有自定义菜单。');
  if (!open) return text('The menu is switched off: followers do not see it.', '菜单未启用，关注者看不到菜单。');
  return text('This is how your menu will look. All sub-menus are shown open.', '菜单效果预览：所有子菜单均已展开。');
}

function bar(buttons: MenuButton[]): string {
  const cells = cellsOf(buttons.length);
  return [
    keyboard(),
    ...buttons.flatMap((button, index) => {
      const { left = 0, width = 0 } = cells[index] ?? {};
      const middle = left + width / 2;
      const children = button.children.slice(0, MOST.children);
      return [
        element('rect', { x: left, y: BAR.top + 1, width: 1, height: BAR.height - 1, fill: COLOURS.line }),
        topButton(button, middle),
        ...(children.length > 0 ? [popover(children, middle, width)] : []),
      ];
    }),
  ].join('');
}

function topButton({ name, children }: MenuButton, middle: number): string {
  const whole = oneLine(name);
  const visible = topName(name);
  const hasList = children.length > 0;
  const x = middle + (hasList ? TOP.icon / 2 : 0);
  const icon = middle - (likelyTextWidth(visible) * TOP.size + TOP.icon) / 2;
  return [
    hasList ? drawStroke([0, 4, 8].map((y) => `M${icon} ${BAR.top + 24 + y}h10`).join(''), 1.4, COLOURS.quiet) : '',
    drawLabel(visible, { x, y: BAR.top + 34, size: TOP.size, anchor: 'middle', class: 'top', title: whole }),
  ].join('');
}

function popover(children: MenuButton[], middle: number, cell: number): string {
  const names = children.map(({ name }) => subName(name));
  const inner = Math.max(5, ...names.map(textWidth)) * SUB.size;
  const width = Math.min(inner + 2 * SUB.padding + 22, cell - 8);
  const height = children.length * SUB.row;
  const [left, top] = [middle - width / 2, BAR.top - SUB.gap - SUB.arrow - height];
  const rows = children.flatMap(({ name }, index) => {
    const y = index * SUB.row;
    return [
      index > 0 ? drawHairline(10, y, width - 20) : '',
      drawLabel(names[index] ?? '', {
        x: width / 2,
        y: y + SUB.row / 2 + 5,
        size: SUB.size,
        anchor: 'middle',
        class: 'sub',
        title: oneLine(name),
      }),
    ];
  });
  return moveDrawing(left, top, element('path', { d: popoverPath(width, height), ...PAPER }) + rows.join(''), {
    class: 'popover',
  });
}

const PAPER = { fill: COLOURS.paper, stroke: '#000', 'stroke-opacity': 0.1, 'stroke-width': 1 };

/** A box with round corners and an arrow that points down from its middle. */
const popoverPath = (width: number, height: number): string => {
  const [r, half] = [6, width / 2];
  const corner = (x: number, y: number): string => `a${r} ${r} 0 0 1 ${x} ${y}`;
  const arrow = `H${half + SUB.arrow}l${-SUB.arrow} ${SUB.arrow}l${-SUB.arrow} ${-SUB.arrow}H${r}`;
  return `M${r} 0H${width - r}${corner(r, r)}V${height - r}${corner(-r, r)}${arrow}${corner(-r, -r)}V${r}${corner(r, -r)}z`;
};

/** The button left of the bar: back to the keyboard. */
function keyboard(): string {
  const [x, y] = [LEFT + KEYBOARD / 2, BAR.top + BAR.height / 2];
  const keys = [-4, 0].flatMap((row) => [-6, -2, 2, 6].map((column) => `M${x + column} ${y + row}h.01`));
  return [
    element('circle', { cx: x, cy: y, r: 14, fill: 'none', stroke: COLOURS.ink, 'stroke-width': 1.5 }),
    drawStroke(keys.join(''), 2),
    drawStroke(`M${x - 4} ${y + 5}h8`, 1.8),
  ].join('');
}

/** The bar of an account without a menu: a text field. */
function inputBar(): string {
  const [left, right, y] = [LEFT + 27, LEFT + WIDTH, BAR.top + BAR.height / 2];
  const circle = (x: number): string =>
    element('circle', { cx: x, cy: y, r: 13, fill: 'none', stroke: COLOURS.ink, 'stroke-width': 1.5 });
  return [
    circle(left),
    drawStroke(`M${left - 2} ${y - 3}a4 4 0 0 1 0 6M${left + 2} ${y - 6}a8 8 0 0 1 0 12`, 1.5),
    element('rect', { x: left + 24, y: y - 19, width: right - left - 24 - 90, height: 38, rx: 5, fill: COLOURS.paper }),
    circle(right - 68),
    drawStroke(`M${right - 74} ${y + 2}c3 6 9 6 12 0M${right - 72} ${y - 4}h.01M${right - 64} ${y - 4}h.01`, 1.6),
    circle(right - 28),
    drawStroke(`M${right - 34} ${y}h12M${right - 28} ${y - 6}v12`, 1.5),
  ].join('');
}
