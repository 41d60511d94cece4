/**
 * The frame of every page that a merchant sees. Whole by itself: nothing from elsewhere, and nothing that an old phone
 * or a browser inside an app must know to make sense of it.
 */
import { escapeHtml } from '../../sentences/escape-html.ts';
import { en, inLang, text, zh, type Lang, type Text } from '../../sentences/text.ts';

export interface Page {
  status: number;
  html: string;
  /** `origin` sends the Referer that WeChat checks; a page with a code in its address sends none. */
  referrerPolicy: 'origin' | 'no-referrer';
  /** What the Content-Security-Policy allows beyond inline style. */
  allows: string[];
}

/** An image for the pages, in a form that can hold no script. */
export interface Logo {
  type: 'image/png' | 'image/jpeg' | 'image/webp';
  bytes: Buffer;
  /** What tells its address apart from that of another operator's. */
  query?: string;
}

/** Who asks for the authorization. */
export interface Operator {
  name?: string;
  logo?: Logo;
  /** What the component asks for, as the operator says: WeChat does not tell before the merchant has decided. */
  permissionSets?: number[];
}

export const LOGO_PATH = '/authorize/logo';

/** For whom a page is written, and in whose name. */
export interface Look {
  lang: Lang;
  operator: Operator;
}

/** The operator inside a sentence, with the blanks that stand between Chinese and Latin words. */
export function nameOf({ name }: Operator): Text {
  if (name === undefined) return text('the service provider', '服务商');
  const isLatin = (character = ''): boolean => /[\p{Script=Latin}\d]/u.test(character);
  return text(name, `${isLatin(name[0]) ? ' ' : ''}${name}${isLatin(name.at(-1)) ? ' ' : ''}`);
}

/** A sentence as HTML. */
export const written = (sentence: Text, lang: Lang): string => escapeHtml(inLang(sentence, lang).trim());

export const paragraph = (sentence: Text, lang: Lang, className?: string): string =>
  `<p${className === undefined ? '' : ` class="${className}"`}>${written(sentence, lang)}</p>`;

export interface Frame extends Look {
  status?: number;
  referrerPolicy?: Page['referrerPolicy'];
  title: Text;
  icon?: keyof typeof ICONS;
  /** Seconds after which the page asks again. */
  reload?: number;
  /** Where the page leads by itself, after some seconds. */
  onward?: string;
  /** The address of this page, for the same in the other language; nothing of a code may be in it. */
  address?: string;
  allows?: string[];
}

const OTHER: Record<Lang, { lang: Lang; label: string }> = {
  en: { lang: 'zh', label: '中文' },
  zh: { lang: 'en', label: 'English' },
};
const TAGS: Record<Lang, string> = { en: 'en', zh: 'zh-CN' };

export const otherLang = (lang: Lang): Lang => OTHER[lang].lang;
export const langTag = (lang: Lang): string => TAGS[lang];

/** Seconds: enough to read what was granted. */
const ONWARD_AFTER = 3;

/** Leads to a page of the operator's own. */
export function onwardButton(url: string, lang: Lang): string {
  const { host } = new URL(url);
  const label = text(en`Continue to ${host}`, zh`前往 ${host}`);
  return `<a class="main" href="${escapeHtml(url)}">${written(label, lang)}</a>`;
}

export function page(frame: Frame, body: string[]): Page {
  const { lang, operator, status = 200, referrerPolicy = 'no-referrer', title, icon, reload, address, onward } = frame;
  const after = onward === undefined ? reload : `${ONWARD_AFTER};url=${escapeHtml(onward)}`;
  const refresh = after === undefined ? '' : `<meta http-equiv="refresh" content="${after}">\n`;
  const heading = written(title, lang);
  const html = `<!doctype html>
<html lang="${langTag(lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="${referrerPolicy}">
<meta name="robots" content="noindex">
<meta name="format-detection" content="telephone=no">
${refresh}<title>${heading}</title>
<style>${STYLE}</style>
</head>
<body>
${header(operator, lang, address)}<main>
${icon === undefined ? '' : ICONS[icon]}<h1>${heading}</h1>
${body.filter(Boolean).join('\n')}
</main>
</body>
</html>
`;
  const allows = [...(operator.logo ? ["img-src 'self' data:"] : []), ...(frame.allows ?? [])];
  return { status, html, referrerPolicy, allows };
}

function header({ name, logo }: Operator, lang: Lang, address: string | undefined): string {
  // Beside the name it says nothing that the name does not.
  const alternative = name === undefined ? inLang(text('Logo', '标志'), lang) : '';
  const picture = logo ? `<img src="${LOGO_PATH}${logo.query ?? ''}" alt="${alternative}">` : '';
  const who =
    name === undefined && !logo ? '' : `<div class="who">${picture}<span>${escapeHtml(name ?? '')}</span></div>`;
  const other = OTHER[lang];
  const href = address === undefined ? undefined : escapeHtml(`${address}?lang=${other.lang}`);
  const tag = langTag(other.lang);
  const change =
    href === undefined ? '' : `<a class="lang" href="${href}" lang="${tag}" hreflang="${tag}">${other.label}</a>`;
  return who || change ? `<header>${who}${change}</header>\n` : '';
}

const icon = (className: string, drawing: string): string =>
  `<svg class="icon ${className}" width="56" height="56" viewBox="0 0 56 56" aria-hidden="true" focusable="false"><circle cx="28" cy="28" r="26"/>${drawing}</svg>\n`;

const ICONS = {
  done: icon('done', '<path d="M16 29l8 8 16-17"/>'),
  wait: icon('wait', '<path d="M28 14v14l9 6"/>'),
  stop: icon('stop', '<path d="M28 14v18M28 39v2"/>'),
};

// No size of text in pixels, and no text-size-adjust: WeChat and old phones enlarge text by it. Colours are written out
// for both schemes because old browsers know no custom properties.
const STYLE = `:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0;padding:0 0 2em;background:#f3f4f5;color:#1a1d21;font:1.0625em/1.6 -apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"PingFang SC","Noto Sans SC","Microsoft YaHei",sans-serif;word-wrap:break-word;overflow-wrap:break-word}
header,main{max-width:32em;margin:0 auto;padding:0 1.25em}
header{display:flex;align-items:center;justify-content:space-between;padding-top:.5em;padding-bottom:.5em}
.who{display:flex;align-items:center;min-width:0;font-weight:600;line-height:1.3}
.who img{height:2.5em;width:auto;max-width:8em;margin-right:.6em;border-radius:.4em;flex:none}
.who span{min-width:0}
.lang{flex:none;margin-left:auto;min-width:44px;min-height:44px;line-height:44px;padding:0 .5em;text-align:right;color:#3d4650}
main{background:#fff;padding-top:1.5em;padding-bottom:1.5em;border:1px solid #e2e5e8;border-width:1px 0}
h1{font-size:1.45em;line-height:1.35;margin:0 0 .5em}
h2{font-size:1.05em;line-height:1.4;margin:1.6em 0 .4em}
p,ol{margin:.6em 0}
ol{padding-left:1.4em}
li{margin:.4em 0}
.sets{list-style:none;padding:0;margin:.6em 0}
.sets li{display:inline-block;margin:0 .4em .4em 0;padding:.15em .7em;border:1px solid #b9c1c9;border-radius:1.2em;font-size:.9em}
.main,.other{display:block;width:100%;min-height:48px;margin:1.1em 0 .6em;padding:.75em 1em;border-radius:8px;font:inherit;line-height:1.4;text-align:center;text-decoration:none}
.main{border:0;background:#07793f;color:#fff;font-weight:600;cursor:pointer}
.other{border:1px solid #6f7a85;color:inherit}
.main[hidden]{display:none}
.address{display:block;margin:.4em 0;padding:.6em .75em;background:#f3f4f5;border-radius:6px;font:.85em/1.5 Menlo,Consolas,monospace;word-break:break-all;-webkit-user-select:all;user-select:all}
.code{display:block;width:196px;max-width:100%;height:auto;margin:.8em auto;border-radius:8px;background:#fff}
.quiet{color:#565e67;font-size:.88em}
span[lang]{white-space:nowrap}
.account strong{display:block;font-size:1.15em}
.twin{margin-top:1.6em;padding-top:1em;border-top:1px solid #e2e5e8}
.icon{display:block;margin:0 0 .8em;fill:none;stroke:#565e67;stroke-width:4;stroke-linecap:round;stroke-linejoin:round}
.done{stroke:#07793f}
.done circle{fill:#e5f4ec}
@media (min-width:40em){body{padding-top:6vh}main{border-width:1px;border-radius:12px;padding:2em 2.25em}header{padding-left:2.25em;padding-right:2.25em}}
@media (prefers-color-scheme:dark){
body{background:#0f1113;color:#e9ebed}
main{background:#1a1d20;border-color:#33393f}
.lang{color:#c3c9cf}
.sets li{border-color:#5b646d}
.other{border-color:#8d97a1}
.address{background:#0f1113}
.quiet{color:#adb5bd}
.twin{border-color:#33393f}
.icon{stroke:#adb5bd}
.done{stroke:#4cc38a}
.done circle{fill:#12301f}
}`;
