/**
 * The pages that say one thing: what is wrong, and what to do about it. They say it in both languages, because their
 * address may hold a code, which no link to the other language may repeat.
 */
import { en, text, zh, type Text } from '../../sentences/text.ts';
import {
  langTag,
  nameOf,
  onwardButton,
  otherLang,
  page,
  paragraph,
  written,
  type Frame,
  type Look,
  type Page,
} from './page.ts';

type NoticePage = (look: NoticeLook) => Page;

export interface NoticeLook extends Look {
  /** Where a merchant can begin again without asking anybody. */
  again?: string;
  /** A page of the operator's own, which learns how it went; nobody is led there unasked. */
  onward?: string;
}

type Notice = Pick<Frame, 'status' | 'icon' | 'reload' | 'title'> & { sentence: Text; again?: string };

function noticePage({ lang, operator, onward }: NoticeLook, { sentence, again, ...frame }: Notice): Page {
  const other = otherLang(lang);
  const start = text('Start again', '重新发起授权');
  return page({ lang, operator, ...frame }, [
    paragraph(sentence, lang),
    again === undefined ? '' : `<a class="main" href="${again}">${written(start, lang)}</a>`,
    onward === undefined ? '' : onwardButton(onward, lang),
    `<p class="quiet twin" lang="${langTag(other)}"><strong>${written(frame.title, other)}</strong><br>${written(sentence, other)}</p>`,
  ]);
}

/** Something is over: another link is needed. */
const over =
  (status: number, title: Text, what: Text): NoticePage =>
  (look) => {
    const name = nameOf(look.operator);
    const sentence =
      look.again === undefined
        ? text(en`${what} Ask ${name} for a new one.`, zh`${what}请联系${name}重新获取。`)
        : what;
    return noticePage(look, { status, icon: 'stop', title, sentence, again: look.again });
  };

export const unknownPage = over(
  404,
  text('Unknown link', '链接无效'),
  text('This link is not known here.', '该链接不存在。'),
);

export const expiredPage = over(
  410,
  text('Link expired', '链接已过期'),
  text('This link has expired.', '该链接已过期。'),
);

export const usedPage = over(
  409,
  text('Already used', '链接已使用'),
  text('This link was already used for an authorization.', '该链接已完成过授权。'),
);

export const incompletePage: NoticePage = (look) =>
  noticePage(look, {
    status: 400,
    icon: 'stop',
    title: text('Something is missing', '参数不完整'),
    sentence: text(
      'The address has no authorization code. Open the link that you were sent once more.',
      '网址中没有授权码。请重新打开收到的授权链接。',
    ),
  });

/** For a visitor of the standing link who could not authorize anything: a program, most often. */
export const welcomePage: NoticePage = (look) =>
  noticePage(look, {
    title: text('Authorize your account', '授权您的帐号'),
    sentence: text('Open this link in WeChat or in a browser.', '请在微信或浏览器中打开本链接。'),
  });

/** Shown when the exchange takes longer than a person should wait. */
export const receivedPage: NoticePage = (look) =>
  noticePage(look, {
    icon: 'wait',
    reload: 2,
    title: text('Received', '已收到授权'),
    sentence: text('Finishing… this page reloads itself.', '正在处理……页面会自动刷新。'),
  });

/** 429 for too many visitors, 503 where WeChat or the store refuses a new attempt. */
export const busyPage = (look: NoticeLook, status: 429 | 503): Page =>
  noticePage(look, {
    status,
    icon: 'wait',
    title: text('Not right now', '请稍后再试'),
    sentence: text(
      'No authorization can be started at the moment. Try again in some minutes.',
      '暂时无法发起授权，请几分钟后重试。',
    ),
  });

/** The exchange failed for good. Why is the operator's business: `reference` finds it in the log. */
export function failedPage(look: NoticeLook, reference: string): Page {
  const name = nameOf(look.operator);
  return noticePage(look, {
    status: 400,
    icon: 'stop',
    title: text('Authorization failed', '授权未完成'),
    sentence: text(
      en`The authorization could not be finished. Open the link again; if that does not help, tell ${name} this number: ${reference}`,
      zh`授权未能完成。请重新打开链接再试；若仍不成功，请将此编号告知${name}（编号 ${reference}）。`,
    ),
  });
}
