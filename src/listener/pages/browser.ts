/** What a browser says of itself. */
import type { Lang } from '../../sentences/text.ts';

/** Where a page is opened, which decides the link that can work. */
export type Browser = 'wechat' | 'phone' | 'desktop';

/** WeChat for desktop calls itself MicroMessenger too, but cannot open the mobile link. */
export function browserOf(userAgent: string): Browser {
  if (/MicroMessenger/i.test(userAgent) && !/WindowsWechat|MacWechat/i.test(userAgent)) return 'wechat';
  return /Android|iPhone|iPad|Mobile/i.test(userAgent) ? 'phone' : 'desktop';
}

/** Chinese when it is listed before English, otherwise English. */
export function pageLang(acceptLanguage: string): Lang {
  const zh = acceptLanguage.search(/\bzh\b/i);
  const en = acceptLanguage.search(/\ben\b/i);
  return zh >= 0 && (en < 0 || zh < en) ? 'zh' : 'en';
}
