/** A picture of an account's menus for the merchant's approval: each on a phone of its own, with its legend. */
import { text, type Lang, type Text } from '../errors.ts';
import type { ConditionalMenu } from '../protocol/conditional-menu.ts';
import type { Menu } from '../protocol/menu.ts';
import { COLOURS, label, moved } from './drawing.ts';
import { legend } from './legend.ts';
import { element, escape } from './markup.ts';
import { wrapped } from './measure.ts';
import { phone, PHONE, type Chat } from './phone.ts';

export interface Preview {
  lang: Lang;
  /** The account's name. */
  name: string;
  /** `2026-01-31` */
  date: string;
  menu: Menu;
  conditional: ConditionalMenu[];
  /** Whether there are conditional menus could not be read. */
  unread?: boolean;
}

/** One menu with what stands above it. */
export interface Sheet {
  title: string;
  width: number;
  height: number;
  /** At the origin. */
  drawn: string;
}

const MARGIN = 28;
const PER_ROW = 3;
// Apple's, Google's and Microsoft's own come first; the rest is what Linux has. Nothing is fetched.
const FONTS =
  "-apple-system, 'PingFang SC', 'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei', 'Helvetica Neue', Arial, 'Noto Sans', 'Apple Color Emoji', 'Segoe UI Emoji', 'Noto Color Emoji', sans-serif";

/** Where the legend stands: a page to print is better filled when it is beside the phone. */
export type LegendPlace = 'below' | 'beside';

/** The default menu first, then the conditional ones; the newest that fits a follower wins. */
export function sheets({ lang, name, date, menu, conditional, unread }: Preview, place: LegendPlace): Sheet[] {
  const everybody = text('everybody', '所有关注者');
  const others = text('everybody for whom no other menu is meant', '不符合其他菜单条件的关注者');
  const unknown = text(
    'everybody for whom no conditional menu is meant; whether there are any could not be read',
    '不符合个性化菜单条件的关注者；无法读取是否存在个性化菜单',
  );
  const rule = unread ? unknown : conditional.length > 0 ? others : everybody;
  const all = [
    { title: text('Default menu', '默认菜单'), rule, menu },
    ...conditional.map(({ rule, buttons }, index) => ({
      title: text(`Conditional menu ${index + 1}`, `个性化菜单 ${index + 1}`),
      rule,
      menu: { open: menu.open, buttons },
    })),
  ];
  return all.map(({ title, rule, menu }) => sheet({ lang, name, date, menu }, title, rule, place));
}

function sheet(chat: Chat, title: Text, rule: Text, place: LegendPlace): Sheet {
  const { lang, menu } = chat;
  const rules = wrapped(text(`Seen by ${rule.en}`, `可见范围：${rule.zh}`)[lang], PHONE.width / 14);
  const top = 46 + rules.length * 20;
  const { svg, height } = legend(menu, lang);
  const [x, y] = place === 'beside' ? [PHONE.width + MARGIN, top] : [0, top + PHONE.height + 20];
  return {
    title: title[lang],
    width: x + PHONE.width,
    height: Math.max(top + PHONE.height, y + height),
    drawn: [
      label(title[lang], { x: 0, y: 22, size: 20, weight: 600 }),
      ...rules.map((line, index) =>
        label(line, { x: 0, y: 48 + index * 20, size: 14, fill: COLOURS.quiet, class: 'rule' }),
      ),
      moved(0, top, phone(chat), { class: 'phone' }),
      moved(x, y, svg),
    ].join(''),
  };
}

/** A whole document of these sheets, side by side. */
export function svgOf(all: Sheet[], title: string): string {
  const rows = Array.from({ length: Math.ceil(all.length / PER_ROW) }, (_, row) =>
    all.slice(row * PER_ROW, (row + 1) * PER_ROW),
  );
  const sheetWidth = all[0]?.width ?? 0;
  let y = MARGIN;
  const drawn = rows.map((row) => {
    const inRow = row.map(({ drawn }, index) => moved(MARGIN + index * (sheetWidth + MARGIN), y, drawn));
    y += Math.max(...row.map(({ height }) => height)) + MARGIN;
    return inRow.join('');
  });
  const width = MARGIN + Math.min(all.length, PER_ROW) * (sheetWidth + MARGIN);
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${y}`,
      width,
      height: y,
      'font-family': FONTS,
    },
    element('title', {}, escape(title)) + element('rect', { width, height: y, fill: COLOURS.paper }) + drawn.join(''),
  );
}

/** The picture as a file of its own. */
export const previewSvg = (preview: Preview): string => `${svgOf(sheets(preview, 'below'), titleOf(preview))}\n`;

export const titleOf = ({ lang, name }: Preview): string =>
  text(`${name}: menu for approval`, `${name}：菜单确认稿`)[lang];
