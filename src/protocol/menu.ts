/**
 * The account's current menu (get_current_selfmenu_info) and those made by API (menu/get), read for people.
 * Source: developers.weixin.qq.com, 公众号 → 自定义菜单 → 查询当前自定义菜单配置, 查询自定义菜单的信息.
 */
import { text, type Text } from '../errors.ts';

export interface MenuButton {
  name: string;
  /** What a tap does, in words; undefined for a button that only opens its sub-menu. */
  does?: Text;
  /** The type's own value: a key, an address, a text, a media id. */
  target?: string;
  children: MenuButton[];
}

export interface Menu {
  /** False when the merchant switched the menu off (`is_menu_open: 0`). */
  open: boolean;
  buttons: MenuButton[];
}

export interface ConditionalMenu {
  menuId: string;
  /** Who sees it, in words. */
  rule: Text;
  buttons: MenuButton[];
}

const DOES: Record<string, Text> = {
  click: text('sends event', '发送事件'),
  view: text('opens page', '打开网页'),
  scancode_push: text('scans, opens the result', '扫码并打开结果'),
  scancode_waitmsg: text('scans, waits for the answer', '扫码并等待回复'),
  pic_sysphoto: text('takes a photo', '拍照发图'),
  pic_photo_or_album: text('photo or album', '拍照或相册发图'),
  pic_weixin: text('picks from the WeChat album', '微信相册发图'),
  location_select: text('picks a location', '选择位置'),
  media_id: text('sends material', '发送素材'),
  view_limited: text('opens article', '打开图文'),
  article_id: text('sends article', '发送文章'),
  article_view_limited: text('opens article', '打开文章'),
  miniprogram: text('opens mini program', '打开小程序'),
  text: text('sends text', '发送文字'),
  img: text('sends picture', '发送图片'),
  photo: text('sends picture', '发送图片'),
  voice: text('sends voice', '发送语音'),
  video: text('sends video', '发送视频'),
  news: text('sends articles', '发送图文'),
};

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const string = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Reads the platform's document leniently: unknown types keep their name, missing parts are empty. */
export function readMenu(document: Json): Menu {
  const menu = isObject(document.selfmenu_info) ? document.selfmenu_info : {};
  return { open: Number(document.is_menu_open ?? 0) === 1, buttons: buttons(menu.button) };
}

/** Reads menu/get as leniently: the default menu, and the conditional ones in the platform's order. */
export function readMenusByApi(document: Json): { buttons: MenuButton[]; conditional: ConditionalMenu[] } {
  const menu = isObject(document.menu) ? document.menu : {};
  const conditional = Array.isArray(document.conditionalmenu) ? document.conditionalmenu.filter(isObject) : [];
  return {
    buttons: buttons(menu.button),
    conditional: conditional.map(({ button, matchrule, menuid }) => ({
      menuId: typeof menuid === 'number' ? String(menuid) : string(menuid),
      rule: describeRule(isObject(matchrule) ? matchrule : {}),
      buttons: buttons(button),
    })),
  };
}

const PHONES: Record<string, Text> = {
  1: text('iOS', 'iOS'),
  2: text('Android', 'Android'),
  3: text('other phones', '其他手机'),
};

/** A matchrule in words; fields without a name here stand as they are. */
export function describeRule(rule: Json): Text {
  const parts = Object.entries(rule)
    .filter(([, value]) => (typeof value === 'string' && value !== '') || typeof value === 'number')
    .map(([field, value]) => {
      const given = String(value);
      if (field === 'group_id' || field === 'tag_id') return text(`tag ${given}`, `标签 ${given}`);
      const phone = field === 'client_platform_type' && Object.hasOwn(PHONES, given) ? PHONES[given] : undefined;
      return phone ?? text(`${field} ${given}`, `${field} ${given}`);
    });
  if (parts.length === 0) return text('no rule', '无规则');
  return text(parts.map(({ en }) => en).join(', '), parts.map(({ zh }) => zh).join('、'));
}

function buttons(value: unknown): MenuButton[] {
  return Array.isArray(value) ? value.filter(isObject).map(readButton) : [];
}

function readButton(button: Json): MenuButton {
  const name = string(button.name);
  // get_current_selfmenu_info wraps the children in an object, menu/create and menu/get do not.
  const children = buttons(isObject(button.sub_button) ? button.sub_button.list : button.sub_button);
  const type = string(button.type);
  if (type === '') return { name, children };
  const target = describeTarget(type, button);
  return {
    name,
    does: (Object.hasOwn(DOES, type) ? DOES[type] : undefined) ?? text(type, type),
    ...(target && { target }),
    children,
  };
}

function describeTarget(type: string, button: Json): string {
  if (type === 'miniprogram') return [button.appid, button.pagepath].map(string).filter(Boolean).join(' ');
  if (type === 'news' && isObject(button.news_info) && Array.isArray(button.news_info.list)) {
    const titles = button.news_info.list.filter(isObject).map((article) => `“${string(article.title)}”`);
    if (titles.length > 0) return titles.join(', ');
  }
  return [button.url, button.key, button.value, button.media_id, button.article_id].map(string).find(Boolean) ?? '';
}
