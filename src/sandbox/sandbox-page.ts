/** The frame of the sandbox's pages, and the first one. */
import { escapeHtml } from '../sentences/escape-html.ts';

export function indexPage(): string {
  return sandboxPage(
    'wxop sandbox',
    `<p>This is not WeChat. It answers the component's calls as WeChat does, so that programs can be tried offline.</p>
<p><a href="/_sandbox/audits">/_sandbox/audits</a> <a href="/_sandbox/state">/_sandbox/state</a></p>`,
  );
}

/** A page of the sandbox: it says on every one that it is not WeChat. */
export function sandboxPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>:root{color-scheme:light dark}body{font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;margin:0 auto;padding:0 20px 40px;max-width:30em}
header{margin:0 -20px 24px;padding:10px 20px;background:#7a4b00;color:#fff;font-size:14px}
button{display:block;width:100%;margin:10px 0;padding:12px 16px;text-align:left;font:inherit;border:1px solid #8888;border-radius:10px;background:none;color:inherit;cursor:pointer}
textarea,input{box-sizing:border-box;width:100%;font:inherit}section{margin:0 0 24px}.row{display:flex;gap:8px}.row button{text-align:center}
button:hover,button:focus{border-color:#07793f}
span,.quiet{display:block;opacity:.7;font-size:13px}.error{font-size:18px}</style></head>
<body><header>wxop sandbox · 模拟微信开放平台，并非微信</header>
<h1>${escapeHtml(title)}</h1>
${body}
</body></html>
`;
}
