/** A picture of an account's menus for the merchant's approval: each on a phone of its own, with its legend. */
import { en, inLang, text, zh, type Lang } from '../../sentences/text.ts';
import type { ConditionalMenu } from '../conditional-menu.ts';
import type { Menu } from '../menu.ts';
import { COLOURS, drawLabel, moveDrawing } from './drawing.ts';
import { legend } from './legend.ts';
import { element, escapeText } from './element.ts';
import { wrapText } from './text-width.ts';
import { phone, PHONE, type Chat } from './phone.ts';

export interface Preview {
  lang: Lang;
  /** The account's name. */
  name: string;
  /** `2026-01-31` */
  date: string;
  menu: Menu;
  conditional: ConditionalMenu[];
  /** Set if the conditional menus could not be read. */
  unread?: boolean;
}

/** One menu with its heading. */
interface Sheet {
  title: string;
  width: number;
  height: number;
  /** At the origin. */
  drawn: string;
}

const MARGIN = 28;
const PER_ROW = 3;
// Those of Apple, Google and Microsoft first, then those of Linux. Nothing is downloaded.
const FONTS =
  "-apple-system, 'PingFang SC', 'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei', 'Helvetica Neue', Arial, 'Noto Sans', 'Apple Color Emoji', 'Segoe UI Emoji', 'Noto Color Emoji', sans-serif";

/** One menu: what it is, and whom it is for. */
export interface ShownMenu {
  title: string;
  rule: string;
  chat: Chat;
}

/** The default menu first, then the conditional ones; a follower gets the newest that matches. */
export function menusOf({ lang, name, date, menu, conditional, unread }: Preview): ShownMenu[] {
  const rule = unread ? OTHERS_UNREAD : conditional.length > 0 ? OTHERS : EVERYBODY;
  const all = [
    { title: text('Default menu', '默认菜单'), rule, menu },
    ...conditional.map(({ rule, buttons }, index) => ({
      title: text(`Conditional menu ${index + 1}`, `个性化菜单 ${index + 1}`),
      rule,
      menu: { open: menu.open, buttons },
    })),
  ];
  return all.map(({ title, rule, menu }) => ({
    title: inLang(title, lang),
    rule: inLang(text(en`Seen by ${rule}`, zh`可见范围：${rule}`), lang),
    chat: { lang, name, date, menu },
  }));
}

const EVERYBODY = text('everybody', '所有关注者');
const OTHERS = text('everybody for whom no other menu is meant', '不符合其他菜单条件的关注者');
const OTHERS_UNREAD = text(
  'everybody for whom no conditional menu is meant; whether there are any could not be read',
  '不符合个性化菜单条件的关注者；无法读取是否存在个性化菜单',
);

/** With the legend below the phone. */
function sheet({ title, rule, chat }: ShownMenu): Sheet {
  const rules = wrapText(rule, PHONE.width / 14);
  const top = 46 + rules.length * 20;
  const { svg, height } = legend(chat.menu, chat.lang);
  const y = top + PHONE.height + 20;
  return {
    title,
    width: PHONE.width,
    height: y + height,
    drawn: [
      drawLabel(title, { x: 0, y: 22, size: 20, weight: 600 }),
      ...rules.map((line, index) =>
        drawLabel(line, { x: 0, y: 48 + index * 20, size: 14, fill: COLOURS.quiet, class: 'rule' }),
      ),
      moveDrawing(0, top, phone(chat), { class: 'phone' }),
      moveDrawing(0, y, svg),
    ].join(''),
  };
}

/** The phone alone, if the page has the legend. */
export const phoneOf = ({ title, chat }: ShownMenu): string =>
  svgOf([{ title, ...PHONE, drawn: moveDrawing(0, 0, phone(chat), { class: 'phone' }) }], title, 0);

/** A whole document of these sheets, side by side. */
function svgOf(all: Sheet[], title: string, margin = MARGIN): string {
  const rows = Array.from({ length: Math.ceil(all.length / PER_ROW) }, (_, row) =>
    all.slice(row * PER_ROW, (row + 1) * PER_ROW),
  );
  const sheetWidth = all[0]?.width ?? 0;
  let y = margin;
  const drawn = rows.map((row) => {
    const inRow = row.map(({ drawn }, index) => moveDrawing(margin + index * (sheetWidth + margin), y, drawn));
    y += Math.max(...row.map(({ height }) => height)) + margin;
    return inRow.join('');
  });
  const width = margin + Math.min(all.length, PER_ROW) * (sheetWidth + margin);
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${y}`,
      width,
      height: y,
      'font-family': FONTS,
    },
    element('title', {}, escapeText(title)) +
      element('rect', { width, height: y, fill: COLOURS.paper }) +
      drawn.join(''),
  );
}

/** The picture as a file of its own. */
export const previewSvg = (preview: Preview): string => `${svgOf(menusOf(preview).map(sheet), titleOf(preview))}\n`;

export const titleOf = ({ lang, name }: Preview): string =>
  inLang(text(`${name}: menu for approval`, `${name}：菜单确认稿`), lang);
