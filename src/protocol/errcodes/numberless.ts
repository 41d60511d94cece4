/**
 * Sentences of the consent page and of the console that come without a number.
 * Source: 第三方平台 → 授权流程, 校验文件, 推送告警, and operators' reports.
 */
import { text } from '../../sentences/text.ts';
import { entry, type Errcode } from './entry.ts';

/** Part of the text → who says it, and what it means. */
export const NUMBERLESS: [RegExp, 'consent-page' | 'console', Errcode][] = [
  [
    /仅支持指定帐?账?号/,
    'consent-page',
    entry(
      'no',
      text('the link is for another account', '该链接指定了其他帐号'),
      text(
        'It was made with biz_appid, and another account was chosen on the page.',
        '链接带有 biz_appid，而授权页上选择了其他帐号。',
      ),
      text(
        'Scan as the administrator of that account and choose it, or make a link for any account: `wxop authorize` without --biz-appid.',
        '请由该帐号的管理员扫码并选择该帐号，或用不带 --biz-appid 的 `wxop authorize` 生成不限帐号的链接。',
      ),
    ),
  ],
  [
    /得到的回应不合法|应返回 ?success/,
    'console',
    entry(
      'backoff',
      text('a push was not answered with success', '推送未得到 success 应答'),
      text(
        'Within 5 s nothing but the word success may come back: no quotes, BOM, HTML, redirect, or error of a server in between.',
        '5 秒内只能返回 success：不得带引号、BOM、HTML，也不得是重定向或中间服务器的错误页。',
      ),
      text(
        '`wxop doctor --only public,pushes` shows what comes back through the public URL.',
        '`wxop doctor --only public,pushes` 可查看公网地址返回的内容。',
      ),
    ),
  ],
  [
    /访问不到校验文件/,
    'console',
    entry(
      'no',
      text('the verification file was not found', '访问不到校验文件'),
      text(
        'It must stand at the root of each domain, byte for byte, with status 200: no redirect, no HTML, no BOM.',
        '文件须放在每个域名的根目录，内容逐字节一致、状态码 200：不得重定向、不得为 HTML、不得带 BOM。',
      ),
      text(
        'Let the listener serve it: `wxop profile add-file FILE`; then `wxop doctor --only public` looks at it.',
        '可由监听服务提供：`wxop profile add-file FILE`；再用 `wxop doctor --only public` 检查。',
      ),
    ),
  ],
];
