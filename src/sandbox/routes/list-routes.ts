/** Lists that come in pages: drafts, published articles. */
import type { WechatState } from '../wechat-state.ts';
import { ApiRefusal } from '../api-refusal.ts';
import { openIdOf } from './followers.ts';
import type { Route } from './route.ts';

const ARTICLES = 45;
const MOST_ARTICLES = 20;

export function listRoutes(wechat: WechatState): Record<string, Route> {
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
          [idName]: openIdOf(`${appId} ${idName} ${index}`),
          content: { news_item: [{ title: `文章 ${index + 1}` }] },
          update_time: wechat.seconds(),
        })),
      };
    },
  });

  return {
    '/cgi-bin/draft/batchget': articles('media_id'),
    '/cgi-bin/freepublish/batchget': articles('article_id'),
  };
}
