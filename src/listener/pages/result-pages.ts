/** What a merchant sees after the consent: what was granted, or that it is being finished. */
import { permissionName } from '../../protocol/permissions.ts';
import { escapeHtml } from '../../sentences/escape-html.ts';
import { en, text, zh, type Lang } from '../../sentences/text.ts';
import { nameOf, onwardButton, page, paragraph, written, type Look, type Page } from './page.ts';

export interface AuthorizedAccount {
  nickName: string;
  appId: string;
  funcInfo: number[];
}

/** How to undo it; the menu item has no English name. */
export const howToCancel = (lang: Lang): string =>
  paragraph(HOW_TO_CANCEL, lang, 'quiet').replace('授权管理', (label) => `<span lang="zh-CN">${label}</span>`);

const HOW_TO_CANCEL = text(
  'You can cancel the authorization at any time: sign in at mp.weixin.qq.com and open 授权管理.',
  '您可以随时取消授权：登录公众平台 mp.weixin.qq.com，进入“授权管理”。',
);

export const permissionList = (ids: readonly number[], lang: Lang): string =>
  `<ul class="sets">${ids.map((id) => `<li>${written(permissionName(id), lang)}</li>`).join('')}</ul>`;

const CLOSE = text('You can close this page.', '可以关闭本页。');

/** `address` shows the same page without the code that brought the merchant here. */
export function authorizedPage(look: Look & { address: string; onward?: string }, account: AuthorizedAccount): Page {
  const { lang, operator, onward } = look;
  const { nickName, appId, funcInfo } = account;
  const name = nameOf(operator);
  const granted = text(en`You granted ${name}:`, zh`您已授予${name}以下权限集：`);
  const nothing = text(en`You granted ${name} no permission set.`, zh`您没有授予${name}任何权限集。`);
  return page({ ...look, icon: 'done', title: text('Authorized', '授权成功') }, [
    `<p class="account"><strong>${escapeHtml(nickName || appId)}</strong><span class="quiet">${escapeHtml(appId)}</span></p>`,
    ...(funcInfo.length > 0 ? [paragraph(granted, lang), permissionList(funcInfo, lang)] : [paragraph(nothing, lang)]),
    onward === undefined ? paragraph(CLOSE, lang) : onwardButton(onward, lang),
    howToCancel(lang),
  ]);
}
