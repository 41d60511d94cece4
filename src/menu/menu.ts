/**
 * An account's menu, read for people: as get_current_selfmenu_info and menu/get answer it, or as menu/create takes it.
 * Source: developers.weixin.qq.com, 公众号 → 自定义菜单 → 查询当前自定义菜单配置, 查询自定义菜单的信息.
 */
import { text, type Text } from '../sentences/text.ts';
import { isObject, type Json } from '../runtime/json-object.ts';
import { isSwitchedOff } from './live-menu.ts';

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

const string = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Reads any of the three documents leniently: unknown types keep their name, missing parts are empty. */
export function readMenu(document: Json): Menu {
  // Only get_current_selfmenu_info knows of a menu that is switched off.
  if (Array.isArray(document.button)) return { open: true, buttons: readButtons(document.button) };
  if (isObject(document.menu)) return { open: true, buttons: readButtons(document.menu.button) };
  const menu = isObject(document.selfmenu_info) ? document.selfmenu_info : {};
  return { open: !isSwitchedOff(document), buttons: readButtons(menu.button) };
}

/** A list of buttons in any of the forms; what is none is left out. */
export function readButtons(value: unknown): MenuButton[] {
  return Array.isArray(value) ? value.filter(isObject).map(readButton) : [];
}

/** One button in any of the three shapes. */
export function readButton(button: Json): MenuButton {
  const name = string(button.name);
  // get_current_selfmenu_info wraps the children in an object, menu/create and menu/get do not.
  const children = readButtons(isObject(button.sub_button) ? button.sub_button.list : button.sub_button);
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
