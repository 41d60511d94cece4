/** The pictures as a page to print and sign. */
import { inLang, text, type Lang, type Text } from '../../sentences/text.ts';
import type { Menu } from '../menu.ts';
import { doesOf, entriesOf, remarkOf, type LegendEntry } from './legend.ts';
import { element, escapeText, linked } from './element.ts';
import { menusOf, phoneOf, titleOf, type Preview } from './svg.ts';

const STYLE = `@page{size:A4;margin:12mm}
body{font:15px/1.6 -apple-system,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",Arial,sans-serif;color:#191919;margin:0 auto;max-width:1100px;padding:24px}
h1{font-size:1.5em;margin:0}
.quiet{color:#6b6b6b}
header{border-bottom:2px solid #191919;padding-bottom:12px;margin-bottom:12px}
figure{display:flow-root;margin:0 0 24px;break-inside:avoid}
figcaption{margin-bottom:8px}
figure svg{float:left;height:640px;width:auto;max-width:100%;margin:0 20px 8px 0}
.entry{break-inside:avoid;border-top:1px solid #dcdcdc;padding:3px 0;font-size:13px;line-height:1.4;overflow-wrap:anywhere}
figcaption+svg+.entry{border-top:0}
.entry a{color:inherit}
section{break-inside:avoid;border:1px solid #bbb;border-radius:6px;padding:16px 20px;margin-top:20px}
.fields{display:flex;gap:24px;flex-wrap:wrap}
.fields div{flex:1 1 12em;border-bottom:1px solid #191919;padding-top:42px;min-height:1.6em}
@media print{body{padding:0;max-width:none;font-size:12px}figure{margin:0}figure svg{height:140mm}.entry{font-size:10px;line-height:1.3;padding:2px 0}section{margin-top:8px;padding:8px 16px}.fields div{padding-top:26px}}`;

const FOR_APPROVAL = text('The menu of your official account, for your approval', '公众号自定义菜单确认稿');
const APPROVED = text(
  'I have checked the names, the order and the targets of the buttons, and approve this menu.',
  '本人已核对以上菜单的名称、顺序与跳转目标，同意按此发布。',
);
const SIGNATURE = text('Signature', '确认人签字');
const COMPANY = text('Company', '单位');
const DATE = text('Date', '日期');

/** A self-contained document. */
export function previewHtml(preview: Preview): string {
  const { lang, name, date } = preview;
  const say = (sentence: Text): string => escapeText(inLang(sentence, lang));
  const figures = menusOf(preview).map(
    (shown) => `<figure>
<figcaption><b>${escapeText(shown.title)}</b> <span class="quiet">${escapeText(shown.rule)}</span></figcaption>
${phoneOf(shown)}
${legendHtml(shown.chat.menu, lang)}
</figure>`,
  );
  return `<!doctype html>
<html lang="${lang === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeText(titleOf(preview))}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1 dir="auto">${escapeText(name)}</h1>
<div>${say(FOR_APPROVAL)} <span class="quiet">· ${escapeText(date)}</span></div>
</header>
<main>
${figures.join('\n')}
</main>
<section>
<div>${say(APPROVED)}</div>
<div class="fields"><div>${say(SIGNATURE)}</div><div>${say(COMPANY)}</div><div>${say(DATE)}</div></div>
</section>
</body>
</html>
`;
}

/** Text that flows, so that long addresses get the width of the page. */
const legendHtml = ({ buttons }: Menu, lang: Lang): string =>
  entriesOf(buttons)
    .map((entry) => element('div', { class: 'entry' }, entryHtml(entry, lang)))
    .join('\n');

function entryHtml({ number, button, visible, isShown }: LegendEntry, lang: Lang): string {
  const remark = inLang(remarkOf(button.name, visible, isShown) ?? '', lang);
  const target = button.target ?? '';
  return [
    span('quiet', number),
    element('b', { class: 'entry-name', dir: 'auto' }, escapeText(button.name) || ' '),
    ...(remark === '' ? [] : [span('quiet', `(${remark})`)]),
    span('does', inLang(doesOf(button), lang)),
    ...(target === ''
      ? []
      : [element('div', { class: 'quiet entry-target' }, linked(target, escapeText(target)) || ' ')]),
  ].join(' ');
}

const span = (name: string, content: string): string =>
  element('span', { class: name, dir: 'auto' }, escapeText(content));
