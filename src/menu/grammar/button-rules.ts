/**
 * What menu/create asks of buttons and sub-menus, as rules that name WeChat's error.
 * Source: developers.weixin.qq.com, 公众号 → 自定义菜单 → 创建接口, and 返回码说明.
 */
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import { blockReasonOf } from '../blocked.ts';
import { BUTTON_FIELDS, fieldsOf } from '../menu-draft.ts';
import { checkField, checkName, type FieldPlace } from './field-rules.ts';
import { doubtful, wrong, wrongType, type MenuFault, type Report } from './fault.ts';
import type { Spot } from './read-json.ts';

const ERRCODES = {
  top: { count: 40016, type: 40017 },
  sub: { count: 40023, type: 40024 },
};
const MOST = { top: 3, sub: 5 };
/** Types that only the website can make. */
const WEBSITE_TYPES = ['text', 'img', 'photo', 'voice', 'video', 'news'];

/** The buttons of a menu, or of a sub-menu; the caller reports an empty list. */
export function checkButtons(list: Spot, place: FieldPlace, report: Report): void {
  const most = MOST[place.level];
  const oneTooMany = list.items[most];
  if (oneTooMany) {
    const message = tooManyButtons(list.items.length, most);
    report(oneTooMany, wrong('button-count', message, { errcode: ERRCODES[place.level].count }));
  }
  for (const button of list.items) {
    if (button.kind === 'object') checkButton(button, place, report);
    else report(button, wrongType(text('A button must be an object.', '按钮必须是对象。')));
  }
}

export const NO_LIST = wrongType(text('button must be a list.', 'button 必须是列表。'));
const tooManyButtons = (count: number, most: number): Text =>
  text(`There are ${count} buttons here; ${most} are the most.`, `此处有 ${count} 个按钮；最多 ${most} 个。`);

function checkButton(button: Spot, place: FieldPlace, report: Report): void {
  checkName(button, place, report);
  const type = button.fields.get('type');
  const below = button.fields.get('sub_button');
  const opens = below !== undefined && (below.kind !== 'array' || below.items.length > 0);
  const errcode = ERRCODES[place.level].type;
  if (opens) {
    checkBelow(below, place, report);
    if (type) {
      const message = text('A button has a type or a sub-menu, not both.', 'type 与 sub_button 不能同时存在。');
      const hint = text('Leave out the type: a tap opens the sub-menu.', '请删除 type：点击后展开子菜单。');
      report(type, wrong('type-and-sub-button', message, { errcode, hint }));
    } else {
      reportUnknown(button, ['name', 'sub_button'], text('a button with a sub-menu', '带子菜单的按钮'), report);
    }
  } else if (type) checkLeaf(button, type, below, place, report);
  else if (below) {
    const hint = text('Give it 1 to 5 buttons.', '请设置 1–5 个按钮。');
    report(below, wrong('sub-button-empty', text('The sub-menu is empty.', '子菜单为空。'), { errcode: 41007, hint }));
  } else {
    const message = text('The button has neither a type nor a sub-menu.', '按钮既没有 type，也没有 sub_button。');
    report(button, wrong('no-action', message, { errcode: place.isConditional ? 65308 : errcode }));
  }
}

function checkBelow(below: Spot, place: FieldPlace, report: Report): void {
  if (below.kind !== 'array') {
    const hint = below.fields.has('list') ? LIST_ALONE : undefined;
    report(below, wrongType(text('sub_button must be a list.', 'sub_button 必须是列表。'), hint));
  } else if (place.level === 'sub') {
    const message = text('A sub-menu cannot have a sub-menu.', '子菜单不能再有子菜单。');
    report(below, wrong('nesting', message, { errcode: 40022 }));
  } else checkButtons(below, { ...place, level: 'sub' }, report);
}

const LIST_ALONE = text(
  'get_current_selfmenu_info writes it so; menu/create takes the list alone.',
  '这是 get_current_selfmenu_info 的写法；menu/create 直接使用列表。',
);

function checkLeaf(button: Spot, type: Spot, below: Spot | undefined, place: FieldPlace, report: Report): void {
  const errcode = ERRCODES[place.level].type;
  if (type.kind !== 'string') {
    report(type, wrongType(text('type must be a text.', 'type 必须是文本。')));
    return;
  }
  const named = String(type.value);
  const needed = fieldsOf(named);
  if (!needed) {
    report(type, typeFault(named, errcode));
    return;
  }
  if (below) report(below, doubtful('sub-button-empty', EMPTY_SUB_MENU));
  for (const field of needed) checkField(button, field, place, report);
  const what = text(`a button of type ${named}`, `${named} 类型的按钮`);
  reportUnknown(button, ['name', 'type', 'sub_button', ...needed], what, report);
}

const EMPTY_SUB_MENU = text(
  'An empty sub_button means nothing here; wxop leaves it out.',
  '此处空的 sub_button 无意义；wxop 会将其略去。',
);

function typeFault(type: string, errcode: number): MenuFault {
  if (WEBSITE_TYPES.includes(type)) {
    const hint = type === 'news' ? ARTICLE_TYPES : blockReasonOf(type).next;
    const message = text(`Only the website makes buttons of type ${type}.`, `${type} 类型只能在网页设置。`);
    return wrong('website-type', message, { errcode, hint });
  }
  const known = listed(Object.keys(BUTTON_FIELDS));
  const hint = text(en`The types are ${known}.`, zh`可用类型：${known}。`);
  return wrong('button-type', text(`There is no type ${type}.`, `没有 ${type} 类型。`), { errcode, hint });
}

const ARTICLE_TYPES = text(
  'Use type media_id or article_id with the article, or view with its link.',
  '请使用 media_id、article_id 或 view 类型。',
);

/** Fields that mean nothing here: perhaps misspelt. */
export function reportUnknown(spot: Spot, known: readonly string[], what: Text, report: Report): void {
  for (const [field, value] of spot.fields) {
    if (known.includes(field)) continue;
    const message = text(en`The field ${field} means nothing to ${what}.`, zh`字段 ${field} 对${what}无意义。`);
    report(value, doubtful('unknown-field', message));
  }
}
