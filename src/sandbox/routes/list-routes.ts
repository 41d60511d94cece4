/** Lists that come in pages: followers, drafts, published articles. */
import { createHash } from 'node:crypto';
import type { WechatState } from '../wechat-state.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { Route } from './route.ts';

/** 用户管理. */
const USER_SET = 2;
/** Fewer than WeChat's 10,000, so that a few followers fill several pages. */
const FOLLOWERS_A_PAGE = 100;
const FOLLOWERS = 250;
const ARTICLES = 45;
const MOST_ARTICLES = 20;

export function listRoutes(wechat: WechatState): Record<string, Route> {
  const openIdOf = (appId: string, index: number): string =>
    `o${createHash('sha256').update(`${appId} ${index}`).digest('base64url').slice(0, 27)}`;

  const articles = (idName: string): Route => ({
    method: 'POST',
    token: 'account',
    answer: (body, token) => {
      const { appId } = wechat.holderOf(token);
      const [offset, count] = [Number(body.offset), Number(body.count)];
      if (!Number.isInteger(offset) || !Number.isInteger(count) || count < 1 || count > MOST_ARTICLES) {
        throw new ApiRefusal(40035);
      }
      const page = Array.from({ length: ARTICLES }, (_, index) => index).slice(offset, offset + count);
      return {
        total_count: ARTICLES,
        item_count: page.length,
        item: page.map((index) => ({
          [idName]: openIdOf(`${appId} ${idName}`, index),
          content: { news_item: [{ title: `文章 ${index + 1}` }] },
          update_time: wechat.seconds(),
        })),
      };
    },
  });

  return {
    '/cgi-bin/user/get': {
      method: 'GET',
      token: 'account',
      answer: (_, token, { query }) => {
        const { appId, funcInfo } = wechat.holderOf(token);
        if (!funcInfo.includes(USER_SET)) throw new ApiRefusal(61007);
        const all = Array.from({ length: FOLLOWERS }, (_, index) => openIdOf(appId, index));
        const after = query.get('next_openid') ?? '';
        if (after !== '' && !all.includes(after)) throw new ApiRefusal(40003);
        const page = all.slice(all.indexOf(after) + 1).slice(0, FOLLOWERS_A_PAGE);
        return {
          total: all.length,
          count: page.length,
          ...(page.length > 0 && { data: { openid: page } }),
          next_openid: page.at(-1) ?? '',
        };
      },
    },
    '/cgi-bin/draft/batchget': articles('media_id'),
    '/cgi-bin/freepublish/batchget': articles('article_id'),
  };
}
