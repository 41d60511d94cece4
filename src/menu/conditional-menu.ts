/**
 * Conditional menus (个性化菜单), read for people.
 * Source: developers.weixin.qq.com, 公众号 → 自定义菜单 → 个性化菜单.
 */
import { en, text, zh, type Text } from '../sentences/text.ts';
import { isObject, type Json } from '../runtime/json-object.ts';
import { WITHDRAWN_RULE_FIELDS } from './menu-draft.ts';
import { readButtons, type MenuButton } from './menu.ts';

export interface ConditionalMenu {
  /** As text; '' in a draft, which has none yet. */
  menuId: string;
  buttons: MenuButton[];
  /** Who sees it, in words. */
  rule: Text;
}

/** client_platform_type in words. */
const DEVICES: Record<string, Text> = {
  1: text('on iOS', 'iOS 用户'),
  2: text('on Android', 'Android 用户'),
  3: text('on other devices', '其他系统用户'),
};

/** Those of menu/get's document, or of a draft that carries them in the same form; oldest first, as they come. */
export function readConditionalMenus(document: Json): ConditionalMenu[] {
  const all = Array.isArray(document.conditionalmenu) ? document.conditionalmenu : [];
  return all.filter(isObject).map(({ button, matchrule, menuid }) => ({
    menuId: typeof menuid === 'number' || typeof menuid === 'string' ? String(menuid) : '',
    buttons: readButtons(button),
    rule: describeRule(isObject(matchrule) ? matchrule : {}),
  }));
}

/** A matchrule in words: who sees the menu. */
export function describeRule(rule: Json): Text {
  const value = (name: string): string => {
    const given = rule[name];
    return typeof given === 'string' || typeof given === 'number' ? String(given) : '';
  };
  const withdrawn = WITHDRAWN_RULE_FIELDS.filter((name) => value(name) !== '');
  if (withdrawn.length > 0) {
    const names = withdrawn.join(', ');
    return text(`nobody: WeChat withdrew the condition ${names}`, `无人可见：微信已停用条件 ${names}`);
  }
  // menu/get calls it group_id what addconditional takes as tag_id.
  const tag = value('tag_id') || value('group_id');
  const type = value('client_platform_type');
  if (tag === '' && type === '') return text('nobody: it has no condition', '无人可见：没有匹配条件');
  if (type === '') return text(`followers with tag ${tag}`, `标签为 ${tag} 的关注者`);
  const device = (Object.hasOwn(DEVICES, type) ? DEVICES[type] : undefined) ?? unknownDevice(type);
  if (tag === '') return text(en`followers ${device}`, zh`${device}`);
  return text(en`followers with tag ${tag}, ${device}`, zh`标签为 ${tag} 的 ${device}`);
}

const unknownDevice = (type: string): Text =>
  text(`with client_platform_type ${type}`, `client_platform_type 为 ${type} 的用户`);
