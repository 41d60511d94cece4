/**
 * The permission sets (权限集) that an account can grant, in words.
 * Source: developers.weixin.qq.com, 第三方平台 → 权限集说明.
 */
import { en, text, zh, type Text } from '../sentences/text.ts';

const PERMISSION_SETS: Record<number, Text> = {
  1: text('messages', '消息管理'),
  2: text('users', '用户管理'),
  3: text('account service', '帐号服务'),
  4: text('web pages', '网页服务'),
  5: text('shop', '微信小店'),
  6: text('multi-agent customer service', '多客服'),
  7: text('mass sending', '群发与通知'),
  8: text('cards', '卡券'),
  9: text('scan', '扫一扫'),
  10: text('Wi-Fi', 'WiFi'),
  11: text('media', '素材管理'),
  12: text('shake nearby', '摇周边'),
  13: text('stores', '门店'),
  14: text('payment (legacy)', '支付'),
  15: text('custom menus', '自定义菜单'),
  16: text('verification state', '获取认证状态及信息'),
  17: text('mini program account', '小程序帐号管理'),
  18: text('mini program development', '小程序开发管理与数据分析'),
  19: text('mini program customer messages', '小程序客服消息'),
  20: text('login', '登录'),
  22: text('city services', '城市服务'),
  23: text('advertising', '广告'),
  24: text('open platform account', '开放平台帐号'),
  25: text('mini program open platform account', '小程序开放平台帐号'),
  26: text('electronic invoices', '电子发票'),
  27: text('quick mini program registration', '快速注册小程序'),
  30: text('mini program basic settings', '小程序基本信息设置'),
  31: text('mini program verified name', '小程序认证名称'),
  33: text('mini program management', '小程序管理'),
  34: text('goods library', '商品库'),
  35: text('calorie', '卡路里'),
  36: text('mini program calorie', '小程序卡路里'),
  37: text('nearby mini programs', '附近的小程序'),
  40: text('mini program plugins', '小程序插件'),
  41: text('mini program goods circle', '小程序好物圈'),
  44: text('goods circle', '好物圈'),
  45: text('mini program logistics', '小程序物流'),
  46: text('one code per item', '一物一码'),
  47: text('fiscal receipts', '财政票据'),
  48: text('mini program fiscal receipts', '小程序财政票据'),
  49: text('cloud development', '云开发'),
  51: text('instant delivery', '即时配送'),
  52: text('live streaming', '小程序直播'),
  54: text('conversation', '对话能力'),
  57: text('page push', '页面推送'),
  60: text('open platform account operations', '开放平台帐号管理'),
  100: text('customer service', '客服'),
  101: text('customer service (2)', '客服（二）'),
  171: text('push debugging (mini program)', '推送调试（小程序）'),
  172: text('push debugging (official account)', '推送调试（公众号）'),
  173: text('push debugging (mini game)', '推送调试（小游戏）'),
  174: text('push debugging (channels)', '推送调试（视频号）'),
};

/** The permission set that every menu call needs. */
export const MENU_PERMISSION = 15;

/** The permission set that every call on the code of a mini program needs. */
export const CODE_PERMISSION = 18;

/** Those that an account can grant to one component only. */
export const EXCLUSIVE_SETS: readonly number[] = [18, 24, 25];

/** A permission set's name; an id that the documents do not name is shown as a number. */
export function permissionName(id: number): Text {
  return PERMISSION_SETS[id] ?? text(`permission set ${id}`, `权限集 ${id}`);
}

/** Whether the documents name it. */
export const isKnownPermission = (id: number): boolean => id in PERMISSION_SETS;

/** Names of permission sets, each with its number: `custom menus (15)`. */
export const permissionNames = (ids: readonly number[]): Text[] =>
  ids.map((id) => {
    const name = permissionName(id);
    return text(en`${name} (${id})`, zh`${name} (${id})`);
  });
