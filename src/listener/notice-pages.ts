/** The pages that a merchant gets where nothing can be opened or shown: what is wrong, and what to do about it. */
import { text, type Lang, type Text } from '../sentences/text.ts';
import { messagePage, type Page } from './pages.ts';

type NoticePage = (lang: Lang) => Page;

const notice =
  (status: number, title: Text, sentence: Text): NoticePage =>
  (lang) =>
    messagePage(lang, status, title, sentence);

export const unknownPage = notice(
  404,
  text('Unknown link', '链接无效'),
  text('This link is not known here. Ask for a new one.', '该链接不存在，请重新获取。'),
);

export const expiredPage = notice(
  410,
  text('Link expired', '链接已过期'),
  text('This link has expired. Ask for a new one.', '该链接已过期，请重新获取。'),
);

export const usedPage = notice(
  409,
  text('Already used', '链接已使用'),
  text('This link was already used for an authorization. Ask for a new one.', '该链接已完成过授权，请重新获取。'),
);

export const incompletePage = notice(
  400,
  text('Something is missing', '参数不完整'),
  text('The address has no authorization code.', '网址中没有授权码。'),
);

/** For a visitor of the standing link who could not authorize anything: a program, most often. */
export const welcomePage = notice(
  200,
  text('Authorize your account', '授权您的帐号'),
  text('Open this link in WeChat or in a browser.', '请在微信或浏览器中打开本链接。'),
);

/** 429 for too many visitors, 503 where WeChat or the store refuses a new attempt. */
export const busyPage = (lang: Lang, status: 429 | 503): Page =>
  messagePage(
    lang,
    status,
    text('Not right now', '请稍后再试'),
    text(
      'No authorization can be started at the moment. Try again in some minutes.',
      '暂时无法发起授权，请几分钟后重试。',
    ),
  );

/** The exchange failed for good. Why is the operator's business: `reference` finds it in the log. */
export const failedPage = (lang: Lang, reference: string): Page =>
  messagePage(
    lang,
    400,
    text('Authorization failed', '授权未完成'),
    text(
      `The authorization could not be finished. Open the link again; if that does not help, tell the operator this number: ${reference}`,
      `授权未能完成。请重新打开链接再试；若仍不成功，请将此编号告知服务商：${reference}`,
    ),
  );
